"""SUPPLY: fewer copies are on offer than there were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.signals.maths.panel import ALIVE_DAYS, Panel
from apps.signals.maths.windows import count, last_seen, mean

from .base import Detected, Kind, Unit, Value, at_least, coverage, found, param, tail


@dataclass(frozen=True, slots=True)
class Params:
    recent: int = param(7, "Days of the supply now")
    before: int = param(30, "Days before them that it is compared with")
    min_fall: float = param(0.3, "Least fall, as a share")
    full_fall: float = param(0.9, "Fall at which the strength is 1")
    min_copies: float = param(8, "Least number of copies before")
    min_recent: int = param(3, "Least number of observations now")
    min_before: int = param(10, "Least number of observations before")


def detect(panel: Panel, params: Params) -> Detected:
    now = tail(panel.copies, params.recent)
    before = tail(panel.copies, params.before, skip=params.recent)
    copies, copies_before = mean(now), mean(before)
    with np.errstate(divide="ignore", invalid="ignore"):
        fall = 1 - copies / copies_before
    mask = (
        at_least(fall, params.min_fall)
        & at_least(copies_before, params.min_copies)
        & (last_seen(panel.copies)[1] <= ALIVE_DAYS)
        & (count(now) >= params.min_recent)
        & (count(before) >= params.min_before)
    )
    return found(
        mask,
        direction=1,
        strength=fall / params.full_fall,
        confidence=np.minimum(coverage(now), coverage(before)),
        observations=count(now) + count(before),
        values={"fall": fall, "copies": copies, "before": copies_before},
    )


SUPPLY = Kind(
    slug="SUPPLY",
    name="Supply",
    definition=(
        "In the last week 30 % fewer copies were on offer than in the 30 days before, "
        "when there were 8 or more, in the preferred stream that tells how many. It "
        "speaks for a higher price."
    ),
    strength="The fall; 1 at nine tenths.",
    confidence="The share of days with an observation, in the worse covered window.",
    params=Params(),
    values=(
        Value("fall", "Fall", Unit.SHARE),
        Value("copies", "Copies on offer", Unit.COUNT),
        Value("before", "Copies before", Unit.COUNT),
    ),
    detect=detect,
)
