"""Gaps as a page, a table to take away and JSON."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.market.services import update_spreads
from apps.market.spreads.page import lasting
from apps.prices.ingest.ecb import Rate
from apps.prices.models import LatestPrice
from apps.prices.services import record_rates
from apps.prices.tests.factories import make_card, make_price
from apps.settings.services import save_preferences
from mtgintel.core import cache
from tests.html import Page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
URL = "/spreads/"
API = "/api/market/spreads"
# Out of the way of those that count from 1.
CARD_ID = 1_000_007
# No fees at all, as an address says it.
FREE = (
    "&sell_percent=0&sell_fixed=0&buy_percent=0&shipping_in=0&shipping_out=0"
    "&units_per_order=1&credit_multiplier=1&exchange_percent=0"
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market():
    with time_machine.travel(NOW, tick=False):
        dear = make_card("Dear", set_code="lea")
        cheap = make_card("Cheap", id=CARD_ID)
        for card, ask, bid in ((dear, "100", "112"), (cheap, "10", "10.50")):
            make_price(card, ask, "manapool-graded", total_quantity=3)
            make_price(card, bid, "cardkingdom-buylist", total_quantity=2)
        make_price(dear, "110", "cardmarket")
        make_price(cheap, "2", "manapool")
        record_rates(
            rates=[Rate("USD", date(2026, 3, 9), Decimal("1.25"))], source="ecb"
        )
        update_spreads()
        yield


def rows(page: Page) -> list[str]:
    return [
        text.split(" LEA")[0].split(" MH2")[0] for text in page.texts("th", scope="row")
    ]


class TestPage:
    def test_every_number_is_there_with_source_and_age(self, client):
        page = Page(client.get(URL))
        assert rows(page) == ["Dear", "Cheap"]
        assert page.text("h2", id="spreads-title") == "2 gaps, 1 pays after fees"
        buy, sell = page.texts("td", class_="leg")[:2]
        assert buy == "$100.00 Mana Pool by grade, 3× · 60 min ago"
        assert sell == "$112.00 Card Kingdom buylist, 2× · 60 min ago"
        # 112 - 0.40 - 100.40, for two of them.
        assert page.texts("data", class_="money")[2:4] == ["$11.20", "$22.40"]
        assert page.inline_code() == []

    def test_what_is_left_out_is_counted_with_its_reason(self, client):
        page = Page(client.get(URL))
        assert (
            "1: a price is of any condition, so there is nothing to compare it with"
            in page.texts("li")
        )

    def test_fees_of_the_address_are_used_and_kept(self, client):
        page = Page(client.get(f"{URL}?kind=arbitrage{FREE}"))
        assert page.text("h2", id="spreads-title") == "2 gaps, 2 pay after fees"
        (field,) = page.all("input", name="shipping_in")
        assert field.attributes["value"] == "0"
        (link,) = [one for one in page.all("a") if one.text == "JSON"]
        assert "shipping_in=0" in link.attributes["href"]

    def test_an_empty_field_shows_the_fee_that_holds(self, client):
        (field,) = Page(client.get(URL)).all("input", name="shipping_in")
        assert "value" not in field.attributes
        assert field.attributes["placeholder"] == "4"

    def test_somebody_signed_in_sees_their_own_fees(self, client, django_user_model):
        user = django_user_model.objects.create(username="trader")
        save_preferences(user=user, fees={"USD": {"shipping_in": "100"}})
        client.force_login(user)
        page = Page(client.get(URL))
        (field,) = page.all("input", name="shipping_in")
        assert field.attributes["placeholder"] == "100"
        # 112 - 0.40 - 110.
        assert page.texts("data", class_="money")[2] == "$1.60"
        page = Page(client.get(f"{URL}?shipping_in=0"))
        assert page.texts("data", class_="money")[2] == "$11.60"

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("set=lea", ["Dear"]),
            ("min_net=1", ["Dear"]),
            ("min_percent=5,5", ["Dear"]),
            ("min_price=101", []),
            ("from_marketplace=manapool-graded", ["Dear", "Cheap"]),
            ("to_marketplace=cardmarket", []),
            ("by=gross_percent", ["Dear", "Cheap"]),
            ("finish=FOIL", []),
            ("condition=NEAR_MINT", ["Dear", "Cheap"]),
            ("currency=EUR", []),
            ("kind=buylist-gap", []),
        ],
    )
    def test_filters(self, client, query, names):
        assert rows(Page(client.get(f"{URL}?{query}"))) == names

    @pytest.mark.parametrize(
        "query",
        [
            "kind=free-money",
            "currency=GBP",
            "set=xxx",
            "min_net=much",
            "min_price=-1",
            "sell_percent=100",
            "units_per_order=0",
            "shipping_in=NaN",
            "credit_multiplier=1e9",
            "by=card",
            "limit=7",
        ],
    )
    def test_a_bad_value_is_said_and_left_out(self, client, query):
        response = client.get(f"{URL}?{query}")
        page = Page(response)
        assert response.status_code == 200
        assert page.all("ul", class_="notice--error")
        assert "CSV" not in page.texts("a")
        assert client.get(f"/spreads.csv?{query}").status_code == 400

    def test_a_region_gap_says_its_rate_and_day(self, client):
        page = Page(client.get(f"{URL}?kind=region-gap"))
        assert rows(page) == ["Dear"]
        assert (
            "1 EUR = 1.2500 USD, reference rate of the European Central Bank of "
            "9 Mar 2026"
        ) in page.texts("p")
        sell = page.texts("td", class_="leg")[1]
        assert sell.startswith("€110.00 = $137.50 Cardmarket")
        assert page.texts("abbr", class_="tag") == ["INDICATIVE"]

    def test_without_a_fresh_rate_it_says_why_there_are_none(self, client):
        with time_machine.travel(NOW + timedelta(days=9), tick=False):
            LatestPrice.objects.update(as_of=NOW + timedelta(days=9))
            page = Page(client.get(f"{URL}?kind=region-gap"))
        assert page.text("h3") == "No gaps between regions"
        assert "The newest exchange rate is of 2026-03-09" in page.text(
            "div", class_="empty"
        )

    def test_nothing_was_looked_for_yet(self, client):
        from apps.market.models import SpreadCount, SpreadOpportunity

        SpreadCount.objects.all().delete()
        SpreadOpportunity.objects.all().delete()
        assert Page(client.get(URL)).text("h3") == "Not looked for yet"

    def test_pages(self, client):
        for number in range(30):
            card = make_card(f"Card {number}", collector_number=str(number))
            make_price(card, "50", "manapool-graded")
            make_price(card, "60", "cardkingdom-buylist")
        update_spreads()
        cache.bump()
        first = Page(client.get(f"{URL}?limit=25"))
        assert len(rows(first)) == 25
        assert "Page 1 of 2" in first.texts("span")
        assert len(rows(Page(client.get(f"{URL}?limit=25&page=2")))) == 7

    def test_queries_do_not_grow_with_the_rows(
        self, client, django_assert_max_num_queries
    ):
        client.get(URL)
        cache.bump()
        with django_assert_max_num_queries(14):
            client.get(URL)

    def test_it_is_linked_from_the_pages_of_the_market(self, client):
        for address in ("/", "/movers/", "/indices/", URL):
            links = Page(client.get(address)).all("a", href=URL)
            assert [one.text for one in links] == ["Spreads"]
        (here,) = links
        assert here.attributes["aria-current"] == "page"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(), "once only"),
        (timedelta(seconds=20), "for a minute"),
        (timedelta(minutes=89), "for 89 minutes"),
        (timedelta(hours=5, minutes=59), "for 5 hours or more"),
        (timedelta(days=3, hours=5), "for 3 days or more"),
    ],
)
def test_how_long_in_words(length, words):
    assert lasting(length) == words


class TestTable:
    def test_the_same_as_the_page(self, client):
        response = client.get("/spreads.csv?min_net=1")
        found = list(csv.DictReader(io.StringIO(response.content.decode())))
        assert [one["name"] for one in found] == ["Dear"]
        assert {
            name: found[0][name]
            for name in (
                "ask",
                "bid",
                "gross_percent",
                "net",
                "net_percent",
                "quantity",
            )
        } == {
            "ask": "100.00",
            "bid": "112.00",
            "gross_percent": "12.00",
            "net": "11.20",
            "net_percent": "11.16",
            "quantity": "2",
        }
        assert found[0]["total_net"] == "22.40"
        assert found[0]["first_seen"] == "2026-03-10T12:00:00+00:00"


class TestApi:
    def test_an_answer(self, client):
        answer = client.get(API).json()
        assert (answer["total"], answer["paying"], answer["count"]) == (2, 1, 2)
        assert answer["fees"]["sell_percent"] == "12.75"
        assert answer["fees"]["units_per_order"] == 10
        assert answer["excluded"] == {"MIXED": 1}
        assert answer["rate"] is None
        assert answer["computed_at"] == "2026-03-10T12:00:00Z"
        assert answer["lives"] == {
            "closed": 0,
            "median_closed_seconds": None,
            "open": 2,
            "median_open_seconds": 0,
        }
        first, second = answer["results"]
        assert first["card"]["name"] == "Dear"
        assert first["ask"] == {
            "marketplace": "manapool-graded",
            "name": "Mana Pool by grade",
            "side": "RETAIL",
            "currency": "USD",
            "price": "100.00",
            "quantity": 3,
            "as_of": "2026-03-10T11:00:00Z",
            "is_offer": True,
        }
        assert first["gross_percent"] == 12.0
        assert (first["paid"], first["got"], first["net"]) == (
            "100.40",
            "111.60",
            "11.20",
        )
        assert (first["net_percent"], first["quantity"]) == (11.16, 2)
        assert (first["total_paid"], first["total_net"]) == ("200.80", "22.40")
        assert first["first_seen"] == "2026-03-10T12:00:00Z"
        assert (first["is_open"], first["age_seconds"]) == (True, 0)
        assert second["net"] == "-0.30"

    def test_fees_and_filters_of_the_address(self, client):
        answer = client.get(f"{API}?min_net=0.5{FREE}").json()
        assert [one["net"] for one in answer["results"]] == ["12.00", "0.50"]
        answer = client.get(f"{API}?limit=1&page=2").json()
        assert [one["card"]["name"] for one in answer["results"]] == ["Cheap"]
        assert answer["previous"] == f"{API}?limit=1&page=1"

    def test_a_region_gap_with_its_dated_rate(self, client):
        answer = client.get(f"{API}?kind=region-gap").json()
        assert answer["rate"] == {
            "base": "EUR",
            "quote": "USD",
            "rate": "1.2500000000",
            "day": "2026-03-09",
            "source": "ecb",
            "is_too_old": False,
        }
        (found,) = answer["results"]
        assert (found["bid"]["price"], found["bid_worth"]) == ("110.00", "137.50")
        assert (found["rate_on"], found["flags"]) == ("2026-03-09", ["INDICATIVE"])

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("kind=free", "kind"),
            ("set=xxx", "set"),
            ("sell_percent=100", "sell_percent"),
            ("units_per_order=0", "units_per_order"),
            ("units_per_order=1.5", "units_per_order"),
            ("credit_multiplier=NaN", "credit_multiplier"),
            ("from_marketplace=ebay", "from_marketplace"),
            ("limit=101", "limit"),
            ("fees=0", "fees"),
        ],
    )
    def test_a_bad_value_is_refused_by_name(self, client, query, said):
        response = client.get(f"{API}?{query}")
        assert response.status_code == 400
        assert list(response.json()["extra"]) == [said]

    def test_a_page_past_the_last(self, client):
        assert client.get(f"{API}?page=3").status_code == 404

    def test_history_has_closed_gaps_too(self, client):
        LatestPrice.objects.filter(price=Decimal(112)).update(price=Decimal(90))
        update_spreads(now=NOW + timedelta(hours=6))
        cache.bump()
        answer = client.get("/api/market/spreads/history").json()
        assert {
            one["card"]["name"]: (one["is_open"], one["age_seconds"])
            for one in answer["results"]
        } == {"Dear": (False, 0), "Cheap": (True, 21600)}
        of_card = client.get(f"{API}/history?card={CARD_ID}").json()
        assert of_card["count"] == 1
        missing = client.get("/api/market/spreads/history?card=999")
        assert missing.status_code == 400
