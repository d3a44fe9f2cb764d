"""The chained matched-model index. Formulas and reasons: docs/methodology.md.

A variant is a printing in one finish; a stream is one marketplace. A day's link is the
weighted geometric mean of price relatives, each from an earlier day's price of the same
variant in the same stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Changes of the definition get another number; stored links of another are replaced.
# 2 has indices of colours, Pioneer and Pauper, by the formula of 1.
VERSION = 2
# A price is compared with the nearest one on this many earlier days with prices.
TOLERANCE = 3
# And with none that is further back than this: those are of another market.
FURTHEST_BACK = timedelta(days=14)
# A relative further than this factor from the day's median counts as this far.
LIMIT = 2.0
# No variant weighs more than this share, or than so many equal shares if that is more:
# below 10,000 variants a thousandth would be close to weighing all alike.
LARGEST_SHARE = 0.001
EQUAL_SHARES = 10

# More streams than any currency has.
_STREAMS = 64
_PACKED = np.dtype(
    [
        ("variant", "<i8"),
        ("stream", "<i2"),
        ("age", "i1"),
        ("price", "<i4"),
        ("before", "<i4"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Closes:
    """One day's last prices in one currency: a row per series, sorted by `key`.

    A key is a variant and the place of its stream in the order of preference.
    """

    key: Array
    price: Array

    @classmethod
    def of(cls, variant: Array, stream: Array, price: Array) -> Closes:
        """In any order. `price` is positive; each variant and stream come once."""
        key = variant.astype(np.int64) * _STREAMS + stream
        order = np.argsort(key)
        return cls(key[order], price[order])

    @property
    def variant(self) -> Array:
        return self.key // _STREAMS

    @property
    def stream(self) -> Array:
        return self.key % _STREAMS


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """The variants of a day that can be compared, one row each, by variant.

    `price` is that of the day and `before` the one it is compared with, both of
    `stream`; `age` is how many days with prices lie between (1 for the day before).
    """

    variant: Array
    stream: Array
    age: Array
    price: Array
    before: Array

    def __len__(self) -> int:
        return len(self.variant)

    def where(self, chosen: Array) -> Matches:
        """The rows that a mask or a list of positions chooses."""
        return Matches(
            self.variant[chosen],
            self.stream[chosen],
            self.age[chosen],
            self.price[chosen],
            self.before[chosen],
        )

    def packed(self) -> bytes:
        rows = np.empty(len(self), _PACKED)
        for name in _PACKED.names or ():
            rows[name] = getattr(self, name)
        return rows.tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Matches:
        rows = np.frombuffer(data, _PACKED)
        return cls(**{name: rows[name] for name in _PACKED.names or ()})


@dataclass(frozen=True, slots=True)
class Link:
    """What a day multiplies an index by; 1 of no constituents says nothing.

    `weight` is the sum of the capped weights, in the unit of the prices.
    """

    factor: float
    constituents: int
    weight: float


NO_LINK = Link(1.0, 0, 0.0)


def match(
    today: Closes, earlier: Sequence[Closes], broken: Sequence[Array] = ()
) -> Matches:
    """Compare a day with up to TOLERANCE `earlier` days, the nearest first.

    Each variant is compared in one stream: of those that have its price on the nearest
    day, the preferred one. `broken[i]` lists the streams that a break parts from
    `earlier[i]`.
    """
    age = np.zeros(len(today.key), np.int8)
    before = np.zeros_like(today.price)
    for back, day in enumerate(earlier[:TOLERANCE], start=1):
        if not len(day.key):
            continue
        place = np.minimum(np.searchsorted(day.key, today.key), len(day.key) - 1)
        is_new = (day.key[place] == today.key) & (age == 0)
        if broken and len(broken[back - 1]):
            is_new &= ~np.isin(today.stream, broken[back - 1])
        age[is_new] = back
        before[is_new] = day.price[place[is_new]]
    rows = _one_per_variant(today, age)
    return Matches(
        variant=today.variant[rows],
        stream=today.stream[rows],
        age=age[rows],
        price=today.price[rows],
        before=before[rows],
    )


def _one_per_variant(today: Closes, age: Array) -> Array:
    """The rows to use: the nearest day, then the preferred stream."""
    rows = np.flatnonzero(age)
    if not len(rows):
        return rows
    variant, stream = np.divmod(today.key[rows], _STREAMS)
    rank = age[rows].astype(np.int64) * _STREAMS + stream
    starts = np.flatnonzero(np.r_[True, variant[1:] != variant[:-1]])
    counts = np.diff(np.r_[starts, len(rows)])
    best = np.repeat(np.minimum.reduceat(rank, starts), counts)
    return rows[rank == best]


def link(matches: Matches, recent: Sequence[float] = ()) -> Link:
    """The link of the index whose variants these are.

    `recent` are its own links of the days before, the newest first.
    """
    if not len(matches):
        return NO_LINK
    relative, weight = weigh(matches, recent)
    total = float(weight.sum())
    mean = float((weight * relative).sum()) / total
    return Link(float(np.exp(mean)), len(matches), total)


def weigh(matches: Matches, recent: Sequence[float] = ()) -> tuple[Array, Array]:
    """The logarithm of each relative, winsorised, and its weight."""
    before = _before(matches, recent)
    relative = np.log(matches.price / before)
    middle, reach = _median(relative), np.log(LIMIT)
    relative = np.clip(relative, middle - reach, middle + reach)
    # The geometric mean of both prices: one that leaps and comes back, as a wrong
    # price does, weighs the same both times and leaves the index where it was.
    return relative, capped(np.sqrt(before * matches.price))


def is_limited(matches: Matches, recent: Sequence[float] = ()) -> Array:
    """Whether a relative is so far from the median that it was winsorised."""
    relative = np.log(matches.price / _before(matches, recent))
    return np.abs(relative - _median(relative)) > np.log(LIMIT)


def _before(matches: Matches, recent: Sequence[float]) -> Array:
    """What each price is compared with, as of the day before.

    A price from before that is carried there by the index's own links: what the index
    has moved since is not counted twice.
    """
    return matches.before * carried(recent)[matches.age]


def _median(values: Array) -> float:
    """As numpy has it, without what it does for masks and NaN: most indices are small,
    and there are thousands of them."""
    low, high = (len(values) - 1) // 2, len(values) // 2
    ordered = np.partition(values, (low, high))
    return (float(ordered[low]) + float(ordered[high])) / 2


def carried(recent: Sequence[float]) -> Array:
    """By age: what an index did between the day of a price and the day before."""
    factors = [1.0, 1.0]
    for factor in [*recent, *[1.0] * TOLERANCE][: TOLERANCE - 1]:
        factors.append(factors[-1] * factor)
    return np.array(factors)


def capped(weight: Array) -> Array:
    """Weights of which none is more than the largest allowed share of their sum."""
    n = len(weight)
    share = max(LARGEST_SHARE, EQUAL_SHARES / n)
    if share >= 1:
        return weight
    most = min(n, int(1 / share) + 1)
    top = np.partition(weight, n - most)
    rest = float(top[: n - most].sum())
    top = np.sort(top[n - most :])
    # With the k largest at the cap: cap = share * (k * cap + the others).
    others = rest + np.cumsum(top)[::-1]
    k, cap = 0, share * others[0]
    while top[most - 1 - k] > cap:
        k += 1
        cap = share * others[k] / (1 - k * share)
    return np.minimum(weight, cap)
