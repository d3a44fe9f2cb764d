"""What any lots are worth together, for those who look after collections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, Count, F, Sum
from django.db.models.functions import Cast

from apps.inventory.querysets import LotQuerySet
from apps.settings.selectors import DEFAULTS
from mtgintel.core import cache
from mtgintel.core.constants import Condition, Currency
from mtgintel.core.money import from_thousandths
from mtgintel.core.sql import load_sql

from .values import valued_lots


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """In one currency: `value` is of the `priced` lots, `estimated` of them by a Near
    Mint price; `cost` is of the `with_cost` lots that were paid for in it."""

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
    """Kept until prices or lots change. Five statements, then one."""
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
    # Many copies of something dear are more than its column holds.
    paid = Cast("unit_cost", BigIntegerField()) * F("held")
    by_currency = held.values("cost_currency").annotate(
        lots=Count("pk"),
        copies=Sum("held"),
        cost=Sum(paid, output_field=BigIntegerField()),
    )
    rows = list(by_currency)
    return LotTotals(
        lots=sum(row["lots"] for row in rows),
        copies=sum(row["copies"] for row in rows),
        currencies=[_of_currency(one, ids) for one in Currency.values],
        other_costs={
            row["cost_currency"]: from_thousandths(row["cost"])
            for row in rows
            if row["cost_currency"] not in ("", *Currency.values)
        },
    )


def _of_currency(currency: str, ids: str) -> CurrencyTotals:
    # The percent signs of the composed text are its own.
    whose = f"l.id IN ({ids.replace('%', '%%')})"
    statement = valued_lots(whose) + load_sql("inventory", "admin_totals")
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "currency": currency,
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
