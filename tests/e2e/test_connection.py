"""What the page says of its live connection, and that it stays readable without one."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

pytestmark = [pytest.mark.browser, pytest.mark.process]

SECONDS = 1000


def state(page: Page):
    return page.locator("[data-connection]")


def test_updates_are_away(demo_url: str, open_page):
    """The server answers, what it has updates from does not."""
    page = open_page()

    def refuse(socket: WebSocketRoute, text: str) -> None:
        asked = json.loads(text)
        if asked["action"] == "subscribe":
            said = {"type": "error", "code": "unavailable", "message": "Later."}
            socket.send(json.dumps({**said, "channel": asked["channel"]}))

    page.route_web_socket(
        "**/api/ws",
        lambda socket: socket.on_message(lambda text: refuse(socket, str(text))),
    )
    page.goto(demo_url)
    expect(state(page)).to_have_text("No updates")
    expect(page.locator("#index canvas").first).to_be_visible()


def test_no_network(demo_url: str, open_page):
    page = open_page()
    page.goto(demo_url)
    expect(state(page)).to_have_text("Live", timeout=20 * SECONDS)
    page.context.set_offline(True)
    expect(state(page)).to_have_text("Offline")
    page.context.set_offline(False)
    expect(state(page)).to_have_text("Live", timeout=20 * SECONDS)


def test_a_lost_connection_takes_no_second_row(demo_url: str, open_page):
    page = open_page(width=390, height=844)
    page.route_web_socket("**/api/ws", lambda socket: socket.close(code=1012))
    page.goto(demo_url)
    bar = page.locator(".topbar")
    expect(state(page)).to_contain_text("Reconnecting in")
    assert bar.bounding_box()["height"] <= 110
