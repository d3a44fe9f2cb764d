"""Cost basis: pools worked out by hand, and what holds for every pool."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.inventory.maths.basis import AVERAGE, FIFO, SPECIFIC, Bought, Gone, basis

METHODS = (FIFO, AVERAGE, SPECIFIC)
DAY = date(2026, 1, 1)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def bought(lot_id: int, quantity: int, cost: str | None, on: int | None = 0, **fields):
    return Bought(
        **{
            "id": lot_id,
            "goods": "bolt",
            "quantity": quantity,
            "unit_cost": None if cost is None else Decimal(cost),
            "currency": "" if cost is None else "USD",
            "on": None if on is None else day(on),
        }
        | fields
    )


def amounts(*texts: str | None) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in texts]


# Two at 1.00 on day 0, three at 2.00 on day 10; two of the second go on day 20, and
# one of the first on day 30.
LOTS = [bought(1, 2, "1.00", on=0), bought(2, 3, "2.00", on=10)]
GONE = [Gone(1, lot=2, quantity=2, on=day(20)), Gone(2, lot=1, quantity=1, on=day(30))]


@pytest.mark.parametrize(
    ("method", "gone", "held"),
    [
        # Each lot's own.
        (SPECIFIC, ["4.00", "1.00"], ["1.00", "2.00"]),
        # 1 + 1, then 2; two at 2 are left.
        (FIFO, ["2.00", "2.00"], ["2.00", "2.00"]),
        # (2 × 1 + 3 × 2) / 5 = 1.60 a copy.
        (AVERAGE, ["3.20", "1.60"], ["1.60", "1.60"]),
    ],
)
def test_by_hand(method, gone, held):
    found = basis(LOTS, GONE, method)

    assert [found.gone[one] for one in (1, 2)] == amounts(*gone)
    assert [found.held[one] for one in (1, 2)] == amounts(*held)


def test_an_average_is_that_of_the_day():
    lots = [bought(1, 2, "1.00", on=0), bought(2, 2, "4.00", on=10)]
    gone = [Gone(1, 1, 1, day(5)), Gone(2, 2, 1, day(10)), Gone(3, 1, 1, day(11))]

    found = basis(lots, gone, AVERAGE)

    # 1.00 while there was only the first; then (1 + 4 + 4) / 3.
    assert [found.gone[one] for one in (1, 2, 3)] == amounts("1.00", "3.000", "3.000")
    assert found.held == {1: Decimal(0), 2: Decimal("3.000")}


def test_what_an_average_rounds_away_stays_with_the_rest():
    lots, gone = [bought(1, 3, "0.01"), bought(2, 3, "0.02")], [Gone(1, 1, 1, day(1))]
    lots[1] = bought(2, 4, "0.02")

    found = basis(lots, gone, AVERAGE)

    # 0.11 / 7 = 0.0157…; 0.094 × 2 / 6 = 0.0313…
    assert found.gone == {1: Decimal("0.016")}
    assert found.held == {1: Decimal("0.031"), 2: Decimal("0.063")}


def test_what_has_no_date_came_first():
    lots = [bought(1, 1, "5.00", on=0), bought(2, 1, "3.00", on=None)]

    found = basis(lots, [Gone(1, 1, 1, day(1))], FIFO)

    assert (found.gone[1], found.held) == (
        Decimal("3.00"),
        {1: Decimal(0), 2: Decimal("5.00")},
    )


def test_a_disposal_dated_before_its_lot_counts_from_then():
    lots = [bought(1, 1, "1.00", on=10), bought(2, 1, "3.00", on=10)]

    found = basis(lots, [Gone(1, 1, 1, day(0))], AVERAGE)

    assert found.gone == {1: Decimal("2.000")}


@pytest.mark.parametrize("method", METHODS)
def test_unknown_costs_and_other_currencies_are_pools_of_their_own(method):
    lots = [
        bought(1, 1, None, on=0),
        bought(2, 1, "9.00", on=1, currency="EUR"),
        bought(3, 1, "5.00", on=2),
        bought(4, 1, "0.00", on=3, goods="opt"),
    ]
    gone = [Gone(one, one, 1, day(9)) for one in (1, 2, 3, 4)]

    found = basis(lots, gone, method)

    assert [found.gone[one] for one in (1, 2, 3, 4)] == amounts(
        None, "9.00", "5.00", "0.00"
    )
    assert [found.held[one] for one in (1, 2, 3, 4)] == amounts(None, "0", "0", "0")


def test_more_than_there_was_is_an_error():
    with pytest.raises(ValueError, match="1 more went of lot 1"):
        basis([bought(1, 1, "1.00")], [Gone(1, 1, 2, day(1))], FIFO)


@pytest.mark.parametrize("wrong", [("LIFO", 1), ("FIFO", 2)])
def test_of_nothing_known_is_an_error(wrong):
    method, lot = wrong
    with pytest.raises(KeyError):
        basis([bought(1, 1, "1.00")], [Gone(1, lot, 1, day(1))], method)


COSTS = st.none() | st.decimals(0, 1000, places=3)


@st.composite
def histories(draw) -> tuple[list[Bought], list[Gone]]:
    """Lots of two kinds of goods in two currencies, and disposals of some of each."""
    lots, gone = [], []
    for lot_id in range(draw(st.integers(1, 6))):
        cost, quantity = draw(COSTS), draw(st.integers(1, 20))
        currency = draw(st.sampled_from(["USD", "EUR"])) if cost is not None else ""
        on = draw(st.none() | st.integers(0, 30).map(day))
        goods = draw(st.sampled_from(["bolt", "opt"]))
        lots.append(Bought(lot_id, goods, quantity, cost, currency, on))
        left = quantity
        while left and draw(st.booleans()):
            copies = draw(st.integers(1, left))
            left -= copies
            on = draw(st.integers(0, 40).map(day))
            gone.append(Gone(len(gone), lot_id, copies, on))
    return lots, gone


def known(costs) -> Decimal:
    return sum((cost for cost in costs if cost is not None), Decimal(0))


@given(history=histories(), method=st.sampled_from(METHODS))
def test_what_went_and_what_is_left_cost_what_was_bought(history, method):
    lots, gone = history

    found = basis(lots, gone, method)

    for pool in {(lot.goods, lot.currency) for lot in lots}:
        ids = {lot.id for lot in lots if (lot.goods, lot.currency) == pool}
        sold = known(found.gone[one.id] for one in gone if one.lot in ids)
        held = known(found.held[one] for one in ids)
        paid = sum((lot.unit_cost or 0) * lot.quantity for lot in lots if lot.id in ids)
        assert sold + held == paid


@given(history=histories(), method=st.sampled_from(METHODS))
def test_the_unknown_stays_unknown_and_nothing_else_becomes_it(history, method):
    lots, gone = history
    unknown = {lot.id for lot in lots if lot.unit_cost is None}

    found = basis(lots, gone, method)

    assert {one for one, cost in found.held.items() if cost is None} == unknown
    assert {one.id for one in gone if one.lot in unknown} == {
        one for one, cost in found.gone.items() if cost is None
    }


@given(history=histories(), method=st.sampled_from(METHODS), data=st.data())
def test_the_order_of_rows_is_irrelevant(history, method, data):
    lots, gone = history

    shuffled = basis(
        data.draw(st.permutations(lots)), data.draw(st.permutations(gone)), method
    )

    assert shuffled == basis(lots, gone, method)


@given(history=histories(), method=st.sampled_from(METHODS))
def test_a_cost_is_within_those_of_its_pool(history, method):
    lots, gone = history
    found = basis(lots, gone, method)
    pool = {lot.id: (lot.goods, lot.currency) for lot in lots}

    for one in gone:
        cost = found.gone[one.id]
        if cost is None:
            continue
        units = [lot.unit_cost for lot in lots if pool[lot.id] == pool[one.lot]]
        # What is rounded away comes back with a later one.
        rounded = one.quantity * Decimal("0.01")
        assert one.quantity * min(units) - rounded <= cost
        assert cost <= one.quantity * max(units) + rounded
