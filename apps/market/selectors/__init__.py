"""The market in the large: its index, its breadth and what moves."""

from .index import IndexPoint, IndexSeries, market_index
from .movers import Mover, movers
from .overview import Breadth, Overview, overview
from .topics import dashboard_topic_snapshot, market_topic_snapshot

__all__ = [
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
