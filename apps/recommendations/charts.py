"""A recommendation on its price chart, and calibration as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from mtgintel.core.charts import (
    DAY,
    Line,
    Mark,
    Stroke,
    Summary,
    TableRow,
    chart_data,
    mark_places,
    strokes,
    summarise,
    table_rows,
)

from .maths.record import Bin
from .models import Recommendation
from .selectors import midnight

# The box of the plot of calibration, in which shares go from 0 to 1.
SIDE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class CallChart:
    """The price around a recommendation, with a line from the price at issue to the
    target; `marks` are the day of issue, the horizon and the price it was scored by."""

    lines: list[Line]
    data: dict[str, Any]
    strokes: list[Stroke]
    places: list[float]
    marks: list[Mark]
    rows: list[TableRow]
    summary: Summary | None


def call_chart(
    call: Recommendation, closes: Sequence[tuple[datetime, Decimal]]
) -> CallChart:
    start, end = midnight(call.issued_on), midnight(call.due_on)
    price = Line(
        key="price",
        label=call.marketplace.name,
        ink=1,
        dash=0,
        times=[at for at, _ in closes],
        values=[value for _, value in closes],
    )
    days = (end - start) // DAY
    step = (call.target - call.price) / days
    target = Line(
        key="target",
        label="Expected",
        ink=2,
        dash=1,
        times=[start + i * DAY for i in range(days + 1)],
        values=[call.price + i * step for i in range(days)] + [call.target],
    )
    lines, marks = [price, target], _marks(call, start, end)
    return CallChart(
        lines=lines,
        data=chart_data(lines, currency=call.currency, bucket=DAY, marks=marks),
        strokes=strokes(lines, DAY),
        places=mark_places(lines, marks),
        marks=marks,
        rows=table_rows([price], marks),
        summary=summarise(price, DAY),
    )


def _marks(call: Recommendation, start: datetime, end: datetime) -> list[Mark]:
    marks = [Mark(start, f"{call.get_kind_display()} advised"), Mark(end, "Horizon")]
    outcome = getattr(call, "outcome", None)
    if outcome and outcome.observed_on and outcome.observed_on != call.due_on:
        marks.insert(1, Mark(midnight(outcome.observed_on), "Scored by this price"))
    return marks


@dataclass(frozen=True, slots=True)
class Dot:
    """A bin in the box: where it is, its size, and its interval from top to bottom."""

    x: float
    y: float
    radius: float
    top: float
    bottom: float


def calibration_dots(bins: Sequence[Bin]) -> list[Dot]:
    """Stated confidence to the right, what came true upwards."""
    most = max((one.n for one in bins), default=1)
    return [
        Dot(
            x=_across(one.stated),
            y=_across(1 - one.happened),
            radius=round(3 + 7 * (one.n / most) ** 0.5, 1),
            top=_across(1 - one.most),
            bottom=_across(1 - one.least),
        )
        for one in bins
    ]


def _across(share: float) -> float:
    return round(SIDE * share, 1)
