"""Lists of cards that are filtered or ordered by price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, OuterRef, Subquery
from django.db.models.expressions import OrderBy

from apps.cards.querysets import CardQuerySet
from apps.cards.selectors import CardSearch, search_cards
from apps.prices.models import LatestPrice

# What each name sorts by, ties broken by name; cards without the figure come last.
ORDERINGS = {
    "name": ("name",),
    "-name": ("-name",),
    "price": ("headline_price",),
    "-price": ("-headline_price",),
    "released_on": ("released_on",),
    "-released_on": ("-released_on",),
    "collector_number": ("card_set__code", "collector_number"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceListing:
    """Bounds and order of a list of cards; prices are those that stand for a card
    in `currency`. `ordering` is one of ORDERINGS, or "" for the search's own."""

    currency: str = "USD"
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    ordering: str = ""

    @property
    def needs_prices(self) -> bool:
        bounded = self.min_price is not None or self.max_price is not None
        return bounded or self.ordering.endswith("price")


def priced_cards(search: CardSearch, listing: PriceListing) -> CardQuerySet:
    """The printings of a search within the bounds, in the order asked for."""
    cards = search_cards(search)
    if listing.needs_prices:
        cards = _with_headline_price(cards, listing.currency)
    if listing.min_price is not None:
        cards = cards.filter(headline_price__gte=listing.min_price)
    if listing.max_price is not None:
        cards = cards.filter(headline_price__lte=listing.max_price)
    if listing.ordering:
        keys = [_sort_key(key) for key in ORDERINGS[listing.ordering]]
        cards = cards.order_by(*keys, "name", "id")
    return cards


def _with_headline_price(cards: CardQuerySet, currency: str) -> CardQuerySet:
    """The same price as `headline_prices` gives, as a column."""
    prices = (
        LatestPrice.objects.filter(card_id=OuterRef("pk"))
        .that_stand_for_a_card(currency, OuterRef("language"))
        .one_per_card()
    )
    return cards.annotate(headline_price=Subquery(prices.values("price")[:1]))


def _sort_key(key: str) -> OrderBy:
    column = F(key.removeprefix("-"))
    if key.startswith("-"):
        return column.desc(nulls_last=True)
    return column.asc(nulls_last=True)
