"""Cardmarket's price guide, and the product list that has the names to its ids.

    {"createdAt": …, "priceGuides": [{idProduct, idCategory, trend, low, trend-foil}]}

One product stands for the nonfoil and the foil copies of a printing, in every language
and condition. `trend` is the price, `low` the lowest offer, and `avg30`, the mean of 30
days of sales, goes to `price_mid`. Without sales `trend` is 0 or null: no price.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from mtgintel.core.constants import Currency
from mtgintel.core.feeds import Rejects

from .card_index import FOIL, NONFOIL, RowError
from .elements import Elements
from .quotes import (
    Context,
    Quote,
    VendorReader,
    read_extra_price,
    read_moment,
    read_price,
)
from .sealed import SealedQuote

SOURCE = "cardmarket"
IDENTIFIERS = ("cardmarket",)
_FILES = "https://downloads.s3.cardmarket.com/productCatalog"
URL = f"{_FILES}/priceGuide/price_guide_1.json"
PRODUCTS_URL = f"{_FILES}/productList/products_singles_1.json"
SEALED_URL = f"{_FILES}/productList/products_nonsingles_1.json"

# Older price guides do not say the category; sealed products are then unknown cards.
_SINGLES = 1


class Guide(msgspec.Struct):
    """The figures of one product; each may be missing, null or 0."""

    id: int = msgspec.field(name="idProduct")
    category: int | None = msgspec.field(name="idCategory", default=None)
    low: Any = None
    trend: Any = None
    avg30: Any = None
    low_foil: Any = msgspec.field(name="low-foil", default=None)
    trend_foil: Any = msgspec.field(name="trend-foil", default=None)
    avg30_foil: Any = msgspec.field(name="avg30-foil", default=None)


class Product(msgspec.Struct):
    """What the product list says of an id."""

    id: int = msgspec.field(name="idProduct")
    name: str | None = None
    expansion: int | None = msgspec.field(name="idExpansion", default=None)


class Reader(VendorReader):
    """Reads a price guide from the pieces of its text."""

    def __init__(self, pieces: Iterator[bytes], context: Context) -> None:
        super().__init__(context)
        self._guides = Elements(pieces, "priceGuides", Guide, context.rejects)

    @property
    def rows(self) -> int:
        return super().rows + self._guides.malformed

    def read(self) -> None:
        for _, guide in self._guides:
            if guide.category in (None, _SINGLES):
                self._take(guide, NONFOIL, guide.trend, guide.low, guide.avg30)
                foil = (guide.trend_foil, guide.low_foil, guide.avg30_foil)
                self._take(guide, FOIL, *foil)
            else:
                self._take_sealed(guide)
        self.said_at = read_moment(self._guides.envelope.get("createdAt"))

    def _take_sealed(self, guide: Guide) -> None:
        """A price that is none costs nothing: it is of no card."""
        price = read_extra_price(guide.trend)
        stream = self.context.streams.get(SOURCE)
        if price > 0 and stream is not None:
            low = read_extra_price(guide.low)
            quote = SealedQuote(SOURCE, guide.id, stream.marketplace_id, price, low)
            self.context.sealed.append(quote)

    def _take(
        self, guide: Guide, finish: int, trend: Any, low: Any, average: Any
    ) -> None:
        try:
            price = read_price(trend)
            if not price:
                return
            placed = self.cards.vendor(SOURCE, guide.id, finish)
            quote = Quote(
                card_id=placed.card.id,
                marketplace_id=self.quotes.stream(SOURCE, Currency.EUR),
                finish=placed.finish,
                language=placed.card.language,
                price=price,
                price_low=read_extra_price(low),
                price_mid=read_extra_price(average),
                product=guide.id,
            )
        except RowError as error:
            raw = {
                "idProduct": guide.id,
                "trend": str(trend),
                "is_foil": finish == FOIL,
            }
            self.quotes.reject(error, f"product {guide.id}", raw)
            return
        self.quotes.add(quote)


def name_products(pieces: Iterator[bytes], rejects: Rejects) -> None:
    """Add the product list's names to the rejected rows that are kept to be looked at.

    Raises CorruptFeedError when the list is none.
    """
    wanted: dict[int, list[dict[str, Any]]] = {}
    for reject in rejects.samples:
        if isinstance(reject.raw, dict) and "idProduct" in reject.raw:
            wanted.setdefault(reject.raw["idProduct"], []).append(reject.raw)
    for _, product in Elements(pieces, "products", Product, Rejects()):
        for raw in wanted.get(product.id, ()):
            raw["name"], raw["idExpansion"] = product.name, product.expansion
