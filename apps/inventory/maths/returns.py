"""What a collection earned over some days: by time, and by the money in it.

Pure, without Django. Amounts are of one currency. A value is that of the end of its
day; what is paid for cards comes before it, what is received for them counts with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

Values = Sequence[tuple[date, Decimal]]

_HUNDREDTH = Decimal("0.01")
_YEAR = 365
# The growth over all days is looked for between e^-30 and e^30, in steps that keep two
# rates apart that somebody could tell apart.
_LIMIT = 30.0
_STEPS = 480
_HALVINGS = 80


@dataclass(frozen=True, slots=True)
class Flow:
    """What was paid for cards on a day, what was received for some, and how many more
    `copies` were held then (below 0: fewer)."""

    day: date
    paid: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Return:
    """The return over all the days in percent; None with a `reason` where there is
    none. `annual_percent` is the same for a year, of a year and more."""

    percent: Decimal | None
    reason: str = ""
    annual_percent: Decimal | None = None


NO_DAYS = Return(None, "it takes two days with a value")
NOTHING_HELD = Return(None, "nothing with a known cost was held")
NOTHING_PAID = Return(None, "nothing was paid or held at the start")
NO_RATE = Return(None, "no rate fits what came and went")
SEVERAL_RATES = Return(None, "several rates fit what came and went")


def time_weighted(values: Values, flows: Sequence[Flow]) -> Return:
    """The product of the days' growth: (value + received) / (value before + paid).

    A flow counts on the first day of `values` on or after its own; those up to the
    first of them are part of its value. Days before which nothing was held, and on
    which nothing was paid, have no growth and are left out.
    """
    if len(values) < 2:
        return NO_DAYS
    growth, links, waiting = 1.0, 0, _within(values, flows)
    before = values[0][1]
    for day, value in values[1:]:
        paid = received = Decimal(0)
        while waiting and waiting[0].day <= day:
            flow = waiting.pop(0)
            paid, received = paid + flow.paid, received + flow.received
        if before + paid > 0:
            growth *= float((value + received) / (before + paid))
            links += 1
        before = value
    days = (values[-1][0] - values[0][0]).days
    return _return(growth, days) if links else NOTHING_HELD


def money_weighted(values: Values, flows: Sequence[Flow]) -> Return:
    """The rate at which what was held at first and what was paid would have grown to
    what was received and is held at last (XIRR)."""
    if len(values) < 2:
        return NO_DAYS
    moved = [(flow.day, flow.received - flow.paid) for flow in _within(values, flows)]
    (first, held_first), (last, held_last) = values[0], values[-1]
    return xirr([(first, -held_first), *moved, (last, held_last)])


def xirr(cash: Sequence[tuple[date, Decimal]]) -> Return:
    """The one rate at which all of `cash` is worth nothing together; what is paid is
    negative. Over the days from the first to the last of it, 365 to a year.

    Everything paid and nothing received is -100 %.
    """
    cash = [(day, amount) for day, amount in cash if amount]
    if not any(amount < 0 for _, amount in cash):
        return NOTHING_PAID
    first, last = min(day for day, _ in cash), max(day for day, _ in cash)
    days = (last - first).days
    if not any(amount > 0 for _, amount in cash):
        return _return(0.0, days)
    if not days:
        return NO_DAYS
    amounts = [(float(amount), (day - first).days / days) for day, amount in cash]
    # In shares of the largest: a sum of powers of e stays a number.
    largest = max(abs(amount) for amount, _ in amounts)

    def worth(growth: float) -> float:
        return sum(a / largest * math.exp(-growth * at) for a, at in amounts)

    roots = _roots(worth)
    if len(roots) != 1:
        return SEVERAL_RATES if roots else NO_RATE
    return _return(math.exp(roots[0]), days)


def _roots(worth: Callable[[float], float]) -> list[float]:
    """Where `worth` changes its sign, each found by halving."""
    points = [_LIMIT * (2 * step / _STEPS - 1) for step in range(_STEPS + 1)]
    signs = [(point, worth(point)) for point in points]
    found = []
    for (low, at_low), (high, at_high) in pairwise(signs):
        if at_low == 0:
            found.append(low)
        elif at_low * at_high < 0:
            found.append(_halved(worth, low, high, is_rising=at_high > 0))
    return found


def _halved(
    worth: Callable[[float], float], low: float, high: float, *, is_rising: bool
) -> float:
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if (worth(middle) > 0) == is_rising:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _within(values: Values, flows: Sequence[Flow]) -> list[Flow]:
    """Those after the first value and up to the last, in order."""
    first, last = values[0][0], values[-1][0]
    chosen = [flow for flow in flows if first < flow.day <= last]
    return sorted(chosen, key=lambda flow: flow.day)


def _return(growth: float, days: int) -> Return:
    annual = _percent(growth ** (_YEAR / days)) if days >= _YEAR else None
    return Return(_percent(growth), "", annual)


def _percent(growth: float) -> Decimal:
    return (100 * (Decimal(growth) - 1)).quantize(_HUNDREDTH, ROUND_HALF_UP)
