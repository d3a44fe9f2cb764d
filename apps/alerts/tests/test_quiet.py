"""Hours in which nobody writes to somebody."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.alerts.maths.quiet import QuietHours, first_allowed

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(7), BERLIN)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        # In January Berlin is an hour ahead.
        (utc(2026, 1, 10, 20, 59), utc(2026, 1, 10, 20, 59)),
        (utc(2026, 1, 10, 21, 0), utc(2026, 1, 11, 6, 0)),
        (utc(2026, 1, 11, 3, 0), utc(2026, 1, 11, 6, 0)),
        (utc(2026, 1, 11, 6, 0), utc(2026, 1, 11, 6, 0)),
        # In July two.
        (utc(2026, 7, 10, 20, 30), utc(2026, 7, 11, 5, 0)),
        # The night in which summer time begins.
        (utc(2026, 3, 28, 22, 0), utc(2026, 3, 29, 5, 0)),
        # And that in which it ends.
        (utc(2026, 10, 24, 21, 0), utc(2026, 10, 25, 6, 0)),
    ],
)
def test_across_midnight(moment, allowed):
    assert first_allowed(moment, NIGHT) == allowed


def test_within_a_day():
    noon = QuietHours(time(12), time(13, 30), ZoneInfo("UTC"))
    assert first_allowed(utc(2026, 1, 1, 12, 5), noon) == utc(2026, 1, 1, 13, 30)
    assert first_allowed(utc(2026, 1, 1, 13, 30), noon) == utc(2026, 1, 1, 13, 30)


def test_the_same_time_twice_is_no_quiet():
    never = QuietHours(time(8), time(8), BERLIN)
    moment = utc(2026, 1, 1, 7, 0)
    assert first_allowed(moment, never) == moment
    assert first_allowed(moment, None) == moment


def test_an_end_that_the_clock_jumps_over():
    # 02:30 is not on that day: it is 03:30 then.
    quiet = QuietHours(time(23), time(2, 30), BERLIN)
    assert first_allowed(utc(2026, 3, 28, 23, 0), quiet) == utc(2026, 3, 29, 1, 30)


times = st.times().map(lambda one: one.replace(microsecond=0))
zones = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]
)


@given(
    times,
    times,
    zones,
    st.datetimes(
        datetime(2025, 1, 1),  # noqa: DTZ001 (hypothesis adds the zone)
        datetime(2027, 12, 31),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
)
def test_never_before_and_within_a_day(start, end, zone, moment):
    found = first_allowed(moment, QuietHours(start, end, ZoneInfo(zone)))
    assert moment <= found <= moment + timedelta(hours=25)
