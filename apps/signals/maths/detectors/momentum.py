"""MOMENTUM: the price has gone one way for a month, and further than it wanders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.signals.maths.panel import Panel
from apps.signals.maths.windows import count, mean, seen_at

from .base import Detected, Kind, Unit, Value, at_least, coverage, found, param, tail


@dataclass(frozen=True, slots=True)
class Params:
    window: int = param(30, "Days over which the change is measured")
    tolerance: int = param(7, "Days by which the price compared with may be older")
    recent: int = param(7, "Days in which the price must not have turned back")
    min_change: float = param(0.10, "Least change, as a share")
    min_score: float = param(1.5, "Least change, in typical steps of as many days")
    full_score: float = param(4.0, "Score at which the strength is 1")
    min_observations: int = param(15, "Least number of returns in the window")


def detect(panel: Panel, params: Params) -> Detected:
    then, age = seen_at(panel.close, params.window, params.tolerance)
    lately, _ = seen_at(panel.close, params.recent, params.tolerance)
    change = panel.now / then - 1
    returns = tail(panel.returns, params.window)
    n, step = count(returns), np.sqrt(mean(returns**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.log(panel.now / then) / (step * np.sqrt(age))
        path = np.abs(np.where(np.isnan(returns), 0.0, returns)).sum(axis=1)
        straight = np.abs(np.nansum(returns, axis=1)) / path
    turned = np.sign(panel.now - lately) * np.sign(change) < 0
    mask = (
        at_least(np.abs(change), params.min_change)
        & at_least(np.abs(score), params.min_score)
        & (n >= params.min_observations)
        & ~turned
    )
    window = tail(panel.close, params.window)
    return found(
        mask,
        direction=np.sign(change),
        strength=np.abs(score) / params.full_score,
        confidence=coverage(window) * (1 + straight) / 2,
        observations=count(window),
        values={"change": change, "score": score, "step": step},
    )


MOMENTUM = Kind(
    slug="MOMENTUM",
    name="Momentum",
    definition=(
        "The price differs from that of 30 days ago by 10 % or more, by at least one "
        "and a half times what steps of its size add up to in that time when they go "
        "either way by chance, and has not turned back in the last week. A single jump "
        "scores 1. Up speaks for a higher price, down for a lower one."
    ),
    strength="The score; 1 at four.",
    confidence=(
        "The share of days with an observation, less where the way was not straight."
    ),
    params=Params(),
    values=(
        Value("change", "Change in 30 days", Unit.CHANGE),
        Value("score", "Score", Unit.NUMBER),
        Value("step", "Typical step", Unit.RATE),
    ),
    detect=detect,
)
