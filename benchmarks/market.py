"""A market of any size that is shaped and moves as real ones do.

Calibrated to what was measured on real files: price quantiles per stream, how foils
stand to nonfoils, the share of prices that stay as they are from one day to the next,
the size of a change by price, and how often a price doubles within a week. The same
scale and seed make the same market.

Money is integer cents here, as the feeds' two decimals have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

PRINTINGS = 110_000
# The days of a history file, and the one that follows it.
HISTORY_DAYS = 90
DAYS = HISTORY_DAYS + 1

FINISHES = ("normal", "foil", "etched")
# Finishes that a printing comes in, and the share of printings that do.
_VERSIONS = (
    (("normal",), 0.385),
    (("normal", "foil"), 0.51),
    (("foil",), 0.085),
    (("normal", "foil", "etched"), 0.02),
)
_QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
# The logarithm of foil / nonfoil: its median is 2.24, and 12 % are below 1.
_FOIL_RATIO, _FOIL_SPREAD = np.log(2.24), np.log(2.24) / 1.175
# The logarithm of a change: its median, and sigma of its lognormal distribution, for
# cards of 1 to 5 and of 20 to 100.
_MOVE_PRICES = np.log([3.0, 25.0])
_MOVE_MEDIANS, _MOVE_SIGMAS = np.log([0.025, 0.011]), (0.85, 1.06)
# A price that doubles or halves within a day, in all its streams: 0.2 % of weeks each.
_SHOCK = 0.002 / 7
# Series that were listed before the history begins; the others join within it. With
# the days that are missing here and there, 700,000 series have 45 million points.
_LISTED_BEFORE, _MISSING = 0.458, 0.02
_BATCH = 4_000


@dataclass(frozen=True, slots=True)
class Stream:
    """A vendor's side as MTGJSON has it.

    `listed` is the share of printings in a finish that it lists, `still` the share of
    days without a change, `prices` its quantiles (None: those of the market, times
    `level`), `spread` how far it is from the market, `floor` the least it asks in
    cents.
    """

    slug: str
    provider: str
    side: str
    currency: str
    listed: float
    still: float
    spread: float
    prices: tuple[float, ...] | None = None
    level: float = 1.0
    floor: int = 2

    @property
    def game(self) -> str:
        return "mtgo" if self.currency == "TIX" else "paper"


_TREND = (0.02, 0.04, 0.11, 0.27, 1.21, 10.6, 86.0, 2000.0)
_ASKED = (0.35, 0.35, 0.49, 0.69, 3.49, 28.0, 120.0, 2500.0)
_PAID = (0.01, 0.02, 0.10, 0.63, 3.80, 26.0, 150.0, 1600.0)
STREAMS = (
    Stream("tcgplayer", "tcgplayer", "retail", "USD", 0.98, 0.688, 0.15, level=1.1),
    Stream(
        "cardkingdom",
        "cardkingdom",
        "retail",
        "USD",
        0.89,
        0.965,
        0.2,
        _ASKED,
        floor=35,
    ),
    Stream(
        "cardkingdom-buylist", "cardkingdom", "buylist", "USD", 0.65, 0.816, 0.3, _PAID
    ),
    Stream("cardmarket", "cardmarket", "retail", "EUR", 0.92, 0.735, 0.0),
    Stream("manapool", "manapool", "retail", "USD", 0.5, 0.6, 0.2, level=0.9),
    Stream("cardhoarder", "cardhoarder", "retail", "TIX", 0.22, 0.5, 0.5, level=0.3),
)


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some printings' series over all days, those of a printing side by side.

    `printing`, `stream` and `finish` (indexes) have a row per series; `cents` and
    `is_listed` a row per series and a column per day.
    """

    printing: Array
    stream: Array
    finish: Array
    cents: Array
    is_listed: Array


class Market:
    """`scale` 1 is the size of the real one."""

    def __init__(self, scale: float = 1, seed: int = 20_260_101) -> None:
        self.printings = max(round(PRINTINGS * scale), 1)
        self.seed = seed
        rng = np.random.default_rng([seed, 0])
        self.versions = rng.choice(
            len(_VERSIONS), self.printings, p=[share for _, share in _VERSIONS]
        )
        # A feed has the printings in an order of its own.
        self.order = rng.permutation(self.printings)
        self._series = self._listings(rng)

    def finishes(self, printing: int) -> tuple[str, ...]:
        return _VERSIONS[self.versions[printing]][0]

    @property
    def series(self) -> int:
        return len(self._series["printing"])

    def batches(self) -> Iterator[Batch]:
        """The whole market, some thousand printings at a time."""
        place = np.empty(self.printings, np.int64)
        place[self.order] = np.arange(self.printings)
        places = place[self._series["printing"]]
        in_order = np.argsort(places, kind="stable")
        bounds = np.arange(0, self.printings + _BATCH, _BATCH)
        edges = np.searchsorted(places[in_order], bounds)
        for number, (start, end) in enumerate(pairwise(edges)):
            yield self._batch(number, in_order[start:end])

    def _listings(self, rng: np.random.Generator) -> dict[str, Array]:
        """Every series: whose it is, and its price in cents to start from."""
        printing, finish, value = self._values(rng)
        columns: dict[str, list[Array]] = {
            name: [] for name in ("printing", "stream", "finish", "cents")
        }
        for number, stream in enumerate(STREAMS):
            noise = rng.normal(0, 1, len(printing))
            listed = rng.random(len(printing)) < stream.listed
            if stream.side == "buylist":
                # A shop buys what is worth buying.
                wish = np.argsort(np.argsort(value + noise)) / len(value)
                listed = wish >= 1 - stream.listed
            estimate = value[listed] + stream.spread * noise[listed]
            if stream.prices:
                ranks = (np.argsort(np.argsort(estimate)) + 0.5) / len(estimate)
                estimate = _at_quantiles(ranks, stream.prices)
            else:
                estimate += np.log(stream.level)
            cents = np.rint(np.exp(estimate) * 100).astype(np.int64)
            columns["printing"].append(printing[listed])
            columns["stream"].append(np.full(len(cents), number))
            columns["finish"].append(finish[listed])
            columns["cents"].append(np.maximum(cents, stream.floor))
        return {name: np.concatenate(parts) for name, parts in columns.items()}

    def _values(self, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """Printing, finish and the logarithm of the market's price of each."""
        ranks = (rng.permutation(self.printings) + 0.5) / self.printings
        nonfoil = _at_quantiles(ranks, _TREND)
        printings, finishes, values = [], [], []
        for code, name in enumerate(FINISHES):
            has_it = np.array([name in names for names, _ in _VERSIONS])
            chosen = np.flatnonzero(has_it[self.versions])
            ratio = rng.normal(_FOIL_RATIO, _FOIL_SPREAD, len(chosen))
            printings.append(chosen)
            finishes.append(np.full(len(chosen), code))
            values.append(nonfoil[chosen] + (ratio if code else 0))
        return (
            np.concatenate(printings),
            np.concatenate(finishes),
            np.concatenate(values),
        )

    def _batch(self, number: int, rows: Array) -> Batch:
        rng = np.random.default_rng([self.seed, 1, number])
        series = {name: column[rows] for name, column in self._series.items()}
        return Batch(
            series["printing"],
            series["stream"],
            series["finish"],
            cents=_moved(rng, series),
            is_listed=_listed(rng, len(rows)),
        )


def _at_quantiles(ranks: Array, prices: tuple[float, ...]) -> Array:
    """The logarithm of the price at each rank (0 to 1) of a distribution."""
    return np.interp(ranks, _QUANTILES, np.log(prices))


def _listed(rng: np.random.Generator, n: int) -> Array:
    """Which days a series is listed on: from its first day on, with gaps."""
    first = rng.integers(0, HISTORY_DAYS, n)
    first[rng.random(n) < _LISTED_BEFORE] = 0
    is_listed = np.arange(DAYS) >= first[:, None]
    is_listed &= rng.random((n, DAYS)) >= _MISSING
    return is_listed


def _moved(rng: np.random.Generator, series: dict[str, Array]) -> Array:
    """Prices day by day: mostly still, else drawn back to where the market is."""
    n = len(series["cents"])
    still = np.array([stream.still for stream in STREAMS])[series["stream"]]
    floor = np.array([stream.floor for stream in STREAMS])[series["stream"]]
    _, card = np.unique(series["printing"], return_inverse=True)
    cents = np.empty((n, DAYS), np.int64)
    cents[:, 0] = now = series["cents"].copy()
    anchor = np.log(now)
    for day in range(1, DAYS):
        shock = _shocks(rng, int(card.max()) + 1)[card]
        anchor += shock
        away = np.log(now) - anchor
        # Up or down; the further away from the market, the likelier back to it.
        back = rng.random(n) < np.minimum(0.5 + np.abs(away), 0.9)
        sign = np.where(back, -1, 1) * np.where(away >= 0, 1, -1)
        step = np.maximum(np.rint(now * np.expm1(_sizes(rng, now))), 1).astype(np.int64)
        moved = now + np.where(now + sign * step < floor, 1, sign) * step
        is_still = rng.random(n) < still
        jumped = np.maximum(np.rint(now * np.exp(shock)), floor).astype(np.int64)
        now = np.where(shock != 0, jumped, np.where(is_still, now, moved))
        cents[:, day] = now
    return cents


def _shocks(rng: np.random.Generator, printings: int) -> Array:
    """What happens to a printing in all streams at once, as a logarithm."""
    chance = rng.random(printings)
    size = np.log(2) + rng.exponential(0.25, printings)
    return np.where(
        chance < _SHOCK, size, np.where(chance < 2 * _SHOCK, -size, np.zeros(printings))
    )


def _sizes(rng: np.random.Generator, cents: Array) -> Array:
    """The logarithm of a change of prices, by how dear they are."""
    price = np.log(cents / 100)
    median = np.interp(price, _MOVE_PRICES, _MOVE_MEDIANS)
    sigma = np.interp(price, _MOVE_PRICES, _MOVE_SIGMAS)
    # No change of a day is a spike: those are the shocks.
    return np.minimum(np.exp(rng.normal(median, sigma)), 0.7)
