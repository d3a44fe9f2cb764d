"""What did best and worst. Pure, without Django."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .shares import Array


@dataclass(frozen=True, slots=True)
class Extremes:
    """Places in the arrays: of the most that was won, and of the most that was lost,
    the largest first."""

    top: list[int]
    flop: list[int]


def extremes(amounts: Array, count: int) -> Extremes:
    """The `count` largest gains (above 0) and losses (below 0) of `amounts`.

    Of equal ones the earlier stands first.
    """
    order = np.argsort(-amounts, kind="stable")
    top = [int(place) for place in order[:count] if amounts[place] > 0]
    order = np.argsort(amounts, kind="stable")
    return Extremes(top, [int(place) for place in order[:count] if amounts[place] < 0])


def won(values: Array, now: Array, then: Array) -> Array:
    """How much of `values` (at the prices `now`) was won since prices were `then`.

    0 where there is no price then (0 or less): what is unknown neither won nor lost.
    """
    is_known = (then > 0) & (now > 0)
    share = np.zeros(len(values))
    np.divide(now - then, now, out=share, where=is_known)
    return np.rint(values * share).astype(np.int64)
