"""The market's front page: every number in the HTML, with its source and age."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from apps.market.services import update_moves
from apps.prices.models import IngestRun
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from tests.html import Page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def market():
    """Two printings, one that rose by a quarter and one that fell by half."""
    riser, faller = make_card("Opt"), make_card("Bolt", collector_number="2")
    as_of = NOW - timedelta(hours=3)
    for card, now, then in ((riser, "5", "4"), (faller, "2", "4")):
        make_price(card, now, as_of=as_of, price_1d=then, num_listings=1)
        history = [(MIDNIGHT - 2 * DAY, then), (MIDNIGHT, now)]
        add_observations(card, history)
    refresh(history)
    update_moves()
    return riser, faller


@pytest.fixture
def home(client):
    def open_home(query: str = "", **headers: str) -> Page:
        response = client.get(f"/{query}", **headers)
        assert response.status_code == 200
        return Page(response)

    return open_home


class TestHome:
    def test_index_with_change_and_age(self, market, home):
        page = home()
        assert page.text("data", data_k="index_value:USD") == "$3.50"
        assert page.text(data_k="index_change:USD") == "−12.5%"
        assert page.text("time", data_k="index_as_of") == "3 h ago"

    def test_chart_and_table_show_the_same_points(self, market, home):
        page = home()
        (script,) = page.all("script", type="application/json")
        (line,) = json.loads(script.text)["lines"]
        # The day between them has no observations, so there is a gap.
        assert [stretch["value"] for stretch in line["stretches"]] == [
            ["4.00"],
            ["3.50"],
        ]
        assert page.texts("th", scope="row")[:2] == ["10 Mar 2026", "8 Mar 2026"]
        assert "1 gap without observations" in page.text("figcaption")

    def test_movers_with_source_and_flags(self, market, home):
        page = home()
        names = page.texts("a", class_="row-link")
        assert names == ["Opt", "Bolt"]
        assert page.seen("abbr", class_="tag") == ["THIN", "SOLO", "THIN", "SOLO"]
        changes = page.texts("td", data_label="Change")
        assert changes == ["+25.0%", "−50.0%"]
        assert page.texts("td", class_="source") == ["TCGplayer 3 h ago"] * 2

    def test_ticker_leads_to_the_cards(self, market, home):
        page = home()
        riser, faller = market
        links = [
            element.attributes["href"]
            for element in page.all("a")
            if element.text.startswith(("Opt MH2", "Bolt MH2"))
        ]
        assert links == [riser.get_absolute_url(), faller.get_absolute_url()]

    def test_ticker_tells_finish_source_and_age(self, market, home):
        as_of = NOW - timedelta(hours=3)
        make_price(
            market[0], "50", finish="ETCHED", price_1d="20", as_of=as_of, num_listings=9
        )
        update_moves()
        (etched, nonfoil, *_) = [
            element
            for element in home().all("a", title="TCGplayer, 10 Mar 2026 09:00 UTC")
            if element.text.startswith("Opt MH2")
        ]
        assert "Etched $50.00 +150.0%" in etched.text
        assert "$5.00 +25.0%" in nonfoil.text

    def test_streams_with_age_and_state(self, market, home):
        page = home()
        assert page.text(data_k="age:tcgplayer") == "3 h ago"
        assert page.text(data_k="state:tcgplayer") == "FRESH"
        assert page.all(data_k="state:cardmarket") == []

    def test_stale_stream_says_so(self, market, home):
        with time_machine.travel(NOW + 3 * DAY, tick=False):
            page = home()
        assert page.text(data_k="state:tcgplayer") == "STALE"
        assert "0/1 sources fresh" in page.text("a", class_="pill")

    def test_currency_without_prices(self, market, home):
        page = home("?currency=EUR")
        assert page.all("data", data_k="index_value:EUR") == []
        assert "No prices in EUR yet" in page.texts("h2")

    def test_choices_are_links_that_keep_the_others(self, market, home):
        page = home("?currency=USD&period=90d&window=7d")
        links = {element.text: element.attributes for element in page.all("a")}
        assert links["30d"]["href"] == "?currency=USD&period=90d&window=30d"
        assert links["1y"]["href"] == "?currency=USD&period=1y&window=7d"
        chosen = [e.text for e in page.all("a", aria_current="true")]
        assert chosen == [
            *("USD", "Whole market", "All finishes", "Index", "90d", "7d")
        ]

    def test_bad_choice_is_reported_and_the_default_shown(self, market, home):
        page = home("?currency=GBP&period=2w")
        (notice,) = page.all(role="alert")
        assert notice.text == (
            "Currency: “GBP” is none of USD, EUR, TIX. "
            "Period: “2w” is none of 24h, 7d, 30d, 90d, 1y, all."
        )
        assert page.text("data", data_k="index_value:USD") == "$3.50"

    def test_empty_database_says_what_to_do(self, home):
        page = home()
        assert "Nothing loaded yet" in page.texts("h2")
        assert "make ingest" in page.texts("code")
        assert "No prices yet" in page.text("a", class_="pill")

    def test_nothing_inline(self, market, home):
        assert home().inline_code() == []

    def test_queries(self, market, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(28):
            client.get("/")
        # The figures are kept until the next prices; the streams' ages are not.
        with django_assert_max_num_queries(5):
            client.get("/")


class TestDemoBanner:
    def test_shown_while_the_market_is_made_up(self, home):
        IngestRun.objects.create(source="demo")
        assert "This is a demo market." in home().text("aside", class_="banner")

    def test_absent_with_real_data(self, home):
        IngestRun.objects.create(source="scryfall")
        assert home().all("aside", class_="banner") == []


class TestTheme:
    def test_system_unless_chosen(self, home):
        assert home().elements[0].attributes["data-theme"] == "system"

    def test_chosen_without_javascript(self, client):
        response = client.post(
            reverse("market:theme"), {"theme": "dark", "next": "/cards/?q=opt"}
        )
        assert response.status_code == 302
        assert response["Location"] == "/cards/?q=opt"
        page = Page(client.get("/"))
        assert page.elements[0].attributes["data-theme"] == "dark"
        assert page.text("button", value="dark") == ""
        (pressed,) = page.all("button", name="theme", aria_pressed="true")
        assert pressed.attributes["value"] == "dark"

    def test_unknown_theme_is_not_kept(self, client):
        response = client.post(reverse("market:theme"), {"theme": "mauve"})
        assert response.cookies == {}

    def test_leads_to_no_other_site(self, client):
        response = client.post(
            reverse("market:theme"), {"theme": "dark", "next": "//evil.example"}
        )
        assert response["Location"] == "/"


def test_unknown_page_is_a_page(client):
    response = client.get("/nowhere")
    assert response.status_code == 404
    page = Page(response)
    assert page.text("h1") == "There is no such page"
    assert "Resolver404" not in page.text("main")


def test_server_error_page_needs_no_database(client, monkeypatch):
    """The page for a broken database must not ask the database."""

    def fail(*args, **kwargs):
        raise RuntimeError("broken")

    monkeypatch.setattr("apps.market.home.market_index", fail)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert Page(response).text("h1") == "Something broke on our side"
