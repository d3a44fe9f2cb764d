"""What a complete set costs, day by day. Formulas and reasons: docs/methodology.md.

Prices of a day stand in a grid: a row per stream in the order of preference, a column
per variant that stands for a card (its place in `Roster.variant`); 0 is no price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chained import Closes

Array = NDArray[Any]

# Changes of the definition get another number; stored values of another are replaced.
VERSION = 1
# A price counts on its own day and, where it is missing, on the next days with prices:
# it is looked for on so many days, the day itself among them.
DAYS = 3
# And on none that is further back than this.
OLDEST = timedelta(days=7)
# A day is compared with the day with prices before it, unless that is further back.
FURTHEST_BACK = timedelta(days=14)
# The level of the first day of an unbroken stretch.
BASE = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Basket:
    """The cards of all sets: a card's `column` in a grid, and the `place` of its set.

    `size` is how many sets there are.
    """

    column: Array
    place: Array
    size: int

    def count(self, chosen: Array | None = None) -> Array:
        """How many cards of each set, of those that a mask by column chooses."""
        if chosen is None:
            return np.bincount(self.place, minlength=self.size)
        return np.bincount(self.place[chosen[self.column]], minlength=self.size)

    def total(self, by_column: Array) -> Array:
        """The sum over the cards of each set; exact, as they are whole numbers."""
        sums = np.bincount(
            self.place, by_column[self.column].astype(float), minlength=self.size
        )
        return sums.astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of prices on a day: `price` as a grid, `age` how many days with
    prices ago each was seen (0: on the day itself)."""

    day: date
    price: Array
    age: Array


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The price of each column, 0 where none is known; which stream it is of, and how
    old it is."""

    price: Array
    stream: Array
    age: Array


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """A day of every set of a basket, in the order of their places.

    `value` is the sum of the prices of `priced` cards, of which `carried` were last
    seen on a day before. `matched` of them can be compared with the day before: they
    cost `now` and, then, `before`. All in thousandths.
    """

    value: Array
    priced: Array
    carried: Array
    matched: Array
    now: Array
    before: Array


def grid(closes: Closes, variants: Array, streams: int) -> Array:
    """The closes of a day, of the sorted `variants` only."""
    found = np.zeros((streams, len(variants)), np.int32)
    if not len(variants):
        return found
    variant, stream = closes.variant, closes.stream
    column = np.minimum(np.searchsorted(variants, variant), len(variants) - 1)
    is_one = variants[column] == variant
    found[stream[is_one], column[is_one]] = closes.price[is_one]
    return found


def known(
    days: Sequence[tuple[date, Array]], broken: Sequence[Array] | None = None
) -> Known:
    """What is known on the first of `days`: grids by day, the newest first.

    `broken[i]` lists the streams that became another between `days[i]` and the first:
    a price from before that is none.
    """
    today, prices = days[0]
    price, age = prices.copy(), np.zeros(prices.shape, np.int8)
    for back, (day, earlier) in enumerate(days[1:DAYS], start=1):
        if today - day > OLDEST:
            break
        is_carried = (price == 0) & (earlier > 0)
        if broken is not None:
            is_carried[broken[back]] = False
        price[is_carried] = earlier[is_carried]
        age[is_carried] = back
    return Known(today, price, age)


def choose(one: Known) -> Chosen:
    """The most preferred stream that knows a price."""
    has_price = one.price > 0
    stream = has_price.argmax(axis=0)
    columns = np.arange(one.price.shape[1])
    return Chosen(one.price[stream, columns], stream, one.age[stream, columns])


def tally(
    today: Known, before: Known | None, baskets: Sequence[Basket], broken: Array
) -> list[Tally]:
    """The day of each basket; `broken` are the streams that a break parts from
    `before`, the day with prices before it."""
    chosen = choose(today)
    priced = chosen.price > 0
    now, then = _matched(today, before, broken)
    matched = now > 0
    return [
        Tally(
            value=basket.total(chosen.price),
            priced=basket.count(priced),
            carried=basket.count(priced & (chosen.age > 0)),
            matched=basket.count(matched),
            now=basket.total(now),
            before=basket.total(then),
        )
        for basket in baskets
    ]


def _matched(today: Known, before: Known | None, broken: Array) -> tuple[Array, Array]:
    """Prices of both days in one stream, the most preferred that knows both."""
    now = np.zeros(today.price.shape[1], np.int32)
    then = np.zeros_like(now)
    if before is None or today.day - before.day > FURTHEST_BACK:
        return now, then
    for stream in range(len(today.price)):
        if stream in broken:
            continue
        new, old = today.price[stream], before.price[stream]
        is_pair = (now == 0) & (new > 0) & (old > 0)
        now[is_pair], then[is_pair] = new[is_pair], old[is_pair]
    return now, then


def is_linked(matched: Array, priced: Array, priced_before: Array) -> Array:
    """Whether two days are compared: by at least half of the cards of either."""
    return (matched > 0) & (2 * matched >= np.maximum(priced, priced_before))
