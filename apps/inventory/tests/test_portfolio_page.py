"""The page of a portfolio, its JSON, and its live topic: for its owner alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.inventory.models import Disposal, ImportBatch
from apps.inventory.selectors.topics import (
    inventory_topic_snapshot,
    is_own_collection,
)
from apps.inventory.services.changed import holdings_changed
from apps.prices.ingest.base import PriceData
from apps.prices.models import Marketplace
from apps.prices.services import record_prices
from apps.prices.tests.factories import make_card, make_price
from mtgintel.core import cache, events

from .test_values import make_lot, prefer

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)
PAGE = "/portfolio/"
ROUTES = [
    "/api/inventory/value",
    "/api/inventory/history",
    "/api/inventory/history?at=2026-03-09",
    "/api/inventory/allocation",
    "/api/inventory/activity",
]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def card():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


@pytest.fixture
def market(owner, card):
    """Five days of prices up to NOW, and lots since the third last of them."""
    with time_machine.travel(NOW, tick=False):
        make_lot(owner, card, 4, unit_cost=Decimal("8.00"), acquired_on=TODAY - 2 * DAY)
        observe(card, "10.00", "11.00", "12.00", "12.50", "13.00")
        yield


def observe(card, *amounts: str) -> None:
    """The last amount today at 06:00, the others on the days before."""
    stream = Marketplace.objects.get(slug="tcgplayer")
    first = datetime(2026, 3, 10, 6, tzinfo=UTC) - (len(amounts) - 1) * DAY
    record_prices(
        [
            PriceData(
                card_id=card.pk,
                marketplace_id=stream.pk,
                price=Decimal(amount),
                currency="USD",
                time=first + number * DAY,
            )
            for number, amount in enumerate(amounts)
        ],
        source="test",
    )


@pytest.fixture
def page(owner) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def api(owner) -> APIClient:
    client = APIClient()
    client.force_login(owner)
    return client


def words(answer) -> str:
    assert answer.status_code == 200, answer.content[:500]
    return " ".join(re.sub("<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.usefixtures("market")
class TestPage:
    def test_says_what_it_is_worth(self, page):
        text = words(page.get(PAGE))

        assert "At market $52.00 4 copies" in text
        # 13 × 0.8725 - 0.43 = 10.9125, rounded half up.
        assert "Net of fees $43.65 4 copies" in text
        assert "To buylists $0.00 0 copies nobody buys 4" in text
        assert "Unrealised gain $20.00" in text
        assert "Realised gain –" in text
        assert "Time-weighted return +8.3%" in text
        assert "from $48.00 on 8 Mar 2026 to $52.00 on 10 Mar 2026" in text
        assert "Added 4 × Lightning Bolt (M10) 146" in text

    def test_what_was_it_worth_on_a_day(self, page):
        assert "On 9 Mar 2026 At market $50.00" in words(
            page.get(PAGE, {"on": "2026-03-09"})
        )
        assert "By your lots you held nothing then" in words(
            page.get(PAGE, {"on": "2026-03-01"})
        )
        assert "A day from 5 August 1993 to today." in words(
            page.get(PAGE, {"on": "2027-01-01"})
        )

    def test_only_cards_worth_something(self, page):
        text = words(page.get(PAGE, {"min_price": "13,01"}))

        assert "What cards from $13.01 up are worth" in text
        assert "At market $0.00 0 copies" in text
        assert (
            "data-portfolio" not in page.get(PAGE, {"min_price": "1"}).content.decode()
        )

    @pytest.mark.parametrize("method", ["market", "buylist", "net"])
    @pytest.mark.parametrize("period", ["30d", "90d", "1y", "all"])
    def test_every_choice(self, page, method, period):
        answer = page.get(PAGE, {"method": method, "period": period})
        assert 'class="notice' not in answer.content.decode()

    def test_a_quarter_unless_told(self, page):
        text = page.get(PAGE).content.decode()
        assert re.search(r'period=90d" aria-current="true"', text)

    def test_a_bad_choice_is_said(self, page):
        assert "“7d” is none of 30d, 90d, 1y, all." in words(
            page.get(PAGE, {"period": "7d"})
        )

    def test_hidden_amounts_stay_hidden_in_the_chart(self, page, owner):
        prefer(owner, hide_amounts=True)
        answer = page.get(PAGE)
        text = answer.content.decode()

        figures = re.search(r'<script[^>]*type="application/json">(.*?)</script>', text)
        assert figures is not None
        assert '"currency": ""' in figures[1]
        assert "52.00" not in figures[1]
        assert "100.00" in figures[1]
        assert "the first day as 100" in words(answer)

    def test_before_there_is_anything(self, card):
        client = Client()
        client.force_login(User.objects.create_user("bob"))

        text = words(client.get(PAGE))

        assert "You hold nothing yet" in text
        assert "4 × Lightning Bolt" not in text

    def test_only_signed_in(self):
        answer = Client().get(PAGE)
        assert (answer.status_code, answer["Location"]) == (
            302,
            f"{reverse('account_login')}?next=/portfolio/",
        )

    def test_the_collection_leads_to_it(self, page):
        assert (
            'href="/portfolio/?currency=USD"'
            in page.get("/inventory/").content.decode()
        )


@pytest.mark.usefixtures("market")
class TestApi:
    def test_value(self, api):
        found = api.get("/api/inventory/value").json()

        assert (found["value"], found["newest"]) == ("52.00", "2026-03-10T06:00:00Z")
        assert found["market"] == {
            "value": "52.00",
            "copies": 4,
            "estimated": 0,
            "missing": 0,
        }
        assert found["net"]["value"] == "43.652"
        assert found["buylist"] == {
            "value": "0.00",
            "copies": 0,
            "estimated": 0,
            "missing": 4,
        }
        assert (found["covered_percent"], found["stale"]) == (100.0, 0)

    def test_history(self, api):
        found = api.get("/api/inventory/history?period=30d").json()

        assert found["day"] == ["2026-03-08", "2026-03-09", "2026-03-10"]
        assert found["value"] == ["48.00", "50.00", "52.00"]
        assert (found["copies"], found["missing"]) == ([4, 4, 4], [0, 0, 0])
        assert (found["as_of"], found["waiting"]) == ("2026-03-10", 0)
        assert found["returns"]["time_weighted"] == {
            "percent": 8.33,
            "annual_percent": None,
            "reason": "",
        }

    def test_one_day(self, api):
        found = api.get("/api/inventory/history?at=2026-03-09&min_price=12.5").json()

        assert (found["at"], found["copies"]) == ("2026-03-09", 4)
        assert found["market"]["value"] == "50.00"
        gone = api.get("/api/inventory/history?at=2026-03-01")
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("period=7d", "30d, 90d, 1y, all"),
            ("method=cash", "market, buylist, net"),
            ("currency=GBP", "USD, EUR, TIX"),
            ("at=2027-01-01", "A day from 1993-08-05 to today."),
            ("at=yesterday", "YYYY-MM-DD"),
            ("min_price=1", "Only together with `at`"),
            ("days=3", "Unknown parameter"),
        ],
    )
    def test_history_refuses_what_it_does_not_know(self, api, query, said):
        answer = api.get(f"/api/inventory/history?{query}")

        assert answer.status_code == 400
        assert said in answer.content.decode()

    def test_allocation(self, api):
        found = api.get("/api/inventory/allocation").json()

        assert found["allocations"]["rarity"] == [
            {"key": "mythic", "name": "Mythic", "value": "52.00", "percent": 100.0}
        ]
        assert found["concentration"]["herfindahl"] == "1.0000"
        (top,) = found["performers"]["gain"]["top"]
        assert (top["name"], top["amount"], top["percent"]) == (
            "Lightning Bolt",
            "20.00",
            62.5,
        )

    def test_activity(self, api, owner, card):
        lot = owner.lots.get()
        gone = Disposal(lot=lot, quantity=2, kind="TRADED", disposed_on=TODAY)
        with time_machine.travel(NOW + timedelta(hours=1), tick=False):
            gone.save()
        batch = ImportBatch.objects.create(
            owner=owner,
            filename="mine.csv",
            checksum="x",
            status="UNDONE",
            imported=3,
            committed_at=NOW - DAY,
            undone_at=NOW + DAY,
        )

        found = api.get("/api/inventory/activity").json()

        assert [(one["kind"], one["text"]) for one in found] == [
            ("import", "Took back the import of mine.csv"),
            ("disposal", "Traded 2 × Lightning Bolt (M10) 146"),
            ("lot", "Added 4 × Lightning Bolt (M10) 146"),
            ("import", "Imported 3 holdings from mine.csv"),
        ]
        assert found[0]["url"] == f"/inventory/import/{batch.pk}/"
        assert len(api.get("/api/inventory/activity?limit=1").json()) == 1

    @pytest.mark.parametrize("route", ROUTES)
    def test_only_ones_own(self, route):
        assert APIClient().get(route).status_code == 401
        other = APIClient()
        other.force_login(User.objects.create_user("bob"))
        answer = other.get(route)
        assert "52.00" not in answer.content.decode()
        assert "Lightning" not in answer.content.decode()

    @pytest.mark.parametrize("route", ROUTES)
    def test_bounded_statements(self, api, owner, route, django_assert_max_num_queries):
        for number in range(20):
            other = make_card(f"Card {number}", collector_number=str(number))
            make_price(other, "2.00", price_7d="1.00")
            make_lot(owner, other, unit_cost=Decimal("1.00"))
        cache.bump()
        with django_assert_max_num_queries(16):
            api.get(route)


class TestTopic:
    def test_who_may_follow(self, owner):
        other = User.objects.create_user("bob")
        own = f"user:{owner.pk}"

        assert is_own_collection(owner, own)
        assert not is_own_collection(other, own)
        assert not is_own_collection(AnonymousUser(), own)
        assert not is_own_collection(owner, f"user:0{owner.pk}")
        assert not is_own_collection(owner, str(owner.pk))
        assert not is_own_collection(owner, "")

    @pytest.mark.usefixtures("market")
    def test_says_the_totals(self, owner):
        assert inventory_topic_snapshot(f"user:{owner.pk}") == {
            "user_id": owner.pk,
            "currency": "USD",
            "as_of": "2026-03-10T06:00:00+00:00",
            "lots": 1,
            "copies": 4,
            "market": "52.00",
            "buylist": "0.00",
            "net": "43.652",
            "cost": "32.00",
            "gain": "20.00",
            "unpriced": 0,
            "estimated": 0,
            "stale": 0,
        }

    @pytest.mark.parametrize("key", ["", "user", "user:", "user:x", "user:07", "7"])
    def test_of_nobody(self, key):
        assert inventory_topic_snapshot(key) is None
        assert inventory_topic_snapshot("user:0") is None

    def test_told_after_an_ingest_if_followed(self, owner, card, monkeypatch):
        bob = User.objects.create_user("bob")
        make_lot(owner, card)
        make_lot(bob, card)
        own = f"inventory:user:{owner.pk}"
        delivered = []
        monkeypatch.setattr(events, "deliver", delivered.append)
        monkeypatch.setattr(events, "followed", lambda topics: {own} & set(topics))

        observe(card, "10.00")

        assert frozenset({own}) in delivered
        assert not any(f"inventory:user:{bob.pk}" in each for each in delivered)

    def test_told_after_an_edit(self, owner, monkeypatch):
        delivered = []
        monkeypatch.setattr(events, "deliver", delivered.append)

        holdings_changed(owner.pk)

        assert delivered == [frozenset({f"inventory:user:{owner.pk}"})]

    @pytest.mark.usefixtures("market")
    def test_an_ingest_is_seen_before_anything_kept_is_dropped(self, owner, card):
        before = inventory_topic_snapshot(f"user:{owner.pk}")
        observe(card, "13.00")
        record = Marketplace.objects.get(slug="tcgplayer")
        record_prices(
            PriceData(
                card_id=card.pk,
                marketplace_id=record.pk,
                price=Decimal("14.00"),
                currency="USD",
                time=datetime(2026, 3, 10, 9, tzinfo=UTC),
            ),
            source="test",
        )
        after = inventory_topic_snapshot(f"user:{owner.pk}")

        assert before is not None
        assert after is not None
        assert (before["market"], after["market"]) == ("52.00", "56.00")
