"""Which aggregates a merge makes stale."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.prices.services.outcome import Outcome

HOUR = datetime(2026, 11, 20, 7, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = timedelta(hours=1) - timedelta(microseconds=1)


MANY = range(1, 1_002)


def outcome(*offsets: int) -> Outcome:
    """Many cards in each of these hours."""
    found = Outcome()
    found.touch([_hour(offset) for offset in offsets], MANY)
    return found


def _hour(offset: int) -> int:
    return (HOUR - EPOCH) // timedelta(hours=1) + offset


def at(offset: int) -> datetime:
    return HOUR + timedelta(hours=offset)


def test_nothing_written_leaves_nothing_stale():
    assert Outcome().dirty_ranges() == []


def test_one_observation_makes_its_hour_stale_for_its_card():
    found = Outcome()
    found.touch([_hour(0)], [7])
    assert found.dirty_ranges() == [(HOUR, HOUR + _LAST, {7})]
    assert found.card_ids == {7}


def test_daily_observations_are_one_range():
    assert outcome(0, 24, 48).dirty_ranges() == [(HOUR, at(48) + _LAST, None)]


def test_days_without_observations_are_left_alone():
    assert outcome(49, 0).dirty_ranges() == [
        (HOUR, HOUR + _LAST, None),
        (at(49), at(49) + _LAST, None),
    ]


def test_a_few_cards_of_the_day_before_do_not_make_all_of_it_stale():
    found = outcome(24)
    found.touch([_hour(0)], [7, 8])
    found.touch([_hour(2)], [9])
    assert found.dirty_ranges() == [
        (HOUR, at(2) + _LAST, {7, 8, 9}),
        (at(24), at(24) + _LAST, None),
    ]


def test_a_few_cards_in_an_hour_of_many_are_among_them():
    found = outcome(0)
    found.touch([_hour(0)], [7])
    assert found.dirty_ranges() == [(HOUR, HOUR + _LAST, None)]


@pytest.mark.parametrize("offsets", [(0, 24), (24, 0)])
def test_order_is_that_of_time(offsets):
    found = Outcome()
    for offset in offsets:
        found.touch([_hour(offset), _hour(offset + 100)], [offset])
    starts = [each.start for each in found.dirty_ranges()]
    assert starts == [HOUR, at(100)]
