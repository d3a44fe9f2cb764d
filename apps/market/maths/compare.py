"""Lines of different things on one scale."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby

# What a rebased line stands at on its base day.
BASE = Decimal(100)
# A line of more days than this comes in weeks.
MAX_DAYS = 1000
WEEK = timedelta(days=7)
_HUNDREDTH = Decimal("0.01")

Points = Sequence[tuple[date, Decimal]]


def since_last_break(points: Points, breaks: Sequence[date]) -> Points:
    """The end of a line that no break parts: all of it can be compared."""
    if not points:
        return points
    last = max((day for day in breaks if day <= points[-1][0]), default=date.min)
    return points[bisect_left(points, last, key=lambda point: point[0]) :]


def shared_base(lines: Sequence[Points]) -> date | None:
    """The first day that all lines have a value above nothing on; None without one."""
    days = [{day for day, value in points if value > 0} for points in lines if points]
    shared = set.intersection(*days) if days else set()
    return min(shared, default=None)


def rebased(points: Points, base: date | None) -> list[tuple[date, Decimal]]:
    """The line as a percentage of what it was on `base`, or on its first day."""
    known = [(day, value) for day, value in points if value > 0]
    if not known:
        return []
    start = dict(known)[base] if base else known[0][1]
    return [
        (day, (BASE * value / start).quantize(_HUNDREDTH, ROUND_HALF_UP))
        for day, value in known
    ]


def by_week(points: Points, breaks: Sequence[date] = ()) -> list[tuple[date, Decimal]]:
    """The last point of each week (from Monday), and of each side of a break in it."""

    def week(point: tuple[date, Decimal]) -> tuple[date, int]:
        day = point[0]
        monday = day - timedelta(days=day.weekday())
        return monday, sum(one <= day for one in breaks)

    return [list(of_week)[-1] for _, of_week in groupby(points, key=week)]


def is_long(lines: Sequence[Points]) -> bool:
    """Whether the lines together span more than MAX_DAYS."""
    ends = [day for points in lines if points for day in (points[0][0], points[-1][0])]
    return bool(ends) and (max(ends) - min(ends)).days > MAX_DAYS
