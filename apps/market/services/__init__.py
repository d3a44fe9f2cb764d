"""Every write about the market in the large."""

from .chained import IndexUpdate, update_indices
from .moves import update_moves

__all__ = ["IndexUpdate", "update_indices", "update_moves"]
