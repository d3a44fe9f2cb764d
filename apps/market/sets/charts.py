"""The value of a set as a chart: day by day, and since it was released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from apps.cards.models import CardSet
from apps.market.maths.compare import rebased, shared_base, since_last_break
from apps.market.selectors.sets import SetPoint
from mtgintel.core.charts import (
    DAY,
    Line,
    Stroke,
    Summary,
    chart_data,
    strokes,
    summarise,
    table_rows,
    time_format,
)

# Day 0 of a chart that counts days.
_RELEASE = date(1970, 1, 1)
_DASHES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChart:
    """`data` is what the page's script draws in place of the strokes; no summary
    without points. `rows` are the days, the newest first."""

    data: dict[str, Any]
    strokes: list[Stroke]
    time_format: str
    summary: Summary | None
    rows: list[SetPoint]


def set_chart(name: str, points: Sequence[SetPoint], currency: str) -> SetChart:
    """The like-for-like line of a set; cut where days cannot be compared."""
    line = Line(
        key="value",
        label=name,
        ink=1,
        dash=0,
        times=[_midnight(point.day) for point in points],
        values=[point.like_for_like for point in points],
        breaks=_breaks(points),
    )
    return SetChart(
        data=chart_data([line], currency=currency, bucket=DAY),
        strokes=strokes([line], DAY),
        time_format=time_format(DAY),
        summary=summarise(line, DAY),
        rows=list(reversed(points)),
    )


def _breaks(points: Sequence[SetPoint]) -> list[datetime]:
    return [_midnight(day) for day in sorted({point.since for point in points})[1:]]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceRelease:
    """Sets by days since each was released: a row has the day and every line's value,
    None where it has none. `base` is the day on which rebased lines stand at 100."""

    lines: list[Line]
    data: dict[str, Any]
    strokes: list[Stroke]
    base: int | None
    first: int
    last: int
    rows: list[tuple[int, list[Decimal | None]]]


def since_release(
    sets: Mapping[str, CardSet],
    curves: Mapping[str, Sequence[SetPoint]],
    currency: str,
    *,
    is_rebased: bool,
) -> SinceRelease | None:
    """The sets that have a release day and prices since; None if none does."""
    found = {code: _aligned(sets[code], points) for code, points in curves.items()}
    found = {code: points for code, points in found.items() if points}
    if not found:
        return None
    base = shared_base(list(found.values())) if is_rebased else None
    lines = [
        _line(sets[code], number, rebased(points, base) if is_rebased else points)
        for number, (code, points) in enumerate(found.items())
    ]
    rows = [(_number(row.time), row.values) for row in table_rows(lines)]
    unit = "" if is_rebased else currency
    return SinceRelease(
        lines=lines,
        data=chart_data(lines, currency=unit, bucket=DAY) | {"counts": "days"},
        strokes=strokes(lines, DAY),
        base=(base - _RELEASE).days if base else None,
        first=rows[-1][0],
        last=rows[0][0],
        rows=rows,
    )


def _aligned(
    card_set: CardSet, points: Sequence[SetPoint]
) -> list[tuple[date, Decimal]]:
    """Since its last break, as if released on day 0; nothing from before."""
    released = card_set.released_on
    if released is None:
        return []
    line = [(point.day, point.like_for_like) for point in points]
    breaks = [point.since for point in points]
    return [
        (_RELEASE + (day - released), value)
        for day, value in since_last_break(line, breaks)
        if day >= released
    ]


def _line(card_set: CardSet, number: int, points: Sequence[Any]) -> Line:
    return Line(
        key=card_set.code,
        label=card_set.name,
        ink=number + 1,
        dash=number % _DASHES,
        times=[_midnight(day) for day, _ in points],
        values=[value for _, value in points],
    )


def _number(moment: datetime) -> int:
    return (moment - _midnight(_RELEASE)) // timedelta(days=1)
