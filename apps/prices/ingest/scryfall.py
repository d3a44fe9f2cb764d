"""The prices in Scryfall's card objects: one figure per vendor and finish, no history.

Each is a decimal string in the vendor's currency, for the card's own language and any
condition. What is null, empty or zero is absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from apps.cards.ingest.scryfall import CardObject, finishes_of, language_of
from mtgintel.core.constants import Finish
from mtgintel.core.feeds import Reject, Rejects
from mtgintel.core.money import to_thousandths

from .base import FINISH_CODE, LANGUAGE_CODE, NEAR_MINT, PriceBlock, microseconds
from .identity import CardFacts, finish_mask
from .mtgjson import Stream

# Key of `prices` -> marketplace, finish.
PRICES = {
    "usd": ("tcgplayer", Finish.NONFOIL),
    "usd_foil": ("tcgplayer", Finish.FOIL),
    "usd_etched": ("tcgplayer", Finish.ETCHED),
    "eur": ("cardmarket", Finish.NONFOIL),
    "eur_foil": ("cardmarket", Finish.FOIL),
    "eur_etched": ("cardmarket", Finish.ETCHED),
    "tix": ("cardhoarder", Finish.NONFOIL),
}
_STAMP = re.compile(r"(20\d{12})")


@dataclass(slots=True)
class CardPrices:
    """Collects the prices of cards whose ids are not known before the file is stored.

    `rows` counts every price there was, rejected ones too.
    """

    streams: Mapping[str, Stream]
    rejects: Rejects
    rows: int = 0
    _cards: list[str] = field(default_factory=list)
    _figures: list[tuple[int, int, int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._figures)

    def add(self, card: CardObject) -> None:
        """Take the prices of one card object."""
        if not isinstance(card.prices, dict):
            return
        language = LANGUAGE_CODE[language_of(card)]
        facts = CardFacts(0, finish_mask(finishes_of(card)), language)
        for key, value in card.prices.items():
            if value in (None, ""):
                continue
            price = _thousandths(value)
            if price == 0:
                continue
            self.rows += 1
            reason = self._problem(facts, key, price)
            if reason:
                raw = {key: str(value)[:200]}
                self.rejects.add(Reject(reason, card.id, card.name, raw))
                continue
            slug, finish = PRICES[key]
            marketplace_id = self.streams[slug].marketplace_id
            self._cards.append(card.id)
            self._figures.append(
                (marketplace_id, FINISH_CODE[finish], language, price or 0)
            )

    def _problem(self, card: CardFacts, key: str, price: int | None) -> str | None:
        if key not in PRICES:
            return f"unknown price {key}"
        if price is None:
            return "not a price"
        slug, finish = PRICES[key]
        if slug not in self.streams:
            return f"no stream for {slug}"
        return None if card.has_finish(FINISH_CODE[finish]) else "impossible finish"

    def block(self, cards: Mapping[str, CardFacts], as_of: datetime) -> PriceBlock:
        """The prices as columns, all of the moment the file is of."""
        n = len(self._figures)
        figures = np.array(self._figures, np.int32).reshape(n, 4)
        ids = np.fromiter((cards[one].id for one in self._cards), np.int32, n)
        return PriceBlock(
            card_id=ids,
            marketplace_id=figures[:, 0],
            condition=np.full(n, NEAR_MINT, np.int16),
            finish=figures[:, 1],
            language=figures[:, 2],
            time=np.full(n, microseconds(as_of), np.int64),
            price=figures[:, 3],
        )


def _thousandths(value: Any) -> int | None:
    """A price of the feed as we keep it; None when it is none, 0 when it is absent."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        amount = Decimal(str(value).strip())
        if not amount.is_finite() or amount < 0:
            return None
        return to_thousandths(amount)
    except (InvalidOperation, OverflowError):
        return None


def stamped_at(name: str) -> datetime | None:
    """The moment in a bulk file's name: default-cards-20240221100428.jsonl.gz."""
    found = _STAMP.search(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
