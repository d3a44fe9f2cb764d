"""Windows over matrices whose columns are days and whose gaps are NaN.

A day on which nothing was seen says nothing: it is neither a return of zero nor the
price of the day before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# A return over more days than this is not taken for one of single days.
LONGEST_GAP = 7


def last_seen(values: Array) -> tuple[Array, Array]:
    """The last value of each row and how many columns before the end it stands.

    NaN and the number of columns for a row without any.
    """
    return seen_at(values, 0, values.shape[1])


def seen_at(values: Array, back: int, tolerance: int) -> tuple[Array, Array]:
    """The nearest value of each row at or before the column `back` from the end.

    And how many columns before the end that is. NaN when it is more than `tolerance`
    columns further back.
    """
    n, d = values.shape
    end = d - back
    if end <= 0:
        return np.full(n, np.nan), np.full(n, d)
    part = values[:, max(0, end - 1 - tolerance) : end]
    seen = ~np.isnan(part[:, ::-1])
    away = np.argmax(seen, axis=1)
    found = part[np.arange(n), part.shape[1] - 1 - away]
    return found, np.where(np.isnan(found), d, back + away)


def count(values: Array) -> Array:
    """How many columns of each row have a value."""
    return np.count_nonzero(~np.isnan(values), axis=1)


def mean(values: Array) -> Array:
    """Of what was seen in each row; NaN of nothing."""
    n = count(values)
    total = np.where(np.isnan(values), 0.0, values).sum(axis=1)
    return np.divide(total, n, out=np.full(len(values), np.nan), where=n > 0)


def deviation(values: Array) -> Array:
    """The sample standard deviation of what was seen in each row; NaN of one value."""
    n = count(values)
    away = values - mean(values)[:, None]
    squares = np.where(np.isnan(away), 0.0, away * away).sum(axis=1)
    variance = np.divide(squares, n - 1, out=np.full(len(values), np.nan), where=n > 1)
    return np.sqrt(variance)


def highest(values: Array) -> Array:
    """The largest of what was seen in each row; NaN of nothing."""
    return np.fmax.reduce(values, axis=1, initial=np.nan)


def lowest(values: Array) -> Array:
    """The smallest of what was seen in each row; NaN of nothing."""
    return np.fmin.reduce(values, axis=1, initial=np.nan)


def daily_returns(values: Array) -> Array:
    """The logarithmic return that ends in each column, per day; NaN where none does.

    Between two neighbouring observations k days apart it is ln(p / q) / √k, which has
    the variance of one day's if those are independent; beyond LONGEST_GAP there is
    none.
    """
    n, d = values.shape
    seen = ~np.isnan(values)
    column = np.arange(d)
    newest = np.maximum.accumulate(np.where(seen, column, -1), axis=1)
    before = np.full((n, d), -1)
    before[:, 1:] = newest[:, :-1]
    gap = column - before
    has_one = seen & (before >= 0) & (gap <= LONGEST_GAP)
    row, col = np.nonzero(has_one)
    found = np.full((n, d), np.nan)
    ratio = values[row, col] / values[row, before[row, col]]
    found[row, col] = np.log(ratio) / np.sqrt(gap[row, col])
    return found


def line(values: Array) -> tuple[Array, Array, Array]:
    """The least-squares line through each row against its columns: slope per column,
    the t-statistic of the slope, and R².

    NaN for fewer than three values. A row that lies on a slope exactly has an infinite
    t; one that is flat has t and R² 0.
    """
    seen = ~np.isnan(values)
    n = seen.sum(axis=1)
    x = np.where(seen, np.arange(values.shape[1], dtype=float), np.nan)
    dx = np.where(seen, x - mean(x)[:, None], 0.0)
    dy = np.where(seen, values - mean(values)[:, None], 0.0)
    # What is left of a flat row is the rounding of its mean.
    dy[np.abs(dy).max(axis=1, initial=0.0) < 1e-12] = 0.0
    sxx, sxy, syy = ((a * b).sum(axis=1) for a, b in ((dx, dx), (dx, dy), (dy, dy)))
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = sxy / sxx
        r2 = np.where(syy > 0, np.minimum(sxy * slope / syy, 1.0), 0.0)
        t = np.where(r2 > 0, np.sign(slope) * np.sqrt(r2 * (n - 2) / (1.0 - r2)), 0.0)
    enough = n >= 3
    return tuple(np.where(enough, one, np.nan) for one in (slope, t, r2))  # type: ignore[return-value]
