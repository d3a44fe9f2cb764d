"""The market in the large: its index, its breadth and what moves."""

from .baskets import Constituent, Constituents, constituents
from .breadth import Breadth, Standing, standing_history, standings
from .chained import (
    IndexLevel,
    IndexSummary,
    index_base,
    index_levels,
    index_summaries,
    is_index,
    newest_index_day,
    set_name,
    set_summaries,
)
from .index import AVERAGE, CHAINED, METHODS, IndexPoint, IndexSeries, market_index
from .movers import DIRECTIONS, MAX_MOVERS, Mover, movers
from .overview import Overview, Part, Volume, market_parts, overview
from .similar import MAX_SIMILAR, SimilarCard, SimilarCards, similar_cards
from .spreads import (
    Spread,
    SpreadLives,
    Spreads,
    best_spreads,
    spread_history,
    spread_lives,
    spreads,
)
from .topics import dashboard_topic_snapshot, market_topic_snapshot

__all__ = [
    "AVERAGE",
    "CHAINED",
    "DIRECTIONS",
    "MAX_MOVERS",
    "MAX_SIMILAR",
    "METHODS",
    "Breadth",
    "Constituent",
    "Constituents",
    "IndexLevel",
    "IndexPoint",
    "IndexSeries",
    "IndexSummary",
    "Mover",
    "Overview",
    "Part",
    "SimilarCard",
    "SimilarCards",
    "Spread",
    "SpreadLives",
    "Spreads",
    "Standing",
    "Volume",
    "best_spreads",
    "constituents",
    "dashboard_topic_snapshot",
    "index_base",
    "index_levels",
    "index_summaries",
    "is_index",
    "market_index",
    "market_parts",
    "market_topic_snapshot",
    "movers",
    "newest_index_day",
    "overview",
    "set_name",
    "set_summaries",
    "similar_cards",
    "spread_history",
    "spread_lives",
    "spreads",
    "standing_history",
    "standings",
]
