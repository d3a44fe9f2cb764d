"""The market in the large: its index, its breadth and what moves."""

from .baskets import Constituent, Constituents, constituents
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
from .overview import Breadth, Overview, overview
from .topics import dashboard_topic_snapshot, market_topic_snapshot

__all__ = [
    "AVERAGE",
    "CHAINED",
    "DIRECTIONS",
    "MAX_MOVERS",
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
    "constituents",
    "dashboard_topic_snapshot",
    "index_base",
    "index_levels",
    "index_summaries",
    "is_index",
    "market_index",
    "market_topic_snapshot",
    "movers",
    "newest_index_day",
    "overview",
    "set_name",
    "set_summaries",
]
