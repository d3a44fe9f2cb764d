"""What the copies that went had cost, and what those cost that are left.

Copies are alike where card, finish, condition, language, grade and marks (signed,
altered, proxy, misprint) are the same. Copies that are alike and whose cost is in one
currency form a pool; alike copies of unknown cost are a pool of their own. So nothing
known is ever averaged with what is unknown or in another currency. A disposal takes
from the pool of the lot it names, whichever method is used:

- SPECIFIC: it takes the copies of the lot it names.
- FIFO: it takes the copies of its pool that were got first. Lots without a date came
  before all others; on one day they came in the order of their ids.
- AVERAGE: it takes copies at the average cost of what its pool held at that moment.

In a pool of unknown cost every cost is unknown, never zero. What is got on a day was
there before what went on that day, and a disposal that is dated before its lot counts
as of the day of the lot. The order of the rows does not matter. Costs add up exactly:
in each pool, that of the copies which went and of those which are left is that of all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import cast

SPECIFIC, FIFO, AVERAGE = "SPECIFIC", "FIFO", "AVERAGE"
_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Bought:
    """A lot: `quantity` copies got on a day (None: unknown) for `unit_cost` each (None:
    unknown). `goods` says what they are and is the same for copies that are alike."""

    id: int
    goods: Hashable
    quantity: int
    unit_cost: Decimal | None
    currency: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A disposal of copies of a lot."""

    id: int
    lot: int
    quantity: int
    on: date


@dataclass(slots=True)
class Basis:
    """Costs of all copies of a disposal, by its id, and of all copies that a lot has
    left, by its id; None where they are unknown."""

    gone: dict[int, Decimal | None] = field(default_factory=dict)
    held: dict[int, Decimal | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Pool:
    lots: list[Bought]
    disposals: list[Gone]


def basis(bought: Iterable[Bought], gone: Iterable[Gone], method: str) -> Basis:
    """The costs of disposals and of what is left. Raises KeyError for a disposal of a
    lot that is not among those `bought` or for an unknown method, ValueError where
    more went of a lot than there was."""
    cost_of = _METHODS[method]
    found = Basis()
    for pool in _pools(bought, gone):
        _check(pool)
        if pool.lots[0].unit_cost is None:
            found.gone |= dict.fromkeys(one.id for one in pool.disposals)
            found.held |= dict.fromkeys(one.id for one in pool.lots)
        else:
            cost_of(pool, found)
    return found


def _pools(bought: Iterable[Bought], gone: Iterable[Gone]) -> Iterator[_Pool]:
    lots = {lot.id: lot for lot in bought}
    pools: dict[Hashable, _Pool] = {}
    for lot in sorted(lots.values(), key=_came):
        pools.setdefault(_pool_of(lot), _Pool([], [])).lots.append(lot)
    for one in sorted(gone, key=lambda one: _went(one, lots[one.lot])):
        pools[_pool_of(lots[one.lot])].disposals.append(one)
    return iter(pools.values())


def _pool_of(lot: Bought) -> Hashable:
    return lot.goods, None if lot.unit_cost is None else lot.currency


def _came(lot: Bought) -> tuple[date, int]:
    return lot.on or date.min, lot.id


def _went(one: Gone, lot: Bought) -> tuple[date, int]:
    return max(one.on, lot.on or date.min), one.id


def _check(pool: _Pool) -> None:
    for lot_id, left in _left(pool).items():
        if left < 0:
            raise ValueError(f"{-left} more went of lot {lot_id} than there were")


def _left(pool: _Pool) -> dict[int, int]:
    """Copies that each lot has left, the lots in the order they came."""
    left = {lot.id: lot.quantity for lot in pool.lots}
    for one in pool.disposals:
        left[one.lot] -= one.quantity
    return left


def _cost(lot: Bought) -> Decimal:
    """Of a lot in a pool of known cost."""
    return cast(Decimal, lot.unit_cost)


def _specific(pool: _Pool, found: Basis) -> None:
    cost = {lot.id: _cost(lot) for lot in pool.lots}
    for one in pool.disposals:
        found.gone[one.id] = cost[one.lot] * one.quantity
    for lot_id, left in _left(pool).items():
        found.held[lot_id] = cost[lot_id] * left


def _fifo(pool: _Pool, found: Basis) -> None:
    layers = deque((lot.quantity, _cost(lot)) for lot in pool.lots)
    for one in pool.disposals:
        found.gone[one.id] = _take(layers, one.quantity)
    # The oldest lot that has copies left has the oldest copies.
    for lot_id, left in _left(pool).items():
        found.held[lot_id] = _take(layers, left)


def _take(layers: deque[tuple[int, Decimal]], wanted: int) -> Decimal:
    """The cost of the first copies, which are gone from `layers` then."""
    total = Decimal(0)
    while wanted:
        copies, cost = layers.popleft()
        taken = min(copies, wanted)
        total += taken * cost
        wanted -= taken
        if taken < copies:
            layers.appendleft((copies - taken, cost))
    return total


def _average(pool: _Pool, found: Basis) -> None:
    """Rounded to a thousandth; what is rounded away stays with the copies left."""
    lots, coming = {lot.id: lot for lot in pool.lots}, deque(pool.lots)
    copies, total = 0, Decimal(0)
    for one in pool.disposals:
        moment, _ = _went(one, lots[one.lot])
        while coming and _came(coming[0])[0] <= moment:
            lot = coming.popleft()
            copies, total = copies + lot.quantity, total + lot.quantity * _cost(lot)
        found.gone[one.id] = cost = _part(total, one.quantity, copies)
        copies, total = copies - one.quantity, total - cost
    for lot in coming:
        copies, total = copies + lot.quantity, total + lot.quantity * _cost(lot)
    for lot_id, left in _left(pool).items():
        found.held[lot_id] = cost = _part(total, left, copies)
        copies, total = copies - left, total - cost


def _part(total: Decimal, quantity: int, copies: int) -> Decimal:
    """The cost of `quantity` of `copies` that cost `total`."""
    if quantity == copies:
        return total
    return (total * quantity / copies).quantize(_THOUSANDTH, ROUND_HALF_UP)


_METHODS: Mapping[str, Callable[[_Pool, Basis], None]] = {
    SPECIFIC: _specific,
    FIFO: _fifo,
    AVERAGE: _average,
}
