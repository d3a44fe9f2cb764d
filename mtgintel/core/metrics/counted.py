"""What processes count as they work."""

from __future__ import annotations

from django.conf import settings
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from .slots import shared_by

disable_created_metrics()  # type: ignore[no-untyped-call]
# First, as what is made below is kept there; None: in this process alone.
SLOTS = shared_by(settings.METRICS_DIR)
REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "mtgintel_http_requests",
    "HTTP requests answered, by the name of their route.",
    ["method", "route", "status"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "mtgintel_http_request_duration_seconds",
    "Time until the answer began, by the name of the route.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)

CACHE_LOOKUPS = Counter(
    "mtgintel_cache_lookups",
    "Computed values asked for: hit (it was there), miss (computed here), waited (for "
    "another who computed it), stale (the previous one was served meanwhile), alone "
    "(computed without the cache).",
    ["outcome"],
    registry=REGISTRY,
)

TASKS = Counter(
    "mtgintel_tasks",
    "Background tasks that ended: success, failure, retry, ignored or revoked.",
    ["task", "outcome"],
    registry=REGISTRY,
)
TASK_SECONDS = Histogram(
    "mtgintel_task_duration_seconds",
    "How long background tasks ran.",
    ["task"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 10800),
    registry=REGISTRY,
)

SOCKETS = Gauge(
    "mtgintel_live_sockets",
    "Websockets that are open.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
SUBSCRIPTIONS = Gauge(
    "mtgintel_live_subscriptions",
    "Channels that open websockets follow, counted once per socket.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
MESSAGES_SENT = Counter(
    "mtgintel_live_messages_sent",
    "Replies and updates sent over websockets.",
    registry=REGISTRY,
)
UPDATES_DROPPED = Counter(
    "mtgintel_live_updates_dropped",
    "Updates not sent to a websocket because a newer one of the topic came first.",
    registry=REGISTRY,
)
SOCKETS_CLOSED = Counter(
    "mtgintel_live_closed",
    "Websockets that ended, by close code.",
    ["code"],
    registry=REGISTRY,
)
