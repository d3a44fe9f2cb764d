"""What somebody owns, and the files it came in."""

from .changes import Change, ChangedLot
from .imports import ImportBatch, ImportRow
from .lots import Disposal, Lot
from .values import PortfolioValue
from .wants import Priority, Want

__all__ = [
    "Change",
    "ChangedLot",
    "Disposal",
    "ImportBatch",
    "ImportRow",
    "Lot",
    "PortfolioValue",
    "Priority",
    "Want",
]
