"""What prices are, were, and how fresh they are."""

from .breaks import StreamBreak, breaks_by_marketplace, breaks_of
from .freshness import (
    StreamFreshness,
    feed_ages,
    freshness,
    is_demo_market,
    newest_observation,
    newest_stream,
)
from .history import CardHistory, IntervalError, card_history
from .listing import ORDERINGS, PriceListing, priced_cards
from .quotes import Quote, card_quotes, headline_prices, quotes_of
from .resolution import coverage_of
from .topics import card_topic_snapshot

__all__ = [
    "ORDERINGS",
    "CardHistory",
    "IntervalError",
    "PriceListing",
    "Quote",
    "StreamBreak",
    "StreamFreshness",
    "breaks_by_marketplace",
    "breaks_of",
    "card_history",
    "card_quotes",
    "card_topic_snapshot",
    "coverage_of",
    "feed_ages",
    "freshness",
    "headline_prices",
    "is_demo_market",
    "newest_observation",
    "newest_stream",
    "priced_cards",
    "quotes_of",
]
