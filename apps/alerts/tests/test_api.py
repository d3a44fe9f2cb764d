"""Alerts for scripts, and the channel that tells of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone
from rest_framework.test import APIClient

from apps.alerts import limits
from apps.alerts.models import Alert, Firing
from apps.alerts.services.evaluate import evaluate
from apps.alerts.services.rules import create_alert
from apps.prices.tests.factories import make_price
from mtgintel.core import events
from mtgintel.core.live.topics import parse_topic

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

API = "/api/alerts"


@pytest.fixture
def api(owner: User) -> APIClient:
    client = APIClient()
    client.force_login(owner)
    return client


@pytest.fixture
def alert(owner, bolt) -> Alert:
    return create_alert(
        owner=owner, kind="PRICE", card=bolt, direction="BELOW", threshold=Decimal(40)
    )


def test_made_read_changed_and_deleted(api, bolt):
    made = api.post(
        API,
        {
            "kind": "price",
            "card": str(bolt.scryfall_id),
            "marketplace": "cardmarket",
            "direction": "BELOW",
            "threshold": "12.5",
            "name": "bolts",
        },
        "json",
    )
    assert made.status_code == 201, made.content
    said = made.json()
    wanted = {
        "kind": "PRICE",
        "state": "ARMED",
        "card_id": bolt.pk,
        "card_name": "Lightning Bolt",
        "finish": "NONFOIL",
        "condition": "NEAR_MINT",
        "language": "ENGLISH",
        "marketplace": "cardmarket",
        "currency": "EUR",
        "threshold": "12.50",
        "unit": "amount",
        "repeats": True,
        "fired": 0,
        "last_fired_at": None,
    }
    assert {name: said[name] for name in wanted} == wanted

    path = f"{API}/{said['id']}"
    assert api.get(f"{path}/").json() == said
    listed = api.get(f"{API}?kind=PRICE").json()
    assert (listed["count"], listed["results"]) == (1, [said])
    assert api.get(f"{API}?kind=STALE").json()["count"] == 0
    changed = api.patch(path, {"threshold": "10", "repeats": False}, "json").json()
    assert (changed["threshold"], changed["repeats"]) == ("10.00", False)
    assert api.delete(path).status_code == 204
    assert not Alert.objects.exists()


def test_what_can_be_done_with_one(api, alert):
    path = f"{API}/{alert.pk}"
    until = (timezone.now() + timedelta(days=2)).isoformat()
    assert api.post(f"{path}/pause").json()["state"] == "PAUSED"
    assert api.post(f"{path}/resume/").json()["state"] == "ARMED"
    snoozed = api.post(f"{path}/snooze", {"until": until}, "json").json()
    assert snoozed["state"] == "SNOOZED"
    assert api.post(f"{path}/rearm").json()["state"] == "ARMED"
    assert api.post(f"{path}/test").status_code == 200
    log = api.get(f"{API}/log").json()
    assert (log["count"], log["unseen"]) == (1, 1)
    assert log["results"][0]["is_test"] is True
    for body in ({}, {"until": "yesterday"}, {"until": "2020-01-01T00:00:00Z"}):
        assert api.post(f"{path}/snooze", body, "json").status_code == 400
    far = (timezone.now() + timedelta(days=400)).isoformat()
    assert api.post(f"{path}/snooze", {"until": far}, "json").status_code == 400
    assert api.post(f"{path}/pause", {"until": until}, "json").status_code == 400
    assert api.post(f"{path}/explode").status_code == 404
    alert.refresh_from_db()
    assert (alert.is_paused, alert.snoozed_until) == (False, None)


def test_tests_have_an_end(api, alert, monkeypatch):
    monkeypatch.setattr(limits, "TESTS", "1/hour")
    assert api.post(f"{API}/{alert.pk}/test").status_code == 200
    assert api.post(f"{API}/{alert.pk}/test").status_code == 429
    assert Firing.objects.count() == 1


def test_the_state_and_the_log_of_what_fired(api, alert, bolt):
    make_price(bolt, "39.99", "cardkingdom")
    evaluate()

    said = api.get(f"{API}/{alert.pk}").json()
    assert (said["state"], said["fired"]) == ("FIRED", 1)
    (line,) = api.get(f"{API}/log?alert={alert.pk}&kind=PRICE").json()["results"]
    wanted = {
        "alert_id": alert.pk,
        "kind": "PRICE",
        "card_id": bolt.pk,
        "value": "39.99",
        "threshold": "40.00",
        "currency": "USD",
        "marketplace": "cardkingdom",
        "is_test": False,
        "seen_at": None,
    }
    assert {name: line[name] for name in wanted} == wanted
    assert line["as_of"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "NOPE"}, "kind"),
        ({"kind": "PRICE"}, "card"),
        ({"kind": "PRICE", "card": 0}, "card"),
        ({"kind": "PRICE", "card": True}, "card"),
        ({"kind": "PRICE", "owner": 1}, "owner"),
        ({"kind": "PRICE", "threshold": "NaN"}, "threshold"),
        ({"kind": "PRICE", "threshold": "1e999999"}, "threshold"),
        ({"kind": "PRICE", "threshold": 10**30}, "threshold"),
        ({"kind": "PRICE", "marketplace": "nope"}, "marketplace"),
        ({"kind": "WANT", "threshold": "1"}, "threshold"),
        ({"kind": "WANT", "hysteresis_percent": "-1"}, "hysteresis_percent"),
        ({"kind": "SIGNAL", "scope": "OWNED", "threshold": "1.1"}, "threshold"),
        ({"kind": "SIGNAL", "scope": "CARD", "threshold": "0.5"}, "card"),
        ({"kind": "STALE"}, "marketplace"),
        ({"kind": "WANT", "name": "\x00"}, "name"),
        ({"kind": "WANT", "name": "x" * 121}, "name"),
    ],
)
def test_what_is_wrong_is_refused(api, bolt, body, field):
    answer = api.post(API, body, "json")
    assert answer.status_code == 400
    assert field in answer.json()["extra"]
    assert not Alert.objects.exists()


def test_an_alert_stays_of_its_kind_and_its_owner(api, alert):
    path = f"{API}/{alert.pk}"
    for body in ({"kind": "WANT"}, {"owner": 1}, {"version": 9}, {"window": "7d"}):
        assert api.patch(path, body, "json").status_code == 400
    alert.refresh_from_db()
    assert (alert.kind, alert.version) == ("PRICE", 1)


def test_unknown_parameters_are_refused(api, alert):
    for path in (API, f"{API}/log", f"{API}/{alert.pk}"):
        assert api.get(f"{path}?colour=red").status_code == 400
    assert api.get(f"{API}?page=0").status_code == 400
    assert api.get(f"{API}?page=9").status_code == 404
    assert api.get(f"{API}/log?alert=0").status_code == 400


def test_nobody_elses(api, alert, bolt):
    make_price(bolt, "1", "cardkingdom")
    evaluate()
    stranger = APIClient()
    for path in (API, f"{API}/log", f"{API}/{alert.pk}"):
        assert stranger.get(path).status_code == 401
    stranger.force_login(User.objects.create_user("bob"))
    assert stranger.get(API).json()["results"] == []
    assert stranger.get(f"{API}/log").json()["results"] == []
    assert stranger.get(f"{API}/log?alert={alert.pk}").json()["results"] == []
    path = f"{API}/{alert.pk}"
    assert stranger.get(path).status_code == 404
    assert stranger.delete(path).status_code == 404
    assert stranger.patch(path, {"repeats": False}, "json").status_code == 404
    for action in ("pause", "resume", "snooze", "rearm", "test"):
        assert stranger.post(f"{path}/{action}", {}, "json").status_code == 404
    alert.refresh_from_db()
    assert (alert.repeats, alert.is_paused) == (True, False)
    assert Firing.objects.count() == 1


class TestChannel:
    def test_only_its_owner_may_follow(self, owner):
        topic = parse_topic(f"channel:alerts:user:{owner.pk}")
        assert topic.kind.message == "alert"
        assert topic.is_open_to(owner)
        assert not topic.is_open_to(User.objects.create_user("bob"))
        assert not topic.is_open_to(AnonymousUser())
        staff = User.objects.create_superuser("root")
        assert not topic.is_open_to(staff)

    @pytest.mark.parametrize("key", ["user", "user:0x1", "user:007", "card:1", ""])
    def test_another_spelling_is_nobodys(self, owner, key):
        topic = parse_topic(f"alerts:{key}" if key else "alerts")
        assert not topic.is_open_to(owner)
        assert topic.snapshot() is None

    def test_its_state(self, owner, alert, bolt):
        make_price(bolt, "39.99", "cardkingdom")
        evaluate()
        state = parse_topic(f"alerts:user:{owner.pk}").snapshot()
        assert (state["user_id"], state["unseen"]) == (owner.pk, 1)
        assert state["alerts"][0]["title"] == Firing.objects.get().title
        assert state["alerts"][0]["value"] == "39.99"

    def test_who_is_told(self, owner, alert, bolt, monkeypatch):
        told = []
        monkeypatch.setattr(events, "publish", told.append)
        make_price(bolt, "39.99", "cardkingdom")
        evaluate()
        evaluate()
        assert told == [{f"alerts:user:{owner.pk}"}]
