"""What was known of a price at the end of a day, and what became of it later.

Pure: matrices in, matrices out. A matrix has a row for each series (one variant in one
stream) and a column for each UTC day, without gaps between the days; NaN stands for "no
price" and for "not known". Every function but `later_return` looks back only: what it
says of a day depends on the columns up to that day, whatever comes after.

`eras` has the same shape and numbers the stretches between the days on which a series
became another (see `eras_of`). Nothing is computed across such a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

VERSION = 1

# Sums of squares that are smaller than this are rounding, not movement.
_FLAT = 1e-12
# So large a share of a trend's movement at least is not the line's: below, the rest is
# rounding, and the t statistic would be noise over noise.
_EXACT_LINE = 1e-9


def eras_of(break_columns: Sequence[Sequence[int]], days: int) -> Array:
    """The eras of each series, int32 (series, days), from the columns at which it
    became another; a break before the first column (below 0) parts nothing."""
    eras = np.zeros((len(break_columns), days), np.int32)
    for row, columns in enumerate(break_columns):
        for column in columns:
            if 0 < column < days:
                eras[row, column:] += 1
    return eras


def last_seen(prices: Array, tolerance: int) -> Array:
    """The column of each day's newest price so far, int64; -1 where that is none, or
    more than `tolerance` days old."""
    days = np.arange(prices.shape[1])
    newest = np.maximum.accumulate(np.where(np.isnan(prices), -1, days), axis=1)
    return np.where(days - newest > tolerance, -1, newest)


def held(prices: Array, eras: Array, tolerance: int) -> Array:
    """Each day's newest price so far, if it is no more than `tolerance` days old."""
    return _of_one_era(prices, eras, last_seen(prices, tolerance))


def past_return(prices: Array, eras: Array, length: int, tolerance: int) -> Array:
    """ln(price / price `length` days before) of the days that have a price.

    Compared is the nearest price at or before that day, up to `tolerance` days older.
    """
    days = prices.shape[1]
    then = np.full(prices.shape, -1)
    if days > length:
        then[:, length:] = last_seen(prices, tolerance)[:, : days - length]
    return _log_ratio(prices, _of_one_era(prices, eras, then))


def later_return(prices: Array, eras: Array, length: int, tolerance: int) -> Array:
    """ln(price `length` days later / price) of the days that have a price.

    Compared is the nearest price at or before that later day, up to `tolerance` days
    older. NaN where the later day lies beyond the last column: nobody knows it yet.
    `tolerance` is below `length`, so that the later price is a later one.
    """
    days = prices.shape[1]
    later = np.full(prices.shape, -1)
    if days > length:
        later[:, : days - length] = last_seen(prices, tolerance)[:, length:]
    return _log_ratio(_of_one_era(prices, eras, later), prices)


def volatility(prices: Array, eras: Array, window: int, minimum: int) -> Array:
    """The standard deviation (n − 1) of the daily log returns over `window` days.

    A daily return needs a price on both of two days in a row. NaN with fewer than
    `minimum` of them. Per day, not annualised.
    """
    returns = past_return(prices, eras, 1, 0)
    known = ~np.isnan(returns)
    filled = np.where(known, returns, 0.0)
    start = _window_starts(eras, window)
    count = _windowed(known.astype(np.float64), start)
    total, squares = _windowed(filled, start), _windowed(filled * filled, start)
    enough = count >= max(minimum, 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = squares - total * total / count
        found = np.sqrt(_not_rounding(spread) / (count - 1))
    return np.where(enough, found, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Trend:
    """A straight line through the logs of the prices of a window.

    `slope` is in log units a day; `t` is slope over its standard error, NaN where the
    prices are all the same or lie on the line; `r_squared` is the share of their
    movement that the line explains, NaN where there is none.
    """

    slope: Array
    t: Array
    r_squared: Array


def trend(prices: Array, eras: Array, window: int, minimum: int) -> Trend:
    """Ordinary least squares of ln(price) on the day over the last `window` days.

    NaN with fewer than `minimum` prices.
    """
    known = ~np.isnan(prices)
    start = _window_starts(eras, window)
    x = np.where(known, np.arange(prices.shape[1], dtype=np.float64), 0.0)
    y = np.where(known, np.log(prices) - _first_log(prices), 0.0)
    n = _windowed(known.astype(np.float64), start)
    enough = n >= max(minimum, 3)
    sum_x, sum_y = _windowed(x, start), _windowed(y, start)
    with np.errstate(invalid="ignore", divide="ignore"):
        xx = _windowed(x * x, start) - sum_x * sum_x / n
        xy = _windowed(x * y, start) - sum_x * sum_y / n
        yy = _not_rounding(_windowed(y * y, start) - sum_y * sum_y / n)
        slope = np.where(yy > 0, xy / xx, 0.0)
        r_squared = np.where(yy > 0, np.minimum(slope * xy / yy, 1.0), np.nan)
        missed = 1 - r_squared
        error = np.sqrt(missed * yy / ((n - 2) * xx))
        t = np.where(missed > _EXACT_LINE, slope / error, np.nan)
    return Trend(*(np.where(enough, one, np.nan) for one in (slope, t, r_squared)))


def lowest(values: Array, starts: Array) -> Array:
    """Of each day the lowest value in each group of rows; NaN of a group without one.

    `starts` are the first rows of the groups, which follow one another."""
    return np.fmin.reduceat(values, starts, axis=0)


def highest(values: Array, starts: Array) -> Array:
    """Of each day the highest value in each group of rows, as `lowest`."""
    return np.fmax.reduceat(values, starts, axis=0)


def counted(values: Array, starts: Array) -> Array:
    """Of each day how many rows of each group have a value, int64."""
    return np.add.reduceat((~np.isnan(values)).astype(np.int64), starts, axis=0)


def first_row(values: Array, starts: Array) -> Array:
    """Of each day the first row of each group that has a value, int64; -1 for none."""
    rows = np.arange(len(values))[:, None]
    found = np.where(np.isnan(values), len(values), rows)
    first = np.minimum.reduceat(found, starts, axis=0)
    return np.where(first == len(values), -1, first)


def _taken(values: Array, columns: Array) -> Array:
    """The value in each column asked for, NaN for column -1."""
    found = np.take_along_axis(values, np.maximum(columns, 0), axis=1)
    return np.where(columns < 0, np.nan, found)


def _of_one_era(prices: Array, eras: Array, columns: Array) -> Array:
    """The prices in `columns`, but for those of another era."""
    found = _taken(prices, columns)
    same = np.take_along_axis(eras, np.maximum(columns, 0), axis=1) == eras
    return np.where(same, found, np.nan)


def _log_ratio(prices: Array, others: Array) -> Array:
    """ln(prices / others), 0 to the bit where they are equal."""
    return np.log(prices / others)


def _window_starts(eras: Array, window: int) -> Array:
    """The first column of the window that ends with each day, its era's at least."""
    days = np.arange(eras.shape[1])
    began = np.zeros(eras.shape, np.int64)
    began[:, 1:] = np.where(eras[:, 1:] != eras[:, :-1], days[1:], 0)
    first_of_era = np.maximum.accumulate(began, axis=1)
    return np.maximum(first_of_era, days - window + 1)


def _windowed(values: Array, start: Array) -> Array:
    """The sum of each day's window."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums[:, 1:] - np.take_along_axis(sums, start, axis=1)


def _not_rounding(squares: Array) -> Array:
    return np.where(squares < _FLAT, 0.0, squares)


def _first_log(prices: Array) -> Array:
    """The log of each series' first price, (series, 1): sums of squares of what is
    left lose no digits. Never one of a later day than is asked about."""
    first = np.argmax(~np.isnan(prices), axis=1)[:, None]
    return np.log(np.take_along_axis(prices, first, axis=1))
