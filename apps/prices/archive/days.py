"""UTC days, which is what the archive is cut by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

_DAY = timedelta(days=1)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def bounds(day: date) -> tuple[datetime, datetime]:
    """The day's first moment, and the next day's."""
    start = start_of(day)
    return start, start + _DAY


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def days_between(first: date, last: date) -> Iterator[date]:
    """From `first` to `last`, both of them too."""
    for number in range((last - first).days + 1):
        yield first + number * _DAY


def spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days that follow each other as (first, last), in order."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] == _DAY:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
