"""Which aggregates a merge makes stale."""

from datetime import UTC, datetime, timedelta

from apps.prices.services.merge import Outcome

HOUR = datetime(2026, 11, 20, 7, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = timedelta(hours=1) - timedelta(microseconds=1)


def outcome(*offsets: int) -> Outcome:
    first = (HOUR - EPOCH) // timedelta(hours=1)
    return Outcome(dirty_hours={first + offset for offset in offsets})


def test_nothing_written_leaves_nothing_stale():
    assert outcome().dirty_ranges() == []


def test_one_observation_makes_its_hour_stale():
    assert outcome(0).dirty_ranges() == [(HOUR, HOUR + _LAST)]


def test_daily_observations_are_one_range():
    assert outcome(0, 24, 48).dirty_ranges() == [
        (HOUR, HOUR + timedelta(hours=48) + _LAST)
    ]


def test_days_without_observations_are_left_alone():
    later = HOUR + timedelta(hours=49)

    assert outcome(49, 0).dirty_ranges() == [
        (HOUR, HOUR + _LAST),
        (later, later + _LAST),
    ]
