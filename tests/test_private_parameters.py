"""A parameter that a private answer does not know is refused, as of any other."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.inventory.tests.test_values import make_lot
from apps.prices.tests.factories import make_card
from apps.settings.models import UserPreferences

pytestmark = pytest.mark.django_db

PRIVATE = [
    "recommendations/mine",
    "settings",
    "inventory",
    "inventory/value",
    "inventory/history",
    "inventory/allocation",
    "inventory/activity",
    "inventory/import",
    "inventory/export",
    "inventory/lots/{lot}",
    "inventory/disposals",
    "inventory/want-list",
    "alerts",
    "alerts/log",
]


@pytest.fixture
def owner(django_user_model):
    return django_user_model.objects.create_user("ann")


@pytest.fixture
def own(owner) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.mark.parametrize("route", PRIVATE)
def test_an_unknown_parameter_is_refused(own, owner, route):
    lot = make_lot(owner, make_card(), 1)
    answer = own.get(f"/api/{route.format(lot=lot.pk)}?colour=red")
    assert answer.status_code == 400
    assert list(answer.json()["extra"]) == ["colour"]


def test_a_change_with_one_saves_nothing(own):
    answer = own.patch(
        "/api/settings?colour=red", {"currency": "EUR"}, content_type="application/json"
    )
    assert answer.status_code == 400
    assert not UserPreferences.objects.exists()
