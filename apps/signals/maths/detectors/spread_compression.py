"""SPREAD_COMPRESSION: what is asked and what is paid have come closer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.signals.maths.panel import ALIVE_DAYS, Panel
from apps.signals.maths.windows import count, last_seen, mean

from .base import Detected, Kind, Unit, Value, at_least, coverage, found, param, tail


@dataclass(frozen=True, slots=True)
class Params:
    recent: int = param(7, "Days of the spread now")
    before: int = param(60, "Days before them that it is compared with")
    min_fall: float = param(0.1, "Least fall of the spread, as a share of the price")
    full_fall: float = param(0.4, "Fall at which the strength is 1")
    min_recent: int = param(3, "Least number of days with both prices now")
    min_before: int = param(20, "Least number of days with both prices before")


def detect(panel: Panel, params: Params) -> Detected:
    spread = 1 - panel.bid / panel.close
    both = ~np.isnan(spread)
    now = tail(spread, params.recent)
    before = tail(spread, params.before, skip=params.recent)
    spread_now, spread_before = mean(now), mean(before)
    fall = spread_before - spread_now
    changes = []
    for prices in (panel.bid, panel.close):
        logs = np.where(both, np.log(prices), np.nan)
        lately = mean(tail(logs, params.recent))
        changes.append(lately - mean(tail(logs, params.before, skip=params.recent)))
    bid_change, ask_change = changes
    middle = bid_change + ask_change
    mask = (
        at_least(fall, params.min_fall)
        & (last_seen(spread)[1] <= ALIVE_DAYS)
        & (count(now) >= params.min_recent)
        & (count(before) >= params.min_before)
    )
    return found(
        mask,
        direction=np.where(np.abs(middle) < 1e-9, 0, np.sign(middle)),
        strength=fall / params.full_fall,
        confidence=np.minimum(coverage(now), coverage(before)),
        observations=count(now) + count(before),
        values={
            "spread": spread_now,
            "before": spread_before,
            "bid_change": np.expm1(bid_change),
            "ask_change": np.expm1(ask_change),
        },
    )


SPREAD_COMPRESSION = Kind(
    slug="SPREAD_COMPRESSION",
    name="Spread compression",
    definition=(
        "The spread between the price and the best buylist, as a share of the price, "
        "was in the last week 10 points or more below that of the 60 days before. "
        "Where shops came up to the price it speaks for a higher one, where the price "
        "came down to them for a lower."
    ),
    strength="The fall of the spread; 1 at forty points.",
    confidence="The share of days with both prices, in the worse covered window.",
    params=Params(),
    values=(
        Value("spread", "Spread now", Unit.SHARE),
        Value("before", "Spread before", Unit.SHARE),
        Value("bid_change", "Buylist", Unit.CHANGE),
        Value("ask_change", "Price", Unit.CHANGE),
    ),
    detect=detect,
)
