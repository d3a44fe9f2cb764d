"""What a collection earned over a period, beside the market."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

from apps.inventory.maths.returns import Flow, Return, money_weighted, time_weighted
from apps.settings.selectors import preferences_of
from mtgintel.core import cache
from mtgintel.core.money import from_thousandths
from mtgintel.core.sql import load_sql

from .benchmark import Benchmark
from .history import ValueDay, ValueHistory


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """The returns of the lots whose cost and proceeds are known in the currency, from
    `first` to `last` (None without days), and the change of the chained index over the
    same days. `measured_percent` is the share of the market value they are of."""

    first: date | None
    last: date | None
    time_weighted: Return
    money_weighted: Return
    index_percent: Decimal | None
    measured_percent: Decimal | None


def performance(user: Any, history: ValueHistory) -> Performance:
    """From the first day of a history on which something measured had a price; kept as
    long as that is."""
    return cache.get_or_compute(
        f"inventory.performance:{history.state}", lambda: _performance(user, history)
    )


def _performance(user: Any, history: ValueHistory) -> Performance:
    flows = flows_of(user, history.currency)
    values = _values(history.priced_days, flows)
    first, last = (values[0][0], values[-1][0]) if values else (None, None)
    is_period = first is not None and first != last
    return Performance(
        first=first,
        last=last,
        time_weighted=time_weighted(values, flows),
        money_weighted=money_weighted(values, flows),
        index_percent=Benchmark.of(history.currency).change(first, last)
        if first and is_period
        else None,
        measured_percent=_measured_percent(history),
    )


def _values(
    days: Sequence[ValueDay], flows: Sequence[Flow]
) -> list[tuple[date, Decimal]]:
    """What measured copies were worth, from the first day that any had a price. A day
    on which copies were held but none had a price is a gap, and no loss of everything.
    """
    waiting, copies = deque(flows), 0
    values: list[tuple[date, Decimal]] = []
    for one in days:
        while waiting and waiting[0].day <= one.day:
            copies += waiting.popleft().copies
        if one.measured or (values and not copies):
            values.append((one.day, one.measured))
    return values


def _measured_percent(history: ValueHistory) -> Decimal | None:
    days = history.priced_days
    if not days or not days[-1].worth.market.value:
        return None
    newest = days[-1]
    share = 100 * newest.measured / newest.worth.market.value
    return share.quantize(Decimal("0.1"))


def flows_of(user: Any, currency: str) -> list[Flow]:
    """What was paid and received in the lots that are measured, by day."""
    statement = load_sql("inventory", "held_segments") + load_sql("inventory", "flows")
    parameters = {
        "owner_id": user.pk,
        "currency": currency,
        "marketplaces": list(preferences_of(user).marketplaces),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [
            Flow(day, from_thousandths(paid), from_thousandths(received), copies)
            for day, paid, received, copies in cursor
        ]
