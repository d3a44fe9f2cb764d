"""Point-in-time features by hand, and that none of them sees the future."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.market.maths import features
from apps.market.maths.features import (
    counted,
    eras_of,
    first_row,
    held,
    highest,
    last_seen,
    later_return,
    lowest,
    past_return,
    trend,
    volatility,
)

NaN = np.nan


def row(*prices: float) -> np.ndarray:
    return np.array([prices], float)


def no_breaks(prices: np.ndarray) -> np.ndarray:
    return np.zeros(prices.shape, np.int32)


def same(found: np.ndarray, *expected: float) -> None:
    np.testing.assert_allclose(found, [expected], rtol=1e-12, atol=1e-12)


class TestEras:
    def test_a_break_parts_what_is_before_it_from_its_day_on(self):
        eras = eras_of([[], [2], [-1, 0, 1, 3, 9]], 4)
        assert eras.tolist() == [[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 2]]


class TestSeen:
    def test_no_older_than_the_tolerance(self):
        prices = row(NaN, 5, NaN, NaN, 7)
        assert last_seen(prices, 1).tolist() == [[-1, 1, 1, -1, 4]]
        same(held(prices, no_breaks(prices), 2), NaN, 5, 5, 5, 7)

    def test_not_across_a_break(self):
        prices = row(5, NaN, NaN)
        same(held(prices, eras_of([[2]], 3), 9), 5, 5, NaN)


class TestReturns:
    def test_nearest_at_or_before_within_the_tolerance(self):
        prices = row(10, NaN, NaN, 20, 40, NaN)
        # Two days before day 3 nothing was seen; day 0 is one day older.
        same(
            past_return(prices, no_breaks(prices), 2, 1),
            *(NaN, NaN, NaN, log(2), NaN, NaN),
        )
        same(
            past_return(prices, no_breaks(prices), 2, 0),
            *(NaN, NaN, NaN, NaN, NaN, NaN),
        )

    def test_later(self):
        prices = row(10, NaN, 20, NaN, 40)
        same(
            later_return(prices, no_breaks(prices), 3, 1),
            *(log(2), NaN, NaN, NaN, NaN),
        )
        same(
            later_return(prices, no_breaks(prices), 2, 1),
            *(log(2), NaN, log(2), NaN, NaN),
        )

    def test_later_is_unknown_beyond_the_last_day(self):
        prices = row(10, 20, 30)
        same(later_return(prices, no_breaks(prices), 3, 2), NaN, NaN, NaN)

    def test_neither_way_across_a_break(self):
        prices, eras = row(10, 20, 40, 80), eras_of([[2]], 4)
        same(past_return(prices, eras, 1, 0), NaN, log(2), NaN, log(2))
        same(later_return(prices, eras, 1, 0), log(2), NaN, log(2), NaN)


class TestVolatility:
    def test_by_hand(self):
        prices = row(1, 2, 1, NaN, 4, 8)
        found = volatility(prices, no_breaks(prices), 5, 2)
        # ln 2 and -ln 2 about 0; then with another ln 2, about ln 2 / 3.
        two = log(2) * sqrt(2)
        three = log(2) * sqrt((4 + 16 + 4) / 9 / 2)
        # On day 5 the window begins with day 1: the return of that day is in it.
        same(found, NaN, NaN, two, two, two, three)

    def test_the_window_forgets(self):
        prices = row(1, 2, 1, 1, 1)
        # The last two returns are 0.
        assert volatility(prices, no_breaks(prices), 2, 2)[0, 4] == 0

    def test_too_few(self):
        prices = row(1, 2, 1, 2)
        assert np.isnan(volatility(prices, no_breaks(prices), 30, 4)).all()

    def test_begins_anew_at_a_break(self):
        prices = row(1, 2, 1, 10, 10, 10)
        found = volatility(prices, eras_of([[3]], 6), 30, 2)
        same(found, NaN, NaN, log(2) * sqrt(2), NaN, NaN, 0)


class TestTrend:
    def test_by_hand(self):
        # Logs 0, 1, 2, 1: slope 2 / 5, residual 2 - 0.8.
        prices = np.exp(row(0, 1, 2, 1))
        found = trend(prices, no_breaks(prices), 4, 4)
        same(found.slope, NaN, NaN, NaN, 0.4)
        same(found.r_squared, NaN, NaN, NaN, 0.4)
        same(found.t, NaN, NaN, NaN, 0.4 / sqrt(1.2 / 2 / 5))

    def test_a_gap_keeps_its_days(self):
        prices = np.exp(row(0, NaN, 2, 3))
        found = trend(prices, no_breaks(prices), 4, 3)
        assert found.slope[0, 3] == pytest.approx(1)
        assert found.r_squared[0, 3] == pytest.approx(1)
        assert np.isnan(found.t[0, 3])

    def test_a_flat_price_has_a_slope_and_nothing_to_explain(self):
        prices = row(3, 3, 3)
        found = trend(prices, no_breaks(prices), 3, 3)
        assert found.slope[0, 2] == 0
        assert np.isnan([found.t[0, 2], found.r_squared[0, 2]]).all()

    def test_begins_anew_at_a_break(self):
        prices = row(1, 1, 1, 100, 100, 100)
        found = trend(prices, eras_of([[3]], 6), 6, 3)
        same(found.slope, NaN, NaN, 0, NaN, NaN, 0)


class TestGroups:
    VALUES = np.array([[NaN, 1.0], [2.0, 3.0], [NaN, 5.0]])
    STARTS = np.array([0, 2])

    def test_of_each_group(self):
        np.testing.assert_array_equal(
            lowest(self.VALUES, self.STARTS), [[2, 1], [NaN, 5]]
        )
        np.testing.assert_array_equal(
            highest(self.VALUES, self.STARTS), [[2, 3], [NaN, 5]]
        )
        assert counted(self.VALUES, self.STARTS).tolist() == [[1, 2], [0, 1]]
        assert first_row(self.VALUES, self.STARTS).tolist() == [[1, 0], [-1, 2]]


PRICES = st.lists(
    st.lists(
        st.one_of(st.just(NaN), st.integers(1, 50).map(float)), min_size=12, max_size=12
    ),
    min_size=1,
    max_size=4,
).map(np.array)
PAST = {
    "return": lambda prices, eras: past_return(prices, eras, 3, 1),
    "volatility": lambda prices, eras: volatility(prices, eras, 5, 2),
    "slope": lambda prices, eras: trend(prices, eras, 5, 3).slope,
    "t": lambda prices, eras: trend(prices, eras, 5, 3).t,
    "r_squared": lambda prices, eras: trend(prices, eras, 5, 3).r_squared,
    "held": lambda prices, eras: held(prices, eras, 2),
}


@pytest.mark.parametrize("name", PAST)
@settings(max_examples=40, deadline=None)
@given(prices=PRICES, known=st.integers(1, 11), broken=st.integers(1, 11))
def test_the_future_changes_no_feature(name, prices, known, broken):
    eras = eras_of([[broken]] * len(prices), 12)
    whole = PAST[name](prices, eras)[:, :known]
    cut = PAST[name](prices[:, :known], eras[:, :known])
    np.testing.assert_array_equal(whole, cut)


@settings(max_examples=40, deadline=None)
@given(prices=PRICES, factor=st.floats(0.01, 100))
def test_the_currency_unit_changes_nothing_relative(prices, factor):
    eras = no_breaks(prices)
    for name in ("return", "volatility", "slope"):
        np.testing.assert_allclose(
            PAST[name](prices * factor, eras), PAST[name](prices, eras), atol=1e-6
        )


def test_the_method_has_a_version():
    assert features.VERSION == 1
