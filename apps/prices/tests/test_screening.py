"""The rules of the gate on numbers worked by hand."""

from __future__ import annotations

import pytest

from apps.prices.ingest.screening import (
    DAY_US,
    DAYS_TO_BELIEVE,
    DISAGREES,
    LONE_JUMP,
    OVER_RETAIL,
    Course,
    Point,
    Witness,
    are_within,
    judge,
    ratio,
)


def thousandths(price: float) -> int:
    return round(price * 1000)


def before(price: float) -> Point:
    return Point(0, thousandths(price))


def witness(now: float, earlier: float = 0, *, is_comparable: bool = True) -> Witness:
    return Witness(2, Point(0, thousandths(now)), thousandths(earlier), is_comparable)


def reason(price: float, previous: Point | None, *witnesses: Witness, **more):
    doubt = judge(thousandths(price), previous, witnesses, **more)
    return doubt and doubt.reason


def test_what_costs_less_than_a_unit_counts_as_one():
    assert ratio(20, 900) == 1
    assert ratio(22_380, 20) == 22.38
    assert ratio(20, 13_330) == pytest.approx(1 / 13.33)
    assert are_within(3000, 20, 3)
    assert not are_within(3010, 20, 3)


@pytest.mark.parametrize(
    ("previous", "price", "expected"),
    [
        (10, 30, None),
        (10, 3.34, None),
        (20, 100, None),
        (20, 100.01, LONE_JUMP),
        (20, 3.99, LONE_JUMP),
        (1.9, 19, None),
        (1.89, 19, LONE_JUMP),
        (0.02, 10.00, None),
        (0.02, 22.38, LONE_JUMP),
        (0.02, 0.99, None),
        (0.405, 143.075, LONE_JUMP),
    ],
)
def test_a_single_source_may_move_fivefold(previous, price, expected):
    assert reason(price, before(previous)) == expected


@pytest.mark.parametrize(
    ("price", "others", "expected"),
    [
        (31, [10], DISAGREES),
        (31, [11], None),
        (31, [10, 31], None),
        (31, [10, 10, 31], DISAGREES),
        (3, [10, 12], DISAGREES),
    ],
)
def test_a_move_is_measured_by_the_median_of_the_others(price, others, expected):
    assert reason(price, before(10), *map(witness, others)) == expected


def test_a_move_another_stream_shares_passes():
    shared = witness(18, 10, is_comparable=False)
    assert reason(60, before(10)) == LONE_JUMP
    # Half as far on a logarithmic scale: 6 ** 0.5 is 2.45.
    assert reason(60, before(10), shared) == LONE_JUMP
    assert reason(60, before(10), witness(25, 10, is_comparable=False)) is None
    assert reason(60, before(10), witness(4, 10, is_comparable=False)) == LONE_JUMP
    assert reason(1, before(10), witness(3, 10, is_comparable=False)) is None
    # Threefold is enough, however far the series went.
    assert reason(900, before(10), witness(30, 10)) is None


def test_sources_that_always_differed_are_no_jump():
    assert reason(60, before(55), witness(10, 9)) is None


def test_a_new_series_is_compared_more_loosely():
    assert reason(50, None, witness(10)) is None
    assert reason(51, None, witness(10)) == DISAGREES
    assert reason(51, None) is None
    assert reason(51, None, witness(10, is_comparable=False)) is None


def test_a_shop_does_not_pay_half_as_much_again_as_it_asks():
    assert reason(16, before(10), own_retail=10_000) == OVER_RETAIL
    assert reason(16, None, own_retail=10_000) == OVER_RETAIL
    assert reason(15, before(9), own_retail=10_000) is None
    # It did so before: the two are not of the same thing.
    assert reason(20, before(18), own_retail=10_000) is None


def test_a_bid_in_keeping_with_what_the_shop_asks_passes():
    assert reason(5, before(95)) == LONE_JUMP
    assert reason(5, before(95), own_retail=14_000) is None
    assert reason(5, before(95), own_retail=50_001) == LONE_JUMP
    assert reason(60, before(5), own_retail=59_999) == LONE_JUMP


def test_a_doubt_says_what_was_compared():
    doubt = judge(40_000, before(10), [witness(9), witness(12), witness(10)])

    assert doubt is not None
    assert (doubt.previous, doubt.median, doubt.ratio) == (before(10), 10_000, 4.0)
    assert [one.now.price for one in doubt.witnesses] == [9_000, 12_000, 10_000]


class TestCourse:
    def test_back_at_the_old_level_what_was_held_was_wrong(self):
        course = Course(Point(0, 1000))
        course.hold(Point(DAY_US, 20_000))

        assert course.accept(Point(2 * DAY_US, 1100)) == (
            [],
            [Point(DAY_US, 20_000)],
        )
        assert (course.last, course.held) == (Point(2 * DAY_US, 1100), [])

    def test_a_level_is_believed_after_enough_days(self):
        course = Course(Point(0, 1000))
        told = [
            course.hold(Point(day * DAY_US, 20_000 + day))
            for day in range(1, DAYS_TO_BELIEVE + 1)
        ]

        assert told == [False] * (DAYS_TO_BELIEVE - 1) + [True]
        right, wrong = course.accept(course.held[-1])
        assert (len(right), wrong) == (DAYS_TO_BELIEVE, [])

    def test_one_day_counts_once(self):
        course = Course(Point(0, 1000))

        assert not any(course.hold(Point(DAY_US + n, 20_000)) for n in range(50))

    def test_another_level_counts_for_itself(self):
        course = Course(Point(0, 1000))
        for day in range(1, DAYS_TO_BELIEVE):
            course.hold(Point(day * DAY_US, 20_000))

        assert not course.hold(Point(DAYS_TO_BELIEVE * DAY_US, 80_000))

    def test_what_is_older_than_a_month_says_nothing(self):
        course = Course(Point(0, 1000), [Point(DAY_US, 20_000)])

        assert course.previous(30 * DAY_US, 0) == Point(0, 1000)
        assert course.previous(30 * DAY_US + 1, 0) is None
        assert course.previous(DAY_US, 1) is None
        assert course.accept(Point(32 * DAY_US, 20_000)) == ([], [])
