"""What a collection consists of, and how much of it hangs on few cards.

Pure, without Django. Amounts are whole thousandths of one currency, in numpy arrays of
int64 that have an entry for each lot; sums are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_HUNDREDTH = Decimal("0.01")
_TEN_THOUSANDTH = Decimal("0.0001")
# Below which price (in thousandths) a band ends; the last one has no end.
BANDS = (1_000, 5_000, 20_000, 50_000, 100_000)
LARGEST = 10


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: its key, amount (thousandths) and percent of the whole."""

    key: int
    amount: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much of the value few cards are: `top_percent` of the LARGEST ten, the
    Herfindahl index (the sum of the squared shares: 1 / n where all n are alike, 1
    where there is one), and how many cards of equal value would have the same."""

    cards: int
    top_percent: Decimal
    herfindahl: Decimal
    effective: Decimal


def sums(keys: Array, amounts: Array) -> dict[int, int]:
    """{key: the sum of its amounts}."""
    found, places = np.unique(keys, return_inverse=True)
    totals = np.zeros(len(found), np.int64)
    np.add.at(totals, places, amounts)
    return dict(zip(found.tolist(), totals.tolist(), strict=True))


def bands(prices: Array) -> Array:
    """The band of each price: 0 below the first of BANDS, len(BANDS) from the last."""
    return np.searchsorted(np.array(BANDS), prices, side="right")


def allocation(amounts: Mapping[int, int]) -> list[Share]:
    """Everything that is worth something, the largest first."""
    whole = sum(amounts.values())
    return [
        Share(key, amount, _percent(amount, whole))
        for key, amount in sorted(amounts.items(), key=lambda one: (-one[1], one[0]))
        if amount > 0
    ]


def concentration(amounts: Iterable[int]) -> Concentration | None:
    """Of the amount of each card; None where nothing is worth anything."""
    ordered = sorted((one for one in amounts if one > 0), reverse=True)
    if not ordered:
        return None
    whole = sum(ordered)
    squares = sum(one * one for one in ordered)
    return Concentration(
        cards=len(ordered),
        top_percent=_percent(sum(ordered[:LARGEST]), whole),
        herfindahl=_rounded(Decimal(squares) / whole**2, _TEN_THOUSANDTH),
        effective=_rounded(Decimal(whole**2) / squares, _HUNDREDTH),
    )


def _percent(part: int, whole: int) -> Decimal:
    return _rounded(Decimal(100 * part) / whole, _HUNDREDTH)


def _rounded(number: Decimal, unit: Decimal) -> Decimal:
    return number.quantize(unit, ROUND_HALF_UP)
