"""Price streams, their observations, and the record of how each one got in."""

from .exchange import ExchangeRate
from .observations import (
    CardPriceDaily,
    CardPriceHourly,
    LatestPrice,
    PriceBucket,
    PriceKey,
    PriceObservation,
    PriceSnapshot,
)
from .quality import PriceOverride, QuarantinedPrice
from .runs import IngestRun
from .sealed import SealedPrice
from .sources import CustomSource
from .streams import Marketplace, SeriesBreak

__all__ = [
    "CardPriceDaily",
    "CardPriceHourly",
    "CustomSource",
    "ExchangeRate",
    "IngestRun",
    "LatestPrice",
    "Marketplace",
    "PriceBucket",
    "PriceKey",
    "PriceObservation",
    "PriceOverride",
    "PriceSnapshot",
    "QuarantinedPrice",
    "SealedPrice",
    "SeriesBreak",
]
