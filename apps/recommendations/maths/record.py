"""How good advice was: hit rate, returns and calibration over many outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .scoring import HOLD

Array = NDArray[Any]

MISS, HIT, NO_DATA = 0, 1, 2
# The price at issue, in whole units of its currency: from each bound to the next.
PRICE_BANDS = (0, 2, 5, 20, 100)
# Stated confidence, in shares of one.
CONFIDENCE_BINS = (0.0, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
# Of fewer outcomes nothing is concluded.
ENOUGH = 30
# Of a normal distribution: 19 of 20 lie within so many deviations.
_Z = 1.959964


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Scored recommendations as columns of one length.

    `result` is HIT, MISS or NO_DATA; returns are ratios, NaN without data, `excess`
    also without an index. `day` numbers the days of issue, `version` the rules.
    """

    kind: Array
    horizon: Array
    version: Array
    day: Array
    price: Array
    confidence: Array
    result: Array
    gross: Array
    net: Array
    excess: Array
    peak: Array
    drawdown: Array

    def __len__(self) -> int:
        return len(self.kind)

    def where(self, chosen: Array) -> Outcomes:
        columns = {name: getattr(self, name)[chosen] for name in self.__slots__}
        return Outcomes(**columns)

    @property
    def band(self) -> Array:
        """Which of PRICE_BANDS each price is in; `price` is in thousandths."""
        bounds = 1000 * np.array(PRICE_BANDS)
        return np.searchsorted(bounds, self.price, side="right") - 1


def joined(parts: Sequence[Outcomes]) -> Outcomes:
    """All rows of `parts`, in their order."""
    names = Outcomes.__slots__
    return Outcomes(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in names}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of some outcomes. Returns are ratios, None where there is nothing to average.

    `net_error` is the standard error of the mean net return, with each day of issue
    counted as one observation: advice of the same day shares its luck.
    """

    calls: int
    scored: int
    no_data: int
    hits: int
    hit_rate: float | None
    mean_net: float | None
    median_net: float | None
    net_error: float | None
    mean_gross: float | None
    mean_excess: float | None
    mean_peak: float | None
    mean_drawdown: float | None
    mean_confidence: float | None

    @property
    def beats_no_change(self) -> bool:
        """Better than doing nothing, by more than two standard errors of luck, over
        enough outcomes for those to mean anything."""
        if self.mean_net is None or self.net_error is None or self.scored < ENOUGH:
            return False
        return self.mean_net > 2 * self.net_error


def figures(outcomes: Outcomes) -> Figures:
    scored = outcomes.where(outcomes.result != NO_DATA)
    hits = int(np.count_nonzero(scored.result == HIT))
    return Figures(
        calls=len(outcomes),
        scored=len(scored),
        no_data=len(outcomes) - len(scored),
        hits=hits,
        hit_rate=hits / len(scored) if len(scored) else None,
        mean_net=_mean(scored.net),
        median_net=float(np.median(scored.net)) if len(scored) else None,
        net_error=_error_by_day(scored),
        mean_gross=_mean(scored.gross),
        mean_excess=_mean(scored.excess),
        mean_peak=_mean(scored.peak),
        mean_drawdown=_mean(scored.drawdown),
        mean_confidence=_mean(scored.confidence),
    )


def _mean(values: Array) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else None


def _error_by_day(outcomes: Outcomes) -> float | None:
    """Of the mean, clustered by day; None with fewer than two days."""
    _, day = np.unique(outcomes.day, return_inverse=True)
    days = day.max(initial=-1) + 1
    if days < 2:
        return None
    apart = outcomes.net - outcomes.net.mean()
    sums = np.bincount(day, apart, days)
    return float(np.sqrt((sums**2).sum() * days / (days - 1)) / len(outcomes))


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of the outcomes that share a value."""

    key: int
    figures: Figures


def grouped(outcomes: Outcomes, keys: Array) -> list[Group]:
    """Figures by key, ascending; keys without outcomes are left out."""
    return [
        Group(int(key), figures(outcomes.where(keys == key))) for key in np.unique(keys)
    ]


@dataclass(frozen=True, slots=True)
class Bin:
    """Advice with a confidence of [low, high): what was stated on average, how often
    it came true, and the 95 % interval (Wilson) of that share."""

    low: float
    high: float
    n: int
    stated: float
    happened: float
    least: float
    most: float


def calibration(outcomes: Outcomes) -> list[Bin]:
    """Stated confidence against what happened; bins without outcomes are left out."""
    return list(_bins(outcomes.where(outcomes.result != NO_DATA)))


def _bins(scored: Outcomes) -> Iterator[Bin]:
    edges = np.array(CONFIDENCE_BINS)
    place = np.clip(np.searchsorted(edges, scored.confidence, side="right"), 1, None)
    place = np.minimum(place, len(edges) - 1)
    for i in np.unique(place):
        inside = place == i
        n, hits = int(inside.sum()), int((scored.result[inside] == HIT).sum())
        stated = float(scored.confidence[inside].mean())
        bounds = float(edges[i - 1]), float(edges[i])
        yield Bin(*bounds, n, stated, hits / n, *wilson(hits, n))


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of `hits` in `n`."""
    share, z2 = hits / n, _Z**2
    middle = share + z2 / (2 * n)
    reach = _Z * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    scale = 1 + z2 / n
    least, most = (middle - reach) / scale, (middle + reach) / scale
    return max(0.0, float(least)), min(1.0, float(most))


def is_trade(outcomes: Outcomes) -> Array:
    """Which of them said to buy or to sell."""
    return outcomes.kind != HOLD
