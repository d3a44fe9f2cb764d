"""Pages that have little or nothing to show say so, and what to do about it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, override_settings

from apps.inventory.models import Lot
from apps.inventory.services.lots import add_lot
from apps.prices.models import LatestPrice
from mtgintel.core import cache
from tests.html import Page

pytestmark = pytest.mark.django_db(transaction=True)

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


class TestDemoMarket:
    """The same pages with something to show, and something missing."""

    @pytest.fixture
    def own(self, owner: Client) -> Client:
        call_command("demo", days=20, verbosity=0)
        card = LatestPrice.objects.order_by("pk").first().card
        add_lot(owner=User.objects.get(), card=card, quantity=2)
        return owner

    @pytest.fixture
    def addresses(self, own: Client) -> list[str]:
        lot = Lot.objects.get()
        more = ["/sets/war/", lot.card.get_absolute_url(), f"/inventory/lots/{lot.pk}/"]
        return [*PUBLIC, *OWN, *more, "/find/", "/methodology/", "/settings/"]

    def test_redis_stopped(self, own: Client, addresses: list[str]):
        """Every page is there, and none says less than with it."""
        with_redis = {address: figures(own.get(address)) for address in addresses}
        with nothing_listening():
            without = {address: figures(own.get(address)) for address in addresses}
        assert without == with_redis

    def test_streams_that_stand_still(self, own: Client, addresses: list[str]):
        """A week later the bar says it on every page, and figures say it themselves."""
        with time_machine.travel(datetime.now(UTC) + timedelta(days=7), tick=False):
            cache.bump()
            pages = {address: Page(own.get(address)) for address in addresses}
        assert {
            address
            for address, page in pages.items()
            if not page.all(class_="pill--stale")
        } == set()
        assert {address for address, page in pages.items() if is_marked(page)} == {
            "/",
            "/cards/",
            "/indices/",
            "/indices/all/",
            "/inventory/",
            "/movers/",
            "/sealed/",
            "/sets/",
            "/sets/war/",
            Lot.objects.get().card.get_absolute_url(),
            f"/inventory/lots/{Lot.objects.get().pk}/",
        }


def figures(response: HttpResponse) -> tuple[int, list[str]]:
    """The status, and every amount and percentage of the page."""
    page = Page(response)
    shown = [one.text for one in page.elements if one.tag == "data"]
    return response.status_code, shown


def is_marked(page: Page) -> bool:
    """Whether a figure of the page itself, not of the bar, is called stale."""
    return any(
        tag.text == "STALE"
        and "hidden" not in tag.attributes
        and tag.attributes.get("data-k") != "stale:mover"
        for tag in page.all("abbr", class_="tag")
    )


@contextmanager
def nothing_listening() -> Iterator[None]:
    """Where Redis should be is a port that nobody serves."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{bound.getsockname()[1]}/0"
        options = {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1}
        backend = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": address}
        with override_settings(CACHES={"default": {**backend, "OPTIONS": options}}):
            yield
    cache.breaker.reset()
