"""What prices are, were, and how fresh they are."""

from .freshness import (
    StreamFreshness,
    freshness,
    is_demo_market,
    newest_observation,
)
from .history import CardHistory, IntervalError, card_history
from .quotes import Quote, card_quotes, headline_prices, quotes_of
from .topics import card_topic_snapshot

__all__ = [
    "CardHistory",
    "IntervalError",
    "Quote",
    "StreamFreshness",
    "card_history",
    "card_quotes",
    "card_topic_snapshot",
    "freshness",
    "headline_prices",
    "is_demo_market",
    "newest_observation",
    "quotes_of",
]
