"""The figures of a track record, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.recommendations.maths.record import (
    HIT,
    MISS,
    NO_DATA,
    Outcomes,
    calibration,
    figures,
    grouped,
    joined,
    wilson,
)
from apps.recommendations.maths.scoring import BUY, HOLD, SELL

NAN = np.nan


def outcomes(**columns) -> Outcomes:
    """Four purchases: two hits on day 1, a miss on day 2, and one without data."""
    four = {
        "kind": [BUY] * 4,
        "horizon": [7, 7, 30, 30],
        "version": [1] * 4,
        "day": [1, 1, 2, 2],
        "price": [1_999, 2_000, 20_000, 250_000],
        "confidence": [0.6, 0.7, 0.6, 0.9],
        "result": [HIT, HIT, MISS, NO_DATA],
        "gross": [0.3, 0.2, -0.1, NAN],
        "net": [0.2, 0.1, -0.2, NAN],
        "excess": [0.1, NAN, -0.1, NAN],
        "peak": [0.3, 0.3, 0.0, NAN],
        "drawdown": [0.0, -0.1, -0.2, NAN],
    }
    return Outcomes(**{name: np.array(x) for name, x in (four | columns).items()})


def test_figures_by_hand():
    found = figures(outcomes())

    assert (found.calls, found.scored, found.no_data, found.hits) == (4, 3, 1, 2)
    assert found.hit_rate == pytest.approx(2 / 3)
    assert found.mean_net == pytest.approx(0.1 / 3)
    assert found.median_net == pytest.approx(0.1)
    assert found.mean_gross == pytest.approx(0.4 / 3)
    assert found.mean_excess == pytest.approx(0)
    assert found.mean_peak == pytest.approx(0.2)
    assert found.mean_drawdown == pytest.approx(-0.1)
    assert found.mean_confidence == pytest.approx(1.9 / 3)


def test_the_error_counts_a_day_as_one_observation():
    # Days lie (0.2 + 0.1) − 2m and −0.2 − m from the mean m = 0.1 / 3.
    mean = 0.1 / 3
    squares = (0.3 - 2 * mean) ** 2 + (-0.2 - mean) ** 2

    assert figures(outcomes()).net_error == pytest.approx(np.sqrt(2 * squares) / 3)


def test_one_day_says_nothing_about_luck():
    found = figures(outcomes(day=[5] * 4))

    assert found.net_error is None
    assert not found.beats_no_change


@pytest.mark.parametrize(
    ("net", "times", "expected"),
    [
        ([0.2, 0.2, 0.2, NAN], 10, True),
        ([0.2, 0.2, 0.2, NAN], 9, False),
        ([0.2, 0.1, -0.2, NAN], 10, False),
    ],
)
def test_beats_no_change_by_more_than_luck_and_often_enough(net, times, expected):
    found = figures(joined([outcomes(net=net)] * times))

    assert found.beats_no_change is expected


def test_nothing_has_no_figures():
    found = figures(outcomes().where(np.zeros(4, bool)))

    assert found.calls == 0
    assert found.hit_rate is None
    assert found.mean_net is None


def test_price_bands_begin_at_their_bound():
    assert outcomes().band.tolist() == [0, 1, 3, 4]


def test_groups_add_up():
    every = outcomes()
    groups = grouped(every, every.horizon)

    assert [(one.key, one.figures.calls) for one in groups] == [(7, 2), (30, 2)]
    assert sum(one.figures.hits for one in groups) == figures(every).hits


def test_calibration_by_hand():
    low, high = calibration(outcomes())

    assert (low.low, low.high, low.n) == (0.6, 0.65, 2)
    assert (low.stated, low.happened) == (pytest.approx(0.6), 0.5)
    assert (high.low, high.n, high.happened) == (0.7, 1, 1.0)


def test_full_confidence_is_in_the_last_bin():
    (found,) = calibration(outcomes(confidence=[1.0] * 4))

    assert (found.high, found.n) == (1.0, 3)


def test_wilson_interval_of_two_in_three():
    least, most = wilson(2, 3)

    # 0.6667 and n = 3 in the textbook formula.
    assert (least, most) == (
        pytest.approx(0.2077, abs=1e-4),
        pytest.approx(0.9385, abs=1e-4),
    )


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_share(n, data):
    hits = data.draw(st.integers(0, n))
    least, most = wilson(hits, n)

    assert 0 <= least <= most <= 1
    assert least - 1e-12 <= hits / n <= most + 1e-12


def test_joined_keeps_everything():
    twice = joined([outcomes(), outcomes(kind=[SELL, HOLD, BUY, BUY])])

    assert len(twice) == 8
    assert twice.kind.tolist()[4:] == [SELL, HOLD, BUY, BUY]
