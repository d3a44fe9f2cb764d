"""Which sets move: the input of a heat map."""

from __future__ import annotations

from .chained import SetSummary, set_summaries

# The newest sets with enough cards to speak of.
HOT_SETS = 48
_FEWEST_CONSTITUENTS = 5


def hot_sets(currency: str = "USD") -> list[SetSummary]:
    """The newest sets whose index rests on five variants or more, by how much they
    moved in a week, what rose the most first."""
    found = [
        one
        for one in set_summaries(currency)
        if one.change_7d is not None and one.constituents >= _FEWEST_CONSTITUENTS
    ][:HOT_SETS]
    return sorted(found, key=lambda one: (-(one.change_7d or 0), one.code))
