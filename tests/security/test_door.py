"""The ways round the login: sessions given beforehand, guessing, leading away."""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from apps.settings.tests.door import LOGIN, is_logged_in, log_in, make_user

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://elsewhere.example/",
    "http://elsewhere.example",
    "//elsewhere.example/",
    "///elsewhere.example/",
    "/\\elsewhere.example/",
    "\\\\elsewhere.example",
    "https:elsewhere.example",
    "https:///elsewhere.example",
    "/%09/elsewhere.example",
    "\t//elsewhere.example",
    " https://elsewhere.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://testserver@elsewhere.example/",
    "https://testserver.elsewhere.example/",
    "http://[::1",
]


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def boss():
    return make_user("boss@example.org", is_staff=True, is_superuser=True)


def is_here(location: str) -> bool:
    return location.startswith("/") and location[1:2] not in ("/", "\\")


class TestFixation:
    def test_a_session_given_to_somebody_is_not_theirs_after_login(self, client, user):
        given = SessionStore()
        given["seen"] = True
        given.save()
        client.cookies["sessionid"] = given.session_key

        log_in(client)

        assert is_logged_in(client)
        assert client.session.session_key != given.session_key
        assert not SessionStore().exists(given.session_key)

    def test_an_invented_key_is_never_used(self, client, user):
        client.cookies["sessionid"] = "a" * 32
        log_in(client)
        assert client.session.session_key != "a" * 32

    def test_another_user_in_the_same_browser_starts_anew(self, client, user, boss):
        log_in(client)
        client.session["mine"] = "secret"
        first = client.session.session_key
        client.post("/account/logout/")
        log_in(client, "boss@example.org")
        assert client.session.session_key != first
        assert "mine" not in client.session

    def test_logging_out_ends_the_session_on_the_server(self, client, user):
        log_in(client)
        key = client.session.session_key
        client.post("/account/logout/")
        assert not SessionStore().exists(key)
        copy = Client()
        copy.cookies["sessionid"] = key
        assert copy.get("/settings/").status_code == 302

    def test_the_token_of_forms_is_another_one_after_login(self, user):
        strict = Client(enforce_csrf_checks=True)
        before = strict.get(LOGIN).cookies["csrftoken"].value
        strict.post(
            LOGIN,
            {
                "login": "reader@example.org",
                "password": "a long winding road",
                "csrfmiddlewaretoken": before,
            },
        )
        assert is_logged_in(strict)
        assert strict.cookies["csrftoken"].value != before


class TestGuessing:
    def test_passwords_through_every_door(self, client, boss):
        for door in (LOGIN, "/admin/login/"):
            for guess in range(6):
                data = {"login": "boss@example.org", "password": f"wrong {guess}"}
                client.post(door, data)
        assert log_in(client, "boss@example.org").status_code == 429
        assert not is_logged_in(client)

    def test_the_api_takes_no_password(self, client, boss):
        answer = client.get(
            "/api/settings", headers={"authorization": "Basic Ym9zczp4"}
        )
        assert answer.status_code == 401


class TestLeadingAway:
    @pytest.mark.parametrize("address", ELSEWHERE)
    def test_after_login(self, client, user, address):
        answer = client.post(
            LOGIN,
            {
                "login": "reader@example.org",
                "password": "a long winding road",
                "next": address,
            },
        )
        assert answer.status_code == 302
        assert is_here(answer["Location"]), answer["Location"]

    @pytest.mark.parametrize("address", ELSEWHERE)
    @pytest.mark.parametrize(
        "path", ["/account/logout/", "/account/reauthenticate/", "/theme", LOGIN]
    )
    def test_elsewhere_in_the_site(self, client, user, path, address):
        log_in(client)
        data = {"next": address, "theme": "dark", "password": "a long winding road"}
        for answer in (
            client.post(path, data, headers={"referer": address}),
            client.get(path, {"next": address}),
        ):
            assert is_here(answer.get("Location", "/")), answer["Location"]

    @pytest.mark.parametrize("address", ELSEWHERE)
    def test_into_the_admin(self, client, boss, address):
        answer = client.get("/admin/login/", {"next": address})
        assert is_here(answer["Location"])
        log_in(client, "boss@example.org")
        assert is_here(client.get("/admin/login/", {"next": address})["Location"])

    @pytest.mark.parametrize("path", ["//elsewhere.example/..", "/\\elsewhere.example"])
    def test_adding_a_slash_leads_nowhere_else(self, client, path):
        answer = client.get(path)
        assert is_here(answer.get("Location", "/"))
