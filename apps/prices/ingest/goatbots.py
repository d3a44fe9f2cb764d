"""GoatBots' prices of Magic Online cards, in event tickets.

    {"<MTGO id>": 0.05, …}

One document a day, alone or in a zip archive of many; the day is in its name. The id
says the finish: the foil of a card has one of its own. The catalogue does not know all
of those. GoatBots' card definitions, beside the prices, tell them by their nonfoil:

    {"<MTGO id>": {"name": …, "cardset": "MH2", "rarity": …, "foil": 0}, …}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath

import msgspec
import orjson

from mtgintel.core.constants import Currency
from mtgintel.core.feeds import CorruptFeedError

from .base import PriceBlock, microseconds
from .bundle import Bundle
from .card_index import FOIL, Placed, RowError, UnresolvedError
from .quotes import Context, Quote, Quotes, read_price

SOURCE = "goatbots"
IDENTIFIERS = ("mtgo",)
_DOWNLOADS = "https://www.goatbots.com/download/prices"
URL = f"{_DOWNLOADS}/price-history.zip"
DEFINITIONS_URL = f"{_DOWNLOADS}/card-definitions.zip"

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Definition(msgspec.Struct):
    """What an id is."""

    name: str | None = None
    cardset: str | None = None
    foil: bool | int | str | None = 0

    @property
    def is_foil(self) -> bool:
        return str(self.foil).casefold() in ("1", "true")


_definitions = msgspec.json.Decoder(dict[str, Definition]).decode


class Reader:
    """Reads every day of a bundle, a block each, oldest first."""

    def __init__(self, bundle: Bundle, context: Context) -> None:
        self._bundle, self._context = bundle, context
        self._quotes = Quotes(context.streams, context.rejects)
        names = sorted(bundle.names, key=lambda name: name.name)
        self._days = [name for name in names if not _is_definitions(name)]
        self._lists = [name for name in names if _is_definitions(name)]
        self._definitions: dict[str, Definition] = {}
        self._nonfoil: dict[str, str] = {}

    @property
    def rows(self) -> int:
        return self._quotes.rows

    @property
    def as_of(self) -> datetime:
        return max(map(self._moment, self._days), default=self._context.moment(None))

    def blocks(self) -> Iterator[PriceBlock]:
        """Raises CorruptFeedError for a document that is no list of prices."""
        for name in self._lists:
            self._define(name)
        self._nonfoil = nonfoil_of(self._definitions)
        for name in self._days:
            self._read(name)
            yield self._quotes.block(microseconds(self._moment(name)))

    def _moment(self, name: PurePosixPath) -> datetime:
        return self._context.moment(_day(name.name))

    def _define(self, name: PurePosixPath) -> None:
        try:
            self._definitions |= _definitions(self._bundle.read(name))
        except ValueError as error:
            raise CorruptFeedError(
                f"{name} is no list of card definitions: {error}. Nothing of the feed "
                "was stored; fetch it again, or read the prices without it."
            ) from None

    def _read(self, name: PurePosixPath) -> None:
        try:
            prices = orjson.loads(self._bundle.read(name))
        except orjson.JSONDecodeError as error:
            raise CorruptFeedError(
                f"{name} is no JSON: {error}. Nothing of the feed was stored; fetch "
                "it again."
            ) from None
        if not isinstance(prices, dict):
            raise CorruptFeedError(f"{name} is no list of prices by MTGO id.")
        for mtgo_id, tickets in prices.items():
            self._take(mtgo_id, tickets)

    def _take(self, mtgo_id: str, tickets: object) -> None:
        try:
            price = read_price(tickets)
            if not price:
                return
            placed = self._placed(mtgo_id)
            quote = Quote(
                card_id=placed.card.id,
                marketplace_id=self._quotes.stream(SOURCE, Currency.TIX),
                finish=placed.finish,
                language=placed.card.language,
                price=price,
                product=int(mtgo_id),
            )
        except RowError as error:
            raw = {"mtgo_id": mtgo_id, "tickets": str(tickets)[:200]}
            defined = self._definitions.get(mtgo_id)
            if defined is not None and defined.name:
                raw |= {"name": defined.name, "cardset": defined.cardset or ""}
            position = f"MTGO id {ascii(mtgo_id)[1:-1][:40]}"
            self._quotes.reject(error, position, raw)
            return
        self._quotes.add(quote)

    def _placed(self, mtgo_id: str) -> Placed:
        """The card of an id, or of the foil whose nonfoil has a known one."""
        cards = self._context.cards
        try:
            return cards.vendor("mtgo", mtgo_id, None)
        except UnresolvedError as error:
            nonfoil = self._nonfoil.get(mtgo_id)
            if nonfoil is None or error.reason != "unknown card":
                raise
        card = cards.vendor("mtgo", nonfoil, None).card
        if not card.has_finish(FOIL):
            raise UnresolvedError("impossible finish", [card.id])
        return Placed(card, FOIL)


def nonfoil_of(definitions: Mapping[str, Definition]) -> dict[str, str]:
    """The id of each foil -> that of the nonfoil of the same name and set.

    Where a set has several of a name (basic lands), none is told from another.
    """
    ids: dict[tuple[str, str, bool], list[str]] = {}
    for number, one in definitions.items():
        if one.name and one.cardset:
            ids.setdefault((one.name, one.cardset, one.is_foil), []).append(number)
    found = {}
    for (name, cardset, is_foil), foils in ids.items():
        nonfoils = ids.get((name, cardset, False), [])
        if is_foil and len(foils) == len(nonfoils) == 1:
            found[foils[0]] = nonfoils[0]
    return found


def _is_definitions(name: PurePosixPath) -> bool:
    return "definitions" in name.name


def _day(name: str) -> datetime | None:
    """The day in a document's name, at midnight UTC."""
    found = _DAY.search(name)
    try:
        return datetime.fromisoformat(found[0]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
