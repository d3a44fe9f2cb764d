"""The Data page: streams, feeds, coverage, gaps, and what staff may start."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import redis
import time_machine
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from apps.prices import selectors
from apps.prices.models import (
    IngestRun,
    Marketplace,
    QuarantinedPrice,
)
from apps.prices.selectors.feeds import next_runs
from apps.prices.services.runs import source_lock
from mtgintel.core import cache
from mtgintel.core.single import owned_lock
from tests.html import Page

from .factories import add_observations, make_card, make_price, refresh

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def queue():
    """The queue of feeds, empty before and after."""
    with redis.Redis.from_url(settings.BROKER_REDIS_URL) as client:
        client.delete("ingest")
        cache.put("prices.asked:goatbots", None, 1)
        yield lambda: client.llen("ingest")
        client.delete("ingest")


def stream_id(slug: str) -> int:
    return Marketplace.objects.get(slug=slug).pk


def make_run(source: str, **fields: object) -> IngestRun:
    return IngestRun.objects.create(
        **{
            "source": source,
            "status": "SUCCEEDED",
            "started_at": NOW - HOUR,
            "finished_at": NOW,
            "as_of": NOW,
            "rows_seen": 100,
        }
        | fields
    )


class TestCoverage:
    def test_printings_with_a_fresh_price_by_finish(self):
        both, plain = make_card("Both"), make_card("Plain", finishes=["NONFOIL"])
        make_card("Gone", finishes=["ETCHED"], removed_at=NOW)
        make_price(both, "1")
        # Another condition and language of the same printing count once.
        make_price(both, "1", condition="DAMAGED")
        make_price(both, "1", language="GERMAN")
        make_price(both, "2", finish="FOIL", as_of=NOW - 49 * HOUR)
        make_price(plain, "1", "cardkingdom", as_of=NOW - 48 * HOUR)
        # A finish that the printing does not have is nobody's.
        make_price(plain, "1", "cardkingdom", finish="ETCHED")
        found = selectors.coverage_by_finish()
        tcgplayer, cardkingdom = stream_id("tcgplayer"), stream_id("cardkingdom")
        assert found == {
            "NONFOIL": selectors.Covered(
                total=2, by_stream={tcgplayer: 1, cardkingdom: 1}
            ),
            "FOIL": selectors.Covered(total=1, by_stream={}),
            "ETCHED": selectors.Covered(total=0, by_stream={}),
        }
        assert found["NONFOIL"].percent(tcgplayer) == 50.0
        assert found["FOIL"].percent(tcgplayer) == 0.0
        assert found["ETCHED"].percent(tcgplayer) is None

    def test_by_set_the_newest_first_or_those_asked_for(self):
        old = make_card("Old", set_code="old")
        make_card("New", set_code="new")
        digital = make_card("Digital", set_code="dig")
        future = make_card("Future", set_code="fut")
        for card, days, is_digital in (
            (old, 900, False),
            (digital, 1, True),
            (future, -9, False),
        ):
            one = card.card_set
            one.released_on, one.is_digital = TODAY - days * DAY, is_digital
            one.name = f"Set {one.code}"
            one.save()
        make_price(old, "1")
        make_price(old, "1", finish="FOIL")
        make_price(old, "1", finish="FOIL", condition="DAMAGED")

        def found(text: str = "") -> list[tuple[str, int, int]]:
            return [
                (
                    one.code,
                    one.covered.total,
                    one.covered.by_stream.get(stream_id("tcgplayer"), 0),
                )
                for one in selectors.coverage_by_set(text)
            ]

        # One of an unknown day comes last; what is digital or to come is not shown.
        assert found() == [("old", 2, 2), ("new", 2, 0)]
        assert found("OLD") == [("old", 2, 2)]
        assert found("set dig") == [("dig", 2, 0)]
        assert found("no such set") == []
        assert found("%") == []

    def test_there_are_never_more_than_twenty_sets(self):
        for number in range(25):
            make_card(set_code=f"s{number}")
        assert len(selectors.coverage_by_set("s")) == 20


@pytest.mark.django_db(transaction=True)
class TestReportedDays:
    def days(self, slug: str) -> selectors.ReportedDays:
        return selectors.reported_days()[stream_id(slug)]

    def observe(self, days_ago: list[int], slug: str = "tcgplayer") -> None:
        card = make_card(f"{slug} {days_ago}")
        prices = [(NOW - days * DAY, "1") for days in days_ago]
        add_observations(card, prices, slug)
        refresh(prices)
        make_price(card, "1", slug, as_of=max(moment for moment, _ in prices))

    def test_a_day_without_any_report_is_a_gap(self):
        self.observe([0, 1, 2, 5, 6])
        self.observe([0, 1, 4])
        found = self.days("tcgplayer")
        assert len(found.days) == 30
        assert found.days[-1] == (TODAY - DAY, True)
        assert found.gaps == [TODAY - 3 * DAY]
        # Before its first day it did not exist.
        assert found.days[0] == (TODAY - 30 * DAY, None)

    def test_a_stream_that_was_there_before_is_missed_from_the_start(self):
        self.observe([0, 28, 40])
        found = self.days("tcgplayer")
        assert found.days[:3] == [
            (TODAY - 30 * DAY, False),
            (TODAY - 29 * DAY, False),
            (TODAY - 28 * DAY, True),
        ]
        assert len(found.gaps) == 29

    def test_another_streams_reports_do_not_count(self):
        self.observe([0, 1, 2, 3])
        self.observe([0, 1, 3], "cardmarket")
        assert self.days("tcgplayer").gaps == []
        assert self.days("cardmarket").gaps == [TODAY - 2 * DAY]

    def test_a_stream_without_prices_has_no_days(self):
        assert selectors.reported_days() == {}


class TestFeeds:
    def status(self, name: str) -> selectors.FeedStatus:
        (found,) = [one for one in selectors.feed_statuses() if one.feed.name == name]
        return found

    def test_last_run_and_what_its_last_success_says(self):
        make_run(
            "cardkingdom",
            rejects={"unknown card": 5, "not a price": 15, "ambiguous card": 5},
            rows_rejected=25,
        )
        failed = make_run(
            "cardkingdom", status="FAILED", error="cut off", started_at=NOW
        )
        found = self.status("cardkingdom")
        assert (found.last_run.id, found.last_run.error) == (failed.pk, "cut off")
        assert found.last_success.coverage == Decimal("0.9")
        assert found.last_success.rejects == [
            ("not a price", 15),
            ("ambiguous card", 5),
            ("unknown card", 5),
        ]
        assert not found.is_running

    def test_prices_of_a_source_count_before_what_goes_with_them(self):
        prices = make_run("scryfall")
        make_run("scryfall-cards", started_at=NOW)
        assert self.status("scryfall").last_run.id == prices.pk

    def test_never_read(self):
        found = self.status("tcgcsv")
        assert (found.last_run, found.last_success) == (None, None)

    def test_every_task_of_a_feed_is_scheduled(self):
        tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
        assert {feed.task for feed in selectors.FEEDS} <= tasks

    def test_every_stream_of_a_vendor_has_a_feed(self):
        brought = {slug for feed in selectors.FEEDS for slug in feed.streams}
        assert brought == set(Marketplace.objects.values_list("slug", flat=True))

    def test_next_run_by_schedule(self):
        planned = next_runs(NOW)
        assert planned["prices.ingest_manapool"] == datetime(
            2026, 3, 10, 12, 35, tzinfo=UTC
        )
        assert planned["prices.ingest_cardmarket"] == datetime(
            2026, 3, 11, 2, 45, tzinfo=UTC
        )
        # A Tuesday; the history is read on Sundays.
        assert planned["prices.ingest_mtgjson_history"] == datetime(
            2026, 3, 15, 16, 10, tzinfo=UTC
        )

    def test_the_schedule_in_the_admin_counts(self):
        crontab = CrontabSchedule.objects.create(minute="0", hour="15")
        for name, task, enabled in (
            ("manapool-daily", "prices.ingest_manapool", True),
            ("tcgcsv-daily", "prices.ingest_tcgcsv", False),
        ):
            PeriodicTask.objects.create(
                name=name, task=task, crontab=crontab, enabled=enabled
            )
        planned = next_runs(NOW)
        assert planned["prices.ingest_manapool"] == datetime(
            2026, 3, 10, 15, tzinfo=UTC
        )
        assert "prices.ingest_tcgcsv" not in planned

    def test_the_demo_market_is_fed_by_nobody_else(self):
        make_run("demo")
        tick = make_run("demo-tick", started_at=NOW)
        (demo,) = selectors.feed_statuses()
        assert (demo.feed.title, demo.last_run.id) == ("Demo market", tick.pk)
        streams = {
            stream.freshness.marketplace: [one.feed.name for one in stream.feeds]
            for stream in selectors.stream_statuses()
        }
        assert streams["cardhoarder"] == ["demo"]
        assert streams["goatbots"] == []

    def test_a_feed_without_its_token_is_not_read_next(self, settings):
        settings.CARDTRADER_TOKEN = ""
        assert self.status("cardtrader").next_run_at is None
        settings.CARDTRADER_TOKEN = "secret"
        assert self.status("cardtrader").next_run_at == datetime(
            2026, 3, 11, 7, 30, tzinfo=UTC
        )

    def test_next_run_is_told_to_the_minute(self):
        with time_machine.travel(NOW + timedelta(seconds=17.3), tick=True):
            planned = next_runs(datetime.now(UTC))
        assert planned["prices.ingest_manapool"] == datetime(
            2026, 3, 10, 12, 35, tzinfo=UTC
        )

    def test_being_read_is_who_holds_the_lock(self):
        assert selectors.being_read(["goatbots", "tcgcsv"]) == set()
        with source_lock("goatbots"):
            assert selectors.being_read(["goatbots", "tcgcsv"]) == {"goatbots"}
        assert selectors.being_read(["goatbots"]) == set()


class TestUnresolved:
    def test_rows_of_the_last_good_files_with_what_they_may_be(self):
        card = make_card()
        old, new = make_run("cardkingdom"), make_run("cardkingdom", started_at=NOW)
        raw = {"name": "Ragavn", "candidates": [{"id": card.pk, "card": "Ragavan"}]}
        for run, reason, position, content in (
            (old, "unknown card", "old", {}),
            (new, "unknown card", "1", {}),
            (new, "ambiguous card", "2", raw),
            (new, "not a price", "3", {}),
        ):
            QuarantinedPrice.objects.create(
                run=run, reason=reason, position=position, raw=content
            )
        found = selectors.unresolved_rows(selectors.feed_statuses())
        assert [(one.position, one.what, one.candidates) for one in found] == [
            ("2", "Ragavn", [(card.pk, "Ragavan")]),
            ("1", "", []),
        ]


class TestPage:
    @pytest.fixture
    def market(self):
        card = make_card()
        make_price(card, "20", as_of=NOW - HOUR)
        make_price(card, "20", "cardmarket", as_of=NOW - 49 * HOUR)
        make_run("mtgjson-today", rejects={"unknown card": 2}, rows_rejected=2)
        make_run("cardmarket", status="REFUSED", error="Under half.", started_at=NOW)

    @pytest.fixture
    def page(self, client, market):
        def open_page(query: str = "", by: Client = client) -> Page:
            response = by.get(f"/data/{query}")
            assert response.status_code == 200
            return Page(response)

        return open_page

    def test_streams(self, page):
        found = page()
        assert found.text("h1") == "The state of the data"
        assert found.text(data_k="state:tcgplayer") == "FRESH"
        assert found.text(data_k="state:cardmarket") == "STALE"
        assert found.text(class_="page__summary") == (
            "1 of 2 streams with prices is stale: Cardmarket. "
            "Their prices are marked wherever they stand."
        )
        assert found.text("time", data_k="age:tcgplayer") == "60 min ago"
        (row,) = [each for each in found.texts("tr") if each.startswith("TCGplayer M")]
        assert "Market price: what recent sales went for" in row
        assert "60 min ago MTGJSON, today" in row
        assert "10 Mar 14:40 MTGJSON, today" in row

    def test_break_is_told_with_its_stream(self, page):
        assert any(
            "BREAK until 8 Feb 2026: Average of one day's sales" in basis
            for basis in page().texts("span", class_="basis")
        )

    def test_feeds_and_runs_with_errors(self, page):
        found = page()
        assert "unknown card 2" in found.text("details", class_="reasons")
        assert "98.0 %" in found.texts("td", data_label="Card known")
        assert found.texts("span", class_="run-error") == ["Under half."]

    def test_coverage_and_its_search(self, page):
        found = page("?set=mh2")
        table = found.text("table", class_="matrix")
        assert table.startswith("Of In all Cardmarket TCGplayer By finish")
        # One nonfoil printing, fresh at TCGplayer only, and no foil price of it.
        assert "Nonfoil 1 0 100 Foil 1 0 0 Etched 0 – –" in table
        assert "Sets like “mh2” Modern Horizons 2 MH2 2 0 50" in table
        (field,) = found.all("input", name="set")
        assert field.attributes["value"] == "mh2"
        assert "No set of that name" in page("?set=%00zz").text(
            "table", class_="matrix"
        )

    def test_anonymous_sees_no_action(self, page):
        found = page()
        assert found.all("form", action="/data/run") == []
        assert not any(
            "/admin/prices" in (a.attributes["href"] or "") for a in found.all("a")
        )

    def test_staff_sees_actions_and_ways_into_the_admin(self, page, admin_client):
        found = page(by=admin_client)
        assert len(found.all("form", action="/data/run")) == len(selectors.FEEDS)
        hrefs = [a.attributes["href"] for a in found.all("a")]
        assert "/admin/prices/quarantinedprice/?status__exact=HELD" in hrefs
        run = IngestRun.objects.latest()
        assert f"/admin/prices/ingestrun/{run.pk}/change/" in hrefs

    def test_status_pill_footer_and_navigation_lead_here(self, client, market):
        page = Page(client.get("/cards/"))
        (pill,) = page.all("a", class_="pill")
        assert pill.attributes["href"] == "/data/"
        # Pill, bar, what has no room in a phone's bar, footer.
        assert len(page.all("a", href="/data/")) == 4

    def test_empty_database(self, client):
        page = Page(client.get("/data/"))
        assert "No stream has brought a price yet" in page.texts("h2")
        assert page.texts("h2", id="coverage-title") == []
        assert "No feed was read yet." in page.texts("p")

    def test_nothing_inline(self, page):
        assert page().inline_code() == []

    def test_queries_do_not_grow(self, page, django_assert_max_num_queries):
        page()
        for number in range(30):
            card = make_card(set_code=f"s{number}")
            make_price(card, "1", "cardkingdom")
            run = make_run("cardkingdom", rejects={"unknown card": 1})
            QuarantinedPrice.objects.create(run=run, reason="unknown card")
        cache.bump()
        with django_assert_max_num_queries(26):
            page()
        with django_assert_max_num_queries(12):
            page()

    def test_api_has_the_same_numbers(self, client, market):
        answer = client.get("/api/data/streams").json()
        streams = {one["marketplace"]: one for one in answer["streams"]}
        assert streams["tcgplayer"]["covered"] == {
            "NONFOIL": 1,
            "FOIL": 0,
            "ETCHED": 0,
        }
        assert streams["tcgplayer"]["feeds"][0] == "mtgjson-today"
        assert streams["cardmarket"]["is_stale"] is True
        assert [one["began_at"] for one in streams["cardmarket"]["breaks"]] == [
            "2026-02-08T00:00:00Z"
        ]
        assert streams["goatbots"]["gaps"] is None
        assert answer["catalogue"][0] == {"finish": "NONFOIL", "printings": 1}
        feeds = {one["name"]: one for one in answer["feeds"]}
        assert feeds["mtgjson-today"]["last_run"]["rejects"] == {"unknown card": 2}
        assert feeds["mtgjson-today"]["last_success"]["coverage"] == 0.98
        assert feeds["cardmarket"]["last_run"]["status"] == "REFUSED"
        assert feeds["cardmarket"]["next_run_at"] == "2026-03-11T02:45:00Z"


class TestRunNow:
    def post(self, client: Client, feed: str = "goatbots") -> str:
        """What the page says afterwards."""
        response = client.post("/data/run", {"feed": feed}, follow=True)
        assert response.status_code == 200
        return Page(response).text("p", role="status")

    def test_queues_the_task_of_the_feed(self, admin_client, queue):
        assert self.post(admin_client) == "GoatBots is on the queue."
        assert queue() == 1

    def test_twice_in_a_row_queues_it_once(self, admin_client, queue):
        self.post(admin_client)
        assert self.post(admin_client) == (
            "GoatBots was asked for minutes ago and waits for a worker."
        )
        assert queue() == 1

    def test_is_refused_while_it_is_read(self, admin_client, queue):
        said = "GoatBots is being read already; it is in the list of runs below."
        with source_lock("goatbots"):
            assert self.post(admin_client) == said
        with owned_lock("ingest-goatbots", seconds=60):
            assert self.post(admin_client) == said
        assert queue() == 0

    def test_is_refused_in_a_demo_market(self, admin_client, queue):
        make_run("demo")
        assert self.post(admin_client).startswith("This is the demo market")
        assert queue() == 0

    def test_is_refused_without_the_token_it_needs(self, admin_client, queue, settings):
        settings.CARDTRADER_TOKEN = ""
        assert self.post(admin_client, "cardtrader") == (
            "CardTrader answers only with a token; there is none."
        )
        assert queue() == 0

    def test_there_is_no_such_feed(self, admin_client, queue):
        assert admin_client.post("/data/run", {"feed": "x"}).status_code == 404
        assert queue() == 0

    def test_anonymous_is_sent_to_log_in(self, client, queue):
        response = client.post("/data/run", {"feed": "goatbots"})
        assert response.status_code == 302
        assert response["Location"] == "/account/login/?next=/data/run"
        assert queue() == 0

    def test_somebody_without_the_permission_is_refused(self, client, queue):
        user = User.objects.create_user("u", is_staff=True)
        client.force_login(user)
        assert client.post("/data/run", {"feed": "goatbots"}).status_code == 403
        assert queue() == 0
        user.user_permissions.add(Permission.objects.get(codename="add_ingestrun"))
        assert self.post(client) == "GoatBots is on the queue."

    def test_a_forged_form_is_refused(self, admin_user, queue):
        client = Client(enforce_csrf_checks=True)
        client.force_login(admin_user)
        assert client.post("/data/run", {"feed": "goatbots"}).status_code == 403
        assert queue() == 0

    def test_reading_starts_nothing(self, admin_client, queue):
        assert admin_client.get("/data/run").status_code == 405
        assert queue() == 0
