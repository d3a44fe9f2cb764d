"""Every write about the market in the large."""

from .breadth import update_breadth
from .chained import IndexUpdate, update_indices
from .moves import update_moves
from .sets import SetValuesUpdate, update_set_values
from .similar import update_similar_cards
from .spreads import update_spreads
from .totals import update_totals

__all__ = [
    "IndexUpdate",
    "SetValuesUpdate",
    "update_breadth",
    "update_indices",
    "update_moves",
    "update_set_values",
    "update_similar_cards",
    "update_spreads",
    "update_totals",
]
