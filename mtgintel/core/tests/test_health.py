"""/api/health/live and /api/health/ready."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from mtgintel.core import cache, heartbeat

pytestmark = pytest.mark.django_db

READY = "/api/health/ready"
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def _worker():
    """A worker that beat just now, in a cache of this test's own."""
    cache.cache.delete(heartbeat.KEY)
    heartbeat.beat()
    yield
    cache.cache.delete(heartbeat.KEY)


def problems(client) -> dict[str, str]:
    response = client.get(READY)
    assert response.status_code == 503
    assert response["Cache-Control"] == "no-store"
    error = response.json()
    assert error["code"] == "not_ready"
    assert error["message"] == " ".join(error["extra"].values())
    return error["extra"]


def test_live_asks_nobody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/api/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response["Cache-Control"] == "no-store"


def test_ready_reports_the_worker_and_every_feed(client):
    response = client.get(READY)
    report = response.json()
    assert (response.status_code, report["status"]) == (200, "ok")
    assert 0 <= report["worker_heartbeat_seconds"] < 5
    assert {
        "marketplace": "cardhoarder",
        "as_of": None,
        "age_seconds": None,
        "is_stale": True,
    } in report["feeds"]


def test_a_heartbeat_ages_and_ends(client):
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=7)):
        assert 7 <= client.get(READY).json()["worker_heartbeat_seconds"] < 12
    left = cache.get_redis_connection("default").pttl(
        cache.cache.make_key(heartbeat.KEY)
    )
    assert 0 < left <= heartbeat.LIFETIME_SECONDS * 1000


def test_not_ready_without_a_worker(client):
    cache.cache.delete(heartbeat.KEY)
    assert problems(client) == {
        "worker": "No Celery worker was heard of for 40 s: is one running?"
    }


def test_not_ready_before_the_migrations(client):
    (newest,) = MigrationLoader(connection).graph.leaf_nodes("market")
    MigrationRecorder(connection).record_unapplied(*newest)
    assert problems(client) == {
        "database": "1 migrations are not applied: run manage.py migrate."
    }


def test_not_ready_without_the_broker(client):
    with override_settings(BROKER_REDIS_URL=NOWHERE):
        assert problems(client) == {"redis": "The broker's Redis does not answer."}


def test_not_ready_without_the_cache(client):
    nowhere = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": NOWHERE,
        }
    }
    with override_settings(CACHES=nowhere):
        found = problems(client)
    cache.breaker.reset()
    assert found["cache"] == "The cache's Redis does not answer."


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_the_database(client, monkeypatch, caplog):
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "PORT", "1")
        # Connections of a pool are open already.
        patch.setitem(connection.settings_dict, "OPTIONS", {})
        found = problems(client)
        unavailable = client.get("/api/market/overview")
        client.raise_request_exception = False
        page = client.get("/cards/")
    connection.close()
    assert found == {"database": "The database does not answer."}
    assert unavailable.status_code == 503
    assert unavailable.json() == {
        "code": "unavailable",
        "message": "The database does not answer; try again in a moment.",
        "extra": {},
    }
    assert page.status_code == 503
    assert page["Retry-After"] == "5"
    assert "<h1>Back in a moment</h1>" in page.text
    # The visitor is not told why; whoever runs it is.
    assert "the database does not answer: connection" in caplog.text


def test_a_worker_beats_when_it_connects_and_from_its_own_loop():
    class Timer:
        repeated: list[tuple[float, object, tuple]] = []

        def call_repeatedly(self, seconds: float, call: object, args: tuple) -> None:
            self.repeated.append((seconds, call, args))

    class Consumer:
        hostname = "celery@here"
        timer = Timer()

    cache.cache.delete(heartbeat.KEY)
    consumer = Consumer()
    heartbeat.Heartbeat(consumer).start(consumer)
    assert heartbeat.seconds_since_beat() is not None
    assert consumer.timer.repeated == [(10, heartbeat.beat, ("celery@here",))]
