"""TREND: the price follows a line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.signals.maths.panel import Panel
from apps.signals.maths.windows import count, line

from .base import Detected, Kind, Unit, Value, at_least, coverage, found, param, tail


@dataclass(frozen=True, slots=True)
class Params:
    window: int = param(30, "Days the line is drawn through")
    min_t: float = param(4.0, "Least t-statistic of the slope")
    min_r2: float = param(0.7, "Least share of the variance that the line explains")
    min_move: float = param(0.1, "Least move of the line over the window")
    full_t: float = param(30.0, "t-statistic at which the strength is 1")
    most_t: float = param(99.0, "A larger t-statistic is given as this")
    min_observations: int = param(15, "Least number of prices in the window")


def detect(panel: Panel, params: Params) -> Detected:
    window = tail(panel.close, params.window)
    slope, t, r2 = line(np.log(window))
    t = np.clip(t, -params.most_t, params.most_t)
    move = np.expm1(slope * (params.window - 1))
    n = count(window)
    mask = (
        at_least(np.abs(t), params.min_t)
        & at_least(r2, params.min_r2)
        & at_least(np.abs(slope) * (params.window - 1), np.log1p(params.min_move))
        & (n >= params.min_observations)
    )
    return found(
        mask,
        direction=np.sign(slope),
        strength=np.abs(t) / params.full_t,
        confidence=coverage(window) * r2,
        observations=n,
        values={"slope": slope, "t": t, "r2": r2, "move": move},
    )


TREND = Kind(
    slug="TREND",
    name="Trend",
    definition=(
        "A straight line through the logarithms of 30 days' prices explains 70 % of "
        "their variance or more, rises or falls by 10 % or more, and its slope has a "
        "t-statistic of at least 4. Prices of neighbouring days are not independent, "
        "so the t-statistic is no significance level; it only orders."
    ),
    strength="The t-statistic; 1 at thirty.",
    confidence="R², times the share of days with an observation.",
    params=Params(),
    values=(
        Value("slope", "Slope", Unit.RATE),
        Value("t", "t-statistic", Unit.NUMBER),
        Value("r2", "R²", Unit.NUMBER),
        Value("move", "Move of the line", Unit.CHANGE),
    ),
    detect=detect,
)
