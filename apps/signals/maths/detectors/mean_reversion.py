"""MEAN_REVERSION: the price has left a level that it kept to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.signals.maths.panel import Panel
from apps.signals.maths.windows import count, deviation, line, mean

from .base import Detected, Kind, Unit, Value, at_least, coverage, found, param, tail


@dataclass(frozen=True, slots=True)
class Params:
    window: int = param(60, "Days of the level")
    skip: int = param(3, "Newest days that the level is without")
    min_score: float = param(2.5, "Least distance from it, in deviations")
    min_distance: float = param(0.08, "Least distance from it, as a logarithm")
    max_r2: float = param(0.3, "A line explains no more of it than this")
    least: float = param(0.01, "A deviation below this counts as this")
    full_score: float = param(8.0, "Deviations at which the strength is 1")
    min_observations: int = param(30, "Least number of prices in the level")


def detect(panel: Panel, params: Params) -> Detected:
    window = tail(panel.close, params.window, skip=params.skip)
    logs = np.log(window)
    level = mean(logs)
    distance = np.log(panel.now) - level
    score = distance / np.fmax(deviation(logs), params.least)
    r2 = line(logs)[2]
    n = count(window)
    mask = (
        at_least(np.abs(score), params.min_score)
        & at_least(np.abs(distance), params.min_distance)
        & ~(r2 > params.max_r2)
        & (n >= params.min_observations)
    )
    return found(
        mask,
        direction=-np.sign(distance),
        strength=np.abs(score) / params.full_score,
        confidence=coverage(window) * (1 - r2),
        observations=n,
        values={
            "distance": np.expm1(distance),
            "score": score,
            "level": np.exp(level),
        },
    )


MEAN_REVERSION = Kind(
    slug="MEAN_REVERSION",
    name="Mean reversion",
    definition=(
        "The price kept to a level for 60 days, without a trend, and is now 8 % or "
        "more and at least 2.5 standard deviations away from it. Above the level it "
        "speaks for a lower price, below for a higher one."
    ),
    strength="The distance in standard deviations; 1 at eight of them.",
    confidence="The share of days with an observation, less what a trend explains.",
    params=Params(),
    values=(
        Value("distance", "Distance from the level", Unit.CHANGE),
        Value("score", "Distance in deviations", Unit.NUMBER),
        Value("level", "Level", Unit.AMOUNT),
    ),
    detect=detect,
)
