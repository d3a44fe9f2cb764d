"""What a price chart shows, worked out once for the drawing, its table and its caption.

A gap in the data is a gap in the chart: a line is cut where observations are missing.
Feeds come daily, so a day between two points is not a gap, however fine the buckets
are; two days are. A line is also cut where it began to measure something else: what
lies on both sides of such a break is never compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
    stroke, so that no line is told by colour alone. `breaks`, ascending, are the
    moments from which on its values mean something else. `is_stale`: it should have
    been observed since its last point.
    """

    key: str
    label: str
    ink: int
    dash: int
    times: Sequence[datetime]
    values: Sequence[Decimal]
    breaks: Sequence[datetime] = ()
    is_stale: bool = False

    @property
    def latest(self) -> Decimal | None:
        return self.values[-1] if self.values else None

    @property
    def parting_breaks(self) -> list[datetime]:
        """Those with points on both sides."""
        if not self.times:
            return []
        first, last = self.times[0], self.times[-1]
        return [moment for moment in self.breaks if first < moment <= last]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line as an SVG path in a box of WIDTH × HEIGHT."""

    ink: int
    dash: int
    path: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment to be marked across a chart, and what happened then."""

    time: datetime
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A line in words: where it started and ended, and its extremes.

    Of what came since its last break, if it has one: that is `since`.
    """

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
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """The values of all lines at one moment, None where a line has none; `marks` lie
    between it and the row before."""

    time: datetime
    values: list[Decimal | None]
    marks: tuple[Mark, ...] = ()


def cut(
    times: Sequence[datetime],
    bucket: timedelta | None = None,
    breaks: Sequence[datetime] = (),
) -> list[slice]:
    """The unbroken stretches of a series; none of an empty one."""
    if not times:
        return []
    longest = GAP_STEPS * max(DAY, bucket or DAY)
    cuts = [
        index
        for index, (before, after) in enumerate(pairwise(times), start=1)
        if after - before > longest or _parts(breaks, before, after)
    ]
    return [slice(start, stop) for start, stop in pairwise([0, *cuts, len(times)])]


def _parts(breaks: Sequence[datetime], before: datetime, after: datetime) -> bool:
    return any(before < moment <= after for moment in breaks)


def time_format(bucket: timedelta | None) -> str:
    """How the template filter `date` is to write the moments of a chart."""
    return "j M Y" if bucket and bucket >= DAY else "j M Y H:i"


def chart_data(
    lines: Sequence[Line],
    *,
    currency: str,
    bucket: timedelta | None,
    marks: Sequence[Mark] = (),
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
                "stretches": [_stretch(line, part) for part in _cut(line, bucket)],
            }
            for line in lines
        ],
        "marks": [
            {"time": int(mark.time.timestamp()), "label": mark.label} for mark in marks
        ],
    }


def _cut(line: Line, bucket: timedelta | None) -> list[slice]:
    return cut(line.times, bucket, line.breaks)


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
    across = _across(lines)
    up = _scale(float(min(values)), float(max(values)), HEIGHT, 0)
    return [
        Stroke(line.ink, line.dash, _path(line, bucket, across, up)) for line in lines
    ]


def mark_places(lines: Sequence[Line], marks: Sequence[Mark]) -> list[float]:
    """How far across the box of the strokes each mark stands."""
    if not any(line.times for line in lines):
        return []
    across = _across(lines)
    return [round(across(mark.time.timestamp()), 1) for mark in marks]


def _across(lines: Sequence[Line]) -> Callable[[float], float]:
    times = [moment for line in lines for moment in line.times]
    return _scale(min(times).timestamp(), max(times).timestamp(), 0, WIDTH)


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
        for part in _cut(line, bucket)
    )


def table_rows(lines: Sequence[Line], marks: Sequence[Mark] = ()) -> list[TableRow]:
    """The same points as a table, newest first."""
    columns = [dict(zip(line.times, line.values, strict=True)) for line in lines]
    moments = sorted(set().union(*columns), reverse=True)
    return [
        TableRow(
            moment,
            [column.get(moment) for column in columns],
            tuple(mark for mark in marks if before < mark.time <= moment),
        )
        for moment, before in pairwise([*moments, datetime.min.replace(tzinfo=UTC)])
    ]


def summarise(line: Line, bucket: timedelta | None = None) -> Summary | None:
    """A line in words; None without points."""
    if not line.times:
        return None
    since = max(line.parting_breaks, default=None)
    times = [moment for moment in line.times if since is None or moment >= since]
    points = list(zip(line.values[-len(times) :], times, strict=True))
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
        gaps=len(cut(times, bucket)) - 1,
        since=since,
    )
