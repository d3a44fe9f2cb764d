"""What prices are, were, and how fresh they are."""

from .breaks import StreamBreak, breaks_by_marketplace, breaks_of
from .coverage import (
    GAP_DAYS,
    Covered,
    ReportedDays,
    SetCoverage,
    coverage_by_finish,
    coverage_by_set,
    reported_days,
)
from .data_status import (
    QuarantineCount,
    StreamStatus,
    UnresolvedRow,
    quarantine_counts,
    stream_statuses,
    unresolved_rows,
)
from .exchange import MAX_RATE_AGE, DatedRate, exchange_rate
from .feeds import (
    FEEDS,
    Feed,
    FeedStatus,
    RunReport,
    being_read,
    feed_statuses,
    recent_runs,
)
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
    "FEEDS",
    "GAP_DAYS",
    "MAX_RATE_AGE",
    "ORDERINGS",
    "CardHistory",
    "Covered",
    "DatedRate",
    "Feed",
    "FeedStatus",
    "IntervalError",
    "PriceListing",
    "QuarantineCount",
    "Quote",
    "ReportedDays",
    "RunReport",
    "SetCoverage",
    "StreamBreak",
    "StreamFreshness",
    "StreamStatus",
    "UnresolvedRow",
    "being_read",
    "breaks_by_marketplace",
    "breaks_of",
    "card_history",
    "card_quotes",
    "card_topic_snapshot",
    "coverage_by_finish",
    "coverage_by_set",
    "coverage_of",
    "exchange_rate",
    "feed_ages",
    "feed_statuses",
    "freshness",
    "headline_prices",
    "is_demo_market",
    "newest_observation",
    "newest_stream",
    "priced_cards",
    "quarantine_counts",
    "quotes_of",
    "recent_runs",
    "reported_days",
    "stream_statuses",
    "unresolved_rows",
]
