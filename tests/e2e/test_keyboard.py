"""Every page by keyboard alone: each stop is in its place, in view, and can be seen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .screenshots import VISITOR_PAGES, Visit, open_window, own_pages

pytestmark = [pytest.mark.browser, pytest.mark.process]

# Rows of long lists are alike: three of each are walked.
SHORTEN = """() => {
  for (const list of document.querySelectorAll("tbody, .places, .ticker__list"))
    [...list.children].slice(3).forEach((one) => one.remove());
}"""
# What the keyboard must lead to in a part of the page, in the order of the document.
EXPECTED = """part => {
  const group = (one) => one.type === "radio" && one.name;
  window.part = document.querySelector(part);
  const all = [...window.part.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex]")];
  const isShown = (one) => one.getClientRects().length > 0 &&
    one.checkVisibility({visibilityProperty: true, contentVisibilityAuto: false});
  window.stops = all.filter((one) => one.tabIndex >= 0 && !one.disabled &&
    !one.closest("[inert], dialog:not([open])") && isShown(one) &&
    (!group(one) || one.checked || !document.querySelector(
      `input[type=radio][name="${one.name}"]:checked`)));
  return window.stops.length;
}"""
# The place of the focus among those, and what is wrong with it: "" is nothing. None
# when it left the part, or came round to its beginning.
LOOK = """before => {
  const here = document.activeElement;
  const place = window.stops.indexOf(here);
  const isOutside = here === document.body || !window.part.contains(here);
  if (isOutside || (place >= 0 && place < before)) return null;
  // A field of a date is several stops of one element.
  if (place === before) return [place, ""];
  // Chromium also stops at what can be scrolled and has nothing to focus inside.
  const scrolls = here.scrollHeight > here.clientHeight ||
    here.scrollWidth > here.clientWidth;
  if (place < 0 && scrolls) return [-1, ""];
  const name = here.outerHTML.slice(0, 120);
  const box = here.getClientRects()[0];
  if (!box || box.width < 1 || box.height < 1) return [place, `no size: ${name}`];
  const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
  const right = Math.min(box.right, innerWidth);
  const bottom = Math.min(box.bottom, innerHeight);
  if (right <= left || bottom <= top) return [place, `out of view: ${name}`];
  const points = [0.5, 0.1, 0.9].flatMap((x) => [0.5, 0.1, 0.9].map((y) =>
    [left + (right - left) * x, top + (bottom - top) * y]));
  const isOurs = (other) => other && (here.contains(other) || other.contains(here) ||
    [...(here.labels ?? [])].some((label) => label.contains(other)));
  if (!points.some(([x, y]) => isOurs(document.elementFromPoint(x, y))))
    return [place, `covered: ${name}`];
  const {outlineStyle, outlineWidth} = getComputedStyle(here);
  if (outlineStyle === "none" || parseFloat(outlineWidth) < 2)
    return [place, `focus cannot be seen: ${name}`];
  return [place, ""];
}"""
CHARTS = """() => [...document.querySelectorAll("[data-chart]")].filter((chart) =>
    !chart.querySelector(".chart__canvas[tabindex='0']") ||
    !chart.closest(".panel").querySelector("table")).length"""


WHOLE = {"home", "find-visitor"}
TO_CONTENT = "a.skip:focus"


@pytest.mark.parametrize("width", ["1440", "390"])
def test_pages(chromium: Browser, demo_url: str, width: str):
    visit = open_window(chromium, demo_url, width, "light")
    # Figures that change under the walk would take its stops away.
    visit.page.route_web_socket("**/api/ws", lambda socket: socket.close())
    found = wrong(visit, VISITOR_PAGES)
    visit.log_in()
    found += wrong(visit, own_pages(visit))
    visit.page.context.close()
    assert found == []


def wrong(visit: Visit, pages: dict[str, str]) -> list[str]:
    """What is wrong, as "page: what". The bar and the foot are the same everywhere, and
    walked on some; on the others the link that skips them is taken."""
    found = []
    for name, address in pages.items():
        visit.page.goto(visit.url + address, wait_until="load")
        visit.page.evaluate(SHORTEN)
        if name not in WHOLE:
            found += [f"{name}: {what}" for what in skipped(visit.page)]
        part = "body" if name in WHOLE else "main"
        found += [f"{name}: {what}" for what in wrong_stops(visit.page, part)]
        if charts := visit.page.evaluate(CHARTS):
            found.append(f"{name}: {charts} charts without cursor or table")
    return found


def skipped(page: Page) -> list[str]:
    """Go to the content by the first stop of the page."""
    page.keyboard.press("Tab")
    is_first = page.evaluate(f"document.querySelector('{TO_CONTENT}') !== null")
    page.keyboard.press("Enter")
    is_there = page.evaluate("document.activeElement.id === 'main'")
    return [] if is_first and is_there else ["the first stop skips nothing"]


def wrong_stops(page: Page, part: str) -> list[str]:
    """From where the focus is to the end of the part."""
    wanted, visited, found = page.evaluate(EXPECTED, part), [-1], []
    for _ in range(4 * wanted + 10):
        page.keyboard.press("Tab")
        said = page.evaluate(LOOK, visited[-1])
        if said is None:
            break
        place, what = said
        if place > visited[-1]:
            visited.append(place)
        if what:
            found.append(what)
    else:
        found.append("a trap: the focus never leaves")
    if missed := set(range(wanted)) - set(visited):
        named = "place => window.stops[place].outerHTML.slice(0, 120)"
        names = [page.evaluate(named, place) for place in sorted(missed)]
        found.append(f"never in its order: {names}")
    return found


@pytest.fixture
def page(demo_url: str, open_page) -> Page:
    page = open_page()
    page.goto(demo_url)
    return page


def palette(page: Page):
    return page.get_by_role("dialog", name="Find anything")


class TestPalette:
    @pytest.mark.parametrize("key", ["/", "Control+k", "Meta+k"])
    def test_opens_and_gives_the_focus_back(self, page, key):
        link = page.get_by_role("link", name="how it is computed").first
        link.focus()
        page.keyboard.press(key)
        field = page.get_by_role("combobox", name="Find a card")
        expect(field).to_be_focused()
        page.keyboard.press("Tab")
        expect(palette(page).get_by_role("button", name="Close")).to_be_focused()
        page.keyboard.press("Escape")
        expect(palette(page)).to_be_hidden()
        expect(link).to_be_focused()

    def test_finds_a_page(self, page, demo_url):
        page.keyboard.press("/")
        page.keyboard.type("spre")
        expect(page.get_by_role("option").first).to_have_text("Spreads Page")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{demo_url}/spreads/")

    def test_finds_sets_indices_and_cards(self, page):
        page.keyboard.press("/")
        page.keyboard.type("war of")
        options = palette(page).get_by_role("option")
        expect(options.first).to_have_text("War of the Spark (WAR) Set")
        page.get_by_role("combobox", name="Find a card").fill("whole")
        expect(options.first).to_have_text("Whole market Index")
        page.get_by_role("combobox", name="Find a card").fill("sheoldred")
        expect(options).to_have_text(["Sheoldred, the Apocalypse Card"])
        expect(palette(page).get_by_role("status")).to_have_text("1 result")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/cards/\?q=Sheoldred"))

    def test_arrows_choose(self, page):
        page.keyboard.press("/")
        field = page.get_by_role("combobox", name="Find a card")
        expect(palette(page).get_by_role("option").first).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", "palette-list-1")
        chosen = palette(page).get_by_role("option", selected=True)
        expect(chosen).to_have_text("Cards Page")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/cards/$"))

    def test_what_is_found_nowhere_is_searched_for(self, page):
        page.keyboard.press("/")
        page.keyboard.type("zzzz")
        said = palette(page).get_by_role("status")
        expect(said).to_have_text("Nothing of that name. Enter searches the cards.")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/cards/\?q=zzzz"))

    def test_opens_on_a_phone_from_the_bar(self, demo_url, open_page):
        page = open_page(width=390, height=844)
        page.goto(demo_url)
        page.get_by_text("More", exact=True).click()
        page.get_by_role("link", name="Find anything").click()
        expect(page.get_by_role("combobox", name="Find a card")).to_be_focused()
        box = palette(page).bounding_box()
        assert (box["x"], box["width"], box["height"]) == (0, 390, 844)

    def test_offers_what_an_account_can_do(self, chromium, demo_url):
        visit = open_window(chromium, demo_url, "1440", "light")
        visit.log_in()
        visit.page.keyboard.press("/")
        options = palette(visit.page).get_by_role("option")
        expect(options.first).to_have_text("Add a card to the collection Action")
        visit.page.keyboard.type("new al")
        expect(options).to_have_text(["New alert Action"])
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_url(f"{demo_url}/alerts/new/")
        visit.page.context.close()


class TestShortcuts:
    def test_go_to_a_page(self, page, demo_url):
        page.keyboard.press("g")
        page.keyboard.press("s")
        page.wait_for_url(f"{demo_url}/signals/")

    def test_a_letter_alone_goes_nowhere(self, page, demo_url):
        page.keyboard.press("s")
        page.wait_for_timeout(300)
        assert page.url == f"{demo_url}/"

    def test_are_listed(self, page):
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keys")
        expect(keys.get_by_role("row").nth(1)).to_have_text(re.compile("Find anything"))
        expect(keys.get_by_role("link", name="Track record")).to_be_visible()
        page.keyboard.press("Escape")
        expect(keys).to_be_hidden()

    def test_rows_and_pages_of_a_list(self, page, demo_url):
        page.goto(f"{demo_url}/cards/")
        names = page.locator("main a.row-link")
        page.keyboard.press("j")
        expect(names.nth(0)).to_be_focused()
        page.keyboard.press("j")
        expect(names.nth(1)).to_be_focused()
        page.keyboard.press("k")
        expect(names.nth(0)).to_be_focused()
        page.keyboard.press("]")
        expect(page).to_have_url(re.compile("page=2"))

    def test_table_of_the_chart(self, page):
        table = page.locator("#index .more table")
        page.keyboard.press("t")
        expect(table).to_be_visible()
        page.keyboard.press("t")
        expect(table).to_be_hidden()

    @pytest.mark.parametrize("key", ["/", "?", "j", "g", "Control+k"])
    def test_fields_keep_their_keys(self, page, key):
        search = page.get_by_role("combobox", name="Search cards")
        search.focus()
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(search).to_be_focused()
        expect(search).to_have_value("" if "+" in key else key)

    @pytest.mark.parametrize("key", ["Alt+j", "Control+/", "Control+Shift+k"])
    def test_keys_with_others_are_the_browsers(self, page, key):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        expect(page.locator("dialog[open]")).to_have_count(0)
        expect(page.locator("body")).to_be_focused()

    def test_single_keys_can_be_turned_off(self, page):
        page.keyboard.press("?")
        page.get_by_role("checkbox", name="Single keys").uncheck()
        page.keyboard.press("Escape")
        page.reload()
        for key in "/?":
            page.keyboard.press(key)
            page.wait_for_timeout(200)
            expect(page.locator("dialog[open]")).to_have_count(0)
        page.keyboard.press("Control+k")
        expect(palette(page)).to_be_visible()


def test_escape_closes_the_menu_and_goes_back_to_its_button(demo_url, open_page):
    page = open_page(width=390, height=844)
    page.goto(demo_url)
    more = page.locator(".nav__more > summary")
    more.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Find anything")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".nav__sheet")).to_be_hidden()
    expect(more).to_be_focused()
