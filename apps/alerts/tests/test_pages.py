"""Alerts in the page: made, looked at, acted on; nobody sees another's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.alerts import limits
from apps.alerts.models import Alert, Attempt, Delivery, DeliverySettings, Firing
from apps.alerts.services import rules
from apps.alerts.services.evaluate import evaluate
from apps.alerts.services.rules import create_alert
from apps.alerts.services.settings import save_settings
from apps.prices.tests.factories import make_price
from mtgintel.core import activity, cache
from tests.html import Page

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

LIST = "/alerts/"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def page(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def alert(owner, bolt) -> Alert:
    return create_alert(
        owner=owner,
        kind="PRICE",
        card=bolt,
        direction="BELOW",
        threshold=Decimal(40),
        name=HOSTILE,
    )


def text_of(answer) -> str:
    return Page(answer).text("main")


def test_the_card_page_leads_to_a_form_about_it(page, client, bolt):
    make_price(bolt, "50", "cardkingdom")
    link = f"/alerts/new/?card={bolt.pk}"
    assert f'href="{link}"' in client.get(bolt.get_absolute_url()).content.decode()

    answer = page.get(link)

    assert "Lightning Bolt" in text_of(answer)
    sent = page.post(
        link,
        {
            "finish": "NONFOIL",
            "condition": "NEAR_MINT",
            "language": "ENGLISH",
            "currency": "USD",
            "direction": "BELOW",
            "threshold": "40,50",
            "hysteresis_percent": "2",
            "repeats": "on",
        },
    )
    assert sent.status_code == 302
    made = Alert.objects.get()
    assert (made.card, made.threshold, made.kind) == (bolt, Decimal("40.5"), "PRICE")
    text = text_of(page.get(LIST))
    assert "at or below $40.50 (near mint; the cheapest live offer)" in text
    assert "ARMED $50.00 Card Kingdom" in text


@pytest.mark.parametrize(
    ("kind", "data", "rule"),
    [
        (
            "PERCENT",
            {
                "finish": "FOIL",
                "condition": "NEAR_MINT",
                "language": "ENGLISH",
                "currency": "EUR",
                "window": "7d",
                "direction": "EITHER",
                "threshold": "10",
                "hysteresis_percent": "2",
            },
            "up or down by 10 % in 7d (near mint, foil; the preferred stream, EUR)",
        ),
        (
            "SPREAD",
            {
                "currency": "USD",
                "spread_kind": "arbitrage",
                "threshold": "15",
                "hysteresis_percent": "2",
            },
            "shop to buylist leaves 15 % after your fees (USD)",
        ),
        (
            "SIGNAL",
            {
                "scope": "OWNED",
                "currency": "USD",
                "threshold": "0.5",
                "hysteresis_percent": "2",
            },
            "any signal of strength 0.5 on cards you own (USD)",
        ),
        (
            "RECOMMENDATION",
            {"scope": "BOTH", "currency": "USD", "advice_kind": "SELL"},
            "new advice to sell on cards you own or want (USD)",
        ),
    ],
)
def test_every_kind_about_a_card(page, bolt, kind, data, rule):
    link = f"/alerts/new/?card={bolt.pk}&kind={kind}"
    assert page.get(link).status_code == 200
    answer = page.post(link, data)
    assert answer.status_code == 302, text_of(answer)
    assert Alert.objects.get().kind == kind
    assert rule in text_of(page.get(LIST))
    edit = f"/alerts/{Alert.objects.get().pk}/"
    assert page.get(edit).status_code == 200
    assert page.post(edit, data).status_code == 302
    assert Alert.objects.get().version == 1


@pytest.mark.parametrize(
    ("kind", "data", "rule"),
    [
        (
            "WANT",
            {"hysteresis_percent": "2"},
            "a line of your want list reaches its target",
        ),
        (
            "STALE",
            {"marketplace": "1", "threshold": "72"},
            "is silent for longer than 72 hours",
        ),
    ],
)
def test_every_kind_without_a_card(page, kind, data, rule):
    link = f"/alerts/new/?kind={kind}"
    assert page.get(link).status_code == 200
    answer = page.post(link, data)
    assert answer.status_code == 302, text_of(answer)
    assert rule in text_of(page.get(LIST))


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"threshold": "NaN"},
        {"threshold": "Infinity"},
        {"threshold": "-1"},
        {"threshold": "9" * 40},
        {"threshold": "1e400"},
        {"threshold": "0"},
        {"finish": "ETCHED"},
        {"direction": "EITHER"},
        {"hysteresis_percent": "101"},
        {"hysteresis_percent": "-1"},
        {"marketplace": "999"},
        {"name": "x" * 121},
        {"name": "a\x00b"},
    ],
)
def test_what_is_wrong_is_said(page, bolt, data):
    good = {
        "finish": "NONFOIL",
        "condition": "NEAR_MINT",
        "language": "ENGLISH",
        "currency": "USD",
        "direction": "BELOW",
        "threshold": "40",
        "hysteresis_percent": "2",
    }
    sent = good | data if data else {}
    answer = page.post(f"/alerts/new/?card={bolt.pk}&kind=PRICE", sent)
    assert answer.status_code == 400
    assert Page(answer).all(class_="field__error") or Page(answer).all(
        class_="notice--error"
    )
    assert not Alert.objects.exists()


def test_addresses_of_what_is_not(page):
    assert page.get("/alerts/new/?card=999999999999999999999").status_code == 404
    assert page.get("/alerts/new/?card=nope").status_code == 404
    assert page.get("/alerts/new/?kind=<b>").status_code == 200
    assert page.get("/alerts/999999999999999999/").status_code == 404


def test_what_can_be_done_with_one(page, alert):
    def act(action, **data):
        answer = page.post(f"/alerts/{alert.pk}/{action}/", data, follow=True)
        assert answer.status_code == 200
        alert.refresh_from_db()
        return text_of(answer)

    assert "PAUSED" in act("pause")
    assert alert.is_paused
    assert "ARMED" in act("resume")
    assert "SNOOZED until" in act("snooze", days="7")
    assert alert.is_snoozed
    assert "Choose how long" in act("snooze", days="400")
    act("resume")
    assert not alert.is_snoozed
    assert "may fire again" in act("rearm")
    assert "A test was fired here." in act("test")
    assert Firing.objects.get().is_test
    assert "stays in the log" in act_delete(page, alert)
    assert not Alert.objects.exists()
    assert Firing.objects.get().alert is None
    assert "Test of" in text_of(page.get("/alerts/log/"))


def act_delete(page, alert) -> str:
    return text_of(page.post(f"/alerts/{alert.pk}/delete/", follow=True))


def test_only_a_post_does_anything(page, alert):
    for action in ("pause", "delete", "test"):
        assert page.get(f"/alerts/{alert.pk}/{action}/").status_code == 405
    assert page.post(f"/alerts/{alert.pk}/explode/").status_code == 404
    assert page.get("/alerts/seen/").status_code == 405
    alert.refresh_from_db()
    assert not alert.is_paused


def test_tests_have_an_end(page, alert, monkeypatch):
    monkeypatch.setattr(limits, "TESTS", "1/hour")
    page.post(f"/alerts/{alert.pk}/test/")
    answer = page.post(f"/alerts/{alert.pk}/test/", follow=True)
    assert "wait an hour" in text_of(answer)
    assert Firing.objects.count() == 1


def test_the_bell_counts_what_was_not_seen(
    page, alert, bolt, client, django_capture_on_commit_callbacks
):
    def count() -> list[str]:
        return Page(page.get("/cards/")).texts(class_="bell__count")

    assert count() == ["0"]
    make_price(bolt, "30", "cardkingdom")
    cache.bump()
    with django_capture_on_commit_callbacks(execute=True):
        evaluate()
    assert count() == ["1"]
    text = text_of(page.get(LIST))
    assert "1 new" in text
    assert "is $30.00 at Card Kingdom, at or below $40.00" in text
    with django_capture_on_commit_callbacks(execute=True):
        page.post("/alerts/seen/")
    assert count() == ["0"]
    assert b"bell__count" not in client.get("/cards/").content


def test_scripts_in_names_are_text(page, alert):
    page.post(f"/alerts/{alert.pk}/test/")
    for path in (LIST, "/alerts/log/", f"/alerts/{alert.pk}/"):
        assert HOSTILE.encode() not in page.get(path).content


def test_there_is_an_end_to_how_many(page, owner, bolt, alert, monkeypatch):
    monkeypatch.setattr(rules, "MAX_ALERTS", 1)
    answer = page.post("/alerts/new/?kind=WANT", {"hysteresis_percent": "2"})
    assert answer.status_code == 400
    assert "as many as there may be" in text_of(answer)
    assert Alert.objects.count() == 1


def test_a_long_list_takes_as_many_statements_as_a_short_one(page, owner, bolt, alert):
    make_price(bolt, "50", "cardkingdom")
    page.get(LIST)
    cache.bump()
    with CaptureQueriesContext(connection) as few:
        page.get(LIST)
    for number in range(40):
        create_alert(
            owner=owner,
            kind="PRICE",
            card=bolt,
            direction="BELOW",
            threshold=Decimal(number + 1),
        )
    cache.bump()
    with CaptureQueriesContext(connection) as many:
        page.get(LIST)
    assert len(many) == len(few)


def test_delivery_settings(page, owner):
    assert page.get("/alerts/settings/").status_code == 200
    sent = {
        "is_mail_on": "on",
        "webhook_url": "https://hook.example/x",
        "quiet_from": "22:00",
        "quiet_until": "07:00",
        "time_zone": "Europe/Berlin",
    }
    assert page.post("/alerts/settings/", sent).status_code == 302
    row = DeliverySettings.objects.get()
    assert (row.webhook_url, row.time_zone) == (
        "https://hook.example/x",
        "Europe/Berlin",
    )
    shown = page.get("/alerts/settings/").content.decode()
    assert row.webhook_secret in shown
    page.post("/alerts/settings/secret/")
    assert row.webhook_secret not in page.get("/alerts/settings/").content.decode()

    bad = page.post("/alerts/settings/", sent | {"webhook_url": "http://127.0.0.1/"})
    assert bad.status_code == 400
    assert "not on the public internet" in text_of(bad)
    row.refresh_from_db()
    assert row.webhook_url == "https://hook.example/x"


def test_every_attempt_is_shown(page, owner):
    delivery = Delivery.objects.create(owner=owner, channel="WEBHOOK")
    Attempt.objects.create(
        delivery=delivery, is_success=False, code=500, error=f"no {HOSTILE}"
    )
    answer = page.get("/alerts/deliveries/")
    assert "(500)" in text_of(answer)
    assert HOSTILE.encode() not in answer.content


def test_nobody_elses(client, page, owner, alert):
    page.post(f"/alerts/{alert.pk}/test/")
    Delivery.objects.create(owner=owner, channel="WEBHOOK")
    save_settings(owner=owner, webhook_url="https://hook.example/secret-path")
    paths = (LIST, "/alerts/log/", "/alerts/deliveries/", "/alerts/settings/")
    for path in (*paths, f"/alerts/{alert.pk}/"):
        assert client.get(path).status_code == 302

    client.force_login(User.objects.create_user("bob"))
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200
        for secret in ("Lightning Bolt", "Test of", "Webhook</th>", "secret-path"):
            assert secret not in answer.content.decode()
    assert client.get(f"/alerts/{alert.pk}/").status_code == 404
    for action in ("pause", "resume", "snooze", "rearm", "test", "delete"):
        path = f"/alerts/{alert.pk}/{action}/"
        assert client.post(path, {"days": "7"}).status_code == 404
    client.post("/alerts/seen/")
    alert.refresh_from_db()
    assert (alert.is_paused, alert.snoozed_until) == (False, None)
    assert Firing.objects.get().seen_at is None


def test_what_fired_is_in_the_feed(owner, alert, bolt):
    make_price(bolt, "30", "cardkingdom")
    evaluate()
    (line,) = [one for one in activity.newest(owner) if one.kind == "alert"]
    assert "Lightning Bolt" in line.text
    assert line.url == bolt.get_absolute_url()
