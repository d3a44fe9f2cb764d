"""Who may read /metrics, and what stands in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import redis
import time_machine
from celery import current_app, shared_task
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from apps.prices.models import IngestRun
from apps.prices.tests.factories import make_card, make_price
from mtgintel.core import cache, derived, heartbeat
from mtgintel.core.models import PutOff
from mtgintel.core.tests.test_health import NOWHERE

PROXY = "10.0.0.2"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _proxies(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "172.16.0.0/12"]


def samples(client: Client | None = None) -> dict[tuple, float]:
    """{(name, *values of its labels, these in the order of their names): value}"""
    response = (client or Client()).get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, *dict(sorted(sample.labels.items())).values()): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


class TestDoor:
    @pytest.mark.parametrize(
        "address", ["127.0.0.1", "::1", "172.18.0.5", "192.168.16.3"]
    )
    def test_open_to_those_who_ask_directly(self, client, address):
        response = client.get("/metrics", REMOTE_ADDR=address, HTTP_HOST="web:8000")
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/plain; version=")
        assert response["Cache-Control"] == "no-store"
        assert b"mtgintel_http_requests_total" in response.content

    @pytest.mark.parametrize(
        ("peer", "forwarded"),
        [
            ("198.51.100.7", ""),
            ("8.8.8.8", "127.0.0.1"),
            # Through a proxy, wherever from: only the token counts.
            (PROXY, "198.51.100.7"),
            (PROXY, "127.0.0.1"),
            ("172.18.0.5", "192.168.1.20"),
            ("", ""),
            ("nonsense", ""),
        ],
    )
    def test_nobody_else_learns_of_it(self, client, peer, forwarded):
        extra = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
        response = client.get("/metrics", REMOTE_ADDR=peer, **extra)
        assert response.status_code == 404
        assert b"mtgintel_" not in response.content

    @pytest.mark.parametrize(
        ("token", "sent", "status"),
        [
            ("a-long-token", "Bearer a-long-token", 200),
            ("a-long-token", "Bearer a-long-tokem", 404),
            ("a-long-token", "a-long-token", 404),
            ("a-long-token", "", 404),
            ("", "Bearer ", 404),
            ("", "", 404),
        ],
    )
    def test_a_token_opens_it_from_anywhere(
        self, client, settings, token, sent, status
    ):
        settings.METRICS_TOKEN = token
        response = client.get(
            "/metrics",
            REMOTE_ADDR=PROXY,
            HTTP_X_FORWARDED_FOR="198.51.100.7",
            HTTP_AUTHORIZATION=sent,
        )
        assert response.status_code == status

    def test_networks_can_be_named(self, client, settings):
        settings.METRICS_ALLOWED = ["198.51.100.0/24"]
        get = lambda address: client.get("/metrics", REMOTE_ADDR=address).status_code  # noqa: E731
        assert (get("198.51.100.7"), get("127.0.0.1")) == (200, 404)

    def test_it_asks_for_no_name_and_no_encryption(self, client, settings):
        settings.ALLOWED_HOSTS = ["market.example"]
        settings.SECURE_SSL_REDIRECT = True
        response = client.get("/metrics", HTTP_HOST="web:8000", REMOTE_ADDR="127.0.0.1")
        assert response.status_code == 200


class TestRequests:
    def test_counted_by_name_and_never_by_path(self, client):
        before = samples()
        for path in ("/cards/991/", "/cards/992/", "/cards/?q=x", "/no/such/path-7"):
            client.get(path)
        client.generic("BREW", "/cards/")
        after = samples()

        def more(*labels: str) -> float:
            name = ("mtgintel_http_requests_total", *labels)
            return after.get(name, 0) - before.get(name, 0)

        assert more("GET", "cards:detail", "404") == 2
        assert more("GET", "none", "404") == 1
        assert more("other", "cards:search", "405") == 1
        assert not [label for name in after for label in name if "991" in label]

    def test_both_spellings_of_a_route_are_one(self, client):
        client.get("/api/health/live")
        client.get("/api/health/live/")
        routes = {name[2] for name in samples() if name[0].endswith("requests_total")}
        assert "api-health-live" in routes
        assert not [name for name in routes if name.startswith("mtgintel.core.health")]

    def test_timed(self, client):
        name = "mtgintel_http_request_duration_seconds"
        before = samples().get((f"{name}_count", "GET", "api-health-live"), 0)
        client.get("/api/health/live")
        after = samples()
        assert after[f"{name}_count", "GET", "api-health-live"] == before + 1
        assert after[f"{name}_bucket", "+Inf", "GET", "api-health-live"] == before + 1


class TestCache:
    def test_what_became_of_lookups(self):
        def outcomes() -> dict[str, float]:
            return {
                name[1]: value
                for name, value in samples().items()
                if name[0] == "mtgintel_cache_lookups_total"
            }

        before = outcomes()
        for _ in range(3):
            cache.get_or_compute("metrics.test", lambda: 1, scope="metrics-test")
        after = outcomes()
        # Answering asks for computed values itself: those of streams.
        assert after["miss"] - before.get("miss", 0) >= 1
        assert after["hit"] - before.get("hit", 0) >= 2


class TestTasks:
    @pytest.fixture(autouse=True)
    def _tasks(self):
        @shared_task(name="tests.metrics_good")
        def good() -> None: ...

        @shared_task(name="tests.metrics_bad")
        def bad() -> None:
            raise ValueError

        yield
        for name in ("good", "bad"):
            current_app.tasks.unregister(f"tests.metrics_{name}")

    def test_counted_by_name_and_outcome(self):
        current_app.tasks["tests.metrics_good"].apply()
        current_app.tasks["tests.metrics_bad"].apply()
        found = samples()
        assert found["mtgintel_tasks_total", "success", "tests.metrics_good"] == 1
        assert found["mtgintel_tasks_total", "failure", "tests.metrics_bad"] == 1
        name = "mtgintel_task_duration_seconds_count"
        assert (
            found[name, "tests.metrics_good"],
            found[name, "tests.metrics_bad"],
        ) == ((1, 1))


@pytest.mark.storage
class TestState:
    @pytest.fixture(autouse=True)
    def _clock(self):
        with time_machine.travel(NOW, tick=False):
            yield

    def test_streams(self):
        make_price(make_card(), "1.00", "cardmarket", as_of=NOW - timedelta(hours=50))
        found = samples()
        assert found["mtgintel_stream_age_seconds", "cardmarket"] == 50 * 3600
        window = found["mtgintel_stream_freshness_window_seconds", "cardmarket"]
        assert found["mtgintel_stream_stale", "cardmarket"] == float(window < 50 * 3600)

    def test_ingest(self):
        done = dict.fromkeys(("started_at", "finished_at"), NOW - timedelta(hours=2))
        IngestRun.objects.create(
            source="goatbots",
            status="SUCCEEDED",
            rows_written=5,
            rows_unchanged=7,
            rows_rejected=1,
            as_of=NOW - timedelta(hours=3),
            **done,
        )
        IngestRun.objects.create(source="goatbots", status="REFUSED", **done)
        found = samples()
        runs, rows = "mtgintel_ingest_runs_total", "mtgintel_ingest_rows_total"
        assert found[runs, "goatbots", "SUCCEEDED"] == 1
        assert found[runs, "goatbots", "REFUSED"] == 1
        assert found[runs, "goatbots", "FAILED"] == 0
        assert found[rows, "written", "goatbots"] == 5
        assert found[rows, "unchanged", "goatbots"] == 7
        assert found[rows, "rejected", "goatbots"] == 1
        assert found["mtgintel_ingest_lag_seconds", "goatbots"] == 3 * 3600
        when = "mtgintel_ingest_last_success_timestamp_seconds"
        assert found[when, "goatbots"] == (NOW - timedelta(hours=2)).timestamp()

    def test_aggregates_that_lag(self):
        assert samples()["mtgintel_aggregates_unrefreshed_runs",] == 0
        for hours in (1, 2):
            IngestRun.objects.create(
                source="goatbots",
                status="SUCCEEDED",
                finished_at=NOW - timedelta(hours=hours),
                dirty_from=NOW - timedelta(days=1),
                dirty_to=NOW,
            )
        found = samples()
        assert found["mtgintel_aggregates_unrefreshed_runs",] == 2
        assert found["mtgintel_aggregates_lag_seconds",] == 7200

    def test_derivations_put_off(self):
        assert derived.backlog() == (0, 0.0)
        for minutes in (10, 90):
            PutOff.objects.create(
                start=NOW, end=NOW, noted_at=NOW - timedelta(minutes=minutes)
            )
        found = samples()
        assert found["mtgintel_derivations_put_off",] == 2
        assert found["mtgintel_derivations_lag_seconds",] == 90 * 60

    def test_queues(self, settings):
        queue = next(iter(current_app.amqp.queues))
        with redis.Redis.from_url(settings.BROKER_REDIS_URL) as broker:
            broker.delete(queue)
            broker.lpush(queue, "one", "two", "three")
            found = samples()
            broker.delete(queue)
        told = {name[1] for name in found if name[0] == "mtgintel_queue_messages"}
        assert told == set(current_app.amqp.queues)
        assert found["mtgintel_queue_messages", queue] == 3
        assert found["mtgintel_queue_unacknowledged_messages",] >= 0

    def test_workers_and_disk(self):
        heartbeat.beat("celery@one")
        heartbeat.beat("celery@two")
        found = samples()
        assert found["mtgintel_worker_heartbeat_age_seconds", "celery@one"] == 0
        assert found["mtgintel_worker_heartbeat_age_seconds", "celery@two"] == 0
        assert found["mtgintel_workers",] >= 2
        assert found["mtgintel_data_directory_free_bytes",] > 0

    def test_what_cannot_be_read_is_left_out_and_said(self, settings):
        settings.BROKER_REDIS_URL = NOWHERE
        found = samples()
        assert found["mtgintel_up", "redis"] == 0
        assert found["mtgintel_up", "database"] == 1
        assert found["mtgintel_state_readable", "queues"] == 0
        assert found["mtgintel_state_readable", "streams"] == 1
        assert not [name for name in found if name[0] == "mtgintel_queue_messages"]


def test_workers_that_went_are_forgotten():
    cache.cache.delete(heartbeat.EACH)
    with time_machine.travel(NOW, tick=False) as clock:
        heartbeat.beat("celery@gone")
        clock.shift(heartbeat.LIFETIME_SECONDS - 1)
        heartbeat.beat("celery@here")
        assert heartbeat.ages() == {"celery@gone": 39, "celery@here": 0}
        clock.shift(2)
        assert heartbeat.ages() == {"celery@here": 2}
