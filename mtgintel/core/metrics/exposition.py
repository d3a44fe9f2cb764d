"""The text that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from .counted import REGISTRY, SLOTS
from .slots import DAMAGED
from .state import State


class Counted(Collector):
    """What every process on this data directory has counted."""

    def collect(self) -> Iterable[Metric]:
        if SLOTS is None:
            return REGISTRY.collect()
        try:
            return _merged(SLOTS.files())
        except DAMAGED:
            SLOTS.drop_damaged()
            return _merged(SLOTS.files())


def _merged(files: list[str]) -> Iterable[Metric]:
    found: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
    return found


def exposition() -> bytes:
    """All metrics, in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Counted())
    registry.register(State())
    return generate_latest(registry)
