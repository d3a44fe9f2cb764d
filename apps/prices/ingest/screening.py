"""Which prices are doubted: the rules of the quality gate, without a database.

A price is compared with the last one accepted of its own series. Where the two are far
apart, and where a series begins, other streams of the same card are asked; where none
of them can tell, the next days do. The thresholds and what they were chosen from are in
docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from mtgintel.core.money import SCALE

DAY_US = 86_400_000_000
# Up to this factor a series may move, or differ from other sources, unasked.
SIDEWAYS = 3.0
# A new series may be this far from the sources that are there.
NEWCOMER = 5.0
# Where there is nobody to ask, moves of up to this are believed; of a dear card less.
ALONE = 10.0
ALONE_AND_DEAR = 5.0
DEAR = 20 * SCALE
# A shop that pays more than this much of what it asks does not mean it.
ABOVE_RETAIL = 1.5
# A price paid from this much of what the same shop asks, and up to all of it, is one.
LEAST_BID = 0.1
# Below one unit of the currency prices are cents and their ratios say nothing: what is
# compared is at least this.
FLOOR = SCALE
# A later price within this factor of a held one says the same.
SAME_LEVEL = 1.5
# On how many days, the first included, a level must have been seen to be believed.
DAYS_TO_BELIEVE = 5
# An own price older than this says nothing about today's.
LOOK_BACK_US = 30 * DAY_US
# Nor does another source's that is older than this.
NEARBY_US = 3 * DAY_US

DISAGREES = "disagrees with the other sources"
LONE_JUMP = "jump no other source shares"
OVER_RETAIL = "buylist above the shop's own price"
OVERRIDDEN = "overridden by hand"


class Point(NamedTuple):
    """A price in thousandths at a moment in microseconds since the Unix epoch."""

    time: int
    price: int


class Witness(NamedTuple):
    """What another stream of the same card says at the moment in question.

    `before` is what it said when the series was last at the price it is compared with;
    0 when nothing is known. `is_comparable`: the same currency, another vendor, and
    the same side of the counter; the others can only tell of a move.
    """

    marketplace_id: int
    now: Point
    before: int
    is_comparable: bool


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a price is held, and what it was compared with."""

    reason: str
    previous: Point | None = None
    witnesses: tuple[Witness, ...] = ()
    median: int | None = None
    ratio: float = 1.0


def ratio(a: int, b: int) -> float:
    """a / b, either taken as at least one unit of the currency."""
    return max(a, FLOOR) / max(b, FLOOR)


def are_within(a: int, b: int, factor: float) -> bool:
    """Whether two prices are no further apart than `factor`, either way."""
    return 1 / factor <= ratio(a, b) <= factor


def judge(
    price: int,
    previous: Point | None,
    witnesses: Sequence[Witness],
    own_retail: int | None = None,
) -> Doubt | None:
    """Why a price is doubted, or None.

    `previous` is the last accepted price of its series, if there is a recent one;
    `own_retail` what the same vendor asks, for a price it pays.
    """
    rose = previous is None or ratio(price, previous.price) > ABOVE_RETAIL
    if own_retail is not None and rose and ratio(price, own_retail) > ABOVE_RETAIL:
        told = tuple(witnesses)
        return Doubt(OVER_RETAIL, previous, told, None, ratio(price, own_retail))
    if previous is None:
        return _against_others(price, None, witnesses, NEWCOMER)
    if (
        are_within(price, previous.price, SIDEWAYS)
        or (own_retail is not None and LEAST_BID <= price / own_retail <= 1)
        or any(_moved_alike(one, price, previous.price) for one in witnesses)
    ):
        return None
    if any(one.is_comparable for one in witnesses):
        return _against_others(price, previous, witnesses, SIDEWAYS)
    is_dear = max(price, previous.price) >= DEAR
    if are_within(price, previous.price, ALONE_AND_DEAR if is_dear else ALONE):
        return None
    told = tuple(witnesses)
    return Doubt(LONE_JUMP, previous, told, None, ratio(price, previous.price))


def _against_others(
    price: int, previous: Point | None, witnesses: Sequence[Witness], factor: float
) -> Doubt | None:
    comparable = tuple(one for one in witnesses if one.is_comparable)
    if not comparable:
        return None
    level = round(median(one.now.price for one in comparable))
    if are_within(price, level, factor):
        return None
    return Doubt(DISAGREES, previous, comparable, level, ratio(price, level))


def _moved_alike(witness: Witness, price: int, previous: int) -> bool:
    """Whether another stream went the same way, threefold or at least half as far."""
    if not witness.before:
        return False
    move, other = ratio(price, previous), ratio(witness.now.price, witness.before)
    if move < 1:
        move, other = 1 / move, 1 / other
    return other >= min(SIDEWAYS, move**0.5)


@dataclass(slots=True)
class Course:
    """One series as it is gone through in the order of time.

    `last` is the newest accepted price, `held` are those that wait for what the next
    days say, oldest first.
    """

    last: Point | None = None
    held: list[Point] = field(default_factory=list)

    def previous(self, time: int, since: int) -> Point | None:
        """What a price of `time` is compared with; nothing from before `since`."""
        last = self.last
        if last is None or last.time < max(time - LOOK_BACK_US, since):
            return None
        return last

    def accept(self, point: Point) -> tuple[list[Point], list[Point]]:
        """An accepted price decides those that were held: (right, wrong) ones."""
        self.last = point
        right: list[Point] = []
        wrong: list[Point] = []
        for held in self._recent(point.time):
            is_right = are_within(held.price, point.price, SAME_LEVEL)
            (right if is_right else wrong).append(held)
        self.held = []
        return right, wrong

    def hold(self, point: Point) -> bool:
        """Hold a price; whether its level has by now been seen for long enough."""
        self.held = [*self._recent(point.time), point]
        days = {
            held.time // DAY_US
            for held in self.held
            if are_within(held.price, point.price, SAME_LEVEL)
        }
        return len(days) >= DAYS_TO_BELIEVE

    def _recent(self, time: int) -> list[Point]:
        return [held for held in self.held if held.time >= time - LOOK_BACK_US]
