"""How the market and its parts stood each day, brought up to date with the prices."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.db import connection, transaction

from apps.market.maths import breadth as maths
from apps.market.maths.breadth import Part
from apps.market.maths.chained import Closes
from apps.market.models import DailyCloses, MarketBreadth
from apps.market.selectors.closes import Streams, closes_of, days_since
from apps.market.selectors.members import Members
from apps.market.selectors.packed import packed_days
from mtgintel.core.constants import WINDOWS, Currency

_DAY = timedelta(days=1)
# Before the first card was printed.
_BEGINNING = date(1993, 1, 1)
BREADTH_WINDOWS = {
    name: (WINDOWS[name].length.days, WINDOWS[name].tolerance.days)
    for name in ("1d", "7d", "30d")
}
# A day is compared with those up to so many before it.
_REACH = max(maths.MEAN_DAYS, *(sum(window) for window in BREADTH_WINDOWS.values()))
# Packed closes are kept of so many days before the newest, so that prices which come
# some weeks late find what they are compared with.
KEPT_DAYS = 60


@transaction.atomic
def update_breadth(
    *, start: datetime | None = None, end: datetime | None = None
) -> int:
    """Compute every day that prices of [start, end] are part of; how many days of a
    currency that were.

    Those are the days themselves and as many after them as look back on them. None
    means no limit. Where nothing is stored yet, or by another version of the method,
    everything is computed. The outcome depends on prices and catalogue alone, not on
    what was updated when.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('market breadth'))")
    if not _is_current():
        start = end = None
    first = start.astimezone(UTC).date() if start else _BEGINNING
    last = end.astimezone(UTC).date() if end else date.max
    furthest = last if last == date.max else last + _REACH * _DAY
    MarketBreadth.objects.filter(day__gte=first, day__lte=furthest).delete()
    # What was packed of days that changed; those that are gone must not stay.
    DailyCloses.objects.filter(day__gte=first, day__lte=last).delete()
    asked = {
        currency: {day for day in days_since(currency, first) if day <= furthest}
        for currency in Currency.values
    }
    return _compute(asked)


def _is_current() -> bool:
    """Whether there are figures, all by this version of the method."""
    versions = MarketBreadth.objects.values_list("version", flat=True).distinct()
    return list(versions) == [maths.VERSION]


def _compute(asked: Mapping[str, set[date]]) -> int:
    """Compute the asked days of each currency, from the closes of all that matter."""
    streams, members = Streams.load(), Members.load()
    wanted = sorted(set().union(*asked.values()))
    if not wanted:
        return 0
    window: deque[tuple[date, dict[int, Part]]] = deque()
    rows: list[MarketBreadth] = []
    for day, parts in _days(wanted[0] - _REACH * _DAY, wanted[-1], streams):
        window.append((day, parts))
        while window[0][0] < day - _REACH * _DAY:
            window.popleft()
        for currency, days in asked.items():
            if day in days:
                rows += _rows(currency, list(window), streams, members)
    MarketBreadth.objects.bulk_create(rows, batch_size=2000)
    newest = max(day for currency in asked for day in days_since(currency, wanted[-1]))
    DailyCloses.objects.filter(day__lt=newest - KEPT_DAYS * _DAY).delete()
    return sum(map(len, asked.values()))


def _days(
    first: date, last: date, streams: Streams
) -> Iterator[tuple[date, dict[int, Part]]]:
    """The closes of each day with prices, by stream: as they are packed, or read and
    packed now."""
    days = sorted(
        {
            day
            for currency in Currency.values
            for day in days_since(currency, first)
            if day <= last
        }
    )
    packed = packed_days(first, last)
    read = closes_of([day for day in days if day not in packed], streams)
    for day in days:
        if day not in packed:
            _, closes = next(read)
            packed[day] = _parts(closes, streams)
            _pack(day, packed[day])
        yield day, packed.pop(day)


def _parts(closes: Mapping[str, Closes], streams: Streams) -> dict[int, Part]:
    found = {}
    for currency, own in closes.items():
        place, variant = own.stream, own.variant
        for number in np.unique(place).tolist():
            rows = np.flatnonzero(place == number)
            found[streams.ids[currency][number]] = Part(
                variant[rows].astype(np.uint32), own.price[rows]
            )
    return found


def _pack(day: date, parts: Mapping[int, Part]) -> None:
    DailyCloses.objects.bulk_create(
        DailyCloses(day=day, marketplace_id=stream, packed=part.packed())
        for stream, part in parts.items()
    )


def _rows(
    currency: str,
    window: Sequence[tuple[date, dict[int, Part]]],
    streams: Streams,
    members: Members,
) -> list[MarketBreadth]:
    """How every part of the market stood on the last day of `window`."""
    known, day = dict(window), window[-1][0]
    days = [day - back * _DAY for back in range(_REACH, -1, -1)]
    ids = streams.ids[currency]
    variant, closes = maths.histories(
        [known.get(each, {}) for each in days],
        ids,
        [[ids[i] for i in streams.broken(currency, each, day)] for each in days],
    )
    whole = maths.standing(closes, BREADTH_WINDOWS)
    return [
        _row(currency, slug, finish or "", day, maths.breadth(whole, mask))
        for slug, finish, mask in members.named(variant.astype(np.int64))
        if mask.any()
    ]


def _row(
    currency: str, slug: str, finish: str, day: date, found: maths.Breadth
) -> MarketBreadth:
    ways = {
        f"{name}_{window}": counts[window]
        for name, counts in (
            ("advancers", found.rose),
            ("decliners", found.fell),
            ("unchanged", found.stayed),
        )
        for window in BREADTH_WINDOWS
    }
    return MarketBreadth(
        currency=currency,
        slug=slug,
        finish=finish,
        day=day,
        variants=found.variants,
        with_mean=found.with_mean,
        above_mean=found.above_mean,
        with_volatility=found.with_volatility,
        median_volatility=found.median_volatility,
        version=maths.VERSION,
        **ways,
    )
