"""Mana Pool's prices: a file of singles, and a file of variants with their grades.

    {"meta": {"as_of": …}, "data": [{scryfall_id, price_cents, price_cents_foil, …}]}

Everything is in whole cents and in stock. A single has the lowest offer in any
condition and language, per finish; a variant the lowest one of a finish, grade and
language. The two are different figures and go to different streams. The singles' lowest
Near Mint offer is left out: it does not say in which language.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from mtgintel.core.constants import (
    Currency,
    UnknownConditionError,
    UnknownLanguageError,
    normalize_condition,
    normalize_language,
)
from mtgintel.core.feeds import FeedFile

from .base import ABSENT_COUNT, CONDITION_CODE, LANGUAGE_CODE
from .card_index import ETCHED, FOIL, NONFOIL, Placed, RowError, UnresolvedError
from .elements import Elements
from .quotes import (
    IN_CENTS,
    Context,
    Quote,
    VendorReader,
    read_count,
    read_extra_price,
    read_moment,
    read_price,
)

SOURCE = "manapool"
VARIANTS_SOURCE = "manapool-variants"
IDENTIFIERS = ("tcgplayer",)
_API = "https://manapool.com/api/v1/prices"
URL = f"{_API}/singles"
VARIANTS_URL = f"{_API}/variants"
ANY_CONDITION, GRADED = "manapool", "manapool-graded"

_FINISHES = {"NF": NONFOIL, "FO": FOIL, "EF": ETCHED}
_SEALED = "mtg_sealed"
# How much of a file tells which of the two it is.
_GLANCE = 64 * 1024


class Item(msgspec.Struct):
    """A single, or a variant: that has a `low_price`."""

    name: str | None = None
    set_code: str | None = None
    number: str | None = None
    scryfall_id: str | None = None
    tcgplayer_product_id: int | str | None = None
    available_quantity: Any = None
    price_cents: Any = None
    price_cents_foil: Any = None
    price_cents_etched: Any = None
    price_market: Any = None
    price_market_foil: Any = None
    product_type: str | None = None
    language_id: str | None = None
    condition_id: str | None = None
    finish_id: str | None = None
    low_price: Any = msgspec.UNSET


class Reader(VendorReader):
    """Reads singles or variants from the pieces of their text."""

    def __init__(self, pieces: Iterator[bytes], context: Context) -> None:
        super().__init__(context)
        self._items = Elements(pieces, "data", Item, context.rejects)

    @property
    def rows(self) -> int:
        return super().rows + self._items.malformed

    def read(self) -> None:
        for number, item in self._items:
            if item.low_price is msgspec.UNSET:
                self._take_single(item, f"element {number}")
            elif item.product_type != _SEALED:
                self._take_variant(item, f"element {number}")
        meta = self._items.envelope.get("meta")
        if isinstance(meta, dict):
            self.said_at = read_moment(meta.get("as_of"))

    def _take_single(self, item: Item, position: str) -> None:
        # Of an etched card both may be filled in; the first that is its price stands.
        finishes = (
            (NONFOIL, item.price_cents, item.price_market),
            (ETCHED, item.price_cents_etched, None),
            (FOIL, item.price_cents_foil, item.price_market_foil),
        )
        offered = [one for one in finishes if one[1] not in (None, "", 0)]
        # The quantity is of the whole single: whose it is only one finish can tell.
        quantity = (
            read_count(item.available_quantity) if len(offered) == 1 else ABSENT_COUNT
        )
        for finish, cents, market in offered:
            try:
                placed = self._placed(item, finish)
                quote = Quote(
                    card_id=placed.card.id,
                    marketplace_id=self.quotes.stream(ANY_CONDITION, Currency.USD),
                    finish=placed.finish,
                    language=placed.card.language,
                    price=read_price(cents, IN_CENTS),
                    price_market=read_extra_price(market, IN_CENTS),
                    total_quantity=quantity,
                )
            except RowError as error:
                self.quotes.reject(error, position, _raw(item, cents))
                continue
            self.quotes.add(quote)

    def _take_variant(self, item: Item, position: str) -> None:
        try:
            price = read_price(item.low_price, IN_CENTS)
            if not price:
                return
            placed = self._placed(item, _finish(item))
            quote = Quote(
                card_id=placed.card.id,
                marketplace_id=self.quotes.stream(GRADED, Currency.USD),
                finish=placed.finish,
                language=_language(item),
                price=price,
                condition=_condition(item),
                total_quantity=read_count(item.available_quantity),
            )
        except RowError as error:
            self.quotes.reject(error, position, _raw(item, item.low_price))
            return
        self.quotes.add(quote)

    def _placed(self, item: Item, finish: int) -> Placed:
        try:
            return self.cards.scryfall(item.scryfall_id, finish)
        except UnresolvedError:
            if item.tcgplayer_product_id is None:
                raise
        return self.cards.vendor("tcgplayer", item.tcgplayer_product_id, finish)


def has_variants(path: Path) -> bool:
    """Whether a file is one of variants, by what its first elements have."""
    return b'"low_price"' in next(FeedFile(path).pieces(_GLANCE), b"")


def _finish(item: Item) -> int:
    finish = _FINISHES.get(item.finish_id or "")
    if finish is None:
        raise RowError("unknown finish")
    return finish


def _condition(item: Item) -> int:
    """Where every row has a grade, one without is not Near Mint."""
    if not item.condition_id:
        raise RowError("no condition")
    try:
        return CONDITION_CODE[normalize_condition(item.condition_id, SOURCE)]
    except UnknownConditionError:
        raise RowError("unknown condition") from None


def _language(item: Item) -> int:
    try:
        return LANGUAGE_CODE[normalize_language(item.language_id)]
    except UnknownLanguageError:
        raise RowError("unknown language") from None


def _raw(item: Item, cents: Any) -> dict[str, Any]:
    return {
        "name": item.name,
        "set_code": item.set_code,
        "number": item.number,
        "scryfall_id": item.scryfall_id,
        "tcgplayer_product_id": item.tcgplayer_product_id,
        "cents": cents,
        "finish": item.finish_id,
        "condition": item.condition_id,
        "language": item.language_id,
    }
