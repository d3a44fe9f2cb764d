"""The pages of sets, their tables to take away, and the API of both."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from apps.cards.models import CardSet
from apps.market.services import update_moves, update_set_values
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from tests.html import Page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def priced_set(code: str, name: str, released_on: date, *histories: tuple[str, ...]):
    """A set of a card for each history: prices of the last days, oldest first."""
    card_set = CardSet.objects.create(
        code=code, name=name, set_type="draft_innovation", released_on=released_on
    )
    cards = [
        make_card(f"{name} {number}", set_code=code, collector_number=str(number))
        for number in range(1, len(histories) + 1)
    ]
    for card, history in zip(cards, histories, strict=True):
        days = [NOW - age * DAY for age in range(len(history))][::-1]
        add_observations(card, list(zip(days, history, strict=True)))
        then = history[-2] if history[1:] else None
        make_price(card, history[-1], as_of=NOW - timedelta(hours=3), price_1d=then)
    return card_set


@pytest.fixture
def sets():
    """One of two cards and a third without a price, and one of a single card."""
    horizons = priced_set(
        *("mh2", "Modern Horizons 2", date(2026, 3, 8)),
        *(("10", "10", "15"), ("5", "5", "5")),
    )
    make_card("Unpriced", set_code="mh2", collector_number="3")
    alpha = priced_set("lea", "Alpha", date(2026, 3, 9), ("90", "45"))
    refresh([(NOW - age * DAY, "") for age in range(3)])
    update_set_values()
    update_moves()
    return horizons, alpha


@pytest.fixture
def page(client):
    def open_page(address: str) -> Page:
        response = client.get(address)
        assert response.status_code == 200
        found = Page(response)
        assert found.inline_code() == []
        return found

    return open_page


def rows(response) -> list[dict[str, str]]:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def charts(found: Page) -> list[dict]:
    return [json.loads(s.text) for s in found.all("script", type="application/json")]


class TestList:
    def test_newest_first_with_values_and_changes(self, sets, page):
        found = page("/sets/")
        assert found.texts("a", class_="row-link") == ["Alpha", "Modern Horizons 2"]
        assert found.texts(class_="price") == ["$45.00", "$20.00"]
        assert found.text("h2", id="sets-title") == "2 sets with prices"
        changes = [one.text for one in found.all(data_label="1 day")]
        assert changes == ["−50.0%", "+33.3%"]
        assert [one.text for one in found.all(data_label="Cards priced")] == [
            *("1 of 1", "2 of 3")
        ]

    def test_order_and_filters(self, sets, page):
        found = page("/sets/?ordering=value")
        assert found.texts("a", class_="row-link") == ["Modern Horizons 2", "Alpha"]
        (column,) = (e for e in found.all("th") if e.attributes.get("aria-sort"))
        assert (column.text, column.attributes["aria-sort"]) == ("Value", "ascending")
        assert page("/sets/?q=horiz").texts("a", class_="row-link") == [
            "Modern Horizons 2"
        ]
        assert page("/sets/?min_value=30,5").texts("a", class_="row-link") == ["Alpha"]
        assert page("/sets/?min_coverage=90").texts("a", class_="row-link") == ["Alpha"]
        nothing = page("/sets/?year=1999")
        assert nothing.text("h3") == "No set to show"

    def test_a_bad_value_is_reported(self, sets, page):
        found = page("/sets/?ordering=size&year=x")
        assert len(found.all("li")) >= 2
        assert "“size” is none of" in found.text("ul", role="alert")
        assert found.texts("a", class_="row-link") == ["Alpha", "Modern Horizons 2"]

    def test_csv_of_the_same_view(self, sets, client):
        found = rows(client.get("/sets.csv?ordering=value&q=m"))
        assert [(row["code"], row["value"], row["change_1d"]) for row in found] == [
            ("mh2", "20.00", "33.33")
        ]
        assert client.get("/sets.csv?ordering=size").status_code == 400

    def test_json_of_the_same_view(self, sets, client):
        found = client.get("/api/market/sets?ordering=-value&page_size=1").json()
        assert (found["count"], found["currency"]) == (2, "USD")
        assert found["as_of"] == "2026-03-10T09:00:00Z"
        (one,) = found["results"]
        assert one == {
            "code": "lea",
            "name": "Alpha",
            "type": "draft_innovation",
            "released_on": "2026-03-09",
            "currency": "USD",
            "day": "2026-03-10",
            "value": "45.00",
            "cards": 1,
            "priced": 1,
            "carried": 0,
            "foil_value": None,
            "foil_cards": 0,
            "foil_priced": 0,
            "change_1d": -50.0,
            "change_7d": None,
            "change_30d": None,
            "change_90d": None,
        }

    def test_the_api_refuses_what_it_does_not_know(self, sets, client):
        answer = client.get("/api/market/sets?type=planar&ordering=size")
        assert answer.status_code == 400
        answer = client.get("/api/market/sets?type=planar")
        assert "draft_innovation" in str(answer.json())

    def test_queries(self, sets, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(8):
            client.get("/sets/")


class TestSet:
    def test_value_changes_and_coverage(self, sets, page):
        found = page("/sets/mh2/")
        assert found.text("h1") == "Modern Horizons 2"
        headline = found.text("p", class_="headline")
        assert headline.startswith("$20.00 2 of 3 cards priced")
        chart, since = charts(found)
        assert chart["lines"][0]["stretches"][0]["value"] == ["15.00", "15.00", "20.00"]
        caption = found.text("figcaption", id="value-caption")
        assert "from $15.00 on 8 Mar 2026 to $20.00 on 10 Mar 2026, +33.3%" in caption
        assert (since["counts"], since["lines"][0]["stretches"][0]["time"]) == (
            "days",
            [0, 86400, 172800],
        )

    def test_its_cards_with_their_shares(self, sets, page):
        found = page("/sets/mh2/")
        names = [
            e.text for e in found.all("a", class_="row-link") if "Horizons" in e.text
        ]
        assert "Modern Horizons 2 1" in names
        shares = [one.text for one in found.all(data_label="Share")]
        assert shares == ["75.00%", "25.00%"]
        assert found.text("td", class_="quiet", colspan="3") == "no price"

    def test_movers_of_the_set_only(self, sets, page):
        found = page("/sets/mh2/")
        assert "Alpha 1" not in found.texts("a", class_="row-link")
        assert found.text("h3", id="movers-gainers") == "Gainers"
        assert "+50.0%" in found.texts(data_label="Change")

    def test_beside_another_set(self, sets, page):
        found = page("/sets/mh2/?beside=lea")
        _, since = charts(found)
        first, second = since["lines"]
        # Day 0 is 8 March for one and 9 March for the other; both are 100 on it.
        assert first["stretches"][0]["value"] == ["100.00", "100.00", "133.33"]
        assert second["stretches"][0]["value"] == ["100.00", "50.00"]
        assert "100 on day 0" in found.text("figcaption", id="release-caption")
        absolute = charts(page("/sets/mh2/?add=LEA&scale=absolute"))[1]
        assert absolute["currency"] == "USD"
        assert absolute["lines"][1]["stretches"][0]["value"] == ["90.00", "45.00"]

    def test_unknown_ones_beside_are_reported(self, sets, page):
        found = page("/sets/mh2/?beside=xyz")
        assert "There is no set “xyz”." in found.text("ul", role="alert")
        assert len(charts(found)[1]["lines"]) == 1

    def test_foils_and_other_currencies_say_that_there_is_nothing(self, sets, page):
        assert "No prices in USD yet" in page("/sets/mh2/?finish=FOIL").texts("h3")
        assert "No prices in TIX yet" in page("/sets/mh2/?currency=TIX").texts("h3")

    def test_unknown_set_is_no_page(self, sets, client):
        for address in ("/sets/xyz/", "/sets/xyz/cards.csv", "/sets/%00/values.csv"):
            assert client.get(address).status_code == 404
        assert client.get("/api/market/sets/xyz").status_code == 404

    def test_csv_of_its_cards(self, sets, client):
        found = rows(client.get("/sets/mh2/cards.csv"))
        assert [
            (row["collector_number"], row["price"], row["share_percent"])
            for row in found
        ] == [("1", "15.00", "75.00"), ("2", "5.00", "25.00"), ("3", "", "")]

    def test_csv_of_its_days(self, sets, client):
        found = rows(client.get("/sets/mh2/values.csv?period=24h"))
        assert [
            (row["day"], row["value"], row["like_for_like"], row["priced"])
            for row in found
        ] == [
            ("2026-03-09", "15.00", "15.00", "2"),
            ("2026-03-10", "20.00", "20.00", "2"),
        ]

    def test_json(self, sets, client):
        found = client.get("/api/market/sets/MH2?period=7d").json()
        assert (found["code"], found["newest"]["value"]) == ("mh2", "20.00")
        assert found["points"][-1] == {
            "day": "2026-03-10",
            "value": "20.00",
            "like_for_like": "20.00",
            "cards": 3,
            "priced": 2,
            "carried": 0,
            "since": "2026-03-08",
        }
        cards = client.get("/api/market/sets/mh2/cards?page_size=2").json()
        assert (cards["count"], cards["value"], cards["priced"]) == (3, "20.00", 2)
        assert [one["price"] for one in cards["results"]] == ["15.00", "5.00"]

    def test_queries(self, sets, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(30):
            client.get("/sets/mh2/?beside=lea")
