"""Devices, one's data, the end of an account, and who may see any of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.settings.accounts.urls import urlpatterns as door
from apps.settings.models import ApiToken, UserPreferences
from apps.settings.services import create_token, forget_expired, save_preferences
from apps.settings.tests.door import (
    PASSWORD,
    is_logged_in,
    letters_to,
    link_in,
    log_in,
    make_user,
)
from apps.settings.urls import pages
from tests.html import Page

pytestmark = pytest.mark.django_db

User = get_user_model()
DEVICES = "/account/sessions/"
DELETE = "/settings/data/delete/"
EXPORT = "/settings/data/export"


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def other():
    return make_user("other@example.org")


class TestDevices:
    def test_each_login_is_listed_with_where_it_came_from(self, client, user):
        log_in(client, HTTP_USER_AGENT="Firefox", REMOTE_ADDR="192.0.2.1")
        log_in(Client(), HTTP_USER_AGENT="Chrome", REMOTE_ADDR="192.0.2.2")
        said = Page(client.get(DEVICES)).text("table")
        for told in ("Firefox", "192.0.2.1", "this one", "Chrome", "192.0.2.2"):
            assert told in said

    def test_one_is_logged_out_from_another(self, client, user):
        phone = Client()
        log_in(client)
        log_in(phone)
        session = UserSession.objects.get(session_key=phone.session.session_key)
        address = f"/settings/sessions/{session.pk}/end"
        actions = [form.attributes.get("action") for form in self.forms(client)]
        assert actions.count(address) == 1
        assert client.post(address)["Location"] == DEVICES
        assert phone.get("/settings/").status_code == 302
        assert client.get("/settings/").status_code == 200

    def test_all_others_at_once(self, client, user):
        phone = Client()
        log_in(client)
        log_in(phone)
        client.post(DEVICES)
        assert phone.get("/settings/").status_code == 302
        assert client.get("/settings/").status_code == 200

    def test_nobody_elses(self, client, user, other):
        theirs = Client()
        log_in(theirs, "other@example.org")
        log_in(client)
        session = UserSession.objects.get(user=other)
        assert client.post(f"/settings/sessions/{session.pk}/end").status_code == 404
        assert theirs.get("/settings/").status_code == 200

    def test_a_new_password_ends_the_other_sessions(self, client, user):
        phone = Client()
        log_in(client)
        log_in(phone)
        new = "quite another winding road"
        sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        client.post("/account/password/change/", sent)
        assert phone.get("/settings/").status_code == 302
        assert client.get("/settings/").status_code == 200

    def forms(self, client):
        return Page(client.get(DEVICES)).all("form")


def test_what_is_over_is_forgotten(client, user):
    with time_machine.travel("2026-03-10T12:00Z", tick=False) as clock:
        log_in(Client(), password="wrong")
        log_in(client)
        clock.shift(timedelta(minutes=16))
        phone = Client()
        log_in(phone)
        log_in(Client(), password="wrong")
        Session.objects.filter(pk=client.session.session_key).update(
            expire_date=timezone.now() - timedelta(seconds=1)
        )
        assert forget_expired() == {"sessions": 1, "devices": 1, "tries": 0}
        assert phone.get("/settings/").status_code == 200
        clock.shift(timedelta(minutes=16))
        assert forget_expired() == {"sessions": 0, "devices": 0, "tries": 1}


class TestAddresses:
    NEW = "new@example.org"

    def test_a_new_one_takes_the_password_and_a_letter(self, client, user):
        log_in(client)
        sent = {"action_add": "", "email": self.NEW}
        asked = client.post("/account/email/", sent)
        assert asked["Location"].startswith("/account/reauthenticate/")
        assert not letters_to(self.NEW)
        client.post(asked["Location"], {"password": PASSWORD})
        confirm = link_in(letters_to(self.NEW)[0], "confirm-email")
        address = EmailAddress.objects.get(email=self.NEW)
        assert (address.user, address.verified) == (user, False)
        client.post(confirm)
        address.refresh_from_db()
        assert address.verified

    def test_that_of_somebody_else_is_not_told(self, client, user, other):
        log_in(client)
        sent = {"action_add": "", "email": other.email}
        asked = client.post("/account/email/", sent)
        answer = client.post(asked["Location"], {"password": PASSWORD}, follow=True)
        assert "already" not in Page(answer).text("main")
        verified = EmailAddress.objects.get(email=other.email, verified=True)
        assert verified.user == other

    def test_a_change_of_password_is_told_by_letter(self, client, user):
        log_in(client)
        new = "quite another winding road"
        sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
        client.post("/account/password/change/", sent)
        (letter,) = letters_to(user.email)
        assert "password has been changed" in letter.body
        assert new not in letter.body


class TestExport:
    def test_everything_of_ones_own_and_no_secret(self, client, user, other):
        save_preferences(user=user, currency="EUR")
        made = create_token(user=user, name="nightly")
        create_token(user=other, name="not mine")
        log_in(client)
        answer = client.get(EXPORT)
        assert "attachment" in answer["Content-Disposition"]
        rows = json.loads(answer.content)["rows"]
        assert rows["preferences.userpreferences"][0]["currency"] == "EUR"
        assert [row["name"] for row in rows["preferences.apitoken"]] == ["nightly"]
        assert rows["account.emailaddress"][0]["email"] == "reader@example.org"
        assert rows["auth.user"][0]["username"] == "reader"
        text = answer.content.decode()
        user.refresh_from_db()
        for secret in (
            user.password,
            made.row.digest,
            made.secret,
            client.session.session_key,
        ):
            assert secret not in text

    def test_it_names_the_tables_that_deletion_empties(self, client, user):
        save_preferences(user=user)
        create_token(user=user, name="nightly")
        log_in(client)
        exported = json.loads(client.get(EXPORT).content)["rows"]
        _, deleted = user.delete()
        assert set(exported) == {name.lower() for name, rows in deleted.items() if rows}


class TestDeletion:
    def confirm(self, client, typed="reader@example.org"):
        client.post(client.get(DELETE)["Location"], {"password": PASSWORD})
        return client.post(DELETE, {"confirmation": typed})

    def test_it_takes_the_password_and_the_name_typed(self, client, user):
        log_in(client)
        asked = client.post(DELETE, {"confirmation": "reader@example.org"})
        assert asked["Location"].startswith("/account/reauthenticate/")
        assert User.objects.filter(pk=user.pk).exists()

        another = Client()
        log_in(another)
        page = Page(self.confirm(another, "reader@example.com"))
        assert "not the name of this account" in page.text("main")
        assert User.objects.filter(pk=user.pk).exists()

    def test_everything_owned_is_gone_and_nothing_else(self, client, user, other):
        for each in (user, other):
            save_preferences(user=each, currency="EUR")
            create_token(user=each, name="nightly")
        secret = create_token(user=user, name="backup").secret
        phone = Client()
        log_in(phone, password="wrong", REMOTE_ADDR="192.0.2.3")
        log_in(phone)
        log_in(client)
        assert self.confirm(client)["Location"] == "/account/login/"
        assert not is_logged_in(client)
        assert phone.get("/settings/").status_code == 302
        header = {"HTTP_AUTHORIZATION": f"Token {secret}"}
        assert Client().get("/api/settings", **header).status_code == 401
        assert list(User.objects.all()) == [other]
        assert [row.user_id for row in UserPreferences.objects.all()] == [other.pk]
        assert [row.user_id for row in ApiToken.objects.all()] == [other.pk]
        assert [row.user_id for row in EmailAddress.objects.all()] == [other.pk]
        assert not UserSession.objects.exists()
        assert not AccessAttempt.objects.exists()
        assert not [
            each
            for each in Session.objects.all()
            if "_auth_user_id" in each.get_decoded()
        ]
        assert log_in(Client()).status_code == 200


class TestWhoMayIn:
    """Every route of the account, asked by somebody who is not logged in."""

    def names(self):
        return [f"preferences:{route.name}" for route in pages]

    def test_the_anonymous_are_sent_to_the_door(self, client):
        for name in self.names():
            kwargs = {"revoke-token": {"token_id": 1}, "end-session": {"session_id": 1}}
            path = reverse(name, kwargs=kwargs.get(name.partition(":")[2]))
            for answer in (client.get(path), client.post(path)):
                assert answer.status_code == 302, path
                assert answer["Location"].startswith(f"/account/login/?next={path}")

    @pytest.mark.parametrize(
        "path",
        [
            "/account/email/",
            "/account/password/change/",
            "/account/2fa/",
            "/account/2fa/totp/activate/",
            "/account/2fa/recovery-codes/generate/",
            "/account/2fa/webauthn/",
            "/account/2fa/webauthn/add/",
            DEVICES,
        ],
    )
    def test_so_is_the_door_from_inside(self, client, path):
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code == 302
            assert answer["Location"].startswith("/account/login/")

    def test_there_is_a_door_for_each(self):
        assert len(door) == 3


class TestAnonymousPages:
    @pytest.mark.parametrize("path", ["/", "/cards/", "/movers/", "/data/"])
    def test_no_session_and_no_user_is_asked_for(self, client, path):
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        assert answer.status_code == 200
        tables = "session|auth_user|user_preferences|api_tokens|account_|axes_|mfa_"
        assert not [
            query["sql"]
            for query in asked
            if any(table in query["sql"] for table in tables.split("|"))
        ]
        assert "sessionid" not in answer.cookies
