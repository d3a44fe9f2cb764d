"""The market in the large: its index, its breadth and what moves."""

from .index import METHODS, IndexPoint, IndexSeries, market_index
from .movers import DIRECTIONS, MAX_MOVERS, Mover, movers
from .overview import Breadth, Overview, overview
from .topics import dashboard_topic_snapshot, market_topic_snapshot

__all__ = [
    "DIRECTIONS",
    "MAX_MOVERS",
    "METHODS",
    "Breadth",
    "IndexPoint",
    "IndexSeries",
    "Mover",
    "Overview",
    "dashboard_topic_snapshot",
    "market_index",
    "market_topic_snapshot",
    "movers",
    "overview",
]
