"""Which views may ask a replica, and that there is nothing of it without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connections
from django.urls import URLPattern, get_resolver

from mtgintel.core import cache, replica
from tests.skips import CHECKOUT
from tests.test_permissions import DOOR, OWN, PUBLIC, SIGNED_IN, STAFF

# Public, and nevertheless the primary's: what fares now, what writes, what is prose.
OF_THE_PRIMARY = {
    "alerts/unsubscribe/<str:token>",
    "api",
    "api/<path:unknown>",
    "api/data/bulk",
    "api/data/streams",
    "api/docs",
    "api/health/live",
    "api/health/ready",
    "api/schema",
    "api/status",
    "data",
    "data/bulk",
    "data/bulk/<path:name>",
    "favicon.ico",
    "status",
}


def views() -> dict[str, list[object]]:
    """Every route's views, by its address as test_permissions spells it."""
    found: dict[str, list[object]] = {}

    def walk(patterns: list[object], before: str) -> None:
        for one in patterns:
            address = f"{before}{one.pattern}"  # type: ignore[attr-defined]
            if isinstance(one, URLPattern):
                named = address.replace("^", "").replace("$", "").rstrip("/")
                found.setdefault(named, []).append(one.callback)
            else:
                walk(one.url_patterns, address)  # type: ignore[attr-defined]

    walk(get_resolver().url_patterns, "")
    return found


def test_public_data_and_nothing_else_may_come_from_a_replica():
    asking = {
        address
        for address, callbacks in views().items()
        if any(map(replica.is_public, callbacks))
    }

    assert asking - (PUBLIC - OF_THE_PRIMARY) == set()
    assert (PUBLIC - OF_THE_PRIMARY) - asking == set()
    assert asking & (SIGNED_IN | STAFF | OWN | DOOR) == set()


@pytest.mark.django_db
def test_without_a_replica_nothing_is_asked_of_it(django_assert_num_queries):
    assert "replica" not in connections.settings
    assert settings.DATABASE_ROUTERS == []
    assert "mtgintel.core.replica.ReadsFromReplica" not in settings.MIDDLEWARE
    # What a test with a replica noted is kept for an hour.
    cache.cache.delete(cache.POSITION)
    with django_assert_num_queries(0):
        cache.bump()
    assert cache.noted_position() is None
    assert replica.alias() == "default"


TOLD = """
import json
from mtgintel.settings import base
print(json.dumps([sorted(base.DATABASES), base.DATABASE_ROUTERS, base.MIDDLEWARE[-1],
                  base.DATABASES.get("replica", {}).get("HOST")]))
"""


def told(**environment: str) -> list[object]:
    answer = subprocess.run(
        [sys.executable, "-c", TOLD],
        capture_output=True,
        text=True,
        check=True,
        cwd=CHECKOUT,
        env=os.environ | environment,
    )
    found: list[object] = json.loads(answer.stdout)
    return found


def test_the_environment_names_it():
    url = "postgres://reader@replica.example:5432/mtgintel"

    assert told(REPLICA_DATABASE_URL=url) == [
        ["default", "replica"],
        ["mtgintel.core.replica.ReplicaRouter"],
        "mtgintel.core.replica.ReadsFromReplica",
        "replica.example",
    ]
    # As compose hands it on where there is none.
    assert told(REPLICA_DATABASE_URL="")[:2] == [["default"], []]
