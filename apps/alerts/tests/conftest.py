"""Somebody with alerts."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from apps.cards.models import Card
from apps.prices.tests.factories import make_card


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("ann", email="ann@example.org")


@pytest.fixture
def bolt() -> Card:
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")
