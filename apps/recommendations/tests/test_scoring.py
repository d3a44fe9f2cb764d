"""What advice comes to, by hand and by property."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recommendations.costs import costs_of
from apps.recommendations.maths.scoring import (
    BUY,
    HOLD,
    HORIZONS,
    SELL,
    Bounds,
    Costs,
    excess_returns,
    follow,
    is_hit,
    net_returns,
)
from mtgintel.core.constants import WINDOWS
from mtgintel.core.fees import NO_FEES, FeeProfile, default_profile, net_return

# 10 % to sell, 0.20 a card to buy and 0.30 to sell.
COSTS = Costs(1.0, 200.0, 0.9, -300.0)
FREE = costs_of(NO_FEES)
NAN = np.nan
prices = st.integers(500, 100_000)


def one(function, kind: int, price: float, then: float, costs: Costs = COSTS):
    found = function(np.array([kind]), np.array([price]), np.array([then]), costs)
    return found[0]


def test_buying_at_10_and_selling_at_15_by_hand():
    # Paid 10.20; 15 × 0.9 − 0.30 = 13.20 come back.
    assert one(net_returns, BUY, 10_000.0, 15_000.0) == pytest.approx(3 / 10.2)


def test_selling_at_10_instead_of_at_8_by_hand():
    # 8.70 now, 6.90 then: 1.80 more, of a price of 10.
    assert one(net_returns, SELL, 10_000.0, 8_000.0) == pytest.approx(0.18)


def test_holding_earns_nothing():
    assert one(net_returns, HOLD, 10_000.0, 20_000.0) == 0


def test_the_same_as_the_fee_calculator_says():
    profile = default_profile("USD")
    found = one(net_returns, BUY, 12_340.0, 23_450.0, costs_of(profile))

    expected = net_return(Decimal("12.34"), Decimal("23.45"), profile)
    assert round(100 * found, 2) == pytest.approx(float(expected), abs=0.01)


def test_between_the_bounds_no_trade_pays():
    bounds = Bounds.of(np.array([10_000.0]), COSTS)

    # (10.20 + 0.30) / 0.9, and 8.70 − 0.20.
    assert bounds.reach[0] == pytest.approx(11_666.667, abs=0.001)
    assert bounds.fall[0] == pytest.approx(8_500)


@pytest.mark.parametrize(
    ("kind", "then", "expected"),
    [
        (BUY, 11_666.0, False),
        (BUY, 11_667.0, True),
        (SELL, 10_000.0, False),
        (SELL, 9_999.0, True),
        (HOLD, 11_666.0, True),
        (HOLD, 11_667.0, False),
        (HOLD, 8_500.0, True),
        (HOLD, 8_499.0, False),
    ],
)
def test_hits(kind, then, expected):
    assert one(is_hit, kind, 10_000.0, then) == expected


@given(prices, prices)
def test_a_trade_hits_exactly_when_it_earned_something(price, then):
    for kind in (BUY, SELL):
        earned = one(net_returns, kind, float(price), float(then), FREE)
        assert one(is_hit, kind, float(price), float(then), FREE) == (earned > 0)


@given(prices, prices, st.integers(0, 99))
def test_no_purchase_loses_more_than_everything_and_what_sending_it_costs(
    price, then, percent
):
    costs = costs_of(FeeProfile(sell_percent=Decimal(percent)))
    assert one(net_returns, BUY, float(price), float(then), costs) >= -1


def test_excess_over_the_index_has_the_side_of_the_advice():
    kind = np.array([BUY, SELL, HOLD])
    found = excess_returns(kind, np.full(3, 0.1), np.full(3, 0.04))

    assert found[:2].tolist() == pytest.approx([0.06, -0.06])
    assert np.isnan(found[2])


def test_horizons_are_those_of_changes():
    days = {window.length.days: window.tolerance.days for window in WINDOWS.values()}

    assert {1: 2, **HORIZONS} == days


def course(values: list[float], horizon: int = 7, first: int = 0):
    """Of one series whose days are numbered from 100, issued on day `first`."""
    close = np.array([values])
    days = 100 + np.arange(len(values))
    columns = (np.array([first]), np.array([horizon]), np.array([10_000]))
    found = follow(close, days, np.array([0]), *columns)
    return found.observed[0], found.then[0], found.peak[0], found.drawdown[0]


def test_a_course_by_hand():
    # Up to 12, down to 9, 11 at the horizon; what comes after does not count.
    found = course([10, 11, 12, 9, 10, 10, 10.5, 11, 99])

    assert found[:2] == (7, 11_000)
    assert found[2:] == pytest.approx((0.2, -0.25))


def test_the_nearest_price_before_the_horizon_stands_for_it():
    observed, then, *_ = course([10, NAN, NAN, NAN, 11, NAN, NAN, NAN, 99])

    assert (observed, then) == (4, 11_000)


def test_no_price_within_the_tolerance_is_no_data():
    observed, then, peak, drawdown = course([10, 11, 11, 11, NAN, NAN, NAN, NAN, 99])

    assert observed == -1
    assert np.isnan([then, peak, drawdown]).all()


def test_a_course_begins_with_the_price_at_issue():
    """It was stated; the series may have been restated since."""
    _, _, peak, drawdown = course([30, 9, 9, 9, 9, 9, 9, 9])

    assert (peak, drawdown) == pytest.approx((0, -0.1))


@given(
    st.lists(st.integers(100, 1000) | st.just(NAN), min_size=14, max_size=20),
    st.integers(0, 5),
)
def test_a_course_does_not_know_what_comes_after_its_horizon(values, first):
    values[first] = 10
    cut = values[: first + 8]
    found = course([*cut, *[555.0] * 3], first=first)

    assert found == pytest.approx(course(cut, first=first), nan_ok=True)
    if found[0] >= 0:
        assert -1 <= found[3] <= 0 <= found[2]
        assert first < found[0] <= first + 7
