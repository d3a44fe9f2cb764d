"""GoatBots' prices of Magic Online cards, in event tickets.

    {"<MTGO id>": 0.05, …}

One document a day, alone or in a zip archive of many; the day is in its name. The id
says the finish: the foil of a card has one of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath

import orjson

from mtgintel.core.constants import Currency
from mtgintel.core.feeds import CorruptFeedError

from .base import PriceBlock, microseconds
from .bundle import Bundle
from .card_index import RowError
from .quotes import Context, Quote, Quotes, read_price

SOURCE = "goatbots"
IDENTIFIERS = ("mtgo",)
URL = "https://www.goatbots.com/download/prices/price-history.zip"

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Reader:
    """Reads every day of a bundle, a block each, oldest first."""

    def __init__(self, bundle: Bundle, context: Context) -> None:
        self._bundle, self._context = bundle, context
        self._quotes = Quotes(context.streams, context.rejects)
        self._days = sorted(
            (name for name in bundle.names if "definitions" not in name.name),
            key=lambda name: name.name,
        )

    @property
    def rows(self) -> int:
        return self._quotes.rows

    @property
    def as_of(self) -> datetime:
        return max(map(self._moment, self._days), default=self._context.moment(None))

    def blocks(self) -> Iterator[PriceBlock]:
        """Raises CorruptFeedError for a document that is no list of prices."""
        for name in self._days:
            self._read(name)
            yield self._quotes.block(microseconds(self._moment(name)))

    def _moment(self, name: PurePosixPath) -> datetime:
        return self._context.moment(_day(name.name))

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
            placed = self._context.cards.vendor("mtgo", mtgo_id, None)
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
            position = f"MTGO id {ascii(mtgo_id)[1:-1][:40]}"
            self._quotes.reject(error, position, raw)
            return
        self._quotes.add(quote)


def _day(name: str) -> datetime | None:
    """The day in a document's name, at midnight UTC."""
    found = _DAY.search(name)
    try:
        return datetime.fromisoformat(found[0]).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
