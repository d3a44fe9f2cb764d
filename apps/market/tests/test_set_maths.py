"""What a complete set costs, by hand-worked numbers."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from apps.market.maths.chained import Closes
from apps.market.maths.sets import (
    Basket,
    Known,
    choose,
    grid,
    is_linked,
    known,
    tally,
)

DAY = timedelta(days=1)
TODAY = date(2026, 3, 10)
NOTHING = np.array([], int)


def prices(*rows: list[int]) -> np.ndarray:
    return np.array(rows, np.int32)


def on(day: date, *rows: list[int]) -> Known:
    return known([(day, prices(*rows))])


def basket(*places: int) -> Basket:
    """A card per column, of the set of that place."""
    return Basket(np.arange(len(places)), np.array(places), max(places) + 1)


class TestGrid:
    def test_rows_are_streams_and_columns_variants(self):
        closes = Closes.of(
            np.array([9, 4, 4, 7]), np.array([0, 1, 0, 1]), np.array([90, 41, 40, 71])
        )
        assert grid(closes, np.array([4, 9]), 2).tolist() == [[40, 90], [41, 0]]

    def test_without_cards(self):
        closes = Closes.of(np.array([9]), np.array([0]), np.array([90]))
        assert grid(closes, np.array([], int), 2).shape == (2, 0)


class TestKnown:
    def test_a_missing_price_is_looked_for_on_the_two_days_before(self):
        days = [
            (TODAY, prices([5, 0, 0, 0])),
            (TODAY - DAY, prices([4, 4, 0, 0])),
            (TODAY - 2 * DAY, prices([3, 3, 3, 0])),
            (TODAY - 3 * DAY, prices([2, 2, 2, 2])),
        ]
        found = known(days)
        assert found.price.tolist() == [[5, 4, 3, 0]]
        assert found.age.tolist() == [[0, 1, 2, 0]]

    def test_none_is_older_than_a_week(self):
        days = [(TODAY, prices([0])), (TODAY - 7 * DAY, prices([4]))]
        assert known(days).price.tolist() == [[4]]
        days = [(TODAY, prices([0])), (TODAY - 8 * DAY, prices([4]))]
        assert known(days).price.tolist() == [[0]]

    def test_none_is_carried_over_a_break(self):
        days = [(TODAY, prices([0], [0])), (TODAY - DAY, prices([4], [5]))]
        found = known(days, [NOTHING, np.array([0])])
        assert found.price.tolist() == [[0], [5]]

    def test_the_day_before_is_left_as_it_was(self):
        earlier = prices([4])
        known([(TODAY, prices([0])), (TODAY - DAY, earlier)])
        assert earlier.tolist() == [[4]]


class TestChoose:
    def test_the_most_preferred_stream_that_knows_a_price(self):
        found = choose(on(TODAY, [0, 7, 0], [8, 9, 0]))
        assert found.price.tolist() == [8, 7, 0]
        assert found.stream.tolist()[:2] == [1, 0]

    def test_an_older_price_of_a_preferred_stream_comes_first(self):
        days = [(TODAY, prices([0], [9])), (TODAY - DAY, prices([7], [8]))]
        found = choose(known(days))
        assert (found.price.tolist(), found.age.tolist()) == ([7], [1])


class TestTally:
    def test_by_hand(self):
        """Two sets: one of three cards of which one is new, one of a single card."""
        before = on(TODAY - DAY, [100, 200, 0, 50])
        today = on(TODAY, [110, 0, 300, 60])
        (found,) = tally(today, before, [basket(0, 0, 0, 1)], NOTHING)
        assert found.value.tolist() == [410, 60]
        assert found.priced.tolist() == [2, 1]
        assert found.matched.tolist() == [1, 1]
        assert (found.now.tolist(), found.before.tolist()) == ([110, 60], [100, 50])

    def test_carried_cards_are_counted_as_such(self):
        days = [(TODAY, prices([0, 5])), (TODAY - DAY, prices([4, 4]))]
        (found,) = tally(known(days), None, [basket(0, 0)], NOTHING)
        assert (found.value.tolist(), found.carried.tolist()) == ([9], [1])
        assert found.matched.tolist() == [0]

    def test_a_card_is_compared_in_one_stream(self):
        """The preferred stream is new: it gives the value, the other the comparison."""
        before = on(TODAY - DAY, [0], [100])
        today = on(TODAY, [300], [120])
        (found,) = tally(today, before, [basket(0)], NOTHING)
        assert found.value.tolist() == [300]
        assert (found.now.tolist(), found.before.tolist()) == ([120], [100])

    def test_nothing_is_compared_across_a_break_or_a_long_gap(self):
        today = on(TODAY, [110])
        (found,) = tally(today, on(TODAY - DAY, [100]), [basket(0)], np.array([0]))
        assert found.matched.tolist() == [0]
        for gap, matched in ((14, 1), (15, 0)):
            earlier = on(TODAY - gap * DAY, [100])
            (found,) = tally(today, earlier, [basket(0)], NOTHING)
            assert found.matched.tolist() == [matched]

    @given(
        st.lists(
            st.tuples(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 3)),
            min_size=1,
            max_size=30,
        ),
        st.integers(2, 9),
    )
    def test_all_prices_times_k_move_every_set_by_k(self, cards, k):
        """Exactly, as sums are of whole numbers; who joins is not compared."""
        then, extra, place = (np.array(column) for column in zip(*cards, strict=True))
        before = on(TODAY - DAY, list(then))
        today = on(TODAY, list(np.where(then, then * k, extra)))
        (found,) = tally(today, before, [basket(*place)], NOTHING)
        assert (found.now == k * found.before).all()
        assert (found.matched <= found.priced).all()
        assert found.value.sum() == today.price.sum()


def test_days_are_compared_by_at_least_half_of_the_cards_of_either():
    matched = np.array([0, 5, 5, 5, 4])
    priced = np.array([0, 5, 10, 11, 8])
    before = np.array([0, 5, 5, 5, 9])
    assert is_linked(matched, priced, before).tolist() == [
        *(False, True, True, False, False)
    ]
