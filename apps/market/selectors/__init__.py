"""The market in the large: its index, its breadth and what moves."""

from .chained import IndexLevel, index_base, index_levels, newest_index_day
from .index import METHODS, IndexPoint, IndexSeries, market_index
from .movers import DIRECTIONS, MAX_MOVERS, Mover, movers
from .overview import Breadth, Overview, overview
from .topics import dashboard_topic_snapshot, market_topic_snapshot

__all__ = [
    "DIRECTIONS",
    "MAX_MOVERS",
    "METHODS",
    "Breadth",
    "IndexLevel",
    "IndexPoint",
    "IndexSeries",
    "Mover",
    "Overview",
    "dashboard_topic_snapshot",
    "index_base",
    "index_levels",
    "market_index",
    "market_topic_snapshot",
    "movers",
    "newest_index_day",
    "overview",
]
