"""What became of a recommendation, from the prices of its own series.

Prices of one currency, in a matrix of series by days where NaN is no price; outside it
in thousandths. Returns are ratios: 0.1 is ten percent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BUY, HOLD, SELL = 1, 0, -1
# Days, and how many days older the price at the end of them may be: as in the windows
# that changes are given for (mtgintel.core.constants.WINDOWS).
HORIZONS = {7: 3, 30: 7, 90: 14}
# Thousandths in a unit of a currency.
SCALE = 1000


@dataclass(frozen=True, slots=True)
class Costs:
    """What trading takes, per card: a price p costs `buy_factor` p + `buy_amount` to
    get and brings `sell_factor` p + `sell_amount`. Amounts are thousandths."""

    buy_factor: float
    buy_amount: float
    sell_factor: float
    sell_amount: float

    def cost(self, price: Array) -> Array:
        return self.buy_factor * price + self.buy_amount

    def proceeds(self, price: Array) -> Array:
        """Below zero where sending a card costs more than it brings."""
        return self.sell_factor * price + self.sell_amount


def net_returns(kind: Array, price: Array, then: Array, costs: Costs) -> Array:
    """What following an advice at `price` earned by the time the price was `then`.

    What a copy is worth is what selling it leaves, now and then. BUY: that then, less
    what the copy cost, over the cost. SELL, to who means to sell: what a sale now
    leaves more than one then would, of the price now. HOLD: nothing is traded.
    """
    cost, later = costs.cost(price), costs.proceeds(then)
    bought = (later - cost) / cost
    sold = (costs.proceeds(price) - later) / price
    return np.select([kind == BUY, kind == SELL], [bought, sold], 0.0)


def is_hit(kind: Array, price: Array, then: Array, costs: Costs) -> Array:
    """BUY, SELL: it earned something. HOLD: neither a purchase would have, nor selling
    and buying back."""
    bought = costs.proceeds(then) > costs.cost(price)
    back = costs.cost(then) < costs.proceeds(price)
    return np.select(
        [kind == BUY, kind == SELL], [bought, then < price], ~(bought | back)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """The prices between which no trade pays for its fees: above `reach` buying does,
    below `fall` selling and buying back."""

    reach: Array
    fall: Array

    @classmethod
    def of(cls, price: Array, costs: Costs) -> Bounds:
        reach = (costs.cost(price) - costs.sell_amount) / costs.sell_factor
        fall = (costs.proceeds(price) - costs.buy_amount) / costs.buy_factor
        return cls(reach, fall)


def excess_returns(kind: Array, gross: Array, index: Array) -> Array:
    """How much better than the index over the same days, before fees: whoever holds
    the index pays them too. Against it for a SELL; NaN for a HOLD."""
    return np.select(
        [kind == BUY, kind == SELL], [gross - index, index - gross], np.nan
    )


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """What prices did until the horizon, one row per recommendation.

    `observed` is the place of the day whose price stands for the horizon, -1 without
    one; then the others are NaN. `then` is that price, `peak` the highest over the
    price at issue less 1, `drawdown` the deepest fall below a high before it.
    """

    observed: Array
    then: Array
    peak: Array
    drawdown: Array


def follow(
    close: Array, days: Array, rows: Array, issued: Array, horizon: Array, price: Array
) -> Courses:
    """The course of the series `rows` of `close` (in units of the currency) from the
    day `issued` (a place in `days`, ascending day numbers) over `horizon` days; `price`
    is that at issue, in thousandths.

    The price at the horizon is the nearest observation at or before it, within the
    horizon's tolerance and after the day of issue.
    """
    found = Courses(
        np.full(len(rows), -1),
        *(np.full(len(rows), np.nan) for _ in range(3)),
    )
    keys = issued.astype(np.int64) * 1000 + horizon
    for key in np.unique(keys):
        chosen = np.flatnonzero(keys == key)
        start, length = divmod(int(key), 1000)
        due = int(days[start]) + length
        stop = int(np.searchsorted(days, due, side="right"))
        oldest = int(np.searchsorted(days, due - HORIZONS[length]))
        _follow_alike(
            close[rows[chosen], start:stop], max(oldest - start, 1), price[chosen]
        ).write(found, chosen, start)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Alike:
    """The courses of recommendations of the same day and horizon."""

    seen: Array
    last: Array
    path: Array
    price: Array

    def write(self, found: Courses, chosen: Array, start: int) -> None:
        rows = chosen[self.seen]
        path, price = self.path[self.seen], self.price[self.seen]
        last = self.last[self.seen]
        found.observed[rows] = start + last
        found.then[rows] = path[np.arange(len(path)), last]
        high = np.fmax.accumulate(path, axis=1)
        found.peak[rows] = high[:, -1] / price - 1
        found.drawdown[rows] = np.nanmin(path / high - 1, axis=1, initial=0.0)


def _follow_alike(path: Array, oldest: int, price: Array) -> _Alike:
    """`path` holds the prices from the day of issue to the horizon."""
    path = np.rint(path * SCALE)
    path[:, 0] = price
    is_there = ~np.isnan(path)
    last = path.shape[1] - 1 - np.argmax(is_there[:, ::-1], axis=1)
    return _Alike(last >= oldest, last, path, price.astype(float))
