"""What was earned on what went, all years together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .sales import Sales, SalesQuery
from .values import LotsState


@dataclass(frozen=True, slots=True)
class Realised:
    """In one currency: the `gain` of the `with_gain` disposals whose proceeds and cost
    are known in it (None without any), and how many `others` brought something in it
    that had an unknown cost, or one in another currency."""

    gain: Decimal | None
    with_gain: int
    others: int


def realised_gain(user: Any, currency: str, lots: LotsState | None = None) -> Realised:
    """By the cost basis the owner prefers."""
    years = Sales(user, SalesQuery(currency=currency), lots).totals
    with_gain = sum(one.with_gain for one in years)
    gain = sum((one.gain for one in years), Decimal(0))
    others = sum(one.unknown_cost + one.other_currency for one in years)
    return Realised(gain if with_gain else None, with_gain, others)
