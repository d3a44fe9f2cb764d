"""What a price chart shows, worked out once for the drawing, its table and its caption.

A gap in the data is a gap in the chart: a line is cut where observations are missing.
Feeds come daily, so a day between two points is not a gap, however fine the buckets
are; two days are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from mtgintel.core.changes import percent_change
from mtgintel.core.money import money_text

INKS = 6
# The box that strokes are drawn in; the page stretches it.
WIDTH, HEIGHT = 1000, 300
# A step this many days (or buckets, where they are longer) is a gap: one missing day
# makes a step of 2, and a feed that is some hours late does not.
GAP_STEPS = 1.5
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series: `times` ascending, `values` of the same length.

    `ink` (1 to INKS) is its colour and `dash` (0 solid, 1 dashed, 2 dotted) its
    stroke, so that no line is told by colour alone.
    """

    key: str
    label: str
    ink: int
    dash: int
    times: Sequence[datetime]
    values: Sequence[Decimal]

    @property
    def latest(self) -> Decimal | None:
        return self.values[-1] if self.values else None


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line as an SVG path in a box of WIDTH × HEIGHT."""

    ink: int
    dash: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A line in words: where it started and ended, and its extremes."""

    label: str
    first: Decimal
    first_at: datetime
    last: Decimal
    last_at: datetime
    low: Decimal
    low_at: datetime
    high: Decimal
    high_at: datetime
    change_percent: Decimal | None
    gaps: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """The values of all lines at one moment, None where a line has none."""

    time: datetime
    values: list[Decimal | None]


def cut(times: Sequence[datetime], bucket: timedelta | None = None) -> list[slice]:
    """The unbroken stretches of a series; none of an empty one."""
    if not times:
        return []
    longest = GAP_STEPS * max(DAY, bucket or DAY)
    breaks = [
        index
        for index, (before, after) in enumerate(pairwise(times), start=1)
        if after - before > longest
    ]
    return [slice(start, stop) for start, stop in pairwise([0, *breaks, len(times)])]


def time_format(bucket: timedelta | None) -> str:
    """How the template filter `date` is to write the moments of a chart."""
    return "j M Y" if bucket and bucket >= DAY else "j M Y H:i"


def chart_data(
    lines: Sequence[Line], *, currency: str, bucket: timedelta | None
) -> dict[str, Any]:
    """What static/js/charts.js draws: seconds since the epoch and money strings."""
    return {
        "currency": currency,
        "bucket": int(bucket.total_seconds()) if bucket else None,
        "lines": [
            {
                "key": line.key,
                "label": line.label,
                "ink": line.ink,
                "dash": line.dash,
                "stretches": [_stretch(line, part) for part in cut(line.times, bucket)],
            }
            for line in lines
        ],
    }


def _stretch(line: Line, part: slice) -> dict[str, list[Any]]:
    return {
        "time": [int(moment.timestamp()) for moment in line.times[part]],
        "value": [money_text(value) for value in line.values[part]],
    }


def strokes(lines: Sequence[Line], bucket: timedelta | None) -> list[Stroke]:
    """The drawing that stands in the page until its script takes over."""
    times = [moment for line in lines for moment in line.times]
    values = [value for line in lines for value in line.values]
    if not times:
        return []
    across = _scale(min(times).timestamp(), max(times).timestamp(), 0, WIDTH)
    up = _scale(float(min(values)), float(max(values)), HEIGHT, 0)
    return [
        Stroke(line.ink, line.dash, _path(line, bucket, across, up)) for line in lines
    ]


def _scale(low: float, high: float, start: int, end: int) -> Callable[[float], float]:
    """Maps low … high to start … end; a range of nothing to the middle."""
    span = high - low
    if not span:
        return lambda _value: (start + end) / 2
    return lambda value: start + (value - low) / span * (end - start)


def _path(
    line: Line,
    bucket: timedelta | None,
    across: Callable[[float], float],
    up: Callable[[float], float],
) -> str:
    """A stretch at a time; one of a single point is a dot."""
    return " ".join(
        "M"
        + " L".join(
            f"{across(moment.timestamp()):.1f} {up(float(value)):.1f}"
            for moment, value in zip(line.times[part], line.values[part], strict=True)
        )
        + ("h0" if part.stop - part.start == 1 else "")
        for part in cut(line.times, bucket)
    )


def table_rows(lines: Sequence[Line]) -> list[TableRow]:
    """The same points as a table, newest first."""
    columns = [dict(zip(line.times, line.values, strict=True)) for line in lines]
    moments = sorted(set().union(*columns), reverse=True)
    return [
        TableRow(moment, [column.get(moment) for column in columns])
        for moment in moments
    ]


def summarise(line: Line, bucket: timedelta | None = None) -> Summary | None:
    """A line in words; None without points."""
    if not line.times:
        return None
    points = list(zip(line.values, line.times, strict=True))
    (first, first_at), (last, last_at) = points[0], points[-1]
    low, low_at = min(points, key=lambda point: point[0])
    high, high_at = max(points, key=lambda point: point[0])
    return Summary(
        label=line.label,
        first=first,
        first_at=first_at,
        last=last,
        last_at=last_at,
        low=low,
        low_at=low_at,
        high=high,
        high_at=high_at,
        change_percent=percent_change(first, last),
        gaps=len(cut(line.times, bucket)) - 1,
    )
