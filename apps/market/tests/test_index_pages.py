"""The chained index on the front page, and the pages of the indices."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.market.selectors import (
    dashboard_topic_snapshot,
    market_topic_snapshot,
    set_summaries,
)
from apps.market.services import update_indices
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from mtgintel.core import cache
from tests.html import Page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def market():
    """A card that rose by a quarter and one that stayed; two days without prices."""
    riser, stayer = make_card("Opt"), make_card("Bolt", collector_number="2")
    days = [NOW - age * DAY for age in (4, 1, 0)]
    for card, prices in ((riser, ("12", "12", "15")), (stayer, ("5", "5", "5"))):
        history = list(zip(days, prices, strict=True))
        add_observations(card, history)
        make_price(card, prices[-1], as_of=NOW - timedelta(hours=3))
    refresh(history)
    update_indices()
    return riser, stayer


@pytest.fixture
def page(client):
    def open_page(address: str) -> Page:
        response = client.get(address)
        assert response.status_code == 200
        return Page(response)

    return open_page


class TestHome:
    def test_the_chained_index_is_the_headline(self, market, page):
        home = page("/")
        assert home.text("h2", id="index-title") == "Market index"
        # Up 25 % with the weight of 13.416 of 18.416, the roots of 12 * 15 and 5 * 5.
        assert home.text("data", data_k="index_value:USD") == "117.65"
        assert home.text(data_k="index_change:USD") == "+17.7%"
        assert home.text("time", data_k="index_as_of") == "3 h ago"
        assert home.inline_code() == []

    def test_chart_and_table_show_the_levels(self, market, page):
        home = page("/")
        (script,) = home.all("script", type="application/json")
        data = json.loads(script.text)
        assert data["currency"] == ""
        (line,) = data["lines"]
        # Two days without prices are a gap.
        assert [stretch["value"] for stretch in line["stretches"]] == [
            ["100.00"],
            ["100.00", "117.65"],
        ]
        rows = home.texts("th", scope="row")[:3]
        assert rows == ["10 Mar 2026 SO FAR", "9 Mar 2026", "6 Mar 2026"]

    def test_average_price_beside_it(self, market, page):
        home = page("/?method=average")
        assert home.text("h2", id="index-title") == "Average price"
        assert home.text("data", data_k="index_value:USD") == "$10.00"

    def test_leads_to_method_and_constituents(self, market, page):
        links = {a.text: a.attributes["href"] for a in page("/").all("a")}
        assert links["how it is computed"] == "/methodology/#the-chained-index"
        assert links["Constituents and weights"] == "/indices/all/?currency=USD"


class TestIndices:
    def test_list(self, market, page):
        found = page("/indices/?currency=USD")
        names = found.texts("a", class_="row-link")
        assert names == [
            *("Whole market", "Modern", "Mythics", "Colourless", "Modern Horizons 2")
        ]
        assert found.texts("td", data_label="Level") == ["117.65"] * 5
        assert found.texts("td", data_label="1 day") == ["+17.7%"] * 4
        assert found.inline_code() == []

    def test_list_without_an_index(self, page):
        assert "No index in EUR yet" in page("/indices/?currency=EUR").texts("h2")

    @pytest.mark.parametrize("slug", ["all", "modern", "set-mh2"])
    def test_constituents_the_heaviest_first(self, market, page, slug):
        found = page(f"/indices/{slug}/")
        assert found.texts("a", class_="row-link") == ["Opt", "Bolt"]
        # sqrt(12 * 15) against 5.
        assert found.texts("td", data_label="Weight") == ["72.850%", "27.150%"]
        assert found.texts("td", data_label="Before") == ["$12.00", "$5.00"]
        assert (
            found.texts("td", data_label="Source") == ["TCGplayer since 9 Mar 2026"] * 2
        )
        assert found.inline_code() == []

    def test_of_a_set_by_its_name(self, market, page):
        found = page("/indices/set-mh2/")
        assert found.text("h1") == "Set MH2"
        assert "Modern Horizons 2" in found.texts("p", class_="quiet")

    def test_beside_another_index_from_the_same_start(self, market, page):
        later = make_card("Late", legalities={"standard": "legal"})
        days = [NOW - age * DAY for age in (1, 0)]
        history = list(zip(days, ("4", "5"), strict=True))
        add_observations(later, history)
        refresh(history)
        update_indices()
        found = page("/indices/modern/?versus=standard")
        (script,) = found.all("script", type="application/json")
        own, other = json.loads(script.text)["lines"]
        assert own["stretches"][-1]["value"] == ["100.00", "117.65"]
        # Standard has the last two days only: 100 and 125.
        assert (other["label"], other["stretches"][0]["value"]) == (
            "Standard",
            ["100.00", "125.00"],
        )
        assert "Standard from the same start: +25.0%" in found.text("figcaption")
        assert "Standard, from the same start" in found.texts("th", scope="col")
        assert (
            len(
                json.loads(
                    page("/indices/all/?versus=all")
                    .all("script", type="application/json")[0]
                    .text
                )["lines"]
            )
            == 1
        )

    def test_one_finish(self, market, page):
        assert page("/indices/all/?finish=NONFOIL").texts("a", class_="row-link") == [
            "Opt",
            "Bolt",
        ]
        assert page("/indices/all/?finish=FOIL").texts("a", class_="row-link") == []

    def test_unknown_index_is_no_page(self, client):
        assert client.get("/indices/vintage/").status_code == 404
        assert client.get("/indices/set-xyz/").status_code == 404

    def test_queries(self, market, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(24):
            client.get("/indices/all/")
        with django_assert_max_num_queries(10):
            client.get("/indices/")


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_sets_with_their_changes(market):
    (found,) = set_summaries("USD")
    assert (found.slug, found.code, found.name) == (
        "set-mh2",
        "mh2",
        "Modern Horizons 2",
    )
    assert (found.day, found.constituents) == (date(2026, 3, 10), 2)
    assert (found.change_7d, found.change_30d) == (None, None)
    later = [(NOW + 7 * DAY, "30")]
    add_observations(market[0], later)
    refresh(later)
    update_indices()
    cache.bump()
    (found,) = set_summaries("USD")
    assert (found.change_7d, found.change_30d) == (Decimal("100.00"), None)
    assert set_summaries("EUR") == []


class TestTopics:
    def test_market(self, market):
        snapshot = market_topic_snapshot("USD")
        assert (snapshot["index"], snapshot["method"], snapshot["value"]) == (
            "all",
            "chained",
            "117.65",
        )

    def test_dashboard(self, market):
        assert dashboard_topic_snapshot("USD")["index"] == {
            "method": "chained",
            "value": "117.65",
            "change_percent": 17.65,
        }


def test_methodology(page):
    found = page("/methodology/")
    assert found.text("h1") == "Methodology"
    assert found.text("h2", id="the-chained-index") == "The chained index"
    assert found.inline_code() == []
