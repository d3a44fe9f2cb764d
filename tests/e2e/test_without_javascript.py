"""Reading and every form, in a browser that runs no scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .screenshots import CARD, SIZES, VISITOR_PAGES, Visit, own_pages

pytestmark = [pytest.mark.browser, pytest.mark.process]

SECONDS = 1000
# A page whose figures, tables or forms are not there has nothing to say.
EMPTY = """() => {
  const main = document.querySelector("main");
  const isShown = (one) => one.checkVisibility();
  const found = [];
  if (!main.querySelector("h1")) found.push("no heading");
  if (!main.querySelector("table, data, form, .empty, .prose, ul"))
    found.push("nothing");
  for (const chart of main.querySelectorAll("[data-chart]")) {
    if (!chart.querySelector(".strokes path")) found.push("a chart without its lines");
    if (!chart.querySelector("figcaption")?.textContent.trim())
      found.push("a chart without words");
    if (!chart.closest(".panel").querySelector("table tbody tr"))
      found.push("a chart without its table");
  }
  const waits = [...main.querySelectorAll("button:disabled")].filter(isShown);
  if (waits.some((one) => !one.closest(".legend"))) found.push("a button that waits");
  return found;
}"""


@pytest.fixture
def visit(chromium: Browser, demo_url: str) -> Iterator[Visit]:
    """Nobody yet, on a phone."""
    across, down = SIZES["390"]
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": across, "height": down}
    )
    yield Visit(context.new_page(), demo_url, "390", "light")
    context.close()


@pytest.fixture
def own(visit: Visit) -> Page:
    """Of the collector, who logged in by the form."""
    visit.log_in()
    return visit.page


def test_every_page_can_be_read(visit: Visit):
    found = missing(visit, VISITOR_PAGES)
    visit.log_in()
    found += missing(visit, own_pages(visit))
    assert found == []


def missing(visit: Visit, pages: dict[str, str]) -> list[str]:
    found = []
    for name, address in pages.items():
        visit.page.goto(visit.url + address, wait_until="load")
        found += [f"{name}: {what}" for what in visit.page.evaluate(EMPTY)]
    return found


def test_search_and_filters(visit: Visit):
    page = visit.page
    page.goto(f"{visit.url}/find/")
    page.locator("main").get_by_role("searchbox").fill("sheoldred")
    page.get_by_role("button", name="Search cards").click()
    expect(page.locator("main a.row-link").first).to_have_text(CARD)
    page.goto(f"{visit.url}/movers/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Rarity").select_option("mythic")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("rarity=mythic"))
    expect(page.locator("#found tbody tr").first).to_be_visible()


def test_settings(own: Page, demo_url: str):
    own.goto(f"{demo_url}/settings/")
    own.get_by_label("Cost basis").select_option("AVERAGE")
    own.locator("#portfolio").get_by_role("button", name="Save").click()
    expect(own.locator("main")).to_contain_text("saved.")
    expect(own.get_by_label("Cost basis")).to_have_value("AVERAGE")


def test_adding_a_lot(own: Page, demo_url: str):
    own.goto(f"{demo_url}/inventory/add/")
    own.locator("main").get_by_role("searchbox").fill("sheoldred")
    own.locator("main").get_by_role("searchbox").press("Enter")
    own.locator("main").get_by_role("link", name=CARD).first.click()
    own.get_by_role("spinbutton", name="Copies", exact=True).fill("7")
    own.get_by_label("Binder").fill("Without scripts")
    own.get_by_role("button", name="Add", exact=True).click()
    own.goto(f"{demo_url}/inventory/?binder=Without+scripts")
    expect(own.locator("main a.row-link")).to_have_text([CARD])


def test_importing_a_list(own: Page, demo_url: str):
    own.goto(f"{demo_url}/inventory/import/")
    own.get_by_label("Or paste").fill(f"3 {CARD} (DMU) 107")
    own.get_by_role("button", name="Look at it").click()
    expect(own).to_have_url(re.compile(r"/inventory/import/\d+/"))
    look_until(own, "Ready to look at")
    own.get_by_role("button", name=re.compile("^Import 1 ")).click()
    look_until(own, "Imported")


def look_until(page: Page, state: str) -> None:
    """What goes on meanwhile is told by loading the page again."""
    for _ in range(30):
        if state in page.locator("main .page__head").inner_text():
            return
        page.wait_for_timeout(SECONDS)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def test_a_new_alert(own: Page, demo_url: str):
    own.goto(f"{demo_url}/cards/?q={CARD}")
    own.locator("main a.row-link").first.click()
    own.get_by_role("link", name="Alert me").first.click()
    own.get_by_label("Amount").fill("12.34")
    own.get_by_role("button", name="Arm it").click()
    expect(own).to_have_url(f"{demo_url}/alerts/")
    expect(own.locator("main")).to_contain_text("$12.34")
