"""Replaying the past with what was known on each day of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from apps.market.selectors import index_levels
from apps.recommendations.costs import default_costs
from apps.recommendations.maths.book import Book
from apps.recommendations.maths.record import Outcomes, joined
from apps.recommendations.maths.replay import (
    Calls,
    Levels,
    advise_by_day,
    day_number,
    levels_of,
    outcomes_of,
    score,
    subjects_of,
)
from apps.recommendations.maths.rules import HORIZON_DAYS, Rule
from apps.recommendations.maths.scoring import Costs
from apps.signals.maths.panel import Observations
from apps.signals.selectors import load_observations
from mtgintel.core.constants import Currency

_DAY = timedelta(days=1)


def backtest(
    first: date,
    last: date,
    rule: Rule,
    currencies: Sequence[str] = tuple(Currency.values),
) -> Outcomes:
    """What a rule would have advised on the days `first` to `last`, one standing call
    per subject and horizon, and what became of it; nothing is written.

    Only calls whose horizon is over by the newest day with prices are counted.
    """
    end = last + max(HORIZON_DAYS) * _DAY
    found = [
        part
        for currency in currencies
        for part in _of_currency(currency, first, last, end, rule)
    ]
    return joined(found) if found else _nothing()


def _of_currency(
    currency: str, first: date, last: date, end: date, rule: Rule
) -> Iterator[Outcomes]:
    costs = default_costs(currency)
    levels = index_of(currency, first, end)
    for observations in load_observations(first, end, [currency]):
        yield replay(observations, first, last, rule, costs, levels)


def index_of(currency: str, first: date, last: date) -> Levels:
    """The index of the whole market."""
    points = index_levels(start=first - 7 * _DAY, end=last, currency=currency)
    return levels_of({day_number(one.day): float(one.level) for one in points})


def replay(
    observations: Observations,
    first: date,
    last: date,
    rule: Rule,
    costs: Costs,
    levels: Levels,
) -> Outcomes:
    """The same for some cards."""
    days = [first + i * _DAY for i in range((last - first).days + 1)]
    calls = calls_of_days(observations, days, rule, costs)
    calls = calls.where(calls.day + calls.horizon <= _newest(observations))
    return outcomes_of(calls, score(calls, observations, costs, levels), rule.version)


def calls_of_days(
    observations: Observations, days: Sequence[date], rule: Rule, costs: Costs
) -> Calls:
    """What a rule says on each of `days`, of cards nothing was said of before."""
    book = Book(len(subjects_of(observations)))
    return Calls.joined(
        [Calls.of(one) for one in advise_by_day(observations, days, rule, costs, book)]
    )


def _newest(observations: Observations) -> int:
    """The number of the last day on which anything was seen."""
    seen = np.flatnonzero((~np.isnan(observations.close)).any(axis=0))
    last: date = observations.days[seen[-1]].item()
    return day_number(last)


def _nothing() -> Outcomes:
    return Outcomes(**{name: np.zeros(0) for name in Outcomes.__slots__})
