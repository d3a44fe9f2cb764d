"""What Prometheus is told of prices, read when it asks."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone
from prometheus_client.core import Metric

from mtgintel.core.metrics import state

from .selectors import freshness
from .selectors.ledger import held_prices, source_totals, unrefreshed


def _streams() -> Iterable[Metric]:
    streams = [one for one in freshness() if one.as_of]
    yield state.gauges(
        "mtgintel_stream_age_seconds",
        "Age of the newest price of a stream; streams without prices are not told of.",
        ("stream",),
        [((one.marketplace,), float(one.age_seconds or 0)) for one in streams],
    )
    yield state.gauges(
        "mtgintel_stream_freshness_window_seconds",
        "The age at which a stream becomes stale.",
        ("stream",),
        [((one.marketplace,), one.freshness_hours * 3600.0) for one in streams],
    )
    yield state.gauges(
        "mtgintel_stream_stale",
        "Whether a stream is older than its window: 1 or 0.",
        ("stream",),
        [((one.marketplace,), float(one.is_stale)) for one in streams],
    )


def _ingest() -> Iterable[Metric]:
    totals, now = source_totals(), timezone.now()
    yield state.counters(
        "mtgintel_ingest_runs",
        "Readings of a source by how they ended; those that run now are RUNNING.",
        ("source", "status"),
        [((t.source, status), runs) for t in totals for status, runs in t.runs.items()],
    )
    yield state.counters(
        "mtgintel_ingest_rows",
        "Rows of a source that were written, unchanged or rejected.",
        ("source", "outcome"),
        [((t.source, kind), rows) for t in totals for kind, rows in t.rows.items()],
    )
    yield state.gauges(
        "mtgintel_ingest_last_success_timestamp_seconds",
        "When a source was read well last.",
        ("source",),
        [((t.source,), t.succeeded_at.timestamp()) for t in totals if t.succeeded_at],
    )
    yield state.gauges(
        "mtgintel_ingest_lag_seconds",
        "Since the moment that the newest file of a source tells of.",
        ("source",),
        [((t.source,), (now - t.as_of).total_seconds()) for t in totals if t.as_of],
    )


def _aggregates() -> Iterable[Metric]:
    waiting = unrefreshed()
    yield state.gauge(
        "mtgintel_aggregates_unrefreshed_runs",
        "Readings whose prices charts and indices do not show yet.",
        waiting.runs,
    )
    yield state.gauge(
        "mtgintel_aggregates_lag_seconds",
        "Since the first of those readings ended.",
        waiting.lag_seconds,
    )


def _quarantine() -> Iterable[Metric]:
    yield state.gauge(
        "mtgintel_quarantine_held_prices",
        "Doubted prices that wait for a decision.",
        held_prices(),
    )


def register() -> None:
    for part in (_streams, _ingest, _aggregates, _quarantine):
        state.register(part.__name__.removeprefix("_"), part, needs=["database"])
