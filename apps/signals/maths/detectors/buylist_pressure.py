"""BUYLIST_PRESSURE: a shop pays as much as it has not for three months."""

from __future__ import annotations

from dataclasses import dataclass

from apps.signals.maths.panel import ALIVE_DAYS, Panel
from apps.signals.maths.windows import count, highest, last_seen, mean

from .base import Detected, Kind, Unit, Value, at_least, coverage, found, param, tail


@dataclass(frozen=True, slots=True)
class Params:
    window: int = param(90, "Days before the last, whose high is reached")
    min_rise: float = param(0.05, "Least rise above the mean of those days")
    full_rise: float = param(0.5, "Rise at which the strength is 1")
    min_observations: int = param(20, "Least number of buylist prices before")


def detect(panel: Panel, params: Params) -> Detected:
    before = tail(panel.bid, params.window, skip=1)
    bid, age = last_seen(panel.bid)
    high, usual = highest(before), mean(before)
    rise = bid / usual - 1
    n = count(before)
    mask = (
        (bid >= high)
        & at_least(rise, params.min_rise)
        & (age <= ALIVE_DAYS)
        & (n >= params.min_observations)
    )
    return found(
        mask,
        direction=1,
        strength=rise / params.full_rise,
        confidence=coverage(before),
        observations=n,
        values={"bid": bid, "high": high, "rise": rise, "ratio": bid / panel.now},
    )


BUYLIST_PRESSURE = Kind(
    slug="BUYLIST_PRESSURE",
    name="Buylist pressure",
    definition=(
        "The best buylist price is at or above its highest of the 90 days before, and "
        "5 % or more above their mean: one that has not moved is no pressure. It "
        "speaks for a higher price."
    ),
    strength="The rise above the mean; 1 at a half.",
    confidence="The share of days with a buylist price.",
    params=Params(),
    values=(
        Value("bid", "Buylist now", Unit.AMOUNT),
        Value("high", "High before", Unit.AMOUNT),
        Value("rise", "Against the mean", Unit.CHANGE),
        Value("ratio", "Of the price", Unit.SHARE),
    ),
    detect=detect,
)
