"""Price streams, their observations, and the record of how each one got in."""

from .observations import (
    CardPriceDaily,
    CardPriceHourly,
    LatestPrice,
    PriceBucket,
    PriceKey,
    PriceObservation,
    PriceSnapshot,
)
from .quality import QuarantinedPrice
from .runs import IngestRun
from .streams import Marketplace

__all__ = [
    "CardPriceDaily",
    "CardPriceHourly",
    "IngestRun",
    "LatestPrice",
    "Marketplace",
    "PriceBucket",
    "PriceKey",
    "PriceObservation",
    "PriceSnapshot",
    "QuarantinedPrice",
]
