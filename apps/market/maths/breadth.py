"""How a market stands: what rose and fell, what is above its mean, how much it varies.

Pure: columns in, figures out. Formulas and reasons: docs/methodology.md. Prices are
whole thousandths; 0 is no price. A row of closes is a calendar day, a column a variant
in one stream.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Changes of a definition get another number; stored figures of another are replaced.
VERSION = 1
# Means and volatilities are over this many days, the last one included,
MEAN_DAYS = 30
# and need this many closes, or returns.
FEWEST = 10


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A day's closes of one stream: variants, ascending, and their prices.

    `era` counts the breaks the stream has behind it: closes of two eras are of
    different things.
    """

    variant: Array
    price: Array
    era: int = 0

    def at(self, variant: Array) -> Array:
        """The prices of these variants; 0 where there is none."""
        found = np.zeros(len(variant), np.int32)
        if len(self.variant):
            place = np.searchsorted(self.variant, variant)
            place = np.minimum(place, len(self.variant) - 1)
            is_known = self.variant[place] == variant
            found[is_known] = self.price[place[is_known]]
        return found

    def packed(self) -> bytes:
        """The era, the variants, the prices: 8 bytes, and 8 a row."""
        return b"".join(
            (
                self.era.to_bytes(8, "little"),
                self.variant.astype("<u4").tobytes(),
                self.price.astype("<i4").tobytes(),
            )
        )

    def fingerprint(self) -> str:
        """MD5 of what is packed: whether two days are the same."""
        return md5(self.packed(), usedforsecurity=False).hexdigest()

    @classmethod
    def unpacked(cls, data: bytes) -> Part:
        rows = len(data) // 8 - 1
        return cls(
            variant=np.frombuffer(data, "<u4", rows, 8),
            price=np.frombuffer(data, "<i4", rows, 8 + 4 * rows),
            era=int.from_bytes(data[:8], "little"),
        )


# The closes of a day, by stream.
Day = Mapping[int, Part]


def histories(days: Sequence[Day], preferred: Sequence[int]) -> tuple[Array, Array]:
    """The variants of the last of `days`, and their closes on each in one stream.

    That is the first of `preferred` with a close on the last day; what it said in
    another era is not among them.
    """
    today = days[-1]
    streams = [one for one in preferred if one in today]
    variants = [today[one].variant for one in streams]
    if not variants:
        return np.zeros(0, np.uint32), np.zeros((len(days), 0), np.int32)
    variant, first = np.unique(np.concatenate(variants), return_index=True)
    owner = np.repeat(np.arange(len(streams)), [len(one) for one in variants])[first]
    closes = np.zeros((len(days), len(variant)), np.int32)
    for place, stream in enumerate(streams):
        columns = np.flatnonzero(owner == place)
        for row, day in enumerate(days):
            if stream in day and day[stream].era == today[stream].era:
                closes[row, columns] = day[stream].at(variant[columns])
    return variant, closes


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Of each variant: which way it went over each window (1, 0, -1; NOWHERE without
    a price then), whether it is above its mean, and its volatility (NaN: unknown)."""

    direction: Mapping[str, Array]
    has_mean: Array
    is_above: Array
    volatility: Array


NOWHERE = 2


def standing(closes: Array, windows: Mapping[str, tuple[int, int]]) -> Standing:
    """`windows` are lengths and tolerances in days: a price is compared with the
    nearest one at or before the window's start, within the tolerance."""
    now = closes[-1]
    direction = {}
    for name, (length, tolerance) in windows.items():
        then = _nearest(closes, length, tolerance)
        way = np.sign(now - then).astype(np.int8)
        direction[name] = np.where(then > 0, way, np.int8(NOWHERE))
    recent = closes[-MEAN_DAYS:]
    count = (recent > 0).sum(axis=0)
    has_mean = count >= FEWEST
    # now > sum / count, in whole numbers.
    is_above = has_mean & (now * count > recent.sum(axis=0, dtype=np.int64))
    return Standing(direction, has_mean, is_above, volatility(closes[-MEAN_DAYS - 1 :]))


def _nearest(closes: Array, length: int, tolerance: int) -> Array:
    then = np.zeros(closes.shape[1], np.int32)
    last = len(closes) - 1
    for back in range(length, min(length + tolerance, last) + 1):
        then = np.where(then == 0, closes[last - back], then)
    return then


def volatility(closes: Array) -> Array:
    """The standard deviation of the logarithms of daily changes, per column.

    A change is from one day to the very next. NaN with under FEWEST of them.
    """
    before, after = closes[:-1], closes[1:]
    is_return = (before > 0) & (after > 0)
    # Most prices stay as they are from one day to the next.
    moved = is_return & (before != after)
    returns = np.zeros(before.shape)
    returns[moved] = np.log(after[moved] / before[moved])
    n = is_return.sum(axis=0)
    sums, squares = returns.sum(axis=0), np.einsum("ij,ij->j", returns, returns)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(squares - sums * sums / n, 0) / (n - 1)
    return np.where(n >= FEWEST, np.sqrt(variance), np.nan)


@dataclass(frozen=True, slots=True)
class Breadth:
    """How many variants there are, how many of them `rose`, `fell` and `stayed` over
    each window, are above their mean (of those that have one), and the median of the
    volatilities that are known; None of none."""

    variants: int
    rose: Mapping[str, int]
    fell: Mapping[str, int]
    stayed: Mapping[str, int]
    with_mean: int
    above_mean: int
    with_volatility: int
    median_volatility: float | None


def breadth(whole: Standing, chosen: Array) -> Breadth:
    """Of the variants that a mask chooses."""
    ways = {
        name: np.bincount(way[chosen] + 1, minlength=NOWHERE + 2)
        for name, way in whole.direction.items()
    }
    known = whole.volatility[chosen]
    known = known[~np.isnan(known)]
    return Breadth(
        variants=int(chosen.sum()),
        fell={name: int(counts[0]) for name, counts in ways.items()},
        stayed={name: int(counts[1]) for name, counts in ways.items()},
        rose={name: int(counts[2]) for name, counts in ways.items()},
        with_mean=int((whole.has_mean & chosen).sum()),
        above_mean=int((whole.is_above & chosen).sum()),
        with_volatility=len(known),
        median_volatility=float(np.median(known)) if len(known) else None,
    )
