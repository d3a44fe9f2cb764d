"""What every answer tells the browser, whatever it is an answer to."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from apps.prices.tests.factories import make_card, make_price
from tests.html import Page

pytestmark = pytest.mark.django_db

CHECKOUT = Path(__file__).resolve().parents[2]
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PAGES = ["/", "/cards/", "/data/", "/methodology/", "/account/login/", "/nowhere/"]
LIBRARY_PAGES = ["/account/login/", "/admin/login/", "/api/docs/"]
DATA = ["/api/cards", "/api/health/live", "/api/nowhere", "/movers.csv"]
STATIC = "/static/css/site.css"
NONCE = re.compile(r"script-src (?:'self' )?'nonce-([\w+/=]{20,})'")


@pytest.fixture
def client(settings) -> Client:
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True
    return Client(raise_request_exception=False)


@pytest.fixture
def in_production(settings, monkeypatch):
    """The browser's half of the production settings."""
    monkeypatch.setenv("SECRET_KEY", "only-for-this-test")
    monkeypatch.setenv("ALLOWED_HOSTS", "market.example")
    module = importlib.import_module("mtgintel.settings.production")
    for name in dir(module):
        if name.startswith(("SECURE_", "SESSION_COOKIE", "CSRF_", "TRUSTED_")):
            setattr(settings, name, getattr(module, name))
    settings.ALLOWED_HOSTS = module.ALLOWED_HOSTS
    return Client(
        raise_request_exception=False,
        headers={"host": "market.example"},
        enforce_csrf_checks=True,
    )


def directives(response) -> dict[str, str]:
    policy = response["Content-Security-Policy"]
    return {
        name: rest
        for name, _, rest in (part.partition(" ") for part in policy.split("; "))
    }


@pytest.mark.parametrize("address", [*PAGES, *LIBRARY_PAGES, *DATA, STATIC])
def test_every_answer_has_them(client, address):
    response = client.get(address)

    assert {name: response.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert directives(response)["frame-ancestors"] == "'none'"
    assert "camera=()" in response["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in response["Permissions-Policy"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_runs_nothing_but_what_was_written_for_it(client, address):
    allowed = directives(client.get(address))

    assert allowed["default-src"] == "'none'"
    assert allowed["base-uri"] == "'none'"
    assert allowed["form-action"] == "'self'"
    assert allowed["style-src"] == "'self'"
    assert "unsafe" not in str(allowed)
    assert "*" not in allowed["script-src"]


@pytest.mark.parametrize("address", ["/", "/cards/", "/nowhere/"])
def test_scripts_carry_the_nonce_of_their_answer(client, address):
    first, second = client.get(address), client.get(address)

    nonces = [
        NONCE.fullmatch(f"script-src {directives(one)['script-src']}")[1]
        for one in (first, second)
    ]
    scripts = [
        {each.attributes.get("nonce") for each in Page(one).all("script")}
        for one in (first, second)
    ]
    assert scripts == [{nonces[0]}, {nonces[1]}]
    assert nonces[0] != nonces[1]


def test_our_own_pages_do_not_run_files_of_this_site_as_such(client):
    assert "'self'" not in directives(client.get("/"))["script-src"]


def test_a_page_with_charts_carries_it_too(client):
    card = make_card()
    make_price(card, "20")
    response = client.get(f"/cards/{card.pk}/")
    nonce = NONCE.search(response["Content-Security-Policy"])[1]

    scripts = Page(response).all("script")
    runs = [one for one in scripts if one.attributes.get("type") != "application/json"]
    assert {one.attributes["nonce"] for one in runs} == {nonce}


@pytest.mark.parametrize("address", ["/account/login/", "/admin/login/"])
def test_pages_of_libraries_run_files_of_this_site(client, address):
    allowed = directives(client.get(address, follow=True))
    assert allowed["script-src"].split()[0] == "'self'"
    assert "unsafe" not in allowed["script-src"]
    assert allowed["style-src"] == "'self'"


def test_the_documentation_of_the_api(client):
    response = client.get("/api/docs/")
    nonce = NONCE.search(response["Content-Security-Policy"])[1]
    assert {one.attributes["nonce"] for one in Page(response).all("script")} == {nonce}
    assert "unsafe" not in directives(response)["script-src"]


@pytest.mark.parametrize("address", [*DATA, STATIC])
def test_what_is_no_page_may_do_nothing(client, address):
    response = client.get(address)
    assert response.status_code in (200, 404)
    assert directives(response)["default-src"] == "'none'"
    assert "script-src" not in directives(response)


class TestInProduction:
    @pytest.mark.parametrize("address", ["/", "/api/cards", "/account/login/"])
    def test_only_encrypted_and_for_a_year(self, in_production, address):
        response = in_production.get(address, secure=True)
        assert response["Strict-Transport-Security"] == (
            "max-age=31536000; includeSubDomains; preload"
        )

    def test_cookies(self, in_production, admin_user):
        page = in_production.get("/account/login/", secure=True)
        form = page.cookies["__Host-csrftoken"]
        answer = in_production.post(
            "/account/login/",
            {
                "login": admin_user.username,
                "password": "password",
                "csrfmiddlewaretoken": form.value,
            },
            secure=True,
            headers={"referer": "https://market.example/account/login/"},
        )
        session = answer.cookies["__Host-sessionid"]
        for cookie in (form, session):
            assert cookie["secure"]
            assert cookie["httponly"]
            assert cookie["samesite"] == "Lax"
            assert cookie["path"] == "/"
            assert cookie["domain"] == ""

    def test_plain_requests_are_sent_to_the_encrypted_site(self, in_production):
        response = in_production.get("/cards/")
        assert response.status_code == 301
        assert response["Location"] == "https://market.example/cards/"

    def test_an_unknown_name_says_what_to_set(self, in_production):
        page = in_production.get("/", secure=True, headers={"host": "other.example"})
        answer = in_production.get(
            "/api/cards", secure=True, headers={"host": "other.example"}
        )
        assert (page.status_code, answer.status_code) == (400, 400)
        assert "ALLOWED_HOSTS" in page.content.decode()
        assert answer.json()["code"] == "bad_request"
        assert "ALLOWED_HOSTS" in answer.json()["message"]
        assert "other.example" not in page.content.decode()

    def test_a_form_from_elsewhere_says_what_to_set(self, in_production, caplog):
        in_production.get("/account/login/", secure=True)
        answer = in_production.post(
            "/account/login/",
            {"login": "x", "password": "y"},
            secure=True,
            headers={"origin": "https://www.market.example"},
        )
        assert answer.status_code == 403
        assert "CSRF_TRUSTED_ORIGINS" in answer.content.decode()
        assert "https://www.market.example was refused" in caplog.text

    def test_an_old_form_says_to_load_it_again(self, in_production):
        answer = in_production.post(
            "/account/login/",
            {"login": "x", "password": "y"},
            secure=True,
            headers={"referer": "https://market.example/account/login/"},
        )
        assert answer.status_code == 403
        assert "load the page again" in answer.content.decode()
        assert "CSRF_TRUSTED_ORIGINS" not in answer.content.decode()


DEPLOYED = {
    "DJANGO_SETTINGS_MODULE": "mtgintel.settings.production",
    "SECRET_KEY": "0123456789" * 5 + "abcdefghij",
    "ALLOWED_HOSTS": "market.example",
    "DATABASE_URL": "postgresql://localhost/mtgintel",
    "REDIS_URL": "redis://localhost:6379/0",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_nothing_is_left_to_say_about_the_deployment():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **DEPLOYED)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS"])
def test_what_has_to_be_set_is_named(name):
    done = manage("check", **{k: v for k, v in DEPLOYED.items() if k != name})
    assert done.returncode != 0
    assert f"Set the {name} environment variable" in done.stderr


def test_a_proxy_that_is_no_network_is_named():
    done = manage("check", **DEPLOYED, TRUSTED_PROXIES="10.0.0.0/8,10.0.0.1/8")
    assert done.returncode != 0
    assert "TRUSTED_PROXIES has '10.0.0.1/8', which is no network" in done.stderr


def test_json_is_never_sniffed(client):
    card = make_card("<html><script>alert(1)</script>")
    response = client.get(f"/api/cards/{card.pk}")
    assert response["Content-Type"] == "application/json"
    assert json.loads(response.content)["name"].startswith("<html>")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_browsers_find_the_icon_where_a_page_names_none(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"] == "/static/img/mark.svg"
