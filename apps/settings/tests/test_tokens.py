"""API tokens: shown once, kept as a hash, revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection

from apps.settings.models import ApiToken
from apps.settings.services import create_token, revoke_token
from apps.settings.tests.door import make_user
from tests.html import Page

pytestmark = pytest.mark.django_db

PAGE = "/settings/tokens/"
API = "/api/settings"
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def user():
    return make_user()


@pytest.fixture
def other():
    return make_user("other@example.org")


def ask(client, secret, keyword="Token"):
    return client.get(API, HTTP_AUTHORIZATION=f"{keyword} {secret}")


class TestInTheApi:
    def test_a_token_is_its_user(self, client, user):
        secret = create_token(user=user, name="script").secret
        assert ask(client, secret).status_code == 200
        assert "sessionid" not in client.cookies

    @pytest.mark.parametrize(
        "header",
        ["Token", "Token nonsense", "Token a b", "Token \xff", "Token \x00"],
    )
    def test_anything_else_is_401(self, client, user, header):
        answer = client.get(API, HTTP_AUTHORIZATION=header)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Token"

    def test_neither_the_hash_nor_another_case_opens(self, client, user):
        made = create_token(user=user, name="script")
        assert ask(client, made.row.digest).status_code == 401
        assert ask(client, made.secret.upper()).status_code == 401
        assert ask(client, made.secret, "Bearer").status_code == 401

    def test_who_is_inactive_stays_outside(self, client, user):
        secret = create_token(user=user, name="script").secret
        user.is_active = False
        user.save()
        assert ask(client, secret).status_code == 401

    def test_revoked(self, client, user):
        made = create_token(user=user, name="script")
        kept = create_token(user=user, name="another")
        assert revoke_token(user=user, token_id=made.row.pk)
        assert ask(client, made.secret).status_code == 401
        assert ask(client, kept.secret).status_code == 200

    def test_a_token_writes_without_a_form(self, client, user):
        secret = create_token(user=user, name="script").secret
        answer = client.patch(
            API,
            '{"currency": "EUR"}',
            "application/json",
            HTTP_AUTHORIZATION=f"Token {secret}",
        )
        assert answer.json()["currency"] == "EUR"

    def test_one_query_tells_who_it_is(self, client, user, django_assert_num_queries):
        secret = create_token(user=user, name="script").secret
        ask(client, secret)
        with django_assert_num_queries(1):
            ask(client, secret)


@pytest.mark.storage
class TestWhatIsKept:
    def test_nothing_in_the_database_is_the_token(self, user):
        secret = create_token(user=user, name="script").secret
        with connection.cursor() as cursor:
            cursor.execute("SELECT api_tokens::text FROM api_tokens")
            (row,) = cursor.fetchone()
        assert secret not in row
        assert secret[:9] in row
        assert secret[9:] not in row

    def test_no_two_are_alike_and_none_is_short(self, user):
        secrets = {create_token(user=user, name="x").secret for _ in range(5)}
        assert len(secrets) == 5
        assert {secret[:5] for secret in secrets} == {"mtgi_"}
        assert min(map(len, secrets)) == 48

    def test_last_used_is_right_to_the_minute(self, client, user):
        made = create_token(user=user, name="script")
        with time_machine.travel(NOW, tick=False) as clock:
            ask(client, made.secret)
            clock.shift(timedelta(seconds=59))
            ask(client, made.secret)
            made.row.refresh_from_db()
            assert made.row.last_used_at == NOW
            clock.shift(timedelta(seconds=2))
            ask(client, made.secret)
            made.row.refresh_from_db()
            assert made.row.last_used_at == NOW + timedelta(seconds=61)

    @pytest.mark.parametrize("name", ["", "   ", "x" * 61])
    def test_a_token_has_a_name(self, user, name):
        with pytest.raises(ValidationError) as refused:
            create_token(user=user, name=name)
        assert list(refused.value.message_dict) == ["name"]
        assert not ApiToken.objects.exists()

    def test_not_endlessly_many(self, user):
        for number in range(50):
            create_token(user=user, name=f"{number}")
        with pytest.raises(ValidationError):
            create_token(user=user, name="one more")
        assert ApiToken.objects.count() == 50


class TestPage:
    def test_the_secret_is_shown_once(self, client, user):
        client.force_login(user)
        page = Page(client.post(PAGE, {"name": "nightly"}))
        secret = page.text("code", class_="secret")
        assert ask(client, secret).status_code == 200
        again = client.get(PAGE)
        assert secret not in again.content.decode()
        assert "nightly" in Page(again).text("table")
        assert secret[:9] in Page(again).text("table")

    def test_a_name_too_long_is_said_beside_the_field(self, client, user):
        client.force_login(user)
        page = Page(client.post(PAGE, {"name": "x" * 61}))
        assert "at most 60" in page.text("ul", id="id_name_error")
        assert not ApiToken.objects.exists()

    def test_revoking(self, client, user):
        made = create_token(user=user, name="nightly")
        client.force_login(user)
        form = Page(client.get(PAGE)).all("form")
        actions = [each.attributes.get("action") for each in form]
        address = f"/settings/tokens/{made.row.pk}/revoke"
        assert address in actions
        assert client.post(address)["Location"] == PAGE
        assert not ApiToken.objects.exists()

    def test_another_users_is_not_there(self, client, user, other):
        made = create_token(user=other, name="secret plans")
        client.force_login(user)
        assert "secret plans" not in client.get(PAGE).content.decode()
        address = f"/settings/tokens/{made.row.pk}/revoke"
        assert client.post(address).status_code == 404
        assert ApiToken.objects.filter(pk=made.row.pk).exists()


class TestCommand:
    def test_it_prints_a_token_that_works(self, client, user):
        printed = StringIO()
        call_command("token", "reader", stdout=printed)
        assert ask(client, printed.getvalue().strip()).status_code == 200
        assert ApiToken.objects.get().name == "command line"

    def test_by_address_with_a_name(self, user):
        call_command("token", "Reader@example.org", name="backup", stdout=StringIO())
        assert ApiToken.objects.get().name == "backup"

    def test_nobody_of_that_name(self):
        with pytest.raises(CommandError, match=r"There is no user called nobody\."):
            call_command("token", "nobody")


class TestAdmin:
    def test_tokens_are_seen_and_revoked_not_made(self, admin_client, user):
        made = create_token(user=user, name="nightly")
        listed = admin_client.get("/admin/preferences/apitoken/?q=reader")
        assert b"nightly" in listed.content
        assert made.secret.encode() not in listed.content
        assert admin_client.get("/admin/preferences/apitoken/add/").status_code == 403
        address = f"/admin/preferences/apitoken/{made.row.pk}/delete/"
        assert admin_client.post(address, {"post": "yes"}).status_code == 302
        assert not ApiToken.objects.exists()
