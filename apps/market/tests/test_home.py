"""The market page: every widget follows one choice, and says what it can patch."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings

from apps.market.home import SHADES, shade
from apps.market.services import (
    update_breadth,
    update_indices,
    update_moves,
    update_totals,
)
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from mtgintel.core import cache
from tests.html import Page

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def home(client):
    """A red Modern card that doubled while its foil halved, and a colourless card
    that stayed, over three days."""

    def open_home(query: str = "") -> Page:
        response = client.get(f"/{query}")
        assert response.status_code == 200
        return Page(response)

    with time_machine.travel(NOON, tick=False):
        red = make_card("Red", color_identity=["R"])
        none = make_card("None", legalities={})
        days = [NOON - 2 * DAY, NOON - DAY, NOON]
        for card, finish, amounts in (
            (red, "NONFOIL", ("1", "2", "4")),
            (red, "FOIL", ("8", "4", "2")),
            (none, "NONFOIL", ("5", "5", "5")),
        ):
            history = list(zip(days, amounts, strict=True))
            add_observations(card, history, finish=finish)
            make_price(
                card,
                amounts[2],
                as_of=NOON,
                finish=finish,
                price_1d=amounts[1],
                num_listings=7,
            )
        refresh(history)
        for update in (update_indices, update_moves, update_breadth, update_totals):
            update()
        yield open_home


def figures(page: Page, key: str = "all") -> list[str]:
    """How many rose, stayed and fell since the day before."""
    names = ("advancers", "unchanged", "decliners")
    return [page.text("data", data_k=f"{name}:1d:{key}") for name in names]


def movers(page: Page) -> list[str]:
    return page.texts("a", class_="row-link")


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestChoice:
    def test_the_whole_market(self, home):
        page = home()
        assert figures(page) == ["1", "1", "1"]
        assert movers(page) == ["Red", "Red"]
        assert page.texts("a", class_="tile__name") == [
            *("Whole market", "Modern", "Mythics", "Foils")
        ]
        assert "TCGplayer" in page.text("ul", class_="offers")
        assert "21 listings" in page.text("ul", class_="offers")

    def test_a_finish(self, home):
        page = home("?finish=FOIL")
        assert figures(page, "all:FOIL") == ["0", "0", "1"]
        assert page.texts("td", data_label="Change") == ["−50.0%"]
        assert page.text("data", data_k="index_value:USD") == "25.00"
        assert page.text("data", data_k="level:modern:FOIL") == "25.00"

    def test_a_format(self, home):
        page = home("?format=modern&finish=NONFOIL")
        assert figures(page, "modern:NONFOIL") == ["1", "0", "0"]
        assert page.text("h2", id="index-title") == "Modern index"
        assert movers(page) == ["Red"]
        # There is no average of a part of the market.
        assert "Average price" not in page.texts("a")

    def test_by_format_and_by_colour(self, home):
        page = home()
        links = [
            a.attributes["href"] for a in page.all("a") if a.text in {"Red", "Modern"}
        ]
        assert "/indices/red/?currency=USD&finish=" in links
        assert "/indices/modern/?currency=USD&finish=" in links
        assert page.text("span", data_k="change_1d:red") == "0.0%"
        assert page.text("span", data_k="above_mean_percent:red") == "–"

    def test_a_choice_without_prices(self, home):
        page = home("?format=standard&finish=ETCHED")
        assert "No price of this choice was observed yet" in page.text("main")
        assert movers(page) == []
        assert page.inline_code() == []


@pytest.mark.django_db(transaction=True)
class TestFollowing:
    PANELS = ("tiles", "overview", "breadth", "movers", "parts", "sets", "spreads")

    def panels(self, page: Page) -> dict[str, bool]:
        """{id: whether messages carry what it shows}"""
        return {
            each.attributes["id"]: "data-patched" in each.attributes
            for each in page.all("section", data_version=cache.data_version())
        }

    def test_messages_carry_the_whole_market(self, home):
        assert self.panels(home()) == {
            **dict.fromkeys(self.PANELS, True),
            "spreads": False,
        }

    def test_of_a_finish_panels_are_fetched(self, home):
        assert self.panels(home("?finish=FOIL")) == {
            **dict.fromkeys(self.PANELS, False),
            "sets": True,
        }

    def test_movers_of_a_format_are_fetched(self, home):
        found = self.panels(home("?format=modern"))
        assert (found["movers"], found["breadth"]) == (False, True)

    def test_the_page_of_movers_is_fetched(self, home, client):
        found = Page(client.get("/movers/"))
        assert self.panels(found) == {"found": False}
        (panel,) = found.all("section", id="found")
        assert panel.attributes["data-dashboard"] == "USD"


@pytest.mark.parametrize(
    ("percent", "name"),
    [
        (None, "flat"),
        ("0.49", "flat"),
        ("0.5", "up-1"),
        ("-0.5", "down-1"),
        ("2", "up-2"),
        ("-4.99", "down-2"),
        ("5", "up-3"),
    ],
)
def test_shades(percent, name):
    assert shade(None if percent is None else Decimal(percent)) == name


def test_the_script_has_the_same_shades():
    script = (settings.BASE_DIR / "static/js/dashboard.js").read_text()
    (numbers,) = re.findall(r"const SHADES = \[(.*)\]", script)
    assert tuple(map(Decimal, numbers.split(", "))) == SHADES
