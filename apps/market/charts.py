"""The market index as a chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
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

from .selectors import IndexSeries, IndexSummary
from .selectors.index import BUCKETS


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexChart:
    """`data` is what the page's script draws in place of the strokes; no summary
    without points."""

    data: dict[str, Any]
    strokes: list[Stroke]
    time_format: str
    summary: Summary | None


def spark(summary: IndexSummary) -> list[Stroke]:
    """The last days of an index as a line without axes."""
    times = [datetime.combine(day, time(), UTC) for day, _ in summary.recent]
    values = [level for _, level in summary.recent]
    line = Line(
        key=summary.slug, label=summary.name, ink=1, dash=0, times=times, values=values
    )
    return strokes([line], DAY)


def index_chart(index: IndexSeries) -> IndexChart:
    """Of the points that can be compared; the others would be peaks of nothing."""
    bucket = BUCKETS[index.bucket]
    line = Line(
        key="index",
        label=index.name if index.is_chained else "Average price",
        ink=1,
        dash=0,
        times=[point.time for point in index.full_points],
        values=[point.value for point in index.full_points],
    )
    return IndexChart(
        data=chart_data([line], currency=index.unit, bucket=bucket),
        strokes=strokes([line], bucket),
        time_format=time_format(bucket),
        summary=summarise(line, bucket),
    )
