"""Whether this process is alive, and whether the service can do its work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError, InterfaceError
from drf_spectacular.utils import extend_schema
from redis.exceptions import RedisError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import cache, heartbeat
from .api.errors import ErrorSerializer

logger = logging.getLogger(__name__)

NO_STORE = {"Cache-Control": "no-store"}

# What the service cannot work without.
PARTS = ("database", "cache", "redis", "worker")

# Figures that apps add to the report; they never decide whether we are ready.
_reports: dict[str, Callable[[], Any]] = {}


def register_report(name: str, report: Callable[[], Any]) -> None:
    """Let an app add `name` to what /api/health/ready tells."""
    _reports[name] = report


def problems() -> dict[str, str]:
    """{one of PARTS: why it does not do its work}."""
    found = {
        "database": _database_problem(),
        "cache": None if cache.is_up() else "The cache's Redis does not answer.",
        "redis": _broker_problem(),
        "worker": _worker_problem(),
    }
    return {name: problem for name, problem in found.items() if problem}


def _database_problem() -> str | None:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, InterfaceError) as error:
        logger.warning("not ready: %s", error)
        return "The database does not answer."
    if pending:
        return f"{len(pending)} migrations are not applied: run manage.py migrate."
    return None


def _broker_problem() -> str | None:
    client = redis.Redis.from_url(
        settings.BROKER_REDIS_URL, socket_connect_timeout=1, socket_timeout=1
    )
    try:
        with client:
            client.ping()
    except RedisError as error:
        logger.warning("not ready: %s", error)
        return "The broker's Redis does not answer."
    return None


def _worker_problem() -> str | None:
    if heartbeat.seconds_since_beat() is None:
        return (
            f"No Celery worker was heard of for {heartbeat.LIFETIME_SECONDS} s: "
            "is one running?"
        )
    return None


class LiveSerializer(serializers.Serializer):
    status = serializers.CharField()


class ReadySerializer(serializers.Serializer):
    status = serializers.CharField()
    worker_heartbeat_seconds = serializers.FloatField()
    feeds = serializers.ListField(child=serializers.DictField())


class HealthView(APIView):
    """Asked by machines, often: no session, no limits."""

    authentication_classes: list[type] = []
    throttle_classes: list[type] = []


class LiveView(HealthView):
    """This process answers"""

    @extend_schema(
        operation_id="health_live", tags=["health"], responses=LiveSerializer
    )
    def get(self, _request: Request) -> Response:
        return Response({"status": "ok"}, headers=NO_STORE)


class ReadyView(HealthView):
    """The database is migrated and answers, Redis answers, a worker works

    A stale feed is reported and does not make the service unready: it still answers,
    and says how old its answers are.
    """

    @extend_schema(
        operation_id="health_ready",
        tags=["health"],
        responses={200: ReadySerializer, 503: ErrorSerializer},
    )
    def get(self, _request: Request) -> Response:
        found = problems()
        if found:
            reasons = {
                "code": "not_ready",
                "message": " ".join(found.values()),
                "extra": found,
            }
            return Response(reasons, status=503, headers=NO_STORE)
        report = {name: make() for name, make in _reports.items()}
        report["worker_heartbeat_seconds"] = heartbeat.seconds_since_beat()
        return Response({"status": "ok", **report}, headers=NO_STORE)
