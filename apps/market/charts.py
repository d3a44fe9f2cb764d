"""The market index as a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from mtgintel.core.charts import (
    DAY,
    Line,
    Stroke,
    Summary,
    chart_data,
    strokes,
    summarise,
    time_format,
)

from .selectors import IndexPoint, IndexSeries, IndexSummary
from .selectors.index import BUCKETS

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexChart:
    """`data` is what the page's script draws in place of the strokes; no summary
    without points. `rows` are the index's points with what the other index of the
    chart has on that day, the newest first; `versus` sums that one up."""

    data: dict[str, Any]
    lines: list[Line]
    strokes: list[Stroke]
    time_format: str
    summary: Summary | None
    versus: Summary | None
    rows: list[tuple[IndexPoint, Decimal | None]]


def spark(summary: IndexSummary) -> list[Stroke]:
    """The last days of an index as a line without axes."""
    times = [datetime.combine(day, time(), UTC) for day, _ in summary.recent]
    values = [level for _, level in summary.recent]
    line = Line(
        key=summary.slug, label=summary.name, ink=1, dash=0, times=times, values=values
    )
    return strokes([line], DAY)


def index_chart(index: IndexSeries, versus: IndexSeries | None = None) -> IndexChart:
    """Of the points that can be compared; the others would be peaks of nothing.

    `versus` is drawn from where the index stands on the first day both have.
    """
    bucket = BUCKETS[index.bucket]
    own = Line(
        key="index",
        label=index.name if index.is_chained else "Average price",
        ink=1,
        dash=0,
        times=[point.time for point in index.full_points],
        values=[point.value for point in index.full_points],
    )
    other = _from_the_same_start(own, versus) if versus else None
    lines = [own, other] if other else [own]
    values = dict(zip(other.times, other.values, strict=True)) if other else {}
    return IndexChart(
        data=chart_data(lines, currency=index.unit, bucket=bucket),
        lines=lines,
        strokes=strokes(lines, bucket),
        time_format=time_format(bucket),
        summary=summarise(own, bucket),
        versus=summarise(other, bucket) if other else None,
        rows=[(point, values.get(point.time)) for point in reversed(index.points)],
    )


def _from_the_same_start(own: Line, versus: IndexSeries) -> Line | None:
    """None where there is no day that both have."""
    levels = {point.time: point.value for point in versus.full_points}
    starts = zip(own.times, own.values, strict=True)
    shared = next(((at, value) for at, value in starts if at in levels), None)
    if shared is None:
        return None
    start, value = shared
    factor = value / levels[start]
    times = [at for at in levels if at >= start]
    return Line(
        key="versus",
        label=versus.name,
        ink=2,
        dash=1,
        times=times,
        values=[(levels[at] * factor).quantize(_HUNDREDTH) for at in times],
    )
