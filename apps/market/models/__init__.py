"""What is kept about the market in the large."""

from .breadth import DailyCloses, MarketBreadth, MarketTotals, StreamVolume
from .buckets import (
    MarketIndex30Min,
    MarketIndexBucket,
    MarketIndexDaily,
    MarketIndexHourly,
)
from .chained import ChainedIndex, ChainedIndexBasket, ChainedIndexPoint
from .sets import SetValue
from .spreads import SpreadCount, SpreadOpportunity

__all__ = [
    "ChainedIndex",
    "ChainedIndexBasket",
    "ChainedIndexPoint",
    "DailyCloses",
    "MarketBreadth",
    "MarketIndex30Min",
    "MarketIndexBucket",
    "MarketIndexDaily",
    "MarketIndexHourly",
    "MarketTotals",
    "SetValue",
    "SpreadCount",
    "SpreadOpportunity",
    "StreamVolume",
]
