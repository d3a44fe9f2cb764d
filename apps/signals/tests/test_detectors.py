"""Every kind of signal on prices worked by hand."""

from __future__ import annotations

from math import expm1, log, sqrt

import numpy as np
import pytest

from apps.signals.maths.detectors import KINDS

from .panels import only, panel


class TestMomentum:
    detect = staticmethod(KINDS["MOMENTUM"])

    def test_thirty_equal_steps(self):
        # Each of 1 %: their sum is √30 times what they would wander.
        found = only(self.detect(panel([[1.01**i for i in range(31)]])))
        assert found == {
            "direction": 1,
            "strength": 1.0,
            "confidence": 1.0,
            "observations": 30,
            "change": round(1.01**30 - 1, 4),
            "score": round(sqrt(30), 4),
            "step": round(log(1.01), 4),
        }

    def test_down(self):
        found = only(self.detect(panel([[0.98**i for i in range(31)]])))
        assert found["direction"] == -1

    def test_three_equal_jumps(self):
        prices = [10] * 10 + [11] * 10 + [12.1] * 10 + [13.31]
        found = only(self.detect(panel([prices])))
        assert found["score"] == round(sqrt(3), 4)
        assert found["strength"] == round(sqrt(3) / 4, 4)

    def test_one_jump_is_none(self):
        assert len(self.detect(panel([[10] * 20 + [20] * 11]))) == 0

    def test_nor_is_what_turned_back(self):
        up = [1.02**i for i in range(25)]
        assert (
            len(self.detect(panel([[*up, *[up[-1] * 0.99**i for i in range(6)]]]))) == 0
        )

    def test_nor_less_than_a_tenth(self):
        assert len(self.detect(panel([[1.003**i for i in range(31)]]))) == 0

    def test_nor_too_little(self):
        # 14 returns in the window, and the price it is compared with.
        rare = [1.01**i if i % 2 == 0 else None for i in range(31)]
        assert len(self.detect(panel([rare]))) == 1
        rare[2] = None
        assert len(self.detect(panel([rare]))) == 0


class TestVolatility:
    detect = staticmethod(KINDS["VOLATILITY"])

    @staticmethod
    def prices(before: float, lately: float) -> list[float]:
        steps = [0, *[before, -before] * 31, *[lately, -lately] * 7]
        return list(np.exp(np.cumsum(steps)) * 20)

    def test_ten_times_as_wild(self):
        found = only(self.detect(panel([self.prices(0.01, 0.1)])))
        assert found == {
            "direction": 0,
            "strength": 1.0,
            "confidence": 1.0,
            "observations": 74,
            "volatility": round(0.1 * sqrt(14 / 13), 4),
            "before": round(0.01 * sqrt(60 / 59), 4),
            "ratio": round(10 * sqrt(14 / 13 * 59 / 60), 4),
        }

    def test_no_more_than_before(self):
        assert len(self.detect(panel([self.prices(0.1, 0.1)]))) == 0

    def test_next_to_nothing_twice_over(self):
        assert len(self.detect(panel([self.prices(0.001, 0.01)]))) == 0

    def test_calm_before_counts_as_half_a_percent(self):
        found = only(self.detect(panel([self.prices(0.0, 0.02)])))
        assert found["ratio"] == round(0.02 * sqrt(14 / 13) / 0.005, 4)

    def test_too_little_before(self):
        prices = self.prices(0.01, 0.1)
        assert len(self.detect(panel([prices[-44:]]))) == 0


class TestTrend:
    detect = staticmethod(KINDS["TREND"])

    def test_straight_up(self):
        found = only(self.detect(panel([[1.01**i for i in range(30)]])))
        assert found == {
            "direction": 1,
            "strength": 1.0,
            "confidence": 1.0,
            "observations": 30,
            "slope": round(log(1.01), 4),
            "t": 99.0,
            "r2": 1.0,
            "move": round(expm1(29 * log(1.01)), 4),
        }

    def test_every_other_day_off_the_line(self):
        logs = np.array([0.01 * i + (0.05 if i % 2 else -0.05) for i in range(30)])
        x = np.arange(30) - 14.5
        slope = (x @ logs) / (x @ x)
        r2 = slope * (x @ logs) / ((logs - logs.mean()) @ (logs - logs.mean()))
        found = only(self.detect(panel([np.exp(logs)])))
        assert found["slope"] == round(slope, 4)
        assert found["r2"] == found["confidence"] == round(r2, 4)
        assert found["t"] == round(sqrt(r2 * 28 / (1 - r2)), 4)
        assert found["strength"] == round(sqrt(r2 * 28 / (1 - r2)) / 30, 4)

    def test_flat_is_none(self):
        assert len(self.detect(panel([[7.77] * 30, [0.1] * 30]))) == 0

    def test_a_straight_line_that_hardly_rises_is_none(self):
        assert len(self.detect(panel([[1.001**i for i in range(30)]]))) == 0

    def test_too_little(self):
        assert (
            len(self.detect(panel([[None] * 16 + [1.05**i for i in range(14)]]))) == 0
        )


class TestMeanReversion:
    detect = staticmethod(KINDS["MEAN_REVERSION"])
    # Around 10, ten percent up and down, which is a deviation of ln 1.1.
    level = (11, 10 / 1.1) * 30

    def test_below_its_level(self):
        found = only(self.detect(panel([[*self.level, 10, 10, 7]])))
        deviation = log(1.1) * sqrt(60 / 59)
        assert found == {
            "direction": 1,
            "strength": round(log(10 / 7) / deviation / 8, 4),
            "confidence": found["confidence"],
            "observations": 60,
            "distance": -0.3,
            "score": round(log(0.7) / deviation, 4),
            "level": 10.0,
        }
        # A zigzag of sixty days leaves a line next to nothing.
        assert found["confidence"] > 0.99

    def test_above_its_level_speaks_for_a_lower_price(self):
        assert only(self.detect(panel([[*self.level, 10, 10, 15]])))["direction"] == -1

    def test_a_price_that_never_moved(self):
        # Its deviation counts as 1 %, so 10 % are ten of them.
        found = only(self.detect(panel([[10] * 60 + [10, 10, 11]])))
        assert found["score"] == round(log(1.1) / 0.01, 4)

    def test_within_its_level(self):
        assert len(self.detect(panel([[*self.level, 10, 10, 11]]))) == 0

    def test_a_trend_is_no_level(self):
        up = [10 * 1.01**i for i in range(60)]
        assert len(self.detect(panel([[*up, 10, 10, 40]]))) == 0


class TestBreakout:
    detect = staticmethod(KINDS["BREAKOUT"])
    before = (10, 12) * 43 + (10,)

    def test_above_for_three_days(self):
        found = only(self.detect(panel([[*self.before, 13, 14, 15]])))
        assert found == {
            "direction": 1,
            "strength": 0.5,
            "confidence": 1.0,
            "observations": 87,
            "excess": 0.25,
            "high": 12.0,
            "low": 10.0,
        }

    def test_a_spike_of_one_day(self):
        found = only(self.detect(panel([[*self.before, 11, 11, 15]])))
        assert found["confidence"] == round(1 / 3, 4)

    def test_below(self):
        found = only(self.detect(panel([[*self.before, 8, 8, 8]])))
        assert (found["direction"], found["excess"]) == (-1, 0.25)

    def test_at_the_high_is_none(self):
        assert len(self.detect(panel([[*self.before, 12, 12, 12.3]]))) == 0

    def test_too_little(self):
        rare = [*[None] * 48, *[10] * 39, 15, 15, 15]
        assert len(self.detect(panel([rare]))) == 0
        rare[47] = 10
        assert len(self.detect(panel([rare]))) == 1


class TestSupply:
    detect = staticmethod(KINDS["SUPPLY"])

    def found(self, copies):
        return self.detect(panel([[5] * len(copies)], copies=[copies]))

    def test_half_as_many(self):
        assert only(self.found([20] * 30 + [10] * 7)) == {
            "direction": 1,
            "strength": round(0.5 / 0.9, 4),
            "confidence": 1.0,
            "observations": 37,
            "fall": 0.5,
            "copies": 10.0,
            "before": 20.0,
        }

    def test_sold_out(self):
        assert only(self.found([20] * 30 + [0] * 7))["fall"] == 1

    def test_seven_copies_are_too_few_to_fall(self):
        assert len(self.found([7] * 30 + [1] * 7)) == 0

    def test_no_less_than_before(self):
        assert len(self.found([20] * 37)) == 0

    def test_not_seen_lately(self):
        assert len(self.found([20] * 30 + [10] * 4 + [None] * 3)) == 0

    def test_nobody_tells(self):
        assert len(self.detect(panel([[5] * 40]))) == 0


class TestBuylistPressure:
    detect = staticmethod(KINDS["BUYLIST_PRESSURE"])

    def found(self, bid, price=20.0):
        return self.detect(panel([[price] * len(bid)], bid=[bid]))

    def test_above_the_high(self):
        # The mean before is 5.
        assert only(self.found([4, 6] * 45 + [6.5])) == {
            "direction": 1,
            "strength": 0.6,
            "confidence": 1.0,
            "observations": 90,
            "bid": 6.5,
            "high": 6.0,
            "rise": 0.3,
            "ratio": 0.325,
        }

    def test_at_the_high(self):
        assert only(self.found([4, 6] * 45 + [6]))["rise"] == 0.2

    def test_below_the_high(self):
        assert len(self.found([4, 6] * 45 + [5.9])) == 0

    def test_one_that_never_moved_is_no_pressure(self):
        assert len(self.found([5] * 91)) == 0

    def test_no_longer_buying(self):
        assert len(self.found([4, 6] * 44 + [7, None, None, None])) == 0

    def test_too_little(self):
        assert len(self.found([None] * 71 + [4] * 19 + [7])) == 0
        assert len(self.found([None] * 70 + [4] * 20 + [7])) == 1


class TestSpreadCompression:
    detect = staticmethod(KINDS["SPREAD_COMPRESSION"])

    def test_the_shop_came_up(self):
        found = only(self.detect(panel([[10] * 67], bid=[[5] * 60 + [7] * 7])))
        assert found == {
            "direction": 1,
            "strength": 0.5,
            "confidence": 1.0,
            "observations": 67,
            "spread": 0.3,
            "before": 0.5,
            "bid_change": 0.4,
            "ask_change": 0.0,
        }

    def test_the_price_came_down(self):
        found = only(self.detect(panel([[10] * 60 + [7] * 7], bid=[[5] * 67])))
        assert (found["direction"], found["ask_change"]) == (-1, -0.3)

    def test_no_closer(self):
        assert len(self.detect(panel([[10] * 67], bid=[[5] * 67]))) == 0

    def test_only_days_with_both_count(self):
        bid = [5] * 60 + [None] * 5 + [7] * 2
        assert len(self.detect(panel([[10] * 67], bid=[bid]))) == 0


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
class TestEveryKind:
    def test_says_nothing_about_nothing(self, kind):
        nothing = panel([[None] * 91])
        assert len(kind(nothing)) == 0
        assert len(kind(nothing.where(np.array([], int)))) == 0

    def test_says_nothing_about_one_price(self, kind):
        one = [[*[None] * 90, 5.0]]
        assert len(kind(panel(one, bid=one, copies=one))) == 0

    def test_says_nothing_where_nothing_moves(self, kind):
        still = [[5.0] * 91]
        assert len(kind(panel(still, bid=still, copies=still))) == 0

    def test_is_documented(self, kind):
        assert all([kind.definition, kind.strength, kind.confidence])
        assert kind.parameters
        assert all(one.meaning for one in kind.parameters)
        assert 1 <= len(kind.values) <= 4
        assert kind.version >= 1
