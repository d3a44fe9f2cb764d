"""Returns: numbers worked by hand, and properties."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inventory.maths.returns import (
    NO_DAYS,
    NO_RATE,
    NOTHING_HELD,
    NOTHING_PAID,
    SEVERAL_RATES,
    Flow,
    Return,
    money_weighted,
    time_weighted,
    xirr,
)

FIRST = date(2026, 1, 1)
amounts = st.integers(1, 10_000_000).map(Decimal)


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


def worth(*values: int | str) -> list[tuple[date, Decimal]]:
    """The values of FIRST and the days after it."""
    return [(on(day), Decimal(value)) for day, value in enumerate(values)]


def paid(day: int, amount: int) -> Flow:
    return Flow(on(day), paid=Decimal(amount))


def received(day: int, amount: int) -> Flow:
    return Flow(on(day), received=Decimal(amount))


def percent(text: str) -> Return:
    return Return(Decimal(text))


class TestTimeWeighted:
    def test_without_flows_it_is_the_change(self):
        assert time_weighted(worth(100, 90, 120), []) == percent("20.00")

    def test_what_is_paid_earns_nothing_by_itself(self):
        # 110/100, then 165/(110 + 40): 1.1 × 1.1.
        assert time_weighted(worth(100, 110, 165), [paid(2, 40)]) == percent("21.00")

    def test_what_is_received_counts_on_its_day(self):
        # (60 + 50)/100, then 66/60.
        found = time_weighted(worth(100, 60, 66), [received(1, 50)])
        assert found == percent("21.00")

    def test_a_purchase_below_its_value_is_a_gain(self):
        assert time_weighted(worth(100, 160), [paid(1, 50)]) == percent("6.67")

    def test_flows_of_days_without_a_value_wait_for_the_next(self):
        values = [(on(0), Decimal(100)), (on(5), Decimal(150))]
        assert time_weighted(values, [paid(2, 20), paid(4, 5)]) == percent("20.00")

    def test_flows_up_to_the_first_day_are_in_its_value(self):
        flows = [paid(-9, 80), paid(0, 100), paid(7, 1000)]
        assert time_weighted(worth(100, 110), flows) == percent("10.00")

    def test_days_with_nothing_held_have_no_growth(self):
        # Sold out on the second day at 110, bought anew for 50 on the fourth.
        values = worth(100, 0, 0, 55)
        flows = [received(1, 110), paid(3, 50)]
        assert time_weighted(values, flows) == percent("21.00")

    def test_all_lost(self):
        assert time_weighted(worth(100, 0), []) == percent("-100.00")

    @pytest.mark.parametrize("values", [[], worth(100)])
    def test_of_one_day_there_is_none(self, values):
        assert time_weighted(values, []) == NO_DAYS

    def test_of_nothing_there_is_none(self):
        assert time_weighted(worth(0, 0, 0), []) == NOTHING_HELD

    def test_of_two_years_by_the_year_too(self):
        values = [(on(0), Decimal(100)), (on(730), Decimal(121))]
        assert time_weighted(values, []) == Return(
            Decimal("21.00"), "", Decimal("10.00")
        )

    @given(st.lists(amounts, min_size=2, max_size=30))
    def test_never_below_a_total_loss(self, values):
        found = time_weighted([(on(n), value) for n, value in enumerate(values)], [])
        assert found.percent is not None
        assert found.percent >= -100

    @given(st.lists(amounts, min_size=2, max_size=20), st.integers(1, 9))
    def test_the_unit_of_money_does_not_matter(self, values, factor):
        days = [(on(n), value) for n, value in enumerate(values)]
        scaled = [(day, factor * value) for day, value in days]
        assert time_weighted(days, []) == time_weighted(scaled, [])


class TestMoneyWeighted:
    def test_without_flows_it_is_the_change(self):
        assert money_weighted(worth(100, 90, 120), []) == percent("20.00")

    def test_what_came_late_counts_little(self):
        # -100 at first, -100 half way, 231 at last: g = 1.1² solves
        # 100 g² + 100 g = 231 with g = 1.1, the growth of half the time.
        found = money_weighted(worth(100, 210, 231), [paid(1, 100)])
        assert found == percent("21.00")

    def test_what_was_received(self):
        # 100 g² = 55 g + 60.5 with g = 1.1.
        found = money_weighted(worth(100, 55, "60.5"), [received(1, 55)])
        assert found == percent("21.00")

    def test_of_one_day_there_is_none(self):
        assert money_weighted(worth(100), []) == NO_DAYS

    def test_of_nothing_there_is_none(self):
        assert money_weighted(worth(0, 0), []) == NOTHING_PAID

    def test_all_lost(self):
        assert money_weighted(worth(100, 0), []) == percent("-100.00")

    @given(amounts, amounts, st.integers(1, 3000))
    def test_of_two_amounts_it_is_their_quotient(self, before, after, days):
        values = [(on(0), before), (on(days), after)]
        found, expected = money_weighted(values, []), time_weighted(values, [])
        assert found.percent is not None
        assert expected.percent is not None
        assert found.percent == pytest.approx(expected.percent, abs=Decimal("0.02"))

    @given(amounts, st.lists(st.tuples(st.integers(1, 99), amounts), max_size=8))
    def test_nobody_gains_where_prices_stand_still(self, first, bought):
        flows = [Flow(on(day), paid=amount) for day, amount in bought]
        held = first + sum((amount for _, amount in bought), Decimal(0))
        found = money_weighted([(on(0), first), (on(100), held)], flows)
        assert found.percent == pytest.approx(0, abs=Decimal("0.01"))


class TestXirr:
    def test_the_example_of_a_spreadsheet(self):
        days = [(2008, 1, 1), (2008, 3, 1), (2008, 10, 30), (2009, 2, 15), (2009, 4, 1)]
        moved = (-10_000, 2_750, 4_250, 3_250, 2_750)
        cash = [
            (date(*day), Decimal(amount))
            for day, amount in zip(days, moved, strict=True)
        ]
        # 0.373362535 a year, over 456 days.
        assert xirr(cash) == Return(Decimal("48.64"), "", Decimal("37.34"))

    def test_two_rates_are_none(self):
        # Worth nothing at 10 % and at 20 % a year.
        cash = [(on(0), -100), (on(365), 230), (on(730), -132)]
        assert xirr([(day, Decimal(c)) for day, c in cash]) == SEVERAL_RATES

    def test_no_rate(self):
        # 100 - 100 v + 100 v² has no real root.
        cash = [(on(0), 100), (on(365), -100), (on(730), 100)]
        assert xirr([(day, Decimal(c)) for day, c in cash]) == NO_RATE

    def test_all_on_one_day(self):
        assert xirr([(on(0), Decimal(-1)), (on(0), Decimal(2))]) == NO_DAYS

    def test_only_received(self):
        assert xirr([(on(0), Decimal(5)), (on(9), Decimal(2))]) == NOTHING_PAID

    def test_a_thousandfold_in_a_day(self):
        found = xirr([(on(0), Decimal(1)), (on(0), Decimal(-2)), (on(1), Decimal(999))])
        assert found == percent("99800.00")
