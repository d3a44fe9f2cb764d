"""What a collection consists of: numbers worked by hand, and properties."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inventory.maths.extremes import Extremes, extremes, won
from apps.inventory.maths.shares import (
    Concentration,
    Share,
    allocation,
    bands,
    concentration,
    sums,
)

amounts = st.lists(st.integers(1, 10**12), min_size=1, max_size=40)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def test_sums_by_key():
    assert sums(ints(7, 3, 7), ints(10, 5, 1)) == {3: 5, 7: 11}
    # More than a double holds exactly.
    assert sums(ints(1, 1), ints(2**53, 1)) == {1: 2**53 + 1}
    assert sums(ints(), ints()) == {}


def test_bands_begin_at_their_bound():
    prices = ints(-1, 0, 999, 1_000, 4_999, 5_000, 20_000, 50_000, 99_999, 100_000)
    assert bands(prices).tolist() == [0, 0, 0, 1, 1, 2, 3, 4, 4, 5]


def test_allocation_by_hand():
    assert allocation({1: 250, 2: 500, 3: 250, 4: 0}) == [
        Share(2, 500, Decimal("50.00")),
        Share(1, 250, Decimal("25.00")),
        Share(3, 250, Decimal("25.00")),
    ]
    assert allocation({}) == []


@given(amounts)
def test_the_parts_are_the_whole(values):
    parts = allocation(dict(enumerate(values)))
    assert sum(part.amount for part in parts) == sum(values)
    rounding = Decimal("0.005") * len(parts)
    assert abs(sum(part.percent for part in parts) - 100) <= rounding
    assert [p.amount for p in parts] == sorted(values, reverse=True)


def test_concentration_by_hand():
    # Shares of 0.5, 0.25 and 0.25: 0.25 + 0.0625 + 0.0625.
    assert concentration([250, 500, 250, 0]) == Concentration(
        cards=3,
        top_percent=Decimal("100.00"),
        herfindahl=Decimal("0.3750"),
        effective=Decimal("2.67"),
    )
    # Ten of twenty alike.
    found = concentration([7] * 20)
    assert found == Concentration(
        20, Decimal("50.00"), Decimal("0.0500"), Decimal("20.00")
    )
    assert concentration([0, 0]) is None


@given(amounts)
def test_concentration_is_between_one_card_and_all_alike(values):
    found = concentration(values)
    assert found is not None
    assert 1 <= found.effective <= len(values)
    assert Decimal(1) / len(values) - Decimal("0.0001") <= found.herfindahl <= 1
    assert 0 < found.top_percent <= 100


def test_what_was_won():
    # 4 × 12.00 that were 4 × 10.00; a fall from 8 to 6; nothing known.
    value, now, then = ints(48_000, 6_000, 500), ints(12, 6, 5), ints(10, 8, -1)
    assert won(value, now, then).tolist() == [8_000, -2_000, 0]


def test_top_and_flop():
    assert extremes(ints(5, -3, 0, 9, -7, 5), 2) == Extremes([3, 0], [4, 1])
    assert extremes(ints(0, 0), 5) == Extremes([], [])


@given(st.lists(st.integers(-1000, 1000), max_size=40), st.integers(1, 10))
def test_nothing_is_both_top_and_flop(values, count):
    found = extremes(ints(*values), count)
    assert not set(found.top) & set(found.flop)
    assert [values[at] for at in found.top] == sorted(
        (value for value in values if value > 0), reverse=True
    )[:count]
    assert [values[at] for at in found.flop] == sorted(
        value for value in values if value < 0
    )[:count]


def test_numbers_of_the_same_amount_stand_in_their_order():
    assert extremes(ints(4, 4, 4), 2).top == [0, 1]


@pytest.mark.parametrize("lost", [-1, 0])
def test_a_price_of_nothing_is_no_price_of_then(lost):
    assert won(ints(100), ints(10), ints(lost)).tolist() == [0]
