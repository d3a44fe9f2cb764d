"""Every page in a real browser: nothing that its policy refuses, no error, no dialog.

Finds the pages as a visitor does, from the routes and by links, so a new one is looked
at without being named here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import OPT, RAGAVAN, Site, site_after

from .pages import view_name, walk

pytestmark = [pytest.mark.browser, pytest.mark.process]

PASSWORD = "a long winding road"
HOSTILE = "\"'></script><img src=x onerror=alert(1)>"
# Says in the console what a policy refused, with the line of the page.
REPORT = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
  `refused: ${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}` +
  `:${event.lineNumber} ${event.sample}`));
"""
SETTLE_MS = 300
EVERYBODY_SEES = {
    "market:home",
    "market:index",
    "market:set",
    "market:compare",
    "cards:search",
    "cards:detail",
    "api-docs",
    "account_login",
}
STAFF_SEE = {
    "inventory:collection",
    "preferences:page",
    "mfa_activate_totp",
    "admin:index",
    "admin:cards_card_changelist",
    "admin:cards_card_change",
}
PEOPLE = f"""
from django.contrib.auth.models import User
from apps.cards.models import Card
from apps.inventory.models import Lot
boss = User.objects.create_superuser("boss", "boss@example.org", "{PASSWORD}")
for card in Card.objects.filter(card_set__code="mh2"):
    Lot.objects.create(owner=boss, card=card, quantity=2, notes=card.name)
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Two cards of which one means harm, prices of two days, and somebody of staff."""
    with site_after(two_days) as site:
        yield site


def two_days(site: Site) -> None:
    bring(site, "50.00")
    site.read_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=20)
    bring(site, "61.00")
    site.manage("shell", "-c", PEOPLE)


def bring(site: Site, price: str) -> None:
    """Prices an hour newer than those before."""
    site.read_at += timedelta(hours=1)
    file = site.data_dir.parent / f"cards-{site.read_at:%Y%m%d%H%M%S}.jsonl"
    cards = [
        RAGAVAN
        | {
            "name": f"Ragavan {HOSTILE}",
            "set_name": f"Horizons {HOSTILE}",
            "prices": {"usd": price},
        },
        OPT | {"set_name": f"Horizons {HOSTILE}", "prices": {"usd": "2.00"}},
    ]
    file.write_text("\n".join(map(json.dumps, cards)), encoding="utf-8")
    at = site.read_at.isoformat()
    site.manage("ingest", "scryfall", "--file", str(file), "--at", at)


class Watched:
    """A browser context that notes whatever is wrong in any of its pages."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self.context, self.url = context, site.url
        self.problems: list[str] = []
        context.add_init_script(REPORT)
        self.page = context.new_page()
        self.page.on("pageerror", lambda error: self.note(str(error)))
        self.page.on("console", self._console)
        self.page.on("dialog", self._dialog)

    def note(self, problem: str) -> None:
        self.problems.append(f"{self.page.url}: {problem}")

    def _console(self, message) -> None:
        if message.type == "error":
            self.note(f"{message.text} ({message.location['url']})")

    def _dialog(self, dialog) -> None:
        self.note(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, address: str) -> str | None:
        """The HTML of a page that was looked at; None where there is none."""
        answer = self.context.request.get(
            self.url + address, headers={"Accept": "text/html"}
        )
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if answer.status != 200 or not is_page or not self._is_there(answer.url):
            return None
        self.page.goto(self.url + address, wait_until="load")
        self.page.wait_for_timeout(SETTLE_MS)
        return self.page.content()

    def _is_there(self, url: str) -> bool:
        return url.startswith(self.url)


@pytest.fixture
def watched(chromium, site) -> Iterator[Watched]:
    context = chromium.new_context()
    yield Watched(context, site)
    context.close()


def log_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/account/login/")
    page.locator("[name=login]").fill("boss")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(f"{site.url}/")


def test_visitors(site: Site, watched: Watched):
    seen = walk(watched.open)
    assert watched.problems == []
    assert seen.keys() >= EVERYBODY_SEES


def test_staff(site: Site, watched: Watched):
    log_in(watched.page, site)
    seen = walk(watched.open)
    assert watched.problems == []
    assert seen.keys() >= EVERYBODY_SEES - {"account_login"} | STAFF_SEE


def test_charts_are_drawn_and_live_figures_come(site: Site, watched: Watched):
    page = watched.page
    page.goto(site.url)
    expect(page.locator("[data-connection]")).to_have_text("Live", timeout=20_000)
    bring(site, "75.00")
    movers = page.locator("#movers")
    expect(movers).to_contain_text("$75.00", timeout=30_000)
    expect(movers).to_contain_text(HOSTILE)
    page.goto(f"{site.url}/cards/?q=ragavan")
    page.locator("main").get_by_role("link", name="Ragavan").first.click()
    expect(page.locator("#history canvas").first).to_be_visible()
    assert view_name(page.url.removeprefix(site.url)) == "cards:detail"
    assert watched.problems == []


def test_suggestions_are_text(site: Site, watched: Watched):
    page = watched.page
    page.goto(site.url)
    page.wait_for_function("document.querySelector('[role=combobox]')")
    page.get_by_role("combobox", name="Search cards").fill("raga")
    expect(page.get_by_role("option").first).to_have_text(f"Ragavan {HOSTILE}")
    assert page.locator("img[src=x]").count() == 0
    assert watched.problems == []


def test_the_policy_holds(site: Site, watched: Watched):
    """What it is there for: markup that got in does nothing."""
    page = watched.page
    page.goto(site.url)
    page.evaluate(
        """() => {
          const put = (tag, attributes, text) => {
            const element = document.createElement(tag);
            Object.assign(element, attributes);
            element.textContent = text;
            document.body.append(element);
          };
          put("script", {}, "window.hacked = 1");
          put("script", {src: "/static/js/site.js?again"}, "");
          put("script", {src: "https://elsewhere.example/x.js"}, "");
          put("style", {}, "body { display: none }");
          const link = document.createElement("p");
          link.innerHTML = '<img src="data:," onerror="window.hacked = 1">';
          document.body.append(link);
        }"""
    )
    page.wait_for_timeout(SETTLE_MS)
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("getComputedStyle(document.body).display") != "none"
    refused = [one for one in watched.problems if "refused:" in one]
    assert len(refused) >= 5
