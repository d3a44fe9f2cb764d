"""The door under ASGI, and without its cache."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections
from django.test import AsyncClient, override_settings

from apps.settings.selectors import preferences_of
from apps.settings.services import save_preferences
from apps.settings.tests.door import LOGIN, PASSWORD, is_logged_in, log_in, make_user
from mtgintel.core import cache

NOWHERE = {
    "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
}


@pytest.mark.django_db(transaction=True)
async def test_login_and_lockout_under_asgi():
    await sync_to_async(make_user)()
    client = AsyncClient()

    async def say(password):
        return await client.post(
            LOGIN, {"login": "reader@example.org", "password": password}
        )

    assert (await say(PASSWORD))["Location"] == "/"
    assert (await client.get("/settings/")).status_code == 200
    await client.post("/account/logout/")
    answers = [await say("wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert answers[-1]["Retry-After"]
    assert b"until" in answers[-1].content
    await sync_to_async(connections.close_all)()


@pytest.mark.django_db
class TestWithoutRedis:
    @pytest.fixture(autouse=True)
    def _no_redis(self, settings):
        settings.ACCOUNT_POST_RATES = {"": "30/min"}
        with override_settings(CACHES=NOWHERE):
            cache.breaker.reset()
            yield
        cache.breaker.reset()

    def test_people_still_get_in(self, client):
        make_user()
        assert log_in(client, password="wrong").status_code == 200
        assert log_in(client)["Location"] == "/"
        assert is_logged_in(client)

    def test_five_failures_still_lock(self, client):
        make_user()
        answers = [log_in(client, password="wrong") for _ in range(5)]
        assert answers[-1].status_code == 429

    def test_preferences_are_read_and_saved(self):
        user = make_user()
        save_preferences(user=user, currency="EUR")
        assert preferences_of(user).currency == "EUR"
