"""What went of somebody's holdings, what it brought, and what it had cost them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from hashlib import blake2b
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from apps.cards.querysets import fold_name
from apps.inventory.maths.basis import Basis
from apps.inventory.models import Disposal, Lot
from apps.settings.selectors import preferences_of
from mtgintel.core import cache
from mtgintel.core.constants import Currency

from .costs import basis_of
from .values import Holdings, HoldingsQuery, LotsState, ValuedLot, lots_state

_Person = AbstractBaseUser | AnonymousUser
ORDERINGS = ("-date", "date", "-gain", "gain", "-proceeds")
# Fields of YearTotals, and what they are called.
OBSTACLES = {
    "unknown_cost": "cost unknown",
    "other_currency": "cost in another currency",
    "unknown_proceeds": "proceeds unknown",
    "gifts": "given away",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesQuery:
    """Which disposals are asked for; "" or None leaves that question open. `currency`
    is that of the proceeds, `q` a part of a card's name."""

    year: int | None = None
    currency: str = ""
    kind: str = ""
    q: str = ""
    ordering: str = "-date"


@dataclass(frozen=True, slots=True)
class Sale:
    """A disposal. `proceeds` and `cost` are of all its copies, None where unknown;
    `gain` is realised, None without both of them in one currency, and of a gift."""

    id: int
    lot: Lot
    kind: str
    quantity: int
    unit_proceeds: Decimal | None
    currency: str
    disposed_on: date
    recipient: str
    cost: Decimal | None

    @property
    def proceeds(self) -> Decimal | None:
        if self.unit_proceeds is None:
            return None
        return self.unit_proceeds * self.quantity

    @property
    def cost_currency(self) -> str:
        return self.lot.cost_currency

    @property
    def gain(self) -> Decimal | None:
        return _gain(self.proceeds, self.currency, self.cost, self.cost_currency)

    @property
    def why_no_gain(self) -> str:
        """What keeps it from having a gain; "" if it has one."""
        if self.gain is not None:
            return ""
        name = _obstacle(self.kind, self.proceeds, self.cost)
        return OBSTACLES[name]

    def get_kind_display(self) -> str:
        return str(Disposal.Kind(self.kind).label)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a lot: its copies' cost by the owner's method, and what they are
    worth in `currency`. The gain is unrealised, None without both in one currency."""

    cost: Decimal | None
    cost_currency: str
    worth: ValuedLot | None
    currency: str

    @property
    def gain(self) -> Decimal | None:
        value = self.worth.value if self.worth else None
        if self.cost is None or value is None or self.currency != self.cost_currency:
            return None
        return value - self.cost


@dataclass(slots=True)
class YearTotals:
    """Disposals of a year whose proceeds are in one currency; "" where they brought
    nothing that is known.

    `proceeds` are all that are known. `cost` and `gain` are of the `with_gain`
    disposals whose cost is known in the same currency. The others are counted by what
    keeps them from having a gain.
    """

    year: int
    currency: str
    disposals: int = 0
    copies: int = 0
    proceeds: Decimal = Decimal("0.00")
    cost: Decimal = Decimal("0.00")
    gain: Decimal = Decimal("0.00")
    with_gain: int = 0
    unknown_cost: int = 0
    other_currency: int = 0
    unknown_proceeds: int = 0
    gifts: int = 0

    @property
    def left_out(self) -> list[str]:
        """The disposals without a gain, by what keeps them from having one."""
        counts = [(getattr(self, name), words) for name, words in OBSTACLES.items()]
        return [f"{number:,} {words}" for number, words in counts if number]


@dataclass(frozen=True, slots=True)
class _Found:
    """What is kept of an answer: ids in order, totals, years there are at all."""

    ids: list[int]
    totals: list[YearTotals]
    years: list[int] = field(default_factory=list)


class Sales(Sequence[Sale]):
    """The disposals of a query in their order; a slice reads its page.

    Costs are by the method their owner prefers. Totals and order are kept until lots
    change; a page takes three statements, and one more tells whether they did.
    """

    def __init__(
        self, user: _Person, wanted: SalesQuery, lots: LotsState | None = None
    ) -> None:
        self.user = user
        self.wanted = wanted
        self._lots = lots

    @property
    def method(self) -> str:
        return preferences_of(self.user).cost_basis

    @property
    def totals(self) -> list[YearTotals]:
        """The newest year first; within a year by currency."""
        return self._found.totals

    @property
    def years(self) -> list[int]:
        """Those in which anything went, whatever is asked for."""
        return self._found.years

    def __len__(self) -> int:
        return len(self._found.ids)

    def __getitem__(self, chosen: Any) -> Any:
        ids = self._found.ids[chosen]
        return self.of([ids])[0] if isinstance(ids, int) else self.of(ids)

    @cached_property
    def _found(self) -> _Found:
        lots = self._lots or lots_state(self.user.pk)
        asked = repr((lots, self.wanted, self.method))
        key = blake2b(asked.encode(), digest_size=16).hexdigest()
        return cache.get_or_compute(f"inventory.sales:{key}", self._find)

    def _find(self) -> _Found:
        costs = basis_of(self.user).gone
        # One that was recorded between the statements is shown the next time.
        rows = [row for row in _disposals(self.user) if row["id"] in costs]
        years = sorted({row["disposed_on"].year for row in rows}, reverse=True)
        chosen = [_figures(row, costs) for row in rows if _is_wanted(row, self.wanted)]
        chosen.sort(key=_ORDERS[self.wanted.ordering])
        return _Found([row["id"] for row in chosen], _totals(chosen), years)

    def of(self, ids: Sequence[int]) -> list[Sale]:
        """The disposals of these ids in their order, whatever else is asked for."""
        found = Disposal.objects.of(self.user).filter(pk__in=ids)
        rows = {one.pk: one for one in found.select_related("lot__card__card_set")}
        costs = basis_of(self.user, {one.lot.card_id for one in rows.values()}).gone
        # One that was taken back between the statements is not shown.
        return [_sale(rows[one], costs) for one in ids if one in rows]


def sales_of_lot(user: _Person, lot: Lot) -> tuple[list[Sale], Basis]:
    """What went of a lot, in order, and the costs of all like it."""
    costs = basis_of(user, [lot.card_id])
    rows = lot.disposals.order_by("disposed_on", "id").select_related(
        "lot__card__card_set"
    )
    return [_sale(one, costs.gone) for one in rows], costs


def left_of_lot(user: _Person, lot: Lot, costs: Basis) -> Left:
    """What is left of a lot, in the currency of its cost where cards have prices in
    that, else in the one its owner prefers."""
    is_priced_in = lot.cost_currency in Currency.values
    currency = lot.cost_currency if is_priced_in else preferences_of(user).currency
    worth = Holdings(user, HoldingsQuery(currency=currency)).lot(lot.pk)
    own = None if lot.unit_cost is None else lot.unit_cost * lot.remaining
    cost = costs.held.get(lot.pk, own)
    return Left(cost, lot.cost_currency, worth, currency)


def _disposals(user: _Person) -> Iterable[dict[str, Any]]:
    return (
        Disposal.objects.of(user)
        .order_by()
        .values(
            *("id", "kind", "quantity", "unit_proceeds", "currency", "disposed_on"),
            *("lot__cost_currency", "lot__card__search_name"),
        )
    )


def _is_wanted(row: dict[str, Any], wanted: SalesQuery) -> bool:
    return (
        wanted.year in (None, row["disposed_on"].year)
        and wanted.currency in ("", row["currency"])
        and wanted.kind in ("", row["kind"])
        and fold_name(wanted.q) in row["lot__card__search_name"]
    )


def _figures(row: dict[str, Any], costs: dict[int, Decimal | None]) -> dict[str, Any]:
    """The row with its `proceeds`, `cost` and `gain`."""
    unit, cost = row["unit_proceeds"], costs[row["id"]]
    proceeds = None if unit is None else unit * row["quantity"]
    gain = _gain(proceeds, row["currency"], cost, row["lot__cost_currency"])
    return row | {"proceeds": proceeds, "cost": cost, "gain": gain}


def _gain(
    proceeds: Decimal | None, currency: str, cost: Decimal | None, cost_currency: str
) -> Decimal | None:
    if proceeds is None or cost is None or currency != cost_currency:
        return None
    return proceeds - cost


def _last(amount: Decimal | None, *, is_falling: bool) -> Decimal:
    """A key by which unknown amounts come last."""
    if amount is None:
        return Decimal("Infinity")
    return -amount if is_falling else amount


_ORDERS: dict[str, Any] = {
    "-date": lambda row: (-row["disposed_on"].toordinal(), -row["id"]),
    "date": lambda row: (row["disposed_on"], row["id"]),
    "-gain": lambda row: (_last(row["gain"], is_falling=True), row["id"]),
    "gain": lambda row: (_last(row["gain"], is_falling=False), row["id"]),
    "-proceeds": lambda row: (_last(row["proceeds"], is_falling=True), row["id"]),
}


def _totals(rows: Iterable[dict[str, Any]]) -> list[YearTotals]:
    totals: dict[tuple[int, str], YearTotals] = {}
    for row in rows:
        key = (row["disposed_on"].year, row["currency"])
        _add(totals.setdefault(key, YearTotals(*key)), row)
    return sorted(totals.values(), key=lambda one: (-one.year, one.currency))


def _add(total: YearTotals, row: dict[str, Any]) -> None:
    total.disposals += 1
    total.copies += row["quantity"]
    total.proceeds += row["proceeds"] or 0
    if row["gain"] is not None:
        total.with_gain += 1
        total.cost += row["cost"]
        total.gain += row["gain"]
    else:
        name = _obstacle(row["kind"], row["proceeds"], row["cost"])
        setattr(total, name, getattr(total, name) + 1)


def _obstacle(kind: str, proceeds: Decimal | None, cost: Decimal | None) -> str:
    """What keeps a disposal from having a gain, of OBSTACLES."""
    if kind == Disposal.Kind.GIVEN:
        return "gifts"
    if proceeds is None:
        return "unknown_proceeds"
    return "unknown_cost" if cost is None else "other_currency"


def _sale(one: Disposal, costs: dict[int, Decimal | None]) -> Sale:
    return Sale(
        id=one.pk,
        lot=one.lot,
        kind=one.kind,
        quantity=one.quantity,
        unit_proceeds=one.unit_proceeds,
        currency=one.currency,
        disposed_on=one.disposed_on,
        recipient=one.recipient,
        cost=costs.get(one.pk),
    )
