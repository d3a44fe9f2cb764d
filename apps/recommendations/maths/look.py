"""What a rule is given to judge by: a panel's signals, and how its variants stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.signals.maths.detectors import KINDS, Detected
from apps.signals.maths.panel import FINISHES, Panel
from apps.signals.maths.windows import count, deviation, last_seen

from .rules import Evidence, Standing
from .scoring import SCALE

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A panel as a rule sees it, and the signals its evidence is made of.

    `places[kind]` is each variant's position in `detected[kind]`, -1 without a signal.
    """

    panel: Panel
    evidence: Evidence
    standing: Standing
    detected: dict[str, Detected]
    places: dict[str, Array]

    @property
    def variants(self) -> Array:
        """Each row's card id and finish as one number."""
        return variant_numbers(self.panel.card_ids, self.panel.finishes)


def variant_numbers(card_ids: Array, finishes: Array) -> Array:
    return card_ids.astype(np.int64) * FINISHES + finishes


def look(panel: Panel, kinds: Iterable[str] = tuple(KINDS)) -> Look:
    """The signals of `kinds` on a panel's last day, and how its variants stand."""
    detected = {slug: KINDS[slug](panel) for slug in kinds}
    places = {slug: _places(found, len(panel)) for slug, found in detected.items()}
    return Look(
        panel, _evidence(detected, len(panel)), _standing(panel), detected, places
    )


def _places(found: Detected, n: int) -> Array:
    places = np.full(n, -1)
    places[found.rows] = np.arange(len(found))
    return places


def _evidence(detected: dict[str, Detected], n: int) -> Evidence:
    lean = np.zeros((len(detected), n))
    for row, found in enumerate(detected.values()):
        lean[row, found.rows] = found.direction * found.strength * found.confidence
    return Evidence(tuple(detected), lean)


def _standing(panel: Panel) -> Standing:
    price, age = last_seen(panel.close)
    volatility = deviation(panel.returns)
    return Standing(
        currency=panel.currency,
        price=np.rint(np.nan_to_num(price) * SCALE).astype(np.int64),
        age=age,
        observed=count(panel.close),
        volatility=np.nan_to_num(volatility),
        copies=last_seen(panel.copies)[0],
    )
