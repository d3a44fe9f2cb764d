"""Every page against the rules of WCAG 2.2 AA that axe-core can decide by itself."""

from __future__ import annotations

from importlib.resources import files

import pytest
from playwright.sync_api import Browser

from .screenshots import (
    VISITOR_PAGES,
    Visit,
    open_window,
    own_pages,
)

pytestmark = [pytest.mark.browser, pytest.mark.process]

AXE = files("axe_playwright_python").joinpath("axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """rules => axe.run(document, {
  runOnly: {type: "tag", values: rules}, resultTypes: ["violations"],
})"""


@pytest.mark.parametrize(("width", "colours"), [("1440", "light"), ("390", "dark")])
def test_pages(chromium: Browser, demo_url: str, width: str, colours: str):
    visit = open_window(chromium, demo_url, width, colours)
    found = broken(visit, VISITOR_PAGES)
    visit.log_in()
    found += broken(visit, own_pages(visit))
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
