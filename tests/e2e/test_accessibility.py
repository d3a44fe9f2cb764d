"""Every page against the rules of WCAG 2.2 AA that axe-core can decide by itself."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser

from .screenshots import (
    PAGES,
    VISITOR_PAGES,
    Visit,
    demo_site,
    numbers,
    open_window,
)

pytestmark = [pytest.mark.browser, pytest.mark.process]

AXE = files("axe_playwright_python").joinpath("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """rules => axe.run(document, {
  runOnly: {type: "tag", values: rules}, resultTypes: ["violations"],
})"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with demo_site() as url:
        yield url


@pytest.mark.parametrize(("width", "colours"), [("1440", "light"), ("390", "dark")])
def test_pages(chromium: Browser, url: str, width: str, colours: str):
    visit = open_window(chromium, url, width, colours)
    found = broken(visit, VISITOR_PAGES)
    visit.log_in()
    keys = numbers(visit)
    ours = {name: page for name, page in PAGES.items() if "/admin/" not in page}
    found += broken(visit, {n: page.format(**keys) for n, page in ours.items()})
    visit.page.context.close()
    assert found == []


def broken(visit: Visit, pages: dict[str, str]) -> list[str]:
    """What is wrong: "page: rule: where"."""
    found = []
    for name, address in pages.items():
        visit.page.goto(visit.url + address, wait_until="load")
        visit.page.evaluate(AXE.read_text("utf-8"))
        said = visit.page.evaluate(RUN, RULES)
        for rule in said["violations"]:
            places = [node["target"] for node in rule["nodes"]]
            found.append(f"{name}: {rule['id']}: {places}")
    return found
