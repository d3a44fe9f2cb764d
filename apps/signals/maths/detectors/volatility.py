"""VOLATILITY: the price has begun to jump about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.signals.maths.panel import Panel
from apps.signals.maths.windows import count, deviation

from .base import Detected, Kind, Unit, Value, at_least, coverage, found, param, tail


@dataclass(frozen=True, slots=True)
class Params:
    recent: int = param(14, "Days of the volatility now")
    before: int = param(60, "Days before them that it is compared with")
    min_ratio: float = param(2.0, "Least multiple of the volatility before")
    least: float = param(0.02, "Least volatility per day, as a share")
    calm: float = param(0.005, "A volatility before below this counts as this")
    full_ratio: float = param(8.0, "Multiple at which the strength is 1")
    min_recent: int = param(7, "Least number of returns now")
    min_before: int = param(30, "Least number of returns before")


def detect(panel: Panel, params: Params) -> Detected:
    now = tail(panel.returns, params.recent)
    before = tail(panel.returns, params.before, skip=params.recent)
    sigma, sigma_before = deviation(now), deviation(before)
    ratio = sigma / np.fmax(sigma_before, params.calm)
    mask = (
        at_least(sigma, params.least)
        & at_least(ratio, params.min_ratio)
        & (count(now) >= params.min_recent)
        & (count(before) >= params.min_before)
    )
    return found(
        mask,
        direction=0,
        strength=ratio / params.full_ratio,
        confidence=np.minimum(coverage(now), coverage(before)),
        observations=count(now) + count(before),
        values={"volatility": sigma, "before": sigma_before, "ratio": ratio},
    )


VOLATILITY = Kind(
    slug="VOLATILITY",
    name="Volatility",
    definition=(
        "The standard deviation of daily returns over the last 14 days is 2 % or more, "
        "and at least twice that of the 60 days before. It speaks for neither side."
    ),
    strength="The multiple of the volatility before; 1 at eight times.",
    confidence="The share of days with a return, in the worse covered window.",
    params=Params(),
    values=(
        Value("volatility", "Volatility", Unit.RATE),
        Value("before", "Volatility before", Unit.RATE),
        Value("ratio", "Multiple", Unit.NUMBER),
    ),
    detect=detect,
)
