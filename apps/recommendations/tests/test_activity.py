"""Advice in the feed of somebody who holds the cards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User

from apps.inventory.models import Lot
from apps.prices.tests.factories import make_card
from apps.recommendations.selectors.activity import advice_told
from mtgintel.core import activity

from .calls import DAY, make_call

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(datetime(2026, 3, 11, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def card():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


def test_on_cards_one_holds(owner, card):
    other = make_card("Opt", set_code="xln", collector_number="65")
    Lot.objects.create(owner=owner, card=card, quantity=1)
    call = make_call(card)
    make_call(card, finish="FOIL")
    make_call(card, "HOLD", horizon_days=7)
    make_call(other)
    make_call(card, marketplace="cardmarket")
    make_call(card, horizon_days=90, issued_on=DAY - timedelta(days=40))
    make_call(card, horizon_days=180, is_replay=True)

    (told,) = advice_told(owner, 20)

    assert (told.kind, told.text) == (
        "advice",
        "Advice to sell Lightning Bolt (M10) 146",
    )
    assert (told.at, told.url) == (call.issued_at, f"/recommendations/{call.pk}/")
    assert activity.newest(owner)[-1] == told


def test_what_is_experimental_says_so(owner, card):
    Lot.objects.create(owner=owner, card=card, quantity=1, finish="FOIL")
    make_call(card, "BUY", finish="FOIL")

    (told,) = advice_told(owner, 20)

    assert told.text == "Advice to buy Lightning Bolt (M10) 146, Foil (experimental)"


def test_not_on_what_is_gone(owner, card):
    Lot.objects.create(owner=owner, card=card, quantity=1, disposed=1)
    make_call(card)

    assert list(advice_told(owner, 20)) == []
