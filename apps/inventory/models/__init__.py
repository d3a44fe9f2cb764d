"""What somebody owns, and the files it came in."""

from .imports import ImportBatch, ImportRow
from .lots import Disposal, Lot

__all__ = ["Disposal", "ImportBatch", "ImportRow", "Lot"]
