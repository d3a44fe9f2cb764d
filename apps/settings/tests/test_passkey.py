"""A passkey, with a browser that has an authenticator."""

from __future__ import annotations

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from apps.settings.tests.door import PASSWORD, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def site(live_server):
    """Passkeys take https, or this name."""
    with override_settings(MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN=True):
        yield live_server.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def page(open_page) -> Page:
    page = open_page(width=390, height=844)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def test_a_passkey_is_made_and_logs_in(site, page):
    make_user()
    page.goto(f"{site}/account/login/")
    page.get_by_label("E-mail address or name").fill("reader@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    page.goto(f"{site}/account/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.locator("h1")).to_have_text("Recovery Codes")
    page.goto(f"{site}/account/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("Passkey")

    page.get_by_role("button", name="Log out").click()
    page.goto(f"{site}/settings/")
    expect(page.locator("h1")).to_have_text("Log in")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("h1")).to_have_text("Preferences")
