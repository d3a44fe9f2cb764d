"""Codes of an app, recovery codes: switching them on, logging in with them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from apps.settings.accounts.second_factor import SecondFactorAdapter
from apps.settings.tests.door import PASSWORD, is_logged_in, log_in, make_user
from tests.html import Page

pytestmark = pytest.mark.django_db

INDEX = "/account/2fa/"
ACTIVATE = "/account/2fa/totp/activate/"
AUTHENTICATE = "/account/2fa/authenticate/"
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def clock(_now):
    return _now


@pytest.fixture
def user():
    return make_user()


def code_of(secret: str, later: int = 0) -> str:
    """What the app shows now, or some codes later."""
    counter = list(yield_hotp_counters_from_time())[1]
    return format_hotp_value(hotp_value(secret, counter + later))


@pytest.fixture
def secret(client, user):
    """The secret of an app that the user, logged in with `client`, has set up."""
    log_in(client)
    asked = client.get(ACTIVATE)
    client.post(asked["Location"], {"password": PASSWORD})
    page = Page(client.get(ACTIVATE))
    secret = page.all("input", id="authenticator_secret")[0].attributes["value"]
    answer = client.post(ACTIVATE, {"code": code_of(secret)})
    assert answer["Location"] == "/account/2fa/recovery-codes/"
    return secret


class TestSwitchingOn:
    def test_it_takes_the_password_first(self, client, user):
        log_in(client)
        asked = client.get(ACTIVATE)
        assert asked["Location"].startswith("/account/reauthenticate/?next=")
        client.post(asked["Location"], {"password": "wrong"})
        assert client.get(ACTIVATE).status_code == 302

    def test_a_wrong_code_switches_nothing_on(self, client, user):
        log_in(client)
        client.post(client.get(ACTIVATE)["Location"], {"password": PASSWORD})
        client.get(ACTIVATE)
        assert "Incorrect code" in Page(client.post(ACTIVATE, {"code": "0"})).text(
            "main"
        )
        assert not Authenticator.objects.exists()

    def test_the_page_says_what_is_on(self, client, secret):
        said = Page(client.get(INDEX)).text("main")
        assert "Authentication using an authenticator app is active." in said
        assert "There are 10 out of 10 recovery codes available." in said

    def test_the_secret_is_not_in_the_database(self, client, secret):
        kept = Authenticator.objects.get(type=Authenticator.Type.TOTP)
        assert secret not in str(kept.data)
        assert SecondFactorAdapter().decrypt(kept.data["secret"]) == secret

    def test_a_new_secret_key_reads_what_the_old_one_wrote(self, settings):
        kept = SecondFactorAdapter().encrypt("four words of text")
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another"
        assert SecondFactorAdapter().decrypt(kept) == "four words of text"


class TestLoggingIn:
    @pytest.fixture
    def half_way(self, secret):
        """A browser that said the password and is asked for the code."""
        elsewhere = Client()
        assert log_in(elsewhere)["Location"] == AUTHENTICATE
        assert not is_logged_in(elsewhere)
        return elsewhere

    def test_with_a_code(self, half_way, secret, clock):
        clock.shift(timedelta(minutes=2))
        answer = half_way.post(AUTHENTICATE, {"code": code_of(secret)})
        assert answer["Location"] == "/"
        assert is_logged_in(half_way)

    def test_a_code_counts_once(self, half_way, secret, clock):
        clock.shift(timedelta(minutes=2))
        code = code_of(secret)
        half_way.post(AUTHENTICATE, {"code": code})
        third = Client()
        log_in(third)
        assert third.post(AUTHENTICATE, {"code": code}).status_code == 200
        assert not is_logged_in(third)

    def test_a_clock_half_a_minute_off_is_forgiven_a_minute_is_not(
        self, half_way, secret, clock
    ):
        clock.shift(timedelta(minutes=5))
        half_way.post(AUTHENTICATE, {"code": code_of(secret, later=2)})
        assert not is_logged_in(half_way)
        half_way.post(AUTHENTICATE, {"code": code_of(secret, later=1)})
        assert is_logged_in(half_way)

    def test_with_a_recovery_code_once(self, client, half_way):
        page = client.get("/account/2fa/recovery-codes/").content.decode()
        code = re.search(r"\b\d{8}\b", page)[0]
        half_way.post(AUTHENTICATE, {"code": code})
        assert is_logged_in(half_way)
        third = Client()
        log_in(third)
        third.post(AUTHENTICATE, {"code": code})
        assert not is_logged_in(third)

    def test_the_password_alone_opens_nothing(self, half_way):
        assert half_way.get("/settings/").status_code == 302
        assert half_way.get("/api/settings").status_code == 401

    def test_five_wrong_codes_and_the_door_is_shut(self, half_way, secret, clock):
        clock.shift(timedelta(minutes=2))
        wrong = [
            half_way.post(AUTHENTICATE, {"code": "000000"}).status_code
            for _ in range(5)
        ]
        assert wrong == [200] * 4 + [429]
        refused = half_way.post(AUTHENTICATE, {"code": code_of(secret)})
        assert (refused.status_code, refused["Retry-After"]) == (429, "900")
        # Logging in anew gives no new tries.
        again = Client()
        log_in(again)
        refused = again.post(AUTHENTICATE, {"code": code_of(secret)})
        assert refused.status_code == 429
        assert not is_logged_in(again)

    def test_staff_may_have_one_too(self, client, clock):
        make_user("boss@example.org", is_staff=True, is_superuser=True)
        log_in(client, "boss@example.org")
        client.post(client.get(ACTIVATE)["Location"], {"password": PASSWORD})
        page = Page(client.get(ACTIVATE))
        secret = page.all("input", id="authenticator_secret")[0].attributes["value"]
        client.post(ACTIVATE, {"code": code_of(secret)})
        clock.shift(timedelta(minutes=2))
        elsewhere = Client()
        log_in(elsewhere, "boss@example.org", QUERY_STRING="next=/admin/")
        assert elsewhere.get("/admin/").status_code == 302
        answer = elsewhere.post(AUTHENTICATE, {"code": code_of(secret)})
        assert answer["Location"] == "/admin/"
        assert elsewhere.get("/admin/").status_code == 200


class TestSwitchingOff:
    def test_with_the_password_said_again(self, client, secret):
        client.post("/account/2fa/totp/deactivate/")
        assert not Authenticator.objects.exists()
        elsewhere = Client()
        assert log_in(elsewhere)["Location"] == "/"
