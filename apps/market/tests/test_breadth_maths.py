"""How a market stands: numbers worked by hand, and properties."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.market.maths.breadth import (
    FEWEST,
    NOWHERE,
    Part,
    breadth,
    histories,
    standing,
    volatility,
)

WINDOWS = {"1d": (1, 2), "7d": (7, 3)}


def part(**prices: int) -> Part:
    """v3=100: variant 3 at 100."""
    rows = sorted((int(name[1:]), price) for name, price in prices.items())
    variant, price = np.array(rows).T
    return Part(variant.astype(np.uint32), price.astype(np.int32))


def column(*closes: int) -> np.ndarray:
    """One variant over days, the oldest first."""
    return np.array(closes, np.int32).reshape(-1, 1)


def ways(*closes: int) -> tuple[int, int]:
    found = standing(column(*closes), WINDOWS)
    return int(found.direction["1d"][0]), int(found.direction["7d"][0])


class TestHistories:
    def test_each_variant_in_the_preferred_stream_of_the_last_day(self):
        days = [
            {1: part(v5=10, v6=20), 2: part(v5=70, v7=80)},
            {2: part(v6=60)},
            {1: part(v5=11), 2: part(v5=71, v6=61, v7=81), 3: part(v9=1)},
        ]
        variant, closes = histories(days, [1, 2])
        assert variant.tolist() == [5, 6, 7]
        assert closes.T.tolist() == [[10, 0, 11], [0, 60, 61], [80, 0, 81]]

    def test_what_a_break_parts_is_no_close(self):
        later = replace(part(v5=11), era=1)
        days = [{1: part(v5=10), 2: part(v6=3)}, {1: later, 2: part(v6=3)}]
        _, closes = histories(days, [1, 2])
        assert closes.T.tolist() == [[0, 11], [3, 3]]

    def test_a_day_without_prices(self):
        variant, closes = histories([{}, {}], [1])
        assert (len(variant), closes.shape) == (0, (2, 0))

    def test_packed_and_unpacked(self):
        whole = replace(part(v5=10, v4000000000=2**31 - 1), era=3)
        one = Part.unpacked(whole.packed())
        assert (one.era, one.fingerprint()) == (3, whole.fingerprint())
        assert one.fingerprint() != replace(one, era=2).fingerprint()
        assert one.variant.tolist() == [5, 4_000_000_000]
        assert one.at(np.array([4, 5, 4_000_000_000])).tolist() == [0, 10, 2**31 - 1]


class TestDirection:
    @pytest.mark.parametrize(
        ("closes", "way"),
        [
            ((10, 11), 1),
            ((10, 10), 0),
            ((10, 9), -1),
            ((0, 9), NOWHERE),
            # One or two missing days do not matter, three do.
            ((10, 0, 0, 11), 1),
            ((10, 0, 0, 0, 11), NOWHERE),
            # The nearest counts: yesterday, not the day before.
            ((20, 10, 11), 1),
        ],
    )
    def test_since_the_day_before(self, closes, way):
        assert ways(*closes)[0] == way

    def test_since_a_week_before_and_no_later(self):
        assert ways(10, 12, 12, 12, 12, 12, 12, 11)[1] == 1
        assert ways(0, 12, 12, 12, 12, 12, 12, 11)[1] == NOWHERE
        assert ways(10, 0, 0, 0, 12, 12, 12, 12, 12, 12, 11)[1] == 1
        assert ways(10, 0, 0, 0, 0, 12, 12, 12, 12, 12, 12, 11)[1] == NOWHERE


class TestMean:
    def test_above_below_and_at_it(self):
        rising = [10] * 9 + [20]  # the mean is 11
        assert standing(column(*rising), WINDOWS).is_above.tolist() == [True]
        assert standing(column(*rising[::-1]), WINDOWS).is_above.tolist() == [False]
        level = standing(column(*[10] * 10), WINDOWS)
        assert (level.has_mean.tolist(), level.is_above.tolist()) == ([True], [False])

    def test_needs_ten_closes(self):
        few = standing(column(*[10] * 8, 20), WINDOWS)
        assert (few.has_mean.tolist(), few.is_above.tolist()) == ([False], [False])

    def test_of_thirty_days_and_no_more(self):
        # 1000 of the day before those would put the mean above 20.
        closes = [1000, *[10] * 29, 20]
        assert standing(column(*closes), WINDOWS).is_above.tolist() == [True]

    def test_large_prices_do_not_overflow(self):
        closes = [2_000_000_000] * 29 + [2_000_000_001]
        assert standing(column(*closes), WINDOWS).is_above.tolist() == [True]


class TestVolatility:
    def test_by_hand(self):
        # Ten returns of +ln 2 and -ln 2 in turn: mean 0, sum of squares 10 ln² 2.
        closes = [1, 2] * 5 + [1]
        assert volatility(column(*closes))[0] == pytest.approx(sqrt(10 / 9) * log(2))

    def test_of_a_price_that_stays_it_is_nothing(self):
        assert volatility(column(*[7] * 11)).tolist() == [0.0]

    def test_needs_ten_returns_from_one_day_to_the_next(self):
        assert np.isnan(volatility(column(*[1, 2] * 5))[0])
        # Every second day missing: no return at all.
        assert np.isnan(volatility(column(*[1, 0] * 15))[0])

    @given(st.lists(st.integers(1, 10**6), min_size=11, max_size=31))
    def test_all_prices_times_k_changes_nothing(self, closes):
        once = volatility(column(*closes))
        assert volatility(column(*(7 * close for close in closes))) == pytest.approx(
            once, abs=1e-9
        )
        assert once[0] >= 0


class TestBreadth:
    def test_counts_by_hand(self):
        closes = np.array([[10, 10, 10, 0], [12, 10, 9, 5]], np.int32)
        whole = standing(closes, WINDOWS)
        found = breadth(whole, np.array([True, True, True, True]))
        assert (found.variants, found.rose["1d"], found.fell["1d"]) == (4, 1, 1)
        assert (found.stayed["1d"], found.rose["7d"], found.fell["7d"]) == (1, 0, 0)
        assert (found.with_mean, found.median_volatility) == (0, None)
        part_of = breadth(whole, np.array([False, False, True, True]))
        assert (part_of.variants, part_of.rose["1d"], part_of.fell["1d"]) == (2, 0, 1)

    def test_median_of_the_volatilities_that_are_known(self):
        swings, calm = [1, 2] * 5 + [1], [7] * 11
        closes = np.array([swings, calm, calm, [0] * 10 + [5]], np.int32).T
        found = breadth(standing(closes, WINDOWS), np.ones(4, bool))
        assert (found.with_volatility, found.median_volatility) == (3, 0.0)

    @given(
        st.lists(
            st.lists(st.integers(0, 20), min_size=3, max_size=3),
            min_size=1,
            max_size=30,
        )
    )
    def test_every_variant_is_in_one_count_at_most(self, rows):
        closes = np.array(rows, np.int32).T
        found = breadth(standing(closes, WINDOWS), np.ones(len(rows), bool))
        told = found.rose["1d"] + found.fell["1d"] + found.stayed["1d"]
        compared = (closes[-2] > 0) | (closes[-3] > 0)
        assert told == int(compared.sum()) <= found.variants
        assert found.above_mean <= found.with_mean <= found.variants
        assert found.with_mean == 0 or len(closes) >= FEWEST

    def test_of_parts_add_up_to_the_whole(self):
        rng = np.random.default_rng(3)
        closes = rng.integers(0, 9, (38, 200), np.int32)
        whole = standing(closes, WINDOWS)
        half = np.arange(200) % 2 == 0
        parts = [breadth(whole, half), breadth(whole, ~half)]
        together = breadth(whole, np.ones(200, bool))
        for name in ("variants", "with_mean", "above_mean", "with_volatility"):
            assert sum(getattr(one, name) for one in parts) == getattr(together, name)
        assert sum(one.rose["7d"] for one in parts) == together.rose["7d"]
