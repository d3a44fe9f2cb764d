"""Pages that have little or nothing to show say so, and what to do about it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.html import Page

pytestmark = pytest.mark.django_db

PUBLIC = [
    "/",
    "/cards/",
    "/compare/",
    "/data/",
    "/data/bulk/",
    "/indices/",
    "/indices/all/",
    "/movers/",
    "/recommendations/",
    "/sealed/",
    "/sets/",
    "/signals/",
    "/signals/momentum/",
    "/spreads/",
    "/track-record/",
]
OWN = [
    "/portfolio/",
    "/inventory/",
    "/inventory/add/?q=lili",
    "/inventory/import/",
    "/inventory/sales/",
    "/inventory/wants/",
    "/alerts/",
    "/alerts/log/",
    "/alerts/deliveries/",
    "/settings/tokens/",
]
# What a template writes of a value that is not there.
LEAKS = re.compile(r"\b(None|NaN|nan|undefined)\b")


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_user("ann"))
    return client


def assert_says_what_to_do(page: Page) -> None:
    """A block with a sentence and a way on."""
    (block, *_) = page.all(class_="empty")
    assert "." in block.text
    text = page.all("main")[0].text
    for option in page.all("option"):
        text = text.replace(option.text, "")
    assert LEAKS.findall(text) == []


@pytest.mark.parametrize("address", PUBLIC)
def test_empty_database(client: Client, address: str):
    response = client.get(address)
    assert response.status_code == 200
    assert_says_what_to_do(Page(response))


@pytest.mark.parametrize("address", OWN)
def test_new_account(owner: Client, address: str):
    response = owner.get(address)
    assert response.status_code == 200
    assert_says_what_to_do(Page(response))


@pytest.fixture
def _without_redis(settings, monkeypatch) -> None:
    """Nothing listens where the cache and the broker should be."""
