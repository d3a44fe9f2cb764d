"""What belongs to no app: queues, workers, what is put off, the disk."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable

import redis
from celery import current_app
from django.conf import settings
from prometheus_client.core import Metric

from mtgintel.core import alarms, derived, heartbeat
from mtgintel.settings.env import DATA_DIR

from . import state


def queue_depths() -> dict[str, int]:
    """{queue: messages nobody has taken yet}. Raises RedisError."""
    with _broker() as client:
        return {name: client.llen(name) for name in current_app.amqp.queues}


def _queues() -> Iterable[Metric]:
    yield state.gauges(
        "mtgintel_queue_messages",
        "Messages that wait in a queue for a worker.",
        ("queue",),
        [((name,), depth) for name, depth in queue_depths().items()],
    )
    with _broker() as client:
        yield state.gauge(
            "mtgintel_queue_unacknowledged_messages",
            "Messages that a worker has taken and not finished, those for later too.",
            client.hlen("unacked"),
        )


def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.BROKER_REDIS_URL, socket_connect_timeout=1, socket_timeout=2
    )


def _workers() -> Iterable[Metric]:
    ages = heartbeat.ages()
    yield state.gauges(
        "mtgintel_worker_heartbeat_age_seconds",
        "Since a worker was heard of last; gone once that is too long ago.",
        ("worker",),
        [((name,), age) for name, age in ages.items()],
    )
    yield state.gauge(
        "mtgintel_workers", "Workers that were heard of lately.", len(ages)
    )


def _derivations() -> Iterable[Metric]:
    waiting, seconds = derived.backlog()
    yield state.gauge(
        "mtgintel_derivations_put_off",
        "Ranges of prices that signals and the like have yet to catch up with.",
        waiting,
    )
    yield state.gauge(
        "mtgintel_derivations_lag_seconds",
        "How long the oldest of those ranges has waited.",
        seconds,
    )


def _alarms() -> Iterable[Metric]:
    alarms_now = alarms.standing()
    standing = Counter(alarm.kind for alarm in alarms_now)
    yield state.gauges(
        "mtgintel_alarm_active",
        "Alarms that stand, by kind and by what they are about: always 1.",
        ("kind", "subject"),
        [((alarm.kind, alarm.subject), 1.0) for alarm in alarms_now],
    )
    yield state.gauges(
        "mtgintel_alarms_active",
        "How many alarms of a kind stand.",
        ("kind",),
        [((kind,), float(standing[kind])) for kind in alarms.kinds()],
    )


def _disk() -> Iterable[Metric]:
    usage = shutil.disk_usage(DATA_DIR)
    yield state.gauge(
        "mtgintel_data_directory_free_bytes",
        "Free on the disk that the data directory is on.",
        usage.free,
    )
    yield state.gauge(
        "mtgintel_data_directory_size_bytes",
        "Size of the disk that the data directory is on.",
        usage.total,
    )


def register() -> None:
    state.register("queues", _queues, needs=["redis"])
    state.register("workers", _workers, needs=["cache"])
    state.register("derivations", _derivations, needs=["database"])
    state.register("alarms", _alarms, needs=["database"])
    state.register("disk", _disk)
