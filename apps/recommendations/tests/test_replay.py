"""Day by day: the future reaches no decision, and every call is followed."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.recommendations.costs import default_costs
from apps.recommendations.maths.book import Book
from apps.recommendations.maths.reasons import in_words, reasons_of
from apps.recommendations.maths.record import HIT, NO_DATA
from apps.recommendations.maths.replay import (
    Calls,
    advise_by_day,
    day_number,
    levels_of,
    score,
    subjects_of,
)
from apps.recommendations.maths.scoring import SELL
from apps.recommendations.maths.versions import CURRENT

from .market import day, falling, observations

COSTS = default_costs("USD")
NOWHERE = levels_of({})


def replay(observed, first: int, last: int) -> list[Calls]:
    """The calls of each day."""
    book = Book(len(subjects_of(observed)))
    days = [day(i) for i in range(first, last + 1)]
    return [
        Calls.of(one) for one in advise_by_day(observed, days, CURRENT, COSTS, book)
    ]


def said(calls: Calls) -> list[tuple[float, ...]]:
    names = Calls.__slots__
    return list(zip(*(getattr(calls, name).tolist() for name in names), strict=True))


def sales(calls: Calls) -> Calls:
    return calls.where((calls.kind == SELL) & (calls.horizon == 30))


def test_a_falling_price_is_sold_and_the_sale_was_right():
    observed = observations([falling(90), [10.0] * 90])
    calls = sales(Calls.joined(replay(observed, 40, 40)))
    found = score(calls, observed, COSTS, NOWHERE)

    assert calls.variant.tolist() == [4]
    assert found.result.tolist() == [HIT]
    assert found.observed.tolist() == [day_number(day(70))]
    then = falling(90)[70] * 1000
    assert found.then.tolist() == pytest.approx([then])
    gross = then / (1000 * falling(90)[40]) - 1
    assert found.gross.tolist() == pytest.approx([gross])
    # Both sales pay the same fees: what is left is the fee's share of the fall.
    assert found.net.tolist() == pytest.approx([-0.8725 * gross])


def test_against_the_index_of_the_same_days():
    observed = observations([falling(90)])
    calls = sales(Calls.joined(replay(observed, 40, 40)))
    start = day_number(day(40))
    found = score(calls, observed, COSTS, levels_of({start: 100.0, start + 29: 90.0}))

    assert found.index.tolist() == pytest.approx([-0.1])
    assert found.excess.tolist() == pytest.approx([-0.1 - found.gross[0]])


def test_without_an_index_there_is_no_excess_but_an_outcome():
    observed = observations([falling(90)])
    calls = sales(Calls.joined(replay(observed, 40, 40)))
    found = score(calls, observed, COSTS, NOWHERE)

    assert np.isnan(found.excess).all()
    assert found.result.tolist() == [HIT]


def test_a_stream_that_became_another_tells_nothing():
    course = falling(90)
    observed = observations([course])
    calls = sales(Calls.joined(replay(observed, 40, 40)))
    broken = observations([course], breaks={1: [day(60)]})
    found = score(calls, broken, COSTS, NOWHERE)

    assert (found.result.tolist(), found.is_broken.tolist()) == ([NO_DATA], [True])
    after = observations([course], breaks={1: [day(71)]})
    assert score(calls, after, COSTS, NOWHERE).result.tolist() == [HIT]


def test_a_series_that_is_gone_tells_nothing():
    observed = observations([falling(90)])
    calls = sales(Calls.joined(replay(observed, 40, 40)))
    other = observations([falling(90)], marketplace_ids=np.array([2]))

    assert score(calls, other, COSTS, NOWHERE).result.tolist() == [NO_DATA]


def test_levels_are_those_of_the_nearest_day_before():
    at = levels_of({10: 100.0, 12: 110.0}, tolerance=3)
    found = at(np.array([9, 10, 11, 12, 15, 16]))

    assert found[1:5].tolist() == [100, 100, 110, 110]
    assert np.isnan(found[[0, 5]]).all()


def test_reasons_are_the_numbers_that_decided():
    observed = observations([falling(60)])
    book = Book(1)
    (one,) = advise_by_day(observed, [day(59)], CURRENT, COSTS, book)
    cell = (one.rows[0], 1)
    found = reasons_of(CURRENT, one.look, one.advice, cell, COSTS)

    signals = [reason for reason in found if reason["code"] == "SIGNAL"]
    assert {reason["signal"] for reason in signals} >= {"MOMENTUM", "TREND"}
    expected = next(reason for reason in found if reason["code"] == "EXPECTED")
    moves = [math.log1p(float(reason["move"])) for reason in signals]
    assert math.log1p(float(expected["move"])) == pytest.approx(sum(moves), abs=1e-3)
    words = in_words(found, 30)
    assert "Momentum down: change in 30 days −2" in words
    assert words.endswith("That is enough to act on.")


walks = st.lists(
    st.lists(st.integers(-60, 60), min_size=70, max_size=70), min_size=1, max_size=3
)


@settings(max_examples=25, deadline=None)
@given(walks, st.integers(45, 62), st.randoms(use_true_random=False))
def test_the_future_never_changes_a_past_decision(walks, cut, chance):
    """Neither cutting it off nor replacing it by another."""
    close = 30 * np.exp(np.cumsum(np.array(walks) / 1000, axis=1) * 2)
    whole = replay(observations(close), 40, cut)

    cut_off = replay(observations(close[:, : cut + 1]), 40, cut)
    other = close.copy()
    other[:, cut + 1 :] *= chance.uniform(0.01, 100)
    replaced = replay(
        observations(other, breaks={1: [day(cut + 1), day(cut + 5)]}), 40, cut
    )

    for one in (cut_off, replaced):
        assert list(map(said, one)) == list(map(said, whole))


def test_a_market_of_many_days_is_the_same_as_its_days_one_by_one():
    observed = observations([falling(70), falling(70, rate=1.012)])
    together = replay(observed, 40, 60)

    book = Book(2)
    alone = []
    for i in range(40, 61):
        known = observations(np.array(observed.close)[:, : i + 1])
        alone += map(Calls.of, advise_by_day(known, [day(i)], CURRENT, COSTS, book))

    assert list(map(said, alone)) == list(map(said, together))


def test_days_are_numbered_from_the_epoch():
    assert day_number(date(1970, 1, 2)) == 1


def test_cheap_variants_are_not_looked_at():
    dear = replace(CURRENT, least_price={"USD": 10**6})
    observed = observations([falling(60)])
    (one,) = advise_by_day(observed, [day(59)], dear, COSTS, Book(1))

    assert len(one.look.panel) == len(one.rows) == 0
