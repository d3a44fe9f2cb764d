"""What is kept about the market in the large."""

from .buckets import (
    MarketIndex30Min,
    MarketIndexBucket,
    MarketIndexDaily,
    MarketIndexHourly,
)
from .chained import ChainedIndex, ChainedIndexBasket, ChainedIndexPoint
from .sets import SetValue

__all__ = [
    "ChainedIndex",
    "ChainedIndexBasket",
    "ChainedIndexPoint",
    "MarketIndex30Min",
    "MarketIndexBucket",
    "MarketIndexDaily",
    "MarketIndexHourly",
    "SetValue",
]
