"""The pages of signals, and what they put on that of a card."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest

from apps.prices.tests.factories import make_card, make_price
from apps.signals.maths.detectors import KINDS
from tests.html import Page

from .market import DAY, make_signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    found = make_card("Ada", set_code="lea")
    make_price(found, "12.50")
    return found


@pytest.fixture
def signals(card):
    other = make_card("Bob", collector_number="2")
    make_signal(card)
    make_signal(
        other,
        "BREAKOUT",
        finish="FOIL",
        direction=-1,
        strength=0.5,
        price=Decimal("3.00"),
        values={"excess": 0.1, "high": 5.0, "low": 3.3},
    )
    make_signal(other, "SUPPLY", day=DAY - timedelta(days=1), values={"fall": 0.5})


@pytest.fixture
def page(client):
    def open_page(address: str) -> Page:
        response = client.get(address)
        assert response.status_code == 200
        return Page(response)

    return open_page


def cells(page: Page) -> list[str]:
    return page.texts("td")


class TestBoard:
    def test_counts_of_the_day_by_kind(self, page, signals):
        found = page("/signals/")
        assert "10 Mar 2026 by kind" in found.texts("h2")
        links = [a.text for a in found.all("a") if a.text in KIND_NAMES]
        assert links == KIND_NAMES
        assert cells(found)[4:8] == ["1", "0", "0", "1"]

    def test_the_strongest_first_with_their_numbers(self, page, signals):
        found = page("/signals/")
        assert "2 signals of 10 Mar 2026" in found.texts("h2")
        rows = [row for row in found.texts("tr") if row.startswith(("Ada", "Bob"))]
        assert [row[:3] for row in rows] == ["Ada", "Bob"]
        assert "Trend higher 0.90 0.80" in rows[0]
        assert "Slope 1.23% a day, t-statistic 14.50, R² 0.91," in rows[0]
        assert "Move of the line +42.0%" in rows[0]
        assert rows[0].endswith("$12.50 TCGplayer 30 observations")
        assert "Foil Breakout lower" in rows[1]
        assert "Beyond the range +10.0%" not in rows[1]
        assert "Beyond the range 10.0%, High before $5.00" in rows[1]

    def test_filters_are_in_the_address(self, page, signals):
        found = page("/signals/?direction=down&kind=BREAKOUT&min_strength=0.25")
        assert "1 signal of 10 Mar 2026" in found.texts("h2")
        assert "Bob" in " ".join(found.texts("th"))

    def test_another_day(self, page, signals):
        found = page("/signals/?day=2026-03-09")
        assert "1 signal of 9 Mar 2026" in found.texts("h2")

    def test_the_view_as_files(self, page, signals):
        links = page("/signals/?direction=down&page=1").all("a")
        (as_csv,) = [a.attributes["href"] for a in links if a.text == "CSV"]
        (as_json,) = [a.attributes["href"] for a in links if a.text == "JSON"]
        assert as_csv == "/signals.csv?direction=down"
        assert as_json == "/api/signals?direction=down&page=1"

    def test_says_what_it_cannot_read(self, page, signals):
        found = page("/signals/?kind=luck&set=nope&day=soon")
        (errors,) = found.texts("ul", role="alert")
        assert "“luck” is none of" in errors
        assert "There is no set “nope”" in errors
        assert "2 signals of 10 Mar 2026" in found.texts("h2")
        assert "CSV" not in found.texts("a")

    def test_without_any(self, page):
        found = page("/signals/?currency=EUR")
        assert "No signals in EUR yet" in found.texts("h3")

    def test_none_that_the_filters_leave(self, page, signals):
        found = page("/signals/?set=lea&direction=down")
        assert "No signal that these filters leave" in found.texts("h3")

    def test_queries(self, client, signals, django_assert_max_num_queries):
        with django_assert_max_num_queries(25):
            client.get("/signals/")

    def test_no_more_queries_for_more_signals(
        self, client, card, django_assert_max_num_queries
    ):
        make_signal(card)
        client.get("/signals/?min_strength=0.25")
        with django_assert_max_num_queries(3):
            client.get("/signals/?min_strength=0.25")
        for n in range(30):
            make_signal(make_card(f"Card {n}", collector_number=str(n)))
        with django_assert_max_num_queries(3):
            client.get("/signals/?min_strength=0.25")

    def test_no_inline_code(self, page, signals):
        assert page("/signals/").inline_code() == []

    def test_stands_in_the_navigation(self, page, signals):
        links = [a for a in page("/signals/").all("a") if a.text == "Signals"]
        link, in_the_phones_more = links
        assert in_the_phones_more.attributes["href"] == "/signals/"
        assert link.attributes["href"] == "/signals/"
        assert link.attributes["aria-current"] == "page"


KIND_NAMES = [kind.name for kind in KINDS.values()]


class TestKind:
    @pytest.mark.parametrize("slug", KINDS)
    def test_says_how_it_is_found(self, page, signals, slug):
        kind = KINDS[slug]
        found = page(f"/signals/{slug.lower().replace('_', '-')}/")
        text = " ".join(found.texts("p"))
        assert found.text("h1") == kind.name
        assert kind.definition in text
        assert f"Version {kind.version}" in text
        assert found.texts("code")[: len(kind.parameters)] == [
            one.name for one in kind.parameters
        ]

    def test_has_its_signals_only(self, page, signals):
        found = page("/signals/breakout/?kind=TREND")
        assert "1 signal of 10 Mar 2026" in found.texts("h2")
        links = found.all("a")
        (as_json,) = [a.attributes["href"] for a in links if a.text == "JSON"]
        assert "kind=BREAKOUT" in as_json

    def test_there_is_no_other(self, client):
        assert client.get("/signals/luck/").status_code == 404


class TestCsv:
    def rows(self, client, query: str):
        response = client.get(f"/signals.csv?{query}")
        assert response.status_code == 200
        return list(csv.DictReader(StringIO(response.content.decode())))

    def test_is_the_whole_list(self, client, signals):
        first, second = self.rows(client, "")
        assert first == {
            **first,
            "day": "2026-03-10",
            "kind": "TREND",
            "name": "Ada",
            "set": "lea",
            "price": "12.50",
            "marketplace": "tcgplayer",
            "direction": "up",
            "strength": "0.9",
            "values": "slope=0.0123 t=14.5 r2=0.91 move=0.42",
        }
        assert second["values"] == "excess=0.1 high=5.00 low=3.30"

    def test_by_the_same_questions(self, client, signals):
        (row,) = self.rows(client, "direction=down")
        assert row["name"] == "Bob"

    def test_refuses_what_it_cannot_read(self, client, signals):
        response = client.get("/signals.csv?direction=left")
        assert response.status_code == 400
        assert "left" in response.content.decode()


class TestCardPage:
    def test_its_signals_of_the_newest_day(self, page, card, signals):
        found = page(card.get_absolute_url())
        panel = [row for row in found.texts("tr") if row.startswith("Trend higher")]
        assert len(panel) == 1
        assert panel[0].endswith("TCGplayer 30 observations")

    def test_none_for_this_card(self, page, signals):
        other = make_card("Eve", collector_number="3")
        found = page(other.get_absolute_url())
        assert any(text.startswith("No signal in USD") for text in found.texts("p"))

    def test_no_panel_before_there_are_any(self, page, card):
        assert page(card.get_absolute_url()).all("section", id="signals") == []


def test_methodology_names_every_kind_and_its_version(page):
    found = page("/methodology/")
    assert "signals" in {heading.attributes.get("id") for heading in found.all("h2")}
    cells = found.texts("td")
    for slug, kind in KINDS.items():
        assert f"{slug} {kind.version}" in cells
