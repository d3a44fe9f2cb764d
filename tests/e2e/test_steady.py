"""Nothing on a page moves by itself: layout shift while it loads, settles, is patched.

https://web.dev/articles/cls calls up to 0.1 good; ours should hardly move at all.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from .conftest import Site
from .screenshots import SETTLE_MS, VISITOR_PAGES, Visit, open_window, own_pages

pytestmark = [pytest.mark.browser, pytest.mark.process]

LARGEST = 0.05
WATCH = """
window.shifts = [];
const name = ({node}) => node?.outerHTML?.slice(0, 80) ?? String(node?.nodeName);
new PerformanceObserver((list) => {
  for (const {value, hadRecentInput, sources} of list.getEntries())
    if (!hadRecentInput) window.shifts.push([value, sources.map(name)]);
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize("width", ["1440", "390"])
def test_pages(chromium: Browser, demo_url: str, width: str):
    visit = open_window(chromium, demo_url, width, "light")
    watch(visit.page.context)
    found = moving(visit, VISITOR_PAGES)
    visit.log_in()
    found += moving(visit, own_pages(visit))
    visit.page.context.close()
    assert found == []


def watch(context: BrowserContext) -> None:
    context.add_init_script(WATCH)


def moving(visit: Visit, pages: dict[str, str]) -> list[str]:
    found = []
    for name, address in pages.items():
        visit.page.goto(visit.url + address, wait_until="load")
        visit.page.wait_for_timeout(SETTLE_MS)
        if (moved := shift(visit.page)) > LARGEST:
            where = visit.page.evaluate("shifts")
            found.append(f"{name}: {moved:.3f}: {where}")
    return found


def shift(page: Page) -> float:
    return float(page.evaluate("shifts.reduce((sum, [value]) => sum + value, 0)"))


@pytest.mark.parametrize("width", [1440, 390])
def test_pages_that_are_patched(site: Site, open_page, width: int):
    page = open_page(width=width, height=900)
    watch(page.context)
    site.ingest(ragavan="70.00", opt="1.20")
    page.goto(site.url)
    expect(page.locator("[data-connection]")).to_have_text("Live", timeout=20_000)
    riser = page.locator('#movers [data-direction="gainers"] .price')
    before = riser.inner_text()
    site.ingest(ragavan=str(75 + width / 1000), opt="1.10")
    expect(riser).not_to_have_text(before, timeout=30_000)
    page.wait_for_timeout(3 * SETTLE_MS)
    assert shift(page) <= LARGEST, page.evaluate("shifts")
