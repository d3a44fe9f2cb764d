"""What any lots are worth together, for those who look after collections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Sum
from django.db.models.functions import Cast

from apps.inventory.querysets import LotQuerySet
from apps.settings.selectors import DEFAULTS
from mtgintel.core import cache
from mtgintel.core.constants import Condition, Currency
from mtgintel.core.money import from_thousandths
from mtgintel.core.sql import load_sql

from .costs import everybodys_carried_costs
from .values import CARRIED, valued_lots


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """In one currency: `value` is of the `priced` lots, `estimated` of them by a Near
    Mint price; `cost` is of the `with_cost` lots that were paid for in it: what is left
    of them costs by the method of each owner."""

    currency: str
    value: Decimal
    priced: int
    estimated: int
    cost: Decimal
    with_cost: int
    oldest: datetime | None
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class LotTotals:
    """Of the lots of which something is left, however many owners they have.

    Worth by the default preferences, not by those of each owner. `other_costs` is in
    currencies that have no prices here: {code: amount}.
    """

    lots: int
    copies: int
    currencies: list[CurrencyTotals]
    other_costs: dict[str, Decimal]


def totals_of(lots: LotQuerySet) -> LotTotals:
    """Kept until prices or lots change."""
    held = lots.order_by().held()
    ids = held.values("pk")
    try:
        statement, parameters = ids.query.sql_with_params()
    except EmptyResultSet:
        return LotTotals(0, 0, [], {})
    asked = repr((_state(), statement, parameters))
    key = blake2b(asked.encode(), digest_size=16).hexdigest()
    return cache.get_or_compute(
        f"inventory.lot_totals:{key}",
        lambda: _totals(held, _composed(statement, parameters)),
    )


def _composed(statement: str, parameters: Any) -> str:
    operations: Any = connection.ops
    return str(operations.compose_sql(statement, parameters))


def _state() -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "every_lot_state"))
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def _totals(held: LotQuerySet, ids: str) -> LotTotals:
    counts = held.values("cost_currency").annotate(lots=Count("pk"), copies=Sum("held"))
    rows = list(counts)
    owners = held.values_list("owner_id", flat=True).distinct()
    carried = everybodys_carried_costs(owners)
    return LotTotals(
        lots=sum(row["lots"] for row in rows),
        copies=sum(row["copies"] for row in rows),
        currencies=[_of_currency(one, ids, carried) for one in Currency.values],
        other_costs=_other_costs(held, carried)
        if {row["cost_currency"] for row in rows} - {"", *Currency.values}
        else {},
    )


def _other_costs(held: LotQuerySet, carried: dict[int, int]) -> dict[str, Decimal]:
    others = held.exclude(cost_currency__in=["", *Currency.values])
    # Many copies of something dear are more than its column holds.
    paid = Cast("unit_cost", BigIntegerField()) * F("held")
    costs: dict[str, int] = {}
    for lot_id, currency, cost in others.annotate(
        paid=ExpressionWrapper(paid, BigIntegerField())
    ).values_list("pk", "cost_currency", "paid"):
        costs[currency] = costs.get(currency, 0) + carried.get(lot_id, cost)
    return {currency: from_thousandths(cost) for currency, cost in costs.items()}


def _of_currency(currency: str, ids: str, carried: dict[int, int]) -> CurrencyTotals:
    # The percent signs of the composed text are its own.
    whose = f"l.id IN ({ids.replace('%', '%%')})"
    statement = valued_lots(whose, carried=CARRIED) + load_sql(
        "inventory", "admin_totals"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "currency": currency,
                "carried_lots": list(carried),
                "carried_costs": list(carried.values()),
                "marketplaces": list(DEFAULTS.marketplaces),
                "conditions": list(Condition.values),
                "shares": [DEFAULTS.multiplier(one) for one in Condition.values],
            },
        )
        value, priced, estimated, cost, with_cost, oldest, newest = cursor.fetchone()
    return CurrencyTotals(
        currency,
        from_thousandths(value),
        priced,
        estimated,
        from_thousandths(cost),
        with_cost,
        oldest,
        newest,
    )
