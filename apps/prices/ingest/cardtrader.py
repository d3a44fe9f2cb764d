"""CardTrader's offers, a folder of blueprints (what a product is) and one of offers.

    blueprints/<expansion>.json   [{id, category_id, scryfall_id, tcg_player_id, …}]
    marketplace/<expansion>.json  {"<blueprint id>": [{price: {cents, currency}, …}]}

Offers are in cents of the account's own currency, which decides the stream. They are
brought together per card, grade, language and finish: the lowest price, how many offers
there are and how many copies. The server lists the 25 cheapest of a blueprint, so the
counts are of those.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import msgspec

from mtgintel.core.constants import (
    UnknownConditionError,
    UnknownLanguageError,
    normalize_condition,
    normalize_language,
)
from mtgintel.core.feeds import CorruptFeedError, Reject

from .base import CONDITION_CODE, LANGUAGE_CODE
from .bundle import Bundle
from .card_index import ETCHED, FOIL, NONFOIL, Placed, RowError, UnresolvedError
from .quotes import IN_CENTS, Context, Quote, VendorReader, read_count, read_price

SOURCE = "cardtrader"
IDENTIFIERS = ("tcgplayer", "cardmarket")
API = "https://api.cardtrader.com/api/v2"
MAGIC, SINGLES = 1, 1
# A marketplace has one currency; an account has the one of its country.
STREAMS = {"EUR": "cardtrader", "USD": "cardtrader-usd"}


class Blueprint(msgspec.Struct):
    """One product of the catalogue."""

    id: int
    name: str | None = None
    version: str | None = None
    game_id: int | None = None
    category_id: int | None = None
    scryfall_id: str | None = None
    tcg_player_id: int | None = None
    card_market_ids: list[int] | None = None


class Properties(msgspec.Struct):
    """What a copy is like."""

    condition: str | None = None
    mtg_language: str | None = None
    mtg_foil: bool | None = None
    signed: bool | None = None
    altered: bool | None = None


class Amount(msgspec.Struct):
    """An amount in cents."""

    cents: Any = None
    currency: str | None = None


class Offer(msgspec.Struct):
    """One seller's copies."""

    blueprint_id: int
    id: int | None = None
    quantity: Any = None
    on_vacation: bool | None = None
    graded: bool | None = None
    bundle: bool | None = None
    properties_hash: Properties = msgspec.field(default_factory=Properties)
    price: Amount = msgspec.field(default_factory=Amount)

    @property
    def is_plain(self) -> bool:
        """On sale now, one unaltered copy a price: all others are other goods."""
        look = self.properties_hash
        return not (
            self.on_vacation
            or self.graded
            or self.bundle
            or look.signed
            or look.altered
        )


_blueprints = msgspec.json.Decoder(list[msgspec.Raw]).decode
_blueprint = msgspec.json.Decoder(Blueprint).decode
_offers = msgspec.json.Decoder(dict[str, list[msgspec.Raw]]).decode
_offer = msgspec.json.Decoder(Offer).decode


@dataclass(slots=True)
class _Shelf:
    """The offers of one card in one finish, grade and language, of one blueprint."""

    lowest: Quote
    listings: int = 0
    quantity: int = 0

    def add(self, quote: Quote, quantity: int) -> None:
        if quote.price < self.lowest.price:
            self.lowest = quote
        self.listings += 1
        self.quantity += quantity


class Reader(VendorReader):
    """Reads every expansion in a bundle; `rows` counts offers."""

    def __init__(self, bundle: Bundle, context: Context) -> None:
        super().__init__(context)
        self._bundle = bundle
        self._by_id: dict[int, Blueprint] = {}
        self._shelves: dict[tuple[int, ...], _Shelf] = {}
        self._taken = self._stored = 0

    @property
    def rows(self) -> int:
        return super().rows - self._stored + self._taken

    def read(self) -> None:
        names = self._bundle.names
        for name in names:
            if "blueprints" in str(name):
                self._read_blueprints(name)
        for name in names:
            is_offers = "marketplace" in str(name) or len(names) == 1
            if is_offers and "blueprints" not in str(name):
                self._read_offers(name)
        for shelf in self._shelves.values():
            self._stored += 1
            self.quotes.add(
                shelf.lowest._replace(
                    num_listings=shelf.listings, total_quantity=shelf.quantity
                )
            )

    def _read_blueprints(self, name: PurePosixPath) -> None:
        for number, raw in enumerate(self._decoded(name, _blueprints), 1):
            try:
                blueprint = _blueprint(raw)
            except ValueError as error:
                self._malformed(f"{name} row {number}", raw, error)
                continue
            self._by_id[blueprint.id] = blueprint

    def _read_offers(self, name: PurePosixPath) -> None:
        for blueprint_id, listed in self._decoded(name, _offers).items():
            for number, raw in enumerate(listed, 1):
                try:
                    offer = _offer(raw)
                except ValueError as error:
                    position = f"{name} blueprint {blueprint_id} row {number}"
                    self._malformed(position, raw, error)
                    continue
                if offer.is_plain and read_count(offer.quantity) > 0:
                    self._take(offer)

    def _take(self, offer: Offer) -> None:
        blueprint = self._by_id.get(offer.blueprint_id)
        if blueprint is not None and not _is_single(blueprint):
            return
        try:
            price = read_price(offer.price.cents, IN_CENTS)
            if not price:
                return
            currency = offer.price.currency or ""
            slug = STREAMS.get(currency, f"{SOURCE} {currency}")
            placed = self._placed(offer, blueprint)
            quote = Quote(
                card_id=placed.card.id,
                marketplace_id=self.quotes.stream(slug, currency),
                finish=placed.finish,
                language=_language(offer, placed),
                price=price,
                condition=_condition(offer),
                product=offer.blueprint_id,
            )
        except RowError as error:
            raw = msgspec.to_builtins(offer)
            raw["name"] = blueprint.name if blueprint else None
            self.quotes.reject(error, f"offer {offer.id}", raw)
            return
        self._taken += 1
        key = quote._replace(price=0)
        shelf = self._shelves.setdefault(key, _Shelf(quote))
        shelf.add(quote, read_count(offer.quantity))

    def _placed(self, offer: Offer, blueprint: Blueprint | None) -> Placed:
        if blueprint is None:
            raise UnresolvedError("unknown blueprint")
        finish = FOIL if offer.properties_hash.mtg_foil else NONFOIL
        if "etched" in (blueprint.version or "").lower():
            finish = ETCHED
        problem = UnresolvedError("unknown card")
        for lookup in self._lookups(blueprint, finish):
            try:
                return lookup()
            except UnresolvedError as error:
                if error.candidates or not problem.candidates:
                    problem = error
        raise problem

    def _lookups(self, blueprint: Blueprint, finish: int) -> Iterator[Any]:
        """Ways to the card, the surest first."""
        yield lambda: self.cards.scryfall(blueprint.scryfall_id, finish)
        yield lambda: self.cards.vendor("tcgplayer", blueprint.tcg_player_id, finish)
        ids = blueprint.card_market_ids or ()
        # Several products of Cardmarket are several printings.
        if len(ids) == 1:
            yield lambda: self.cards.vendor("cardmarket", ids[0], finish)

    def _decoded(self, name: PurePosixPath, decode: Any) -> Any:
        try:
            return decode(self._bundle.read(name))
        except ValueError as error:
            raise CorruptFeedError(
                f"{name} in {self._bundle.path} is none of CardTrader's answers: "
                f"{error}. Nothing of the feed was stored; fetch it again."
            ) from None

    def _malformed(self, position: str, text: msgspec.Raw, error: ValueError) -> None:
        self.quotes.rows += 1
        raw = {"text": bytes(text)[:500].decode(errors="replace")}
        reject = Reject("malformed record", position[:120], str(error)[:500], raw)
        self.context.rejects.add(reject)


def _is_single(blueprint: Blueprint) -> bool:
    return blueprint.game_id in (None, MAGIC) and blueprint.category_id in (
        None,
        SINGLES,
    )


def _condition(offer: Offer) -> int:
    try:
        text = offer.properties_hash.condition
        return CONDITION_CODE[normalize_condition(text, SOURCE)]
    except UnknownConditionError:
        raise RowError("unknown condition") from None


def _language(offer: Offer, placed: Placed) -> int:
    text = offer.properties_hash.mtg_language
    if not text:
        return placed.card.language
    try:
        return LANGUAGE_CODE[normalize_language(text)]
    except UnknownLanguageError:
        raise RowError("unknown language") from None
