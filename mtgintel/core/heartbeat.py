"""The Celery worker's sign of life, for whoever asks whether the service is ready."""

from __future__ import annotations

import time
from typing import Any

from celery import bootsteps

from . import cache

KEY = "heartbeat:worker"
BEAT_SECONDS = 10
# Three beats may be missed.
LIFETIME_SECONDS = 4 * BEAT_SECONDS


class Heartbeat(bootsteps.StartStopStep):
    """Beats from the worker's own loop, so that long tasks do not hold it up; begins
    with every connection to the broker."""

    def start(self, parent: Any) -> None:
        beat()
        parent.timer.call_repeatedly(BEAT_SECONDS, beat)


def beat() -> None:
    cache.put(KEY, time.time(), LIFETIME_SECONDS)


def seconds_since_beat() -> float | None:
    """None when no worker was heard of lately."""
    beaten_at = cache.get(KEY)
    return None if beaten_at is None else max(0.0, time.time() - beaten_at)
