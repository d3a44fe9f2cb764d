"""Whether prices went the way that signals spoke for.

Pure: prices in matrices and signals as columns in, counts out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .panel import FINISHES, Observations
from .windows import seen_at

Array = NDArray[Any]

# After how many days a signal is judged.
HORIZON_DAYS = (7, 30, 90)
# By how many days the price that stands for the horizon may be older.
TOLERANCE = 3

_DAY = np.timedelta64(1, "D")
_STREAM_BITS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """Signals of one day in one currency as columns: the series each is about, its
    price then, which kind (any number) it is, and what it spoke for, +1 or −1."""

    variant: Array
    marketplace: Array
    price: Array
    kind: Array
    version: Array
    direction: Array


@dataclass(frozen=True, slots=True)
class Judged:
    """Signals of a kind for one direction: how many there were, of how many a price
    tells, and how many of those moved as they said. One that stood still did not."""

    kind: int
    version: int
    direction: int
    signals: int
    judged: int
    right: int


@dataclass(frozen=True, slots=True)
class Moves:
    """Of how many variants a price tells, and how many of them rose and fell."""

    judged: int = 0
    up: int = 0
    down: int = 0

    def __add__(self, other: Moves) -> Moves:
        return Moves(
            self.judged + other.judged, self.up + other.up, self.down + other.down
        )

    def share(self, direction: int) -> float:
        """Of the variants that went this way; 0 of none."""
        went = self.up if direction > 0 else self.down
        return went / self.judged if self.judged else 0.0


def variant_numbers(card_ids: Array, finishes: Array) -> Array:
    """A variant as a number, as in panels."""
    return card_ids.astype(np.int64) * FINISHES + finishes


def judge(spoken: Spoken, later: Observations, day: date, due: date) -> list[Judged]:
    """What became of a day's signals until `due`."""
    if not len(spoken.variant):
        return []
    then = _prices(later, spoken.variant, spoken.marketplace, day, due)
    went = _went(spoken.price, then)
    return list(_counted(spoken, went))


def moves(
    now: Observations, later: Observations, day: date, due: date, least: float
) -> Moves:
    """Where every variant with a price on `day` went until `due`, each in the stream
    that is preferred; those below `least` are not looked at."""
    panel = now.upto(day, lookback=0)
    panel = panel.where(panel.now >= least)
    variant = variant_numbers(panel.card_ids, panel.finishes)
    then = _prices(later, variant, panel.marketplace_ids, day, due)
    went = _went(panel.now, then)
    told, rose, fell = ~np.isnan(went), went == 1, went == -1
    return Moves(int(told.sum()), int(rose.sum()), int(fell.sum()))


def _went(price: Array, then: Array) -> Array:
    """+1, −1 or 0, NaN where no price tells; in the thousandths that are stored."""
    return np.sign(np.round(then - price, 3))


def _counted(spoken: Spoken, went: Array) -> Iterator[Judged]:
    groups = np.stack([spoken.kind, spoken.version, spoken.direction], axis=1)
    for group in np.unique(groups, axis=0):
        chosen = (groups == group).all(axis=1)
        told = went[chosen][~np.isnan(went[chosen])]
        kind, version, direction = group.tolist()
        yield Judged(
            kind,
            version,
            direction,
            int(chosen.sum()),
            len(told),
            int(np.count_nonzero(told == direction)),
        )


def _prices(
    later: Observations, variant: Array, marketplace: Array, day: date, due: date
) -> Array:
    """What series came to at `due`; NaN where nothing was seen then, or the stream
    became another after `day`."""
    known = _keys(variant_numbers(later.card_ids, later.finishes), later)
    if not len(known):
        return np.full(len(variant), np.nan)
    order = np.argsort(known)
    wanted = variant << _STREAM_BITS | marketplace.astype(np.int64)
    place = np.minimum(np.searchsorted(known[order], wanted), len(known) - 1)
    rows = order[place]
    back = int((later.days[-1] - np.datetime64(due, "D")) // _DAY)
    found = seen_at(later.close, back, TOLERANCE)[0][rows]
    is_told = (known[rows] == wanted) & ~_broken(later, marketplace, day, due)
    return np.where(is_told, found, np.nan)


def _keys(variant: Array, observed: Observations) -> Array:
    return variant << _STREAM_BITS | observed.marketplace_ids.astype(np.int64)


def _broken(later: Observations, marketplace: Array, day: date, due: date) -> Array:
    """Whether streams became others after `day`, up to `due`."""
    streams = [
        stream
        for stream, began in later.breaks.items()
        if any(day < one <= due for one in began)
    ]
    return np.isin(marketplace, streams)
