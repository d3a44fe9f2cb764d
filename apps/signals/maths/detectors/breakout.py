"""BREAKOUT: the price is where it has not been for three months."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.signals.maths.panel import Panel
from apps.signals.maths.windows import count, highest, lowest

from .base import Detected, Kind, Unit, Value, at_least, coverage, found, param, tail


@dataclass(frozen=True, slots=True)
class Params:
    window: int = param(87, "Days of the range")
    hold: int = param(3, "Newest days, which the range is without")
    margin: float = param(0.03, "Least distance beyond the range, as a share")
    full_margin: float = param(0.5, "Distance at which the strength is 1")
    min_observations: int = param(40, "Least number of prices in the range")


def detect(panel: Panel, params: Params) -> Detected:
    window = tail(panel.close, params.window, skip=params.hold)
    lately = tail(panel.close, params.hold)
    high, low = highest(window), lowest(window)
    above, below = panel.now / high - 1, low / panel.now - 1
    direction = np.where(above > 0, 1, -1)
    excess = np.fmax(above, below)
    bound = np.where(direction > 0, high, low)
    n = count(window)
    beyond = np.count_nonzero(
        (lately - bound[:, None]) * direction[:, None] > 0, axis=1
    )
    mask = at_least(excess, params.margin) & (n >= params.min_observations)
    return found(
        mask,
        direction=direction,
        strength=excess / params.full_margin,
        confidence=coverage(window) * beyond / params.hold,
        observations=n,
        values={"excess": excess, "high": high, "low": low},
    )


BREAKOUT = Kind(
    slug="BREAKOUT",
    name="Breakout",
    definition=(
        "The price is 3 % or more above the highest, or below the lowest, of the 90 "
        "days up to three days ago. Above speaks for a higher price, below for a lower."
    ),
    strength="The distance beyond the range; 1 at half its bound again.",
    confidence=(
        "The share of days with an observation, times the share of the last three that "
        "were beyond the range: a day's spike stays below a third."
    ),
    params=Params(),
    values=(
        Value("excess", "Beyond the range", Unit.SHARE),
        Value("high", "High before", Unit.AMOUNT),
        Value("low", "Low before", Unit.AMOUNT),
    ),
    detect=detect,
)
