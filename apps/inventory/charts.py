"""The value of a collection as a chart, beside the chained index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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

from .selectors.benchmark import Benchmark
from .selectors.history import ValueDay, ValueHistory
from .selectors.portfolio import Figure

_CENT = Decimal("0.01")
_WEEK = timedelta(days=7)
_SUNDAY = 6
# Days are drawn up to this length; after it the Sundays that are kept, and the newest.
_DAILY = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A day of the table: the figure of the chosen method, and the drawn values."""

    day: date
    figure: Figure
    value: Decimal
    index: Decimal | None
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChart:
    """`data` is what the page's script draws in place of the strokes; no summary
    without points. In `unit`, "" where amounts are hidden: then the first day is 100.
    """

    data: dict[str, Any]
    lines: list[Line]
    strokes: list[Stroke]
    time_format: str
    unit: str
    summary: Summary | None
    versus: Summary | None
    rows: list[ValueRow]


def value_chart(
    history: ValueHistory, method: str, benchmark: Benchmark, *, is_hidden: bool
) -> ValueChart:
    """By one method; the index starts where the collection does."""
    days, bucket = _drawn(history.priced_days)
    figures: list[Figure] = [getattr(one.worth, method) for one in days]
    values = [figure.value for figure in figures]
    if is_hidden:
        values = _from_a_hundred(values)
    own = Line(
        key="value",
        label="Collection",
        ink=1,
        dash=0,
        times=[_midnight(one.day) for one in days],
        values=values,
    )
    levels = _index_values(days, values, benchmark)
    drawn = [
        (one, level)
        for one, level in zip(days, levels, strict=True)
        if level is not None
    ]
    other = Line(
        key="versus",
        label="Market index",
        ink=2,
        dash=1,
        times=[_midnight(one.day) for one, _ in drawn],
        values=[level for _, level in drawn],
    )
    lines = [own, other] if drawn else [own]
    unit = "" if is_hidden else history.currency
    return ValueChart(
        data=chart_data(lines, currency=unit, bucket=bucket),
        lines=lines,
        strokes=strokes(lines, bucket),
        time_format=time_format(bucket),
        unit=unit,
        summary=summarise(own, bucket),
        versus=summarise(other, bucket),
        rows=[
            ValueRow(one.day, figure, value, level, one.is_current)
            for one, figure, value, level in zip(
                days, figures, values, levels, strict=True
            )
        ][::-1],
    )


def _drawn(days: list[ValueDay]) -> tuple[list[ValueDay], timedelta]:
    if not days or days[-1].day - days[0].day <= _DAILY:
        return days, DAY
    sundays = [one for one in days[:-1] if one.day.weekday() == _SUNDAY]
    return [*sundays, days[-1]], _WEEK


def _from_a_hundred(values: list[Decimal]) -> list[Decimal]:
    start = next((value for value in values if value), Decimal(1))
    return [(100 * value / start).quantize(_CENT) for value in values]


def _index_values(
    days: Sequence[ValueDay], values: Sequence[Decimal], benchmark: Benchmark
) -> list[Decimal | None]:
    """The index on those days, scaled to the collection on the first day with both."""
    levels = [benchmark.at(one.day) for one in days]
    start = next(
        (place for place, level in enumerate(levels) if level and values[place]), None
    )
    if start is None:
        return [None] * len(levels)
    factor = values[start] / levels[start]  # type: ignore[operator]
    return [
        None if level is None or place < start else (level * factor).quantize(_CENT)
        for place, level in enumerate(levels)
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
