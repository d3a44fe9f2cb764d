"""The six price streams of the demo market and how each of them writes a price."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgintel.core.constants import Side

Array = NDArray[Any]


def _rungs(*parts: tuple[float, float, float]) -> Array:
    """Ascending thousandths: every part gives start, end (left out) and step."""
    steps = [np.arange(start, end, step) for start, end, step in parts]
    return np.rint(np.concatenate(steps) * 1000).astype(np.int64)


# Card Kingdom's shelf prices: 35 cents at least, and endings it likes.
SHELF = np.concatenate(
    [
        np.array([350, 490, 590, 690, 790, 990, 1290, 1490, 1790, 1990, 2290, 2490]),
        _rungs((2.99, 10, 0.5), (10.99, 50, 1), (54.99, 100, 5), (109.99, 20_000, 10)),
    ]
)
# What it pays: cents for cheap cards, quarters, halves and dollars above.
COUNTER = _rungs(
    (0.01, 0.5, 0.01),
    (0.5, 2, 0.05),
    (2, 10, 0.25),
    (10, 50, 0.5),
    (50, 200, 1),
    (200, 20_000, 5),
)


def cents(floor: int) -> Callable[[Array], Array]:
    """Whole cents, no less than `floor` of them."""

    def rounded(amounts: Array) -> Array:
        return np.maximum(np.rint(amounts * 100).astype(np.int64), floor) * 10

    return rounded


def nearest(rungs: Array) -> Callable[[Array], Array]:
    """The rung that is nearest in proportion."""
    between = np.sqrt(rungs[1:] * rungs[:-1].astype(np.float64)) / 1000

    def rounded(amounts: Array) -> Array:
        return rungs[np.searchsorted(between, amounts)]

    return rounded


def tickets(amounts: Array) -> Array:
    """Thousandths of a ticket for bulk, hundredths above a tenth."""
    fine = np.maximum(np.rint(amounts * 1000), 5)
    coarse = np.rint(amounts * 100) * 10
    return np.where(amounts < 0.1, fine, coarse).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Stream:
    """How a stream follows the market.

    `level` is what it asks of the common dollar price, `spread` the deviation (in
    logs) of its lasting opinion on single cards and `drift` that of its opinion's
    daily change. `repricing` is the chance that a series is priced anew on a day; what
    the rounding leaves of it is the share of prices that change. `lag` is how many
    days it takes to notice a leap. `hour` (UTC) is that of the daily observation.
    `absences` are chances: that a shop has a series off sale in a stretch of 40 days,
    and that an observation is missing. On days that leave `silent_day` when divided
    by 89 it says nothing.
    """

    slug: str
    side: Side
    currency: str
    rounded: Callable[[Array], Array]
    hour: int
    repricing: float
    level: float = 1.0
    spread: float = 0.0
    drift: float = 0.0
    lag: int = 0
    off_sale: float = 0.0
    missing: float = 0.003
    silent_day: int | None = None
    shows_intraday: bool = False
    flicker: float = 0.0


# The dollar streams that are not a buylist are observed together: a plain mean over
# what was seen in an hour must not move because another shop reported.
STREAMS = (
    Stream(
        slug="tcgplayer",
        side=Side.MARKET,
        currency="USD",
        rounded=cents(1),
        hour=6,
        repricing=0.345,
        drift=0.003,
        shows_intraday=True,
        flicker=0.006,
    ),
    Stream(
        slug="cardkingdom",
        side=Side.RETAIL,
        currency="USD",
        rounded=nearest(SHELF),
        hour=6,
        repricing=0.052,
        level=1.12,
        spread=0.07,
        drift=0.003,
        lag=1,
        off_sale=0.08,
        shows_intraday=True,
    ),
    Stream(
        slug="cardkingdom-buylist",
        side=Side.BUYLIST,
        currency="USD",
        rounded=nearest(COUNTER),
        hour=6,
        repricing=0.335,
        level=0.55,
        spread=0.1,
        drift=0.006,
        lag=1,
        off_sale=0.12,
    ),
    Stream(
        slug="manapool-graded",
        side=Side.RETAIL,
        currency="USD",
        rounded=cents(5),
        hour=6,
        repricing=0.3,
        level=0.93,
        spread=0.1,
        drift=0.006,
        off_sale=0.1,
        shows_intraday=True,
    ),
    Stream(
        slug="cardmarket",
        side=Side.MARKET,
        currency="EUR",
        rounded=cents(2),
        hour=0,
        repricing=0.28,
        level=0.85,
        spread=0.14,
        drift=0.006,
        silent_day=34,
        shows_intraday=True,
        flicker=0.006,
    ),
    Stream(
        slug="cardhoarder",
        side=Side.RETAIL,
        currency="TIX",
        rounded=tickets,
        hour=12,
        repricing=0.4,
        drift=0.006,
        silent_day=71,
        flicker=0.012,
    ),
)
