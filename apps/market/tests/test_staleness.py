"""A price that should have been renewed is marked wherever it appears."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.cards.models import Card
from apps.market.selectors import dashboard_topic_snapshot, market_topic_snapshot
from apps.market.services import update_moves
from apps.prices.models import LatestPrice
from apps.prices.selectors import card_topic_snapshot, newest_stream
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from mtgintel.core import cache
from tests.html import Page

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERIES = "tcgplayer:NEAR_MINT:NONFOIL:ENGLISH"


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def card() -> Card:
    """A card whose price rose, and a day of its history."""
    card, other = make_card("Opt"), make_card("Opt", set_code="lea")
    for each in (card, other):
        make_price(each, "20", as_of=NOW - HOUR, price_1d="10", price_7d="10")
    history = [(NOW - 50 * HOUR, "10"), (NOW - HOUR, "20")]
    add_observations(card, history)
    refresh(history)
    update_moves()
    return card


@pytest.fixture(params=[48, 49], ids=["fresh", "stale"])
def is_stale(request, card) -> bool:
    """Whether the price is older than its stream's 48 hours."""
    LatestPrice.objects.update(as_of=NOW - request.param * HOUR)
    cache.bump()
    return request.param > 48


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        # The index, the overview, the movers; and the ticker, which every page has.
        ("/", {"stale:index", "stale:overview", "stale:mover", None}),
        ("/cards/", {"stale:mover", None}),
        # The headline and the quotes; the legend of the history; other printings.
        ("card", {f"stale:{SERIES}", "stale:mover", None}),
    ],
)
def test_pages(client, card, is_stale, address, marked):
    if address == "card":
        address = card.get_absolute_url()
    page = Page(client.get(address))
    shown = {
        tag.attributes.get("data-k")
        for tag in page.all("abbr", class_="tag")
        if tag.text == "STALE" and "hidden" not in tag.attributes
    }
    assert shown == (marked if is_stale else set())


def test_list_of_cards_beside_the_age(client, card, is_stale):
    page = Page(client.get("/cards/"))
    ages = [cell.split("ago")[1].strip() for cell in page.texts("td", class_="source")]
    assert ages == ["STALE" if is_stale else ""] * 2


def test_history_legend(client, card, is_stale):
    page = Page(client.get(card.get_absolute_url()))
    assert ("STALE" in page.text("button", class_="legend__item")) == is_stale


def test_other_printings(client, card, is_stale):
    page = Page(client.get(card.get_absolute_url()))
    rows = [text for text in page.texts("tr") if "LEA 138" in text]
    assert [text.endswith("STALE") for text in rows] == [is_stale]


def test_api(client, card, is_stale):
    def get(address: str) -> dict:
        return client.get(f"/api/{address}").json()

    flags = ["STALE"] if is_stale else []
    assert get("market/overview")["is_stale"] == is_stale
    assert get("market/index")["is_stale"] == is_stale
    assert get("market/movers")["movers"][0]["flags"] == [*flags, "SOLO"]
    assert get("cards?q=opt")["results"][0]["quote"]["flags"] == flags
    assert get(f"cards/{card.pk}")["quotes"][0]["flags"] == flags
    assert get(f"cards/{card.pk}/prices")["quotes"][0]["flags"] == flags
    assert get(f"cards/{card.pk}/history")["series"][0]["is_stale"] == is_stale
    streams = {
        stream["marketplace"]: stream["is_stale"]
        for stream in get("market/freshness")["streams"]
    }
    assert streams["tcgplayer"] == is_stale


def test_live_topics(card, is_stale):
    dashboard = dashboard_topic_snapshot("USD")
    assert dashboard["is_stale"] == is_stale
    assert ("STALE" in dashboard["gainers"][0]["flags"]) == is_stale
    assert market_topic_snapshot("USD")["is_stale"] == is_stale
    (quote,) = card_topic_snapshot(str(card.pk))["quotes"]
    assert quote["flags"] == (["STALE"] if is_stale else [])


def test_newest_stream_is_the_one_with_the_newest_price(card):
    make_price(card, "9", "cardkingdom", as_of=NOW - 30 * HOUR)
    make_price(card, "9", "cardmarket", as_of=NOW)
    assert newest_stream("USD").marketplace == "tcgplayer"
    assert newest_stream().marketplace == "cardmarket"
    assert newest_stream("TIX") is None
