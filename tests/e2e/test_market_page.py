"""The market page while prices come in: it changes in place, from the messages."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, WebSocket, expect

from .conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.process]

SECONDS = 1000


@pytest.fixture
def frames(open_page) -> tuple[Page, list[dict]]:
    """A page, and what its websocket brings."""
    page, found = open_page(), []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda text: found.append(json.loads(text)))

    page.on("websocket", listen)
    return page, found


def price(page: Page, direction: str):
    return page.locator(f'#movers [data-direction="{direction}"] .price')


def mark(page: Page, panel: str) -> None:
    """So that a panel that was fetched anew would show."""
    page.evaluate(f"document.getElementById('{panel}').isTheSame = true")


def is_the_same(page: Page, panel: str) -> bool:
    return page.evaluate(f"document.getElementById('{panel}').isTheSame === true")


def be_live(page: Page) -> None:
    expect(page.locator("[data-connection]")).to_have_text("Live", timeout=20 * SECONDS)


def test_movers_and_totals_change_in_place(site: Site, frames):
    page, received = frames
    site.ingest(ragavan="70.00", opt="1.20")
    page.goto(site.url)
    expect(price(page, "gainers")).to_have_text("$70.00")
    be_live(page)
    before = page.locator('[data-k="average_price"]').inner_text()
    for panel in ("movers", "overview", "parts"):
        mark(page, panel)
    site.ingest(ragavan="75.00", opt="1.10")
    expect(price(page, "gainers")).to_have_text("$75.00", timeout=30 * SECONDS)
    expect(price(page, "losers")).to_have_text("$1.10")
    expect(page.locator('[data-k="average_price"]')).not_to_have_text(before)
    # Longer than a page waits before it fetches what it cannot change.
    page.wait_for_timeout(3 * SECONDS)
    assert [is_the_same(page, one) for one in ("movers", "overview", "parts")] == [
        *(True, True, True)
    ]
    version = page.locator("#movers").get_attribute("data-version")
    updates = [one for one in received if one["type"] == "dashboard_update"]
    assert updates[-1]["data"]["version"] == version
    assert len(json.dumps(updates[-1])) < 40_000
    assert {one["index"] for one in updates[-1]["data"]["indices"]} >= {"all", "red"}


def test_what_messages_do_not_carry_is_fetched(site: Site, frames):
    page, _ = frames
    page.goto(f"{site.url}?finish=NONFOIL")
    be_live(page)
    before = price(page, "gainers").inner_text()
    mark(page, "movers")
    site.ingest(ragavan="82.00", opt="1.05")
    expect(price(page, "gainers")).to_have_text("$82.00", timeout=30 * SECONDS)
    assert before != "$82.00"
    assert not is_the_same(page, "movers")


def test_the_page_of_movers_follows(site: Site, frames):
    page, _ = frames
    page.goto(f"{site.url}/movers/")
    be_live(page)
    site.ingest(ragavan="88.00", opt="1.02")
    expect(page.locator("#found .price").first).to_have_text(
        "$88.00", timeout=30 * SECONDS
    )
