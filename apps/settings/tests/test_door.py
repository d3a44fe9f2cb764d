"""Signing up, in and out, with the forms that browsers get."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client

from apps.settings.tests.door import (
    LOGIN,
    PASSWORD,
    RESET,
    SIGNUP,
    is_logged_in,
    letters_to,
    link_in,
    log_in,
    make_user,
)
from tests.html import Page

pytestmark = pytest.mark.django_db

User = get_user_model()
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def user():
    return make_user()


class TestSignUp:
    def test_an_address_is_verified_before_anybody_is_let_in(self, client):
        form = Page(client.get(SIGNUP))
        assert [field.attributes["name"] for field in form.all("input", id="id_email")]
        sent = {"email": "new@example.org", "password1": PASSWORD}
        answer = client.post(SIGNUP, sent)
        assert answer["Location"] == "/account/confirm-email/"
        assert not is_logged_in(client)
        assert log_in(client, "new@example.org")["Location"] == answer["Location"]
        assert not is_logged_in(client)

        confirm = link_in(letters_to("new@example.org")[0], "confirm-email")
        assert "new@example.org" in Page(client.get(confirm)).all("main")[0].text
        client.post(confirm)
        assert EmailAddress.objects.get(email="new@example.org").verified
        assert log_in(client, "new@example.org")["Location"] == "/"
        assert is_logged_in(client)

    def test_a_weak_password_is_refused_and_the_address_kept(self, client):
        answer = client.post(SIGNUP, {"email": "new@example.org", "password1": "12345"})
        page = Page(answer)
        assert page.all("input", id="id_email")[0].attributes["value"] == (
            "new@example.org"
        )
        assert "too short" in page.all("ul", id="id_password1_error")[0].text
        assert not User.objects.exists()

    def test_closed(self, client, settings):
        settings.SIGNUP_OPEN = False
        sent = {"email": "new@example.org", "password1": PASSWORD}
        page = Page(client.post(SIGNUP, sent))
        assert page.text("h1") == "Sign Up Closed"
        assert not User.objects.exists()


class TestLogin:
    def test_by_address_or_name_and_out_again(self, client, user):
        for login in ("reader@example.org", "READER@example.org", "reader"):
            assert log_in(client, login)["Location"] == "/"
            assert client.session["_auth_user_id"] == str(user.pk)
            assert client.post("/account/logout/")["Location"] == "/"
            assert not is_logged_in(client)

    def test_the_session_is_another_one_after_login(self, client, user):
        client.get(LOGIN)
        session = client.session
        session["seen"] = "before"
        session.save()
        before = session.session_key
        client.cookies["sessionid"] = before
        log_in(client)
        assert is_logged_in(client)
        assert client.session.session_key != before
        assert not type(session)().exists(before)

    def test_where_one_came_from_but_only_here(self, client, user):
        assert log_in(client, QUERY_STRING="next=/movers/")["Location"] == "/movers/"
        client.post("/account/logout/")
        elsewhere = "next=https://elsewhere.example/"
        assert log_in(client, QUERY_STRING=elsewhere)["Location"] == "/"

    def test_logging_out_takes_a_form(self, client, user):
        log_in(client)
        client.get("/account/logout/")
        assert is_logged_in(client)

    def test_a_form_of_another_site_is_refused(self, user):
        strict = Client(enforce_csrf_checks=True)
        assert log_in(strict).status_code == 403
        assert not is_logged_in(strict)

    def test_the_admin_has_the_same_door(self, client):
        make_user("boss@example.org", is_staff=True, is_superuser=True)
        assert client.get("/admin/").status_code == 302
        answer = client.get("/admin/login/?next=/admin/")
        assert answer["Location"] == f"{LOGIN}?next=%2Fadmin%2F"
        answer = log_in(client, "boss@example.org", QUERY_STRING="next=/admin/")
        assert answer["Location"] == "/admin/"
        assert client.get("/admin/").status_code == 200

    def test_staff_of_the_command_line_need_no_address(self, client):
        User.objects.create_superuser("admin", password=PASSWORD)
        assert log_in(client, "admin")["Location"] == "/"
        assert is_logged_in(client)

    def test_readers_are_not_let_into_the_admin(self, client, user):
        log_in(client)
        refused = client.get("/admin/login/")
        assert refused.status_code == 403
        assert Page(refused).text("h1") == "This page is not for your account"


class TestLockout:
    @pytest.fixture(autouse=True)
    def _now(self):
        with time_machine.travel(NOW, tick=False) as self.clock:
            yield

    def fail(self, client, login="reader@example.org", times=5, **extra):
        return [log_in(client, login, "wrong", **extra) for _ in range(times)]

    def test_after_five_failures_not_even_the_right_password(self, client, user):
        assert [each.status_code for each in self.fail(client)] == [200] * 4 + [429]
        refused = log_in(client)
        assert refused.status_code == 429
        assert refused["Retry-After"] == "900"
        assert "12:15 UTC" in Page(refused).text("main")
        assert not is_logged_in(client)

    def test_the_time_that_is_said_is_not_too_early(self, client, user):
        self.clock.shift(timedelta(seconds=1))
        refused = self.fail(client)[-1]
        assert refused["Retry-After"] == "900"
        assert "12:16 UTC" in Page(refused).text("main")

    def test_tries_while_it_is_shut_do_not_prolong_it(self, client, user):
        self.fail(client)
        self.clock.shift(timedelta(minutes=14))
        refused = log_in(client)
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")
        self.clock.shift(timedelta(minutes=1, seconds=1))
        assert log_in(client).status_code == 302
        assert is_logged_in(client)

    def test_other_browsers_of_the_address_are_locked_too(self, client, user):
        self.fail(client, times=3, HTTP_USER_AGENT="one")
        self.fail(client, times=2, HTTP_USER_AGENT="two")
        assert log_in(client, HTTP_USER_AGENT="three").status_code == 429

    def test_nobody_locks_out_somebody_elsewhere(self, client, user):
        self.fail(client, REMOTE_ADDR="192.0.2.66")
        assert log_in(client, REMOTE_ADDR="192.0.2.67").status_code == 302

    def test_a_right_password_forgives_what_failed_before(self, client, user):
        self.fail(client, times=4)
        assert log_in(client).status_code == 302
        client.post("/account/logout/")
        assert [each.status_code for each in self.fail(client, times=4)] == [200] * 4
        assert log_in(client).status_code == 302

    def test_names_nobody_has_are_locked_alike(self, client, user):
        known = self.fail(client, times=6)
        unknown = self.fail(client, "nobody@example.org", times=6)
        assert [each.status_code for each in known] == [200] * 4 + [429] * 2
        assert [each.status_code for each in unknown] == [200] * 4 + [429] * 2
        assert Page(known[-1]).text("main") == Page(unknown[-1]).text("main")

    def test_nothing_typed_is_kept(self, client, user):
        log_in(client, password="my dog's name")
        kept = AccessAttempt.objects.get()
        assert "dog" not in kept.post_data
        assert "reader" not in kept.post_data
        assert kept.username == "reader@example.org"

    def test_a_name_longer_than_any_column(self, client, user):
        assert self.fail(client, "x" * 5000, times=1)[0].status_code == 200

    def test_the_forms_of_one_address_are_limited(self, client, user, settings):
        settings.ACCOUNT_POST_RATES = {"account_login": "2/min"}
        address = {"REMOTE_ADDR": "192.0.2.99"}
        first = self.fail(client, times=2, **address)
        assert [each.status_code for each in first] == [200, 200]
        refused = log_in(client, **address)
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")
        assert "12:01:00 UTC" in Page(refused).text("main")
        assert client.get(LOGIN, **address).status_code == 200
        assert log_in(client, REMOTE_ADDR="192.0.2.98").status_code == 302

    def test_one_account_is_not_guessed_from_everywhere(self, client, settings):
        make_user("wanted@example.org")
        settings.ACCOUNT_TRIES_PER_HOUR = 3
        for last in range(3):
            log_in(client, "wanted@example.org", "wrong", REMOTE_ADDR=f"192.0.2.{last}")
        refused = log_in(client, "wanted@example.org", REMOTE_ADDR="192.0.2.9")
        assert "Too many tries for this account" in Page(refused).text("main")
        assert not is_logged_in(client)


class TestEnumeration:
    """Whether somebody has an account here is nobody's business."""

    @pytest.fixture
    def hashes(self, monkeypatch):
        """How often a password was hashed, which is what takes time."""
        count = []
        encode = MD5PasswordHasher.encode

        def counted(hasher, password, salt):
            count.append(password)
            return encode(hasher, password, salt)

        monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
        return count

    def answers(self, request, hashes):
        """What a request gives for a known and an unknown name, and the work of it."""
        found = []
        for name in ("reader@example.org", "nobody@example.org"):
            hashes.clear()
            answer = request(Client(), name)
            body = answer.content.decode().replace(name, "NAME")
            for tag in Page(answer).all("input", name="csrfmiddlewaretoken"):
                body = body.replace(tag.attributes["value"], "TOKEN")
            body = re.sub(r'nonce="[^"]+"', "", body)
            found.append((answer.status_code, answer.headers.get("Location"), body))
            found[-1] += (len(hashes),)
        return found

    @pytest.mark.parametrize("spelled", ["{}@example.org", "{}"])
    def test_login(self, user, hashes, spelled):
        def wrong(client, name):
            login = spelled.format(name.partition("@")[0])
            return log_in(client, login, "wrong password")

        known, unknown = self.answers(wrong, hashes)
        assert known[0] == 200
        assert known[3] == 1
        assert (known[0], known[1], known[3]) == (unknown[0], unknown[1], unknown[3])
        assert known[2].replace("reader", "") == unknown[2].replace("nobody", "")

    def test_sign_up(self, user, hashes):
        def again(client, name):
            return client.post(SIGNUP, {"email": name, "password1": PASSWORD})

        known, unknown = self.answers(again, hashes)
        assert known[1] == "/account/confirm-email/"
        assert known == unknown
        assert len(letters_to("reader@example.org")) == 1
        assert "already exists" in letters_to("reader@example.org")[0].body
        assert len(letters_to("nobody@example.org")) == 1

    def test_password_reset(self, user, hashes):
        def forgotten(client, name):
            return client.post(RESET, {"email": name})

        known, unknown = self.answers(forgotten, hashes)
        assert known[1] == "/account/password/reset/done/"
        assert known == unknown
        assert len(letters_to("reader@example.org")) == 1
        assert len(letters_to("nobody@example.org")) == 1


class TestPasswordReset:
    def test_by_a_link_that_works_once(self, client, user):
        log_in(client)
        elsewhere = Client()
        elsewhere.post(RESET, {"email": "reader@example.org"})
        link = link_in(letters_to("reader@example.org")[0], "password/reset")
        form = elsewhere.get(link, follow=True)
        action = form.redirect_chain[-1][0]
        new = "quite another winding road"
        elsewhere.post(action, {"password1": new, "password2": new})
        # Sessions opened with the old password are over.
        assert client.get("/settings/").status_code == 302
        assert not is_logged_in(elsewhere)
        assert log_in(elsewhere, password=PASSWORD).status_code == 200
        assert log_in(elsewhere, password=new).status_code == 302
        again = Client().get(link, follow=True)
        assert "invalid" in Page(again).text("main")

    def test_a_mailbox_is_not_filled_by_way_of_us(self, client, settings):
        make_user("flooded@example.org")
        settings.ACCOUNT_MAILS_PER_HOUR = 2
        places = {
            client.post(RESET, {"email": "flooded@example.org"})["Location"]
            for _ in range(4)
        }
        assert places == {"/account/password/reset/done/"}
        assert len(mail.outbox) == 2


class TestPages:
    @pytest.mark.parametrize("path", [LOGIN, SIGNUP, RESET])
    def test_everything_is_said_by_labels(self, client, path):
        page = Page(client.get(path))
        labelled = {label.attributes["for"] for label in page.all("label")}
        fields = {
            field.attributes["id"]
            for field in page.all("input")
            if field.attributes.get("type") != "hidden"
            and "aria-label" not in field.attributes
        }
        assert fields - {"global-search"} <= labelled

    def test_the_login_is_never_cached(self, client):
        assert "no-store" in client.get(LOGIN)["Cache-Control"]
