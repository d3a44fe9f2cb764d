"""What somebody's holdings are worth: one currency at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from hashlib import blake2b
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from apps.cards.querysets import fold_name
from apps.settings.selectors import preferences_of
from mtgintel.core import cache
from mtgintel.core.constants import Condition, Currency
from mtgintel.core.money import from_thousandths, to_thousandths
from mtgintel.core.sql import load_sql

from .costs import carried_costs

# What a list is ordered by; lots without the figure come last.
ORDERINGS = {
    "-value": "value DESC NULLS LAST, id",
    "value": "value NULLS LAST, id",
    "-price": "price DESC NULLS LAST, id",
    "-gain": "gain DESC NULLS LAST, id",
    "gain": "gain NULLS LAST, id",
    "name": "search_name, id",
    "-quantity": "held DESC, id",
    "-added": "id DESC",
}
CARRIED = "%(carried_lots)s::bigint[], %(carried_costs)s::bigint[]"
_NOTHINGCARRIED = "ARRAY[]::bigint[], ARRAY[]::bigint[]"
_FILTERS = {
    "q": "c.search_name LIKE %(q)s",
    "set": "c.card_set_id = (SELECT id FROM card_sets WHERE code = %(set)s)",
    "finish": "l.finish::text = %(finish)s",
    "condition": "l.condition::text = %(condition)s",
    "language": "l.language::text = %(language)s",
    "binder": "l.binder = %(binder)s",
    "tag": "%(tag)s = ANY(l.tags)",
    "for_trade": "(l.for_trade > 0) = (%(for_trade)s = 'yes')",
}

LotsState = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingsQuery:
    """Which lots are asked for; "" or None leaves that question open.

    `q` is a part of a card's name, `set` a code, `for_trade` "yes" or "no", `min_price`
    the least that one copy is worth, `ordering` one of ORDERINGS.
    """

    currency: str = Currency.USD.value
    q: str = ""
    set: str = ""
    finish: str = ""
    condition: str = ""
    language: str = ""
    binder: str = ""
    tag: str = ""
    for_trade: str = ""
    min_price: Decimal | None = None
    ordering: str = "-value"


@dataclass(frozen=True, slots=True)
class ValuedLot:
    """A lot and what it is worth in the currency asked for.

    `quantity` is what is still held. `price` is of one copy, None without one;
    `is_estimate` where it is a Near Mint price times the owner's multiplier. `gain` is
    unrealised, over the cost by the owner's method, which is not `unit_cost` where
    copies alike went; None where the cost is unknown, in another currency, or there is
    no price. `is_special` is of a copy that is graded, signed, altered, a proxy or a
    misprint: other goods than those that are priced.
    """

    id: int
    card_id: int
    name: str
    set_code: str
    collector_number: str
    finish: str
    condition: str
    language: str
    quantity: int
    unit_cost: Decimal | None
    cost_currency: str
    price: Decimal | None
    value: Decimal | None
    gain: Decimal | None
    marketplace: str | None
    marketplace_name: str | None
    as_of: datetime | None
    is_estimate: bool
    is_stale: bool
    is_special: bool
    binder: str
    tags: list[str]
    for_trade: int


_COLUMNS = [one.name for one in fields(ValuedLot)]
_AMOUNTS = ("unit_cost", "price", "value", "gain")


@dataclass(frozen=True, slots=True)
class HoldingsTotals:
    """Of all lots asked for, whatever page is shown.

    `value` leaves out the `unpriced` lots. `cost` is that of the `with_cost` lots whose
    cost is known in the currency. `gain` is of the `with_gain` lots that have a price
    as well; None without any. Prices are from `oldest` to `newest`.
    """

    lots: int
    copies: int
    value: Decimal
    cost: Decimal
    with_cost: int
    gain: Decimal | None
    with_gain: int
    unpriced: int
    estimated: int
    oldest: datetime | None
    newest: datetime | None


class Holdings(Sequence[ValuedLot]):
    """The lots of a query in their order; a slice reads its page.

    The totals and the order are kept, as they need every price of the collection; they
    and each page take one statement, and one more tells whether lots changed, unless
    their state is given.
    """

    def __init__(
        self,
        user: AbstractBaseUser | AnonymousUser,
        wanted: HoldingsQuery,
        lots: LotsState | None = None,
    ) -> None:
        self.user = user
        self.wanted = wanted
        self._lots = lots

    @property
    def totals(self) -> HoldingsTotals:
        return self._found[0]

    @property
    def ids(self) -> list[int]:
        """Of all lots asked for, in their order."""
        return self._found[1]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, chosen: Any) -> Any:
        ids = self.ids[chosen]
        return self._rows([ids])[0] if isinstance(ids, int) else self._rows(ids)

    def lot(self, lot_id: int) -> ValuedLot | None:
        """One lot alone, whatever else is asked for; None if nothing is left of it."""
        return next(iter(self._rows([lot_id])), None)

    @cached_property
    def _found(self) -> tuple[HoldingsTotals, list[int]]:
        return cache.get_or_compute(f"inventory.values:{self.state}", self._find)

    @cached_property
    def state(self) -> str:
        """Names what is asked for and the state of these lots and of what their owner
        prefers: for what is kept until one of them (or the prices) changes."""
        return _digest(self._lots_state, self._method, self.wanted, self._parameters)

    @cached_property
    def _lots_state(self) -> LotsState:
        return self._lots or lots_state(self.user.pk)

    @property
    def _method(self) -> str:
        return preferences_of(self.user).cost_basis

    @cached_property
    def _carried(self) -> dict[str, Any]:
        """Parameters: lots whose copies do not cost what they say, and what they cost.
        Kept until lots or the method change."""
        key = _digest(self._lots_state, self._method)
        costs = cache.get_or_compute(
            f"inventory.carried:{self.user.pk}:{key}", lambda: carried_costs(self.user)
        )
        return {"carried_lots": list(costs), "carried_costs": list(costs.values())}

    def _find(self) -> tuple[HoldingsTotals, list[int]]:
        statement, parameters = self.totals_query()
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            *figures, ids = cursor.fetchone()
        return _totals(figures), ids

    def _rows(self, ids: list[int]) -> list[ValuedLot]:
        """The lots of these ids, in the order of the ids."""
        statement = _valued("AND l.id = ANY(%(ids)s)") + load_sql(
            "inventory", "lot_rows"
        )
        parameters = self._parameters | self._carried
        parameters |= {"ids": ids, "now": timezone.now()}
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            found = {row[0]: _valued_lot(row) for row in cursor}
        # One that was deleted between the two statements is not shown.
        return [found[one] for one in ids if one in found]

    def totals_query(self) -> tuple[str, dict[str, Any]]:
        """The statement behind the totals and its parameters."""
        ending = load_sql("inventory", "lot_totals")
        return self.statement(
            ending.replace("{order}", ORDERINGS[self.wanted.ordering])
        )

    def statement(self, ending: str) -> tuple[str, dict[str, Any]]:
        """A statement about `valued`, the lots asked for, and its parameters; {bounds}
        in its ending are what a copy must be worth."""
        filters = [sql for name, sql in _FILTERS.items() if getattr(self.wanted, name)]
        is_bounded = self.wanted.min_price is not None
        bounds = "price >= %(min_price)s" if is_bounded else "true"
        beginning = _valued("".join(f" AND {one}" for one in filters))
        parameters = self._parameters | self._carried
        return beginning + ending.replace("{bounds}", bounds), parameters

    @cached_property
    def _parameters(self) -> dict[str, Any]:
        wanted, preferences = self.wanted, preferences_of(self.user)
        least = wanted.min_price
        return {
            "owner_id": self.user.pk,
            "currency": wanted.currency,
            "marketplaces": list(preferences.marketplaces),
            "conditions": list(Condition.values),
            "shares": [preferences.multiplier(one) for one in Condition.values],
            "q": _pattern(wanted.q),
            "set": wanted.set,
            "finish": wanted.finish,
            "condition": wanted.condition,
            "language": wanted.language,
            "binder": wanted.binder,
            "tag": wanted.tag,
            "for_trade": wanted.for_trade,
            "min_price": None if least is None else to_thousandths(least),
        }


def lots_state(user_id: Any) -> LotsState:
    """Names the state of somebody's lots. It looks at all of them: who asks several
    things of one collection asks for it once, and passes it on."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("inventory", "lots_state"), [user_id])
        found: LotsState = cursor.fetchone()
    return found


def _valued(filters: str) -> str:
    return valued_lots("l.owner_id = %(owner_id)s", filters, CARRIED)


def valued_lots(whose: str, filters: str = "", carried: str = _NOTHINGCARRIED) -> str:
    """The beginning of a statement about `valued`: the lots (l) that the conditions
    leave, with their cards (c) and what they are worth. `carried` are arrays of lots
    and of what is left of them costs, where that is not what they say."""
    return (
        load_sql("inventory", "valued_lots")
        .replace("{whose}", whose)
        .replace("{filters}", filters)
        .replace("{carried}", carried)
    )


def _digest(*parts: Any) -> str:
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def _pattern(text: str) -> str:
    """A name that contains `text`, whose own wildcards mean themselves."""
    escaped = re.sub(r"([\\%_])", r"\\\1", fold_name(text))
    return f"%{escaped}%"


def _amount(thousandths: int | None) -> Decimal | None:
    return None if thousandths is None else from_thousandths(thousandths)


def _totals(figures: list[Any]) -> HoldingsTotals:
    lots, copies, value, cost, with_cost, gain, *rest = figures
    return HoldingsTotals(
        lots,
        copies,
        from_thousandths(value),
        from_thousandths(cost),
        with_cost,
        _amount(gain),
        *rest,
    )


def _valued_lot(row: tuple[Any, ...]) -> ValuedLot:
    """The columns of the statement are the fields, in their order."""
    found: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    amounts = {name: _amount(found[name]) for name in _AMOUNTS}
    return ValuedLot(**found | amounts)
