"""Limits per address and scope."""

from __future__ import annotations

import pytest
import time_machine
from django.test import override_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _limits(settings):
    rates = {"read": "2/min", "search": "1/min"}
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": rates,
    }


# Counters live in the same Redis as the other tests': each address is used once.
def get(client, address, route="/api/market/overview", **headers):
    return client.get(route, REMOTE_ADDR=address, **headers)


def test_too_many_requests_are_told_when_to_come_back(client):
    # A minute begins every 60 s of the epoch.
    with time_machine.travel(1_800_000_000 + 18, tick=False):
        assert [get(client, "192.0.2.1").status_code for _ in range(3)] == [
            200,
            200,
            429,
        ]
        refused = get(client, "192.0.2.1")
        assert refused["Retry-After"] == "42"
        assert refused.json() == {
            "code": "throttled",
            "message": "Request was throttled. Expected available in 42 seconds.",
            "extra": {"wait_seconds": 42},
        }
    with time_machine.travel(1_800_000_000 + 60, tick=False):
        assert get(client, "192.0.2.1").status_code == 200


def test_addresses_and_scopes_are_counted_apart(client):
    with time_machine.travel(1_800_000_000, tick=False):
        assert get(client, "192.0.2.2", "/api/cards").status_code == 200
        assert get(client, "192.0.2.2", "/api/cards").status_code == 429
        assert get(client, "192.0.2.2").status_code == 200
        assert get(client, "192.0.2.3", "/api/cards").status_code == 200


def test_a_forwarded_address_counts_only_from_a_trusted_proxy(client):
    route = "/api/cards"
    with time_machine.travel(1_800_000_000, tick=False):
        first = get(client, "192.0.2.4", route, HTTP_X_FORWARDED_FOR="198.51.100.1")
        faked = get(client, "192.0.2.4", route, HTTP_X_FORWARDED_FOR="198.51.100.2")
        assert (first.status_code, faked.status_code) == (200, 429)
        with override_settings(TRUSTED_PROXIES=["192.0.2.0/24"]):
            statuses = [
                get(
                    client, "192.0.2.4", route, HTTP_X_FORWARDED_FOR=forwarded
                ).status_code
                for forwarded in ("198.51.100.3", "198.51.100.4", "x, 198.51.100.3")
            ]
        assert statuses == [200, 200, 429]


def test_what_names_no_scope_is_a_read(client):
    with time_machine.travel(1_800_000_000, tick=False):
        statuses = [
            get(client, "192.0.2.6", "/api/schema").status_code for _ in range(3)
        ]
    assert statuses == [200, 200, 429]


def test_health_is_never_refused(client):
    statuses = {
        get(client, "192.0.2.5", "/api/health/live").status_code for _ in range(5)
    }
    assert statuses == {200}


def test_every_answer_says_what_is_left(client):
    with time_machine.travel(1_800_000_000 + 18, tick=False):
        answers = [get(client, "192.0.2.7") for _ in range(3)]
    assert [answer["RateLimit-Limit"] for answer in answers] == ["2"] * 3
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert [answer["RateLimit-Reset"] for answer in answers] == ["42"] * 3
    assert "RateLimit-Limit" not in get(client, "192.0.2.7", "/api/health/live")
