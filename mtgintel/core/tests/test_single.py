"""One holder at a time, and nobody gives back what is another's."""

from __future__ import annotations

import time

import redis
from django.conf import settings

from mtgintel.core import single
from mtgintel.core.single import owned_lock, single_instance

KEY = "mtgintel:lock:test"


def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.BROKER_REDIS_URL)


def test_second_taker_does_not_get_it():
    with (
        owned_lock("test", seconds=60) as first,
        owned_lock("test", seconds=60) as other,
    ):
        assert (first, other) == (True, False)
        assert broker().exists(KEY) == 1

    assert broker().exists(KEY) == 0


def test_lock_ends_by_itself():
    with owned_lock("test", seconds=60):
        assert 0 < broker().pttl(KEY) <= 60_000


def test_a_lock_that_is_held_is_renewed(monkeypatch):
    """So that it can end soon after its owner was killed."""
    monkeypatch.setattr(single, "LEASE_SECONDS", 0.3)

    with owned_lock("test", seconds=60):
        time.sleep(1)
        assert 0 < broker().pttl(KEY) <= 300
        broker().delete(KEY)
        time.sleep(0.3)
        # A Redis that came back empty is told again.
        assert broker().exists(KEY) == 1

    assert broker().exists(KEY) == 0


def test_a_lock_ends_when_its_time_is_over(monkeypatch):
    monkeypatch.setattr(single, "LEASE_SECONDS", 0.3)

    with owned_lock("test", seconds=0.5):
        time.sleep(1)
        assert broker().exists(KEY) == 0


def test_a_lock_that_passed_to_another_is_left_to_it():
    with owned_lock("test", seconds=60):
        broker().set(KEY, "another's token")

    assert broker().get(KEY) == b"another's token"
    broker().delete(KEY)


def test_task_that_runs_already_is_skipped():
    calls = []

    @single_instance("test", seconds=60)
    def task(number: int) -> int:
        calls.append(number)
        return number

    with owned_lock("test", seconds=60):
        assert task(1) is None
    assert task(2) == 2
    assert calls == [2]
