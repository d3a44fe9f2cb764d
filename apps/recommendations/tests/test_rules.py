"""What a rule says, by hand and by property."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recommendations.costs import costs_of, default_costs
from apps.recommendations.maths.rules import (
    CONTRADICTORY,
    FEES,
    HORIZON_DAYS,
    NOTHING,
    PAYS,
    Evidence,
    Rule,
    Standing,
    advise,
    student_t3,
)
from apps.recommendations.maths.scoring import BUY, HOLD, SELL
from apps.recommendations.maths.versions import CURRENT, RULES
from mtgintel.core.fees import NO_FEES

FREE = costs_of(NO_FEES)
DEAR = default_costs("USD")
WEIGHTS = {"UP": (0.1, 0.1), "DOWN": (0.1, 0.1)}
RULE = Rule(
    name="test",
    version=1,
    title="Test",
    about="",
    proven=frozenset({("USD", SELL, 30)}),
    weights=dict.fromkeys(HORIZON_DAYS, WEIGHTS),
    spread=dict.fromkeys(HORIZON_DAYS, 0.5),
)


def standing(**changes) -> Standing:
    """Of one variant that everything may be said about."""
    one = {
        "price": 10_000,
        "age": 0,
        "observed": 90,
        "volatility": 0.03,
        "copies": 10.0,
    }
    return Standing("USD", **{k: np.array([v]) for k, v in (one | changes).items()})


def advice(up: float = 0, down: float = 0, costs=FREE, rule=RULE, **changes):
    """(kind, expected net, confidence, why) of a month's advice."""
    evidence = Evidence(("UP", "DOWN"), np.array([[up], [-down]]))
    found = advise(rule, evidence, standing(**changes), costs)
    month = HORIZON_DAYS.index(30)
    return tuple(
        getattr(found, name)[0, month] for name in ("kind", "net", "confidence", "why")
    )


def test_a_rise_that_is_left_after_fees_is_a_purchase():
    kind, net, confidence, why = advice(up=1)

    assert (kind, why) == (BUY, PAYS)
    assert net == pytest.approx(np.exp(0.1) - 1)
    # ln 1.1 away, in units of 0.5 × 0.03 × √30.
    assert confidence == pytest.approx(student_t3(0.1 / (0.015 * np.sqrt(30))))


def test_a_fall_is_a_sale():
    kind, net, _, why = advice(down=1)

    assert (kind, why) == (SELL, PAYS)
    assert net == pytest.approx(1 - np.exp(-0.1))


def test_a_rise_that_fees_eat_is_a_hold():
    kind, net, confidence, why = advice(up=1, costs=DEAR)

    assert (kind, net, why) == (HOLD, 0, FEES)
    assert confidence >= RULE.least_confidence


def test_contradictory_signals_are_no_trade():
    kind, _, _, why = advice(up=1, down=0.6)

    assert kind in (HOLD, NOTHING)
    assert why == CONTRADICTORY


def test_no_signals_are_no_advice():
    assert advice()[0] == NOTHING


@pytest.mark.parametrize(
    "floor",
    [
        {"price": 1_999},
        {"observed": 19},
        {"age": 4},
        {"copies": 2.0},
    ],
)
def test_below_a_floor_nothing_is_said(floor):
    assert advice(up=1)[0] == BUY
    assert advice(up=1, **floor)[0] == NOTHING


def test_nobody_telling_copies_is_not_few():
    assert advice(up=1, copies=np.nan)[0] == BUY


def test_an_unsure_rise_is_no_purchase():
    kind, _, confidence, _ = advice(up=1, volatility=0.5)

    assert kind == NOTHING
    assert confidence < RULE.least_confidence


def test_more_than_is_believed_is_not_expected():
    believing = replace(RULE, most=0.05)

    assert advice(up=1, rule=believing)[1] == pytest.approx(np.exp(0.05) - 1)


leans = st.floats(0, 1)


@given(leans, leans, st.integers(500, 500_000), st.floats(0, 0.3))
def test_every_advice_keeps_to_the_floors(up, down, price, volatility):
    for costs in (FREE, DEAR):
        kind, net, confidence, _ = advice(
            up, down, costs, price=price, volatility=volatility
        )
        assert 0 <= confidence <= 1
        if kind in (BUY, SELL):
            assert price >= RULE.least_price["USD"]
            assert confidence >= RULE.least_confidence
            assert net >= RULE.least_net
            assert (kind == BUY) == (up > down)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_the_distribution_rises_from_0_to_1(a, b):
    low, high = sorted((a, b))

    assert 0 <= student_t3(np.array(low)) <= student_t3(np.array(high)) <= 1


def test_the_distribution_at_a_known_point():
    # The 95th percentile of Student's t with 3 degrees of freedom is 2.3534.
    assert student_t3(np.array(2.353363)) == pytest.approx(0.95, abs=1e-6)


def test_only_what_a_backtest_speaks_for_is_not_experimental():
    assert not RULE.is_experimental("USD", SELL, 30)
    assert RULE.is_experimental("USD", SELL, 7)
    assert RULE.is_experimental("EUR", SELL, 30)
    assert not RULE.is_experimental("EUR", HOLD, 30)


def test_rules_have_parameters_for_every_horizon():
    assert CURRENT in RULES.values()
    for rule in RULES.values():
        assert set(rule.weights) == set(rule.spread) == set(HORIZON_DAYS)
