"""What somebody looks for, and what it costs now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from apps.inventory.models import Priority, Want
from mtgintel.core.changes import percent_change
from mtgintel.core.money import from_thousandths
from mtgintel.core.sql import load_sql

from .offers import as_parameters, buying_streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The cheapest copy that would do, of now. `is_offer` is False of a figure of
    sales, which stands in where no shop is live; `in_stock` None where nobody says."""

    price: Decimal
    as_of: datetime
    marketplace: str
    marketplace_name: str
    is_offer: bool
    in_stock: int | None
    condition: str
    finish: str
    card_id: int
    set_code: str
    collector_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantLine:
    """A want and the cheapest live offer for it, if there is one."""

    id: int
    owner_id: int
    card_id: int
    scryfall_id: str
    name: str
    set_code: str
    collector_number: str
    is_any_printing: bool
    finish: str | None
    min_condition: str
    language: str | None
    quantity: int
    target_price: Decimal | None
    currency: str
    priority: int
    notes: str
    offer: Offer | None

    @property
    def cost(self) -> Decimal | None:
        """Of all copies at the offer's price, however many it is for."""
        return self.offer.price * self.quantity if self.offer else None

    @property
    def above_target_percent(self) -> Decimal | None:
        """How far the offer is above the target; what is at or below is reached."""
        price = self.offer.price if self.offer else None
        return percent_change(self.target_price, price)

    @property
    def is_reached(self) -> bool:
        return (
            self.offer is not None
            and self.target_price is not None
            and self.offer.price <= self.target_price
        )

    @property
    def is_short(self) -> bool:
        """Whether fewer copies are said to be there than are wanted."""
        return (
            self.offer is not None
            and self.offer.in_stock is not None
            and self.offer.is_offer
            and self.offer.in_stock < self.quantity
        )

    @property
    def priority_label(self) -> str:
        return str(Priority(self.priority).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantTotals:
    """A list in one currency: what its lines cost now, at the cheapest offers.

    `cost` leaves out the `without_offer`; `reached` are at or below their target.
    """

    currency: str
    lines: int
    copies: int
    cost: Decimal
    without_offer: int
    reached: int
    oldest: datetime | None


def want_of(owner: AbstractBaseUser | AnonymousUser, want_id: int) -> Want:
    """Somebody's own want. Raises Want.DoesNotExist, also for another's."""
    return Want.objects.of(owner).select_related("card__card_set").get(pk=want_id)


def want_lines(owner: AbstractBaseUser | AnonymousUser) -> list[WantLine]:
    """All that somebody wants, by priority, in one statement."""
    return _lines("w.owner_id = %(owner_id)s", owner_id=owner.pk)


def want_line(want: Want) -> WantLine:
    return _lines("w.id = %(want_id)s", want_id=want.pk)[0]


def wants_with_targets(owner_ids: Sequence[int]) -> list[WantLine]:
    """Those of these people that name a price, with the offers of now."""
    return _lines(
        "w.owner_id = ANY(%(owner_ids)s) AND w.target_price IS NOT NULL",
        owner_ids=list(owner_ids),
    )


def totals_of(lines: Iterable[WantLine]) -> list[WantTotals]:
    """By currency; nothing is converted."""
    by_currency: dict[str, list[WantLine]] = {}
    for line in lines:
        by_currency.setdefault(line.currency, []).append(line)
    return [_totals(currency, by_currency[currency]) for currency in by_currency]


def _totals(currency: str, lines: list[WantLine]) -> WantTotals:
    offers = [line.offer for line in lines if line.offer]
    return WantTotals(
        currency=currency,
        lines=len(lines),
        copies=sum(line.quantity for line in lines),
        cost=sum((line.cost for line in lines if line.cost is not None), Decimal(0)),
        without_offer=len(lines) - len(offers),
        reached=sum(line.is_reached for line in lines),
        oldest=min((offer.as_of for offer in offers), default=None),
    )


def _lines(filters: str, **parameters: Any) -> list[WantLine]:
    live = load_sql("inventory", "live_prices")
    statement = load_sql("inventory", "want_offers").replace("{filters}", filters)
    parameters |= as_parameters(buying_streams())
    with connection.cursor() as cursor:
        cursor.execute(live + statement, parameters)
        return [_line(row) for row in cursor]


_WANTED = (
    *("id", "owner_id", "card_id", "scryfall_id", "name", "set_code"),
    *("collector_number", "is_any_printing", "finish", "min_condition", "language"),
    *("quantity", "target_price", "currency", "priority", "notes"),
)
_OFFERED = (
    *("price", "as_of", "marketplace", "marketplace_name", "is_offer", "in_stock"),
    *("condition", "finish", "card_id", "set_code", "collector_number"),
)


def _line(row: tuple[Any, ...]) -> WantLine:
    """The columns of the statement are those of a want, then of its offer."""
    wanted = dict(zip(_WANTED, row, strict=False))
    offered = dict(zip(_OFFERED, row[len(_WANTED) :], strict=True))
    target, price = wanted.pop("target_price"), offered.pop("price")
    offer = None
    if price is not None:
        offer = Offer(price=from_thousandths(price), **offered)
    target_price = None if target is None else from_thousandths(target)
    return WantLine(**wanted, target_price=target_price, offer=offer)
