"""Every write about the market in the large."""

from .chained import IndexUpdate, update_indices

__all__ = ["IndexUpdate", "update_indices"]
