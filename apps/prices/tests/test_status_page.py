"""The status page and its twin: what works, what does not, and what was wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from apps.prices.models import IngestRun
from mtgintel.core import cache, heartbeat
from mtgintel.core.models import Alarm, PutOff
from mtgintel.core.tests.test_health import NOWHERE
from tests.html import Page

from .factories import make_card, make_price

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _works():
    with time_machine.travel(NOW, tick=False):
        heartbeat.beat()
        yield
    cache.cache.delete(heartbeat.KEY)


def told(client) -> dict:
    """/api/status, which the page must agree with."""
    cache.bump()
    answer = client.get("/api/status")
    said = answer.json()
    assert answer["Cache-Control"] == "no-store"
    page = client.get("/status/")
    assert page.status_code == answer.status_code
    assert Page(page).texts("h1") == [said["message"]]
    return said


def parts(said: dict) -> dict[str, tuple[str, str]]:
    return {part["name"]: (part["state"], part["message"]) for part in said["parts"]}


def run_of(source: str, status: str, hours: float) -> None:
    moment = NOW - hours * HOUR
    IngestRun.objects.create(
        source=source, status=status, started_at=moment, finished_at=moment
    )


class TestAllIsWell:
    def test_says_so_with_every_source_and_its_age(self, client):
        make_price(make_card(), "1.00", "cardmarket", as_of=NOW - HOUR)
        said = told(client)
        assert (said["state"], said["message"]) == ("works", "Everything works.")
        assert said["checked_at"] == "2026-03-10T12:00:00Z"
        assert {state for state, _ in parts(said).values()} == {"works"}
        (source,) = said["sources"]
        assert source["marketplace"] == "cardmarket"
        assert (source["age_seconds"], source["is_stale"]) == (3600, False)
        assert said["incidents"] == []

    def test_before_the_first_price(self, client):
        said = told(client)
        assert said["state"] == "works"
        assert parts(said)["Prices"] == ("works", "None are read yet.")

    def test_it_is_in_the_footer(self, client):
        assert b'href="/status/"' in client.get("/status/").content


class TestDelays:
    def test_a_stale_source(self, client):
        price = make_price(make_card(), "1.00", "cardmarket", as_of=NOW - 30 * DAY)
        said = told(client)
        assert said["message"] == "Prices delayed. Everything else works."
        assert parts(said)["Prices"] == (
            "delayed",
            f"Older than they should be: {price.marketplace.name}.",
        )

    def test_no_worker(self, client):
        cache.cache.delete(heartbeat.KEY)
        said = told(client)
        assert said["state"] == "delayed"
        assert said["message"] == "Background work not working. Everything else works."

    @pytest.mark.parametrize(("minutes", "state"), [(59, "works"), (61, "delayed")])
    def test_figures_behind_the_prices(self, client, minutes, state):
        PutOff.objects.create(
            start=NOW, end=NOW, noted_at=NOW - timedelta(minutes=minutes)
        )
        assert parts(told(client))["Charts, signals and advice"][0] == state

    def test_redis_away(self, client, settings):
        settings.BROKER_REDIS_URL = NOWHERE
        said = told(client)
        assert parts(said)["Live updates"][0] == "down"
        assert parts(said)["Website and API"][0] == "works"
        assert said["state"] == "delayed"


class TestIncidents:
    def test_alarms_that_visitors_may_read(self, client):
        def alarm(message: str, began: float, over: float | None, *, public=True):
            Alarm.objects.create(
                kind="stream",
                subject=message,
                message=message,
                is_public=public,
                raised_at=NOW - began * HOUR,
                over_at=over if over is None else NOW - over * HOUR,
            )

        alarm("stands since long", 24 * 30, None)
        alarm("over of late", 24 * 9, 24 * 6)
        alarm("over long ago", 24 * 9, 24 * 8)
        alarm("nobody's business", 1, None, public=False)
        assert told(client)["incidents"] == [
            {
                "message": "over of late",
                "began_at": "2026-03-01T12:00:00Z",
                "over_at": "2026-03-04T12:00:00Z",
            },
            {
                "message": "stands since long",
                "began_at": "2026-02-08T12:00:00Z",
                "over_at": None,
            },
        ]

    def test_readings_that_failed_until_one_went_well(self, client):
        for status, hours in [
            ("SUCCEEDED", 60),
            ("FAILED", 50),
            ("REFUSED", 40),
            ("SUCCEEDED", 30),
            ("FAILED", 5),
        ]:
            run_of("goatbots", status, hours)
        run_of("cardmarket", "FAILED", 24 * 8)
        found = [
            (one["message"], one["began_at"][:13], (one["over_at"] or "")[:13])
            for one in told(client)["incidents"]
        ]
        assert found == [
            ("GoatBots could not be read.", "2026-03-10T07", ""),
            ("GoatBots could not be read.", "2026-03-08T10", "2026-03-09T06"),
        ]

    def test_why_a_reading_failed_is_not_for_visitors(self, client):
        IngestRun.objects.create(
            source="goatbots", status="FAILED", error="/srv/secret/path", started_at=NOW
        )
        assert b"/srv/secret" not in client.get("/status/").content
        assert b"/srv/secret" not in client.get("/api/status").content


@pytest.mark.django_db(transaction=True)
class TestDatabaseAway:
    @pytest.fixture(autouse=True)
    def _away(self):
        """Nobody listens where the database was."""
        known = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
        cache.bump()
        yield
        connection.close()
        connection.settings_dict.update(HOST=known["HOST"], PORT=known["PORT"])
        cache.bump()

    def test_both_say_so(self, client):
        said = told(client)
        assert said["state"] == "down"
        assert said["message"] == "The site is down: prices cannot be read just now."
        assert parts(said)["Website and API"][0] == "down"
        assert parts(said)["Live updates"][0] == "works"
        assert (said["sources"], said["incidents"]) == ([], [])

    def test_the_page_is_whole(self, client):
        response = client.get("/status/")
        assert response.status_code == 503
        assert "Nothing that was stored" in response.content.decode()
