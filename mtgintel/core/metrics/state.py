"""What is read when somebody asks: from the database, Redis and the disk.

    state.register("streams", stream_gauges)

An app registers in its AppConfig's ready(). A part whose database or Redis does not
answer is left out and counted as unreadable; the others are told all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from mtgintel.core import health

logger = logging.getLogger(__name__)

Read = Callable[[], Iterable[Metric]]
Labelled = Iterable[tuple[tuple[str, ...], float]]
CANNOT_READ = (DatabaseError, InterfaceError, RedisError, OSError)


@dataclass(frozen=True, slots=True)
class _Part:
    read: Read
    needs: frozenset[str]


_parts: dict[str, _Part] = {}


def register(part: str, read: Read, *, needs: Iterable[str] = ()) -> None:
    """Add the metrics that `read` returns; it may raise what is in CANNOT_READ.

    It is not called while one of `needs` (of health.PARTS) is down: each would wait
    for a connection in turn.
    """
    _parts[part] = _Part(read, frozenset(needs))


def gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def gauges(name: str, says: str, labels: tuple[str, ...], values: Labelled) -> Metric:
    """One metric with a value for each combination of labels."""
    return _filled(GaugeMetricFamily(name, says, labels=labels), values)


def counters(name: str, says: str, labels: tuple[str, ...], values: Labelled) -> Metric:
    """The same, of numbers that only grow; "_total" is appended to the name."""
    return _filled(CounterMetricFamily(name, says, labels=labels), values)


def _filled(
    family: GaugeMetricFamily | CounterMetricFamily, values: Labelled
) -> Metric:
    for labels, value in values:
        family.add_metric(labels, value)
    return family


class State(Collector):
    """Every part that was registered."""

    def collect(self) -> Iterator[Metric]:
        problems = health.problems()
        yield gauges(
            "mtgintel_up",
            "Whether what the service needs does its work: 1 or 0.",
            ("part",),
            [((part,), float(part not in problems)) for part in health.PARTS],
        )
        readable: list[tuple[tuple[str], float]] = []
        for name, part in _parts.items():
            found = None if problems.keys() & part.needs else _read(name, part)
            readable.append(((name,), float(found is not None)))
            yield from found or ()
        yield gauges(
            "mtgintel_state_readable",
            "Whether this part of what is read for Prometheus could be: 1 or 0.",
            ("part",),
            readable,
        )


def _read(name: str, part: _Part) -> list[Metric] | None:
    try:
        return list(part.read())
    except CANNOT_READ as error:
        logger.warning("no metrics of %s: %s", name, error)
        return None
