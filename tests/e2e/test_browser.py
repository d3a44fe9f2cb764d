"""A visitor with a browser, in front of everything that `make run` runs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from .conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.process]

SECONDS = 1000
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
NONFOIL = "tcgplayer:NEAR_MINT:NONFOIL:ENGLISH"


@pytest.fixture
def page(open_page) -> Page:
    return open_page()


def open_ragavan(site: Site, page: Page) -> None:
    """The way a visitor takes: search, then the card."""
    page.goto(site.url)
    search = page.locator("#global-search")
    search.fill("ragavan")
    search.press("Enter")
    page.locator("main").get_by_role("link", name="Ragavan").click()
    expect(page.locator("h1")).to_have_text("Ragavan, Nimble Pilferer")


def price(page: Page):
    return page.locator(f'td [data-k="price:{NONFOIL}"]')


def be_live(page: Page) -> None:
    """Wait for the socket, and mark the page so that a reload would show."""
    expect(page.locator("[data-connection]")).to_have_text("Live", timeout=20 * SECONDS)
    page.evaluate("window.isTheSamePage = true")


def assert_not_reloaded(page: Page) -> None:
    assert page.evaluate("window.isTheSamePage") is True


class TestLiveFigures:
    def test_price_changes_without_a_reload(self, site, page):
        open_ragavan(site, page)
        expect(price(page)).to_have_text("$51.00")
        be_live(page)
        site.ingest(ragavan="56.10", opt="1.50")
        expect(price(page)).to_have_text("$56.10", timeout=20 * SECONDS)
        headline = page.locator(".title-block").locator(f'[data-k="price:{NONFOIL}"]')
        expect(headline).to_have_text("$56.10")
        expect(page.locator(f'[data-line="{NONFOIL}"]')).to_contain_text("$56.10")
        assert_not_reloaded(page)

    def test_index_and_freshness_follow_the_market(self, site, page):
        site.ingest(ragavan="40.00", opt="1.50")
        page.goto(site.url)
        be_live(page)
        before = page.locator('[data-k="index_value:USD"]').inner_text()
        newest = page.locator('[data-k="newest:tcgplayer"]').inner_text()
        site.ingest(ragavan="80.00", opt="1.50")
        index = page.locator('[data-k="index_value:USD"]')
        expect(index).not_to_have_text(before, timeout=20 * SECONDS)
        moment = page.locator('[data-k="newest:tcgplayer"]')
        expect(moment).not_to_have_text(newest)
        assert_not_reloaded(page)


class TestWithoutReload:
    def test_period_replaces_the_chart_only(self, site, page):
        open_ragavan(site, page)
        page.evaluate("window.isTheSamePage = true")
        page.get_by_role("link", name="7d", exact=True).click()
        expect(page).to_have_url(re.compile(r"period=7d"))
        expect(page.locator("#history [aria-current]", has_text="7d")).to_be_focused()
        expect(page.locator("#history canvas").first).to_be_visible()
        assert_not_reloaded(page)
        page.go_back()
        expect(page.locator("#history [aria-current]", has_text="30d")).to_be_visible()

    def test_theme_is_kept(self, site, page):
        page.goto(site.url)
        background = "getComputedStyle(document.documentElement).backgroundColor"
        light = page.evaluate(background)
        page.get_by_role("button", name="Dark").click()
        assert page.evaluate(background) != light
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.get_by_role("button", name="Dark")).to_have_attribute(
            "aria-pressed", "true"
        )


class TestKeyboard:
    def test_arrows_choose_what_the_search_finds(self, site, page):
        page.goto(site.url)
        page.get_by_role("combobox", name="Search cards").focus()
        page.keyboard.type("rag")
        expect(page.get_by_role("option")).to_have_text(["Ragavan, Nimble Pilferer"])
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/cards/\?q=Ragavan"))

    def test_chart_has_a_cursor(self, site, page):
        open_ragavan(site, page)
        chart = page.get_by_role("application")
        chart.focus()
        page.keyboard.press("End")
        spoken = page.locator("#history [aria-live]")
        expect(spoken).to_contain_text("TCGplayer foil $99.50")
        expect(page.locator(".chart__readout")).not_to_be_empty()


class TestTicker:
    RUNNING = (
        "getComputedStyle(document.querySelector('.ticker__track')).animationPlayState"
    )

    def test_pauses_and_goes_on(self, site, page):
        page.goto(site.url)
        pause = page.get_by_role("button", name="Pause the ticker")
        assert page.evaluate(self.RUNNING) == "running"
        pause.click()
        expect(pause).to_have_attribute("aria-pressed", "true")
        assert page.evaluate(self.RUNNING) == "paused"
        pause.click()
        page.mouse.move(0, 600)
        assert page.evaluate(self.RUNNING) == "running"

    def test_stands_still_with_reduced_motion(self, site, page):
        page.emulate_media(reduced_motion="reduce")
        page.goto(site.url)
        expect(page.locator(".ticker")).not_to_have_class(re.compile("is-rolling"))
        expect(page.locator(".ticker__pause")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/cards/", "/cards/?q=ragavan"])
@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_is_wider_than_the_screen(site, open_page, path, width):
    page = open_page(width=width)
    page.goto(site.url + path)
    excess = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(excess) <= 0


def test_the_bar_of_a_phone_has_five_entries_and_the_rest_under_more(site, chromium):
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    try:
        page = context.new_page()
        page.goto(site.url)
        bar = page.get_by_role("navigation", name="Main")
        entries = bar.locator(":scope > a, summary").filter(visible=True)
        expect(entries).to_have_text(["Market", "Cards", "Advice", "Log in", "More"])
        bar.get_by_text("More").click()
        bar.get_by_role("link", name="Track record").click()
        expect(page.locator("h1")).to_have_text("Track record")
    finally:
        context.close()


def test_pages_obey_a_strict_policy(site, page):
    """No inline script, style or event handler, in the page or in what it runs."""
    page.add_init_script(
        "window.violations = []; document.addEventListener('securitypolicyviolation',"
        " event => violations.push(event.violatedDirective + ' ' + event.blockedURI))"
    )

    def with_policy(route: Route) -> None:
        response = route.fetch()
        headers = {**response.headers, "content-security-policy": POLICY}
        route.fulfill(response=response, headers=headers)

    page.route(re.compile(r"/(cards/.*)?$"), with_policy)
    page.goto(site.url)
    expect(page.locator("#index canvas").first).to_be_visible()
    assert page.evaluate("violations") == []
    open_ragavan(site, page)
    expect(page.locator("#history canvas").first).to_be_visible()
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate("violations") == []
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    assert len(page.evaluate("violations")) == 1


def test_pages_can_be_read_without_javascript(site, chromium):
    context = chromium.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        open_ragavan(site, page)
        assert price(page).inner_text().startswith("$")
        expect(page.locator("#history .strokes path").first).to_be_visible()
        page.get_by_role("link", name="90d").click()
        expect(page.locator("#history [aria-current]", has_text="90d")).to_be_visible()
        page.get_by_text("The same figures as a table").click()
        expect(page.locator("#history table")).to_be_visible()
        page.get_by_role("button", name="Dark").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    finally:
        context.close()


class TestAccount:
    """The first user of `make run`, who logs in by password, then by a passkey."""

    AUTHENTICATOR = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }

    @pytest.fixture
    def here(self, site):
        """Passkeys take https, or this name."""
        return site.url.replace("127.0.0.1", "localhost")

    def password(self, site):
        return (site.data_dir / "admin-password").read_text().strip()

    def log_in(self, site, page, here):
        page.goto(f"{here}/account/login/")
        page.get_by_label("E-mail address or name").fill("admin")
        page.get_by_label("Password").fill(self.password(site))
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("link", name="Portfolio")).to_be_visible()

    def test_a_passkey_is_made_and_logs_in(self, site, open_page, here):
        page = open_page(width=390, height=844)
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send(
            "WebAuthn.addVirtualAuthenticator", {"options": self.AUTHENTICATOR}
        )
        self.log_in(site, page, here)
        page.goto(f"{here}/account/2fa/webauthn/add/")
        page.get_by_label("Password").fill(self.password(site))
        page.get_by_role("button", name="Confirm").click()
        page.get_by_label("Passwordless").check()
        page.get_by_role("button", name="Add").click()
        expect(page.locator("h1")).to_have_text("Recovery Codes")

        page.get_by_role("button", name="Log out").click()
        page.goto(f"{here}/settings/")
        expect(page.locator("h1")).to_have_text("Log in")
        page.get_by_role("button", name="Use a passkey").click()
        expect(page.locator("h1")).to_have_text("Preferences")
        # Those that come after log in by password alone.
        page.goto(f"{here}/account/2fa/webauthn/")
        page.get_by_role("link", name="Remove").click()
        page.get_by_label("Password").fill(self.password(site))
        page.get_by_role("button", name="Confirm").click()
        page.get_by_role("button", name="Remove").click()
        expect(page.locator("main")).to_contain_text("No security keys")

    def test_colours_are_kept_with_the_account(self, site, open_page, here):
        page = open_page()
        self.log_in(site, page, here)
        with page.expect_response("**/theme"):
            page.get_by_role("button", name="Dark").click()
        another = open_page()
        self.log_in(site, another, here)
        expect(another.locator("html")).to_have_attribute("data-theme", "dark")

    def test_without_javascript(self, site, chromium, here):
        context = chromium.new_context(java_script_enabled=False)
        try:
            page = context.new_page()
            self.log_in(site, page, here)
            page.goto(f"{here}/settings/")
            page.get_by_label("Cost basis").select_option("AVERAGE")
            page.locator("#portfolio").get_by_role("button", name="Save").click()
            expect(page.locator("main")).to_contain_text("saved.")
            expect(page.get_by_label("Cost basis")).to_have_value("AVERAGE")
        finally:
            context.close()
