"""Indices and their constituents as files, as their pages show them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.market.services import update_indices
from apps.prices.tests.factories import add_observations, make_card, refresh
from tests.html import Page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market():
    """A card that rose by a quarter and one that stayed."""
    with time_machine.travel(NOW, tick=False):
        riser = make_card("Opt", legalities={"standard": "legal"})
        stayer = make_card("Bolt", collector_number="2")
        days = [NOW - DAY, NOW]
        add_observations(riser, list(zip(days, ("12", "15"), strict=True)))
        add_observations(stayer, list(zip(days, ("5", "5"), strict=True)))
        refresh([(day, "") for day in days])
        update_indices()
        yield


def rows(client, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def test_points_of_an_index_and_of_the_other(client):
    found = rows(client, "/indices/all/points.csv?period=7d&versus=standard")
    assert found == [
        {
            "day": "2026-03-09",
            "level": "100.00",
            "constituents": "0",
            "is_thin": "False",
            "is_provisional": "False",
            "Standard": "100.00",
        },
        {
            "day": "2026-03-10",
            "level": "117.65",
            "constituents": "2",
            "is_thin": "False",
            "is_provisional": "True",
            "Standard": "125.00",
        },
    ]
    assert "Standard" not in rows(client, "/indices/all/points.csv")[0]


def test_constituents(client):
    found = rows(client, "/indices/all/constituents.csv")
    assert [
        (row["name"], row["share_percent"], row["before"], row["price"])
        for row in found
    ] == [("Opt", "72.850", "12.00", "15.00"), ("Bolt", "27.150", "5.00", "5.00")]
    assert found[0]["before_on"] == "2026-03-09"
    assert rows(client, "/indices/all/constituents.csv?finish=FOIL") == []


def test_all_indices(client):
    found = rows(client, "/indices.csv")
    by_slug = {row["index"]: row for row in found}
    assert {"all", "modern", "standard", "mythics", "set-mh2"} <= set(by_slug)
    assert (by_slug["all"]["level"], by_slug["all"]["constituents"]) == (
        *("117.652", "2"),
    )
    assert by_slug["set-mh2"]["name"] == "Modern Horizons 2"


def test_a_page_links_to_its_files(client):
    page = Page(client.get("/indices/all/?period=7d&versus=standard"))
    links = [one.attributes["href"] for one in page.all("a") if one.text == "CSV"]
    assert links == [
        "/indices/all/points.csv?period=7d&versus=standard",
        "/indices/all/constituents.csv?period=7d&versus=standard",
    ]
    for one in page.all("a"):
        if one.text == "JSON":
            assert client.get(one.attributes["href"]).status_code == 200


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/indices/vintage/points.csv", 404),
        ("/indices/vintage/constituents.csv", 404),
        ("/indices/all/points.csv?period=2y", 400),
        ("/indices/all/constituents.csv?currency=JPY", 400),
        ("/indices.csv?currency=JPY", 400),
    ],
)
def test_what_is_unknown_is_no_file(client, address, status):
    assert client.get(address).status_code == status
