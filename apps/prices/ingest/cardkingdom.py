"""Card Kingdom's price list, version 2.

    {"meta": {"created_at": …}, "data": [{id, scryfall_id, is_foil, price_retail, …}]}

Two streams: what the shop asks, per grade where the list gives grades, and what it
pays. A side with no quantity is not live, whatever price stands there: `price_buy`
stays filled in while the shop is not buying.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from mtgintel.core.constants import Condition, Currency

from .base import CONDITION_CODE, NEAR_MINT
from .card_index import ETCHED, FOIL, NONFOIL, Placed, RowError, UnresolvedError
from .elements import Elements
from .quotes import (
    Context,
    Quote,
    VendorReader,
    read_count,
    read_moment,
    read_price,
)

SOURCE = "cardkingdom"
IDENTIFIERS = ("cardkingdom",)
URL = "https://api.cardkingdom.com/api/v2/pricelist"
RETAIL, BUYLIST = "cardkingdom", "cardkingdom-buylist"

# `created_at` names no zone; the shop is in Seattle.
_ZONE = ZoneInfo("America/Los_Angeles")
_FOIL = {"true": FOIL, "false": NONFOIL, True: FOIL, False: NONFOIL}
_GRADES = {
    "nm": NEAR_MINT,
    "ex": CONDITION_CODE[Condition.LIGHTLY_PLAYED],
    "vg": CONDITION_CODE[Condition.MODERATELY_PLAYED],
    "g": CONDITION_CODE[Condition.HEAVILY_PLAYED],
}
_NO_PRICE = (None, "", 0, "0", "0.00")
# A product's own id says more than the Scryfall id beside it.
_BY_OWN_ID, _BY_SCRYFALL_ID = 1, 0


class Item(msgspec.Struct):
    """One product; what may be missing or of another type is read with care."""

    id: int
    is_foil: str | bool
    scryfall_id: str | None = None
    sku: str | None = None
    name: str | None = None
    variation: str | None = None
    edition: str | None = None
    price_retail: Any = None
    qty_retail: Any = None
    price_buy: Any = None
    qty_buying: Any = None
    condition_values: dict[str, Any] | None = None


class _Offer(msgspec.Struct):
    """One live price: where it goes, its grade, the amount as it stands, how many."""

    slug: str
    condition: int
    price: Any
    quantity: int


class Reader(VendorReader):
    """Reads a price list from the pieces of its text."""

    def __init__(self, pieces: Iterator[bytes], context: Context) -> None:
        super().__init__(context)
        self._items = Elements(pieces, "data", Item, context.rejects)

    @property
    def rows(self) -> int:
        return super().rows + self._items.malformed

    def read(self) -> None:
        for _, item in self._items:
            self._take(item)
        meta = self._items.envelope.get("meta")
        if isinstance(meta, dict):
            self.said_at = read_moment(meta.get("created_at"), _ZONE)

    def _take(self, item: Item) -> None:
        position = f"product {item.id}"
        offers = _live_offers(item)
        try:
            placed, rank = self._placed(item, _finish(item))
        except RowError as error:
            if offers:
                self.quotes.reject(error, position, _raw(item), len(offers))
            return
        for offer in offers:
            try:
                self.quotes.add(self._quote(item, placed, rank, offer))
            except RowError as error:
                self.quotes.reject(error, position, _raw(item))
        # What is not live now still says which product the card is.
        for slug in sorted({RETAIL, BUYLIST} - {offer.slug for offer in offers}):
            with suppress(RowError):
                idle = _Offer(slug, NEAR_MINT, None, 0)
                self.quotes.add(self._quote(item, placed, rank, idle))

    def _placed(self, item: Item, finish: int) -> tuple[Placed, int]:
        try:
            return self.cards.vendor(SOURCE, item.id, finish), _BY_OWN_ID
        except UnresolvedError:
            return self.cards.scryfall(item.scryfall_id, finish), _BY_SCRYFALL_ID

    def _quote(self, item: Item, placed: Placed, rank: int, offer: _Offer) -> Quote:
        return Quote(
            card_id=placed.card.id,
            marketplace_id=self.quotes.stream(offer.slug, Currency.USD),
            finish=placed.finish,
            language=placed.card.language,
            price=read_price(offer.price),
            condition=offer.condition,
            total_quantity=offer.quantity,
            product=item.id,
            rank=rank,
        )


def _finish(item: Item) -> int:
    """Etched is said in the variation only; such rows are called foil as well."""
    finish = _FOIL.get(item.is_foil)
    if finish is None:
        raise RowError("unknown finish")
    return ETCHED if "etched" in (item.variation or "").lower() else finish


def _live_offers(item: Item) -> list[_Offer]:
    """What is in stock or being bought, and has a price."""
    bought = _Offer(BUYLIST, NEAR_MINT, item.price_buy, read_count(item.qty_buying))
    offers = [*_retail_offers(item), bought]
    return [one for one in offers if one.quantity > 0 and one.price not in _NO_PRICE]


def _retail_offers(item: Item) -> Iterator[_Offer]:
    """The grades of the list, or its one price where it gives no grades.

    A new product may have no Near Mint price yet; the list's price is that.
    """
    grades = item.condition_values or {}
    for name, condition in _GRADES.items():
        price, quantity = grades.get(f"{name}_price"), grades.get(f"{name}_qty")
        yield _Offer(RETAIL, condition, price, read_count(quantity))
    if grades.get("nm_price") in _NO_PRICE:
        in_stock = [read_count(grades.get(f"{name}_qty")) for name in _GRADES]
        of_all = read_count(item.qty_retail)
        quantity = in_stock[0] if max(in_stock) > 0 else of_all
        yield _Offer(RETAIL, NEAR_MINT, item.price_retail, quantity)


def _raw(item: Item) -> dict[str, Any]:
    return {
        "scryfall_id": item.scryfall_id,
        "name": item.name,
        "edition": item.edition,
        "variation": item.variation,
        "is_foil": item.is_foil,
        "price_retail": item.price_retail,
        "price_buy": item.price_buy,
    }
