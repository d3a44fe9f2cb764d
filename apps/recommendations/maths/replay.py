"""Advising day by day with what was known then, and what became of it.

The same functions serve a single day, the history of a market, and a backtest: only
`Observations.upto(day)` reaches a rule, so no later day can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.signals.maths.panel import Observations

from .book import Book, Turn
from .look import Look, look, variant_numbers
from .record import HIT, MISS, NO_DATA, Outcomes
from .rules import HORIZON_DAYS, NOTHING, Advice, Rule, advise
from .scoring import (
    SCALE,
    Costs,
    Courses,
    excess_returns,
    follow,
    is_hit,
    net_returns,
)

Array = NDArray[Any]

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    return (day - _EPOCH).days


@dataclass(frozen=True, slots=True, eq=False)
class DayOfAdvice:
    """One day's turn: its calls are `turn.issued`, whose rows are subjects; `rows` are
    those subjects' rows in the day's look and advice."""

    day: date
    look: Look
    advice: Advice
    turn: Turn
    rows: Array


def subjects_of(observations: Observations) -> Array:
    """The variants there are any prices of, ascending."""
    return np.unique(variant_numbers(observations.card_ids, observations.finishes))


def advise_by_day(
    observations: Observations,
    days: Sequence[date],
    rule: Rule,
    costs: Costs,
    book: Book,
) -> Iterator[DayOfAdvice]:
    """Take `days` in their order; `book` is of `subjects_of(observations)`."""
    subjects = subjects_of(observations)
    for day in days:
        panel = observations.upto(day)
        # Most of a market is too cheap for any advice: it is not looked at.
        panel = panel.where(panel.now * SCALE >= rule.least_price[panel.currency])
        seen = look(panel, rule.kinds)
        advice = advise(rule, seen.evidence, seen.standing, costs)
        place = np.searchsorted(subjects, seen.variants)
        kind = np.full((len(subjects), len(HORIZON_DAYS)), NOTHING, np.int8)
        kind[place] = advice.kind
        turn = book.turn(day_number(day), kind)
        row_of = np.zeros(len(subjects), np.int64)
        row_of[place] = np.arange(len(place))
        yield DayOfAdvice(day, seen, advice, turn, row_of[turn.issued.row])


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Issued advice as columns; `day` is a day number, `price` in thousandths."""

    variant: Array
    marketplace: Array
    kind: Array
    horizon: Array
    day: Array
    price: Array
    confidence: Array

    def __len__(self) -> int:
        return len(self.variant)

    @classmethod
    def of(cls, one: DayOfAdvice) -> Calls:
        rows, column = one.rows, one.turn.issued.column
        panel = one.look.panel
        return cls(
            variant=one.look.variants[rows],
            marketplace=panel.marketplace_ids[rows],
            kind=one.advice.kind[rows, column],
            horizon=np.array(HORIZON_DAYS)[column],
            day=np.full(len(rows), day_number(one.day)),
            price=one.look.standing.price[rows],
            confidence=one.advice.confidence[rows, column],
        )

    def where(self, chosen: Array) -> Calls:
        return Calls(*(getattr(self, name)[chosen] for name in self.__slots__))

    @classmethod
    def joined(cls, parts: Sequence[Calls]) -> Calls:
        return cls(
            *(
                np.concatenate([getattr(part, name) for part in parts])
                for name in cls.__slots__
            )
        )


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What became of calls: columns as in `Outcomes`; `observed` is a day number, -1
    without data; `is_broken` says that the stream became another meanwhile."""

    result: Array
    observed: Array
    then: Array
    gross: Array
    net: Array
    index: Array
    excess: Array
    peak: Array
    drawdown: Array
    is_broken: Array


# The level of an index on the last of its days at or before a day number, NaN when
# that is too long ago.
Levels = Callable[[Array], Array]


def levels_of(points: Mapping[int, float], tolerance: int = 3) -> Levels:
    """From {day number: level}."""
    days = np.array(sorted(points), np.int64)
    values = np.array([points[day] for day in days.tolist()], float)

    def at(wanted: Array) -> Array:
        if not len(days):
            return np.full(len(wanted), np.nan)
        place = np.searchsorted(days, wanted, side="right") - 1
        nearest = np.maximum(place, 0)
        is_near = (place >= 0) & (days[nearest] >= wanted - tolerance)
        return np.where(is_near, values[nearest], np.nan)

    return at


def score(
    calls: Calls, observations: Observations, costs: Costs, levels: Levels
) -> Scores:
    """What became of calls whose horizons are over, in the series they were issued
    for. `observations` must reach from the first issue to the last horizon."""
    days = observations.days.astype("datetime64[D]").astype(np.int64)
    rows = _series(calls, observations)
    is_known = rows >= 0
    broken = is_known & _is_broken(calls, observations)
    courses = follow(
        observations.close,
        days,
        np.maximum(rows, 0),
        np.searchsorted(days, calls.day),
        calls.horizon,
        calls.price,
    )
    has_data = is_known & ~broken & (courses.observed >= 0)
    return _scores(calls, courses, has_data, broken, days, costs, levels)


def _series(calls: Calls, observations: Observations) -> Array:
    """The row of each call's series, -1 without one."""
    variant = variant_numbers(observations.card_ids, observations.finishes)
    keys = variant << 16 | observations.marketplace_ids.astype(np.int64)
    order = np.argsort(keys)
    wanted = calls.variant << 16 | calls.marketplace.astype(np.int64)
    if not len(keys):
        return np.full(len(calls), -1)
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    rows = order[place]
    return np.where(keys[rows] == wanted, rows, -1)


def _is_broken(calls: Calls, observations: Observations) -> Array:
    """Whether a call's stream became another between its issue and its horizon."""
    broken = np.zeros(len(calls), bool)
    for stream, began in observations.breaks.items():
        for day in map(day_number, began):
            crosses = (calls.day < day) & (day <= calls.day + calls.horizon)
            broken |= (calls.marketplace == stream) & crosses
    return broken


def _scores(  # noqa: PLR0913, PLR0917
    calls: Calls,
    courses: Courses,
    has_data: Array,
    broken: Array,
    days: Array,
    costs: Costs,
    levels: Levels,
) -> Scores:
    def known(values: Array) -> Array:
        return np.where(has_data, values, np.nan)

    price = calls.price.astype(float)
    then = known(courses.then)
    observed = np.where(has_data, days[np.maximum(courses.observed, 0)], -1)
    gross = then / price - 1
    index = levels(observed) / levels(calls.day) - 1
    hit = is_hit(calls.kind, price, np.nan_to_num(then), costs)
    return Scores(
        result=np.where(has_data, np.where(hit, HIT, MISS), NO_DATA),
        observed=observed,
        then=then,
        gross=gross,
        net=known(net_returns(calls.kind, price, then, costs)),
        index=known(index),
        excess=known(excess_returns(calls.kind, gross, index)),
        peak=known(courses.peak),
        drawdown=known(courses.drawdown),
        is_broken=broken,
    )


def outcomes_of(calls: Calls, scores: Scores, version: int = 0) -> Outcomes:
    """The columns that a track record is made of."""
    return Outcomes(
        kind=calls.kind,
        horizon=calls.horizon,
        version=np.full(len(calls), version),
        day=calls.day,
        price=calls.price,
        confidence=calls.confidence,
        result=scores.result,
        gross=scores.gross,
        net=scores.net,
        excess=scores.excess,
        peak=scores.peak,
        drawdown=scores.drawdown,
    )
