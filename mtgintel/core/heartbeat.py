"""The Celery worker's sign of life, for whoever asks whether the service is ready."""

from __future__ import annotations

import time
from typing import Any

from celery import bootsteps

from . import cache

# When any of them beat last, and {worker: when it did}.
KEY = "heartbeat:worker"
EACH = "heartbeat:workers"
BEAT_SECONDS = 10
# Three beats may be missed.
LIFETIME_SECONDS = 4 * BEAT_SECONDS


class Heartbeat(bootsteps.StartStopStep):
    """Beats from the worker's own loop, so that long tasks do not hold it up; begins
    with every connection to the broker."""

    def start(self, parent: Any) -> None:
        beat(parent.hostname)
        parent.timer.call_repeatedly(BEAT_SECONDS, beat, (parent.hostname,))


def beat(worker: str = "worker") -> None:
    now = time.time()
    cache.put(KEY, now, LIFETIME_SECONDS)
    others = {name: at for name, at in _beats().items() if now - at < LIFETIME_SECONDS}
    # Two who write at once: whoever is missing is back at its next beat.
    cache.put(EACH, {**others, worker: now}, LIFETIME_SECONDS)


def ages() -> dict[str, float]:
    """{worker: seconds since it beat}, of those that were heard of lately."""
    now = time.time()
    found = {name: max(0.0, now - at) for name, at in _beats().items()}
    return {name: age for name, age in found.items() if age < LIFETIME_SECONDS}


def _beats() -> dict[str, float]:
    return cache.get(EACH) or {}


def seconds_since_beat() -> float | None:
    """None when no worker was heard of lately."""
    beaten_at = cache.get(KEY)
    return None if beaten_at is None else max(0.0, time.time() - beaten_at)
