"""What the followers of a live topic see."""

from __future__ import annotations

from typing import Any

from apps.cards.models import Card
from mtgintel.core.money import money_text

from .quotes import Quote, card_quotes

# A topic's frame has to stay small; cards have about a dozen series.
MAX_TOPIC_QUOTES = 24


def card_topic_snapshot(key: str) -> dict[str, Any] | None:
    """The state a follower of a card sees; None for a card we do not have."""
    if not key.isdecimal() or str(int(key)) != key:
        return None
    card = Card.objects.filter(pk=int(key)).only("name").first()
    if card is None:
        return None
    quotes = card_quotes(card.pk)[:MAX_TOPIC_QUOTES]
    as_of = max((quote.as_of for quote in quotes), default=None)
    return {
        "card_id": card.pk,
        "name": card.name,
        "quotes": [_compact(quote) for quote in quotes],
        "as_of": as_of.isoformat() if as_of else None,
    }


def _compact(quote: Quote) -> dict[str, Any]:
    changes = {
        name: None if change is None else float(change)
        for name, change in (
            ("change_1d", quote.change_1d),
            ("change_7d", quote.change_7d),
            ("change_30d", quote.change_30d),
        )
    }
    return {
        "marketplace": quote.marketplace,
        "side": quote.side,
        "currency": quote.currency,
        "condition": quote.condition,
        "finish": quote.finish,
        "language": quote.language,
        "price": money_text(quote.price),
        "previous_price": money_text(quote.previous_price),
        **changes,
        "as_of": quote.as_of.isoformat(),
        "flags": list(quote.flags),
    }
