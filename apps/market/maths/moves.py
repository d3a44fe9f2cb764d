"""What a price did over a window: in one stream, in the median of them, by vendors.

Pure: columns in, columns out. Prices are whole thousandths; 0 is no price.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Legs:
    """Newest prices as columns of equal length, sorted by `variant`, then preference.

    `stream` and `vendor` are numbers; `is_asked` is False for what a shop pays, which
    bears a move out and is never its price.
    """

    variant: Array
    stream: Array
    vendor: Array
    is_asked: Array
    price: Array


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """One row per variant that a stream asks a price for now and did then.

    `stream` is the most preferred such stream and `then` and `now` its prices; the
    medians are over all `stream_count` of them, of an even number the mean of the
    middle two, half up. `rising` and `falling` count the vendors that moved, by either
    side of theirs.
    """

    variant: Array
    stream: Array
    then: Array
    now: Array
    median_then: Array
    median_now: Array
    stream_count: Array
    rising: Array
    falling: Array


def moves(legs: Legs, then: Array) -> Moves:
    """What `legs` did since they were at `then`, leg by leg."""
    asked = (then > 0) & legs.is_asked
    variant, before, now = legs.variant[asked], then[asked], legs.price[asked]
    starts = np.flatnonzero(np.r_[True, variant[1:] != variant[:-1]][: len(variant)])
    counts = np.diff(np.r_[starts, len(variant)])
    variants = variant[starts]
    return Moves(
        variant=variants,
        stream=legs.stream[asked][starts],
        then=before[starts],
        now=now[starts],
        median_then=_medians(variant, before, starts, counts),
        median_now=_medians(variant, now, starts, counts),
        stream_count=counts,
        rising=_vendors(legs, (then > 0) & (legs.price > then), variants),
        falling=_vendors(legs, (then > 0) & (legs.price < then), variants),
    )


def _medians(variant: Array, values: Array, starts: Array, counts: Array) -> Array:
    ordered = values[np.lexsort((values, variant))].astype(np.int64)
    low = ordered[starts + (counts - 1) // 2]
    high = ordered[starts + counts // 2]
    return (low + high + 1) // 2


def _vendors(legs: Legs, moved: Array, variants: Array) -> Array:
    """How many vendors are among the legs that `moved`, for each of `variants`."""
    pairs = np.unique(legs.variant[moved].astype(np.int64) << 16 | legs.vendor[moved])
    owners = pairs >> 16
    return np.searchsorted(owners, variants, "right") - np.searchsorted(
        owners, variants, "left"
    )
