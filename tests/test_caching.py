"""Who may keep which answer: every route of the tables in test_permissions."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory

from apps.settings.services import create_token
from mtgintel.core import caching
from tests.test_permissions import (
    ANY,
    DOOR,
    OWN,
    PUBLIC,
    SIGNED_IN,
    addresses,
    client_of,
    world,
)

__all__ = ["world"]

pytestmark = pytest.mark.django_db

# For everybody, and so for whoever stands between.
SHARED = {
    "api/cards",
    "api/cards/<str:card_id>",
    "api/cards/<str:card_id>/history",
    "api/cards/<str:card_id>/prices",
    "api/cards/<str:card_id>/signals",
    "api/cards/<str:card_id>/similar",
    "api/cards/autocomplete",
    "api/data/bulk",
    "api/data/streams",
    "api/market/compare",
    "api/market/freshness",
    "api/market/index",
    "api/market/index/constituents",
    "api/market/indices",
    "api/market/movers",
    "api/market/overview",
    "api/market/sealed",
    "api/market/sets",
    "api/market/sets/<str:code>",
    "api/market/sets/<str:code>/cards",
    "api/market/spreads",
    "api/market/spreads/history",
    "api/recommendations",
    "api/recommendations/<int:pk>",
    "api/recommendations/ledger",
    "api/recommendations/track-record",
    "api/signals",
    "api/signals/kinds",
    "data/bulk/<path:name>",
}
# Public and nevertheless nobody's to keep, besides pages.
NOT_KEPT = {
    "alerts/unsubscribe/<str:token>": "the address is a secret",
    "api": "there is nothing",
    "api/<path:unknown>": "there is nothing",
    "api/health/live": "asked for now",
    "api/health/ready": "asked for now",
    "api/schema": "a library's view: it looks who asks",
    "api/status": "asked for now",
    "compare.csv": "in the currency of who asks",
    "indices.csv": "in the currency of who asks",
    "indices/<slug:slug>/constituents.csv": "in the currency of who asks",
    "indices/<slug:slug>/points.csv": "in the currency of who asks",
    "movers.csv": "of the cards of who asks",
    "sealed.csv": "in the currency of who asks",
    "sets.csv": "in the currency of who asks",
    "sets/<str:code>/cards.csv": "in the currency of who asks",
    "sets/<str:code>/values.csv": "in the currency of who asks",
    "signals.csv": "of the cards of who asks",
    "spreads.csv": "with the fees of who asks",
    "theme": "only takes",
}
# What has to be asked with parameters, or needs rows that are not made here.
ASKED = {"api/market/compare": {"indices": "all"}, "api/cards/autocomplete": {"q": "x"}}
MISSING = {"api/recommendations/<int:pk>", "data/bulk/<path:name>"}


def policy(answer: Any) -> set[str]:
    return {one.strip() for one in answer["Cache-Control"].split(",")}


def is_page(answer: Any) -> bool:
    return bool(answer["Content-Type"].startswith("text/html"))


@pytest.mark.parametrize("route", sorted(SHARED))
def test_what_is_for_everybody_may_be_kept(client, world, route):
    parameters = ANY | world.ids | {"code": "m10"}
    address = addresses(route, **parameters)[0]

    answer = client.get(address, ASKED.get(route, {}))

    if route in MISSING:
        assert answer.status_code in (400, 404)
        assert answer["Cache-Control"] == caching.PAGE
        return
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == caching.PUBLIC
    # By kind of answer at most: who asks makes no difference, and is told nothing.
    assert answer.get("Vary", "") in ("", "Accept")
    assert not answer.cookies


@pytest.mark.parametrize("route", sorted(PUBLIC - SHARED))
def test_pages_and_what_has_a_reason_are_kept_by_nobody_between(client, world, route):
    for address in addresses(route, **ANY | world.ids | {"code": "m10"}):
        answer = client.get(address)
        assert policy(answer) & {"private", "no-store"}, address
        assert "public" not in policy(answer), address
        assert is_page(answer) or route in NOT_KEPT, address


def test_reasons_are_for_routes_that_are_public():
    assert set(NOT_KEPT) <= PUBLIC - SHARED
    assert set(SHARED) <= PUBLIC


@pytest.mark.parametrize("route", sorted(SIGNED_IN | OWN | DOOR))
def test_ones_own_is_kept_by_nobody(world, route):
    owner = client_of(world.owner)
    for address in addresses(route, **ANY | world.ids):
        answer = owner.get(address)
        assert "no-store" in policy(answer), (address, answer["Cache-Control"])


def test_a_page_is_stored_for_nobody_who_is_signed_in(client):
    signed_in = client_of(User.objects.create_user("ann"))

    assert client.get("/cards/")["Cache-Control"] == caching.PAGE
    assert signed_in.get("/cards/")["Cache-Control"] == caching.OWN


def test_who_asks_changes_nothing_of_what_may_be_kept(client):
    """Whatever a cache in between was told by one is good for all."""
    ann = User.objects.create_user("ann")
    token = create_token(user=ann, name="script").secret
    askers = {
        "session": client_of(ann).get("/api/signals/kinds"),
        "token": client.get(
            "/api/signals/kinds", headers={"Authorization": f"Token {token}"}
        ),
        "nobody": Client().get("/api/signals/kinds"),
    }

    assert {one["Cache-Control"] for one in askers.values()} == {caching.PUBLIC}
    assert len({one.content for one in askers.values()}) == 1
    assert not any(one.cookies for one in askers.values())


def test_what_is_known_is_not_sent_again(client, within_one_span):
    etag = client.get("/api/signals/kinds")["ETag"]

    answer = client.get("/api/signals/kinds", headers={"If-None-Match": etag})

    assert answer.status_code == 304
    assert answer["Cache-Control"] == caching.PUBLIC
    assert answer["ETag"] == etag


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: answer.set_cookie("sessionid", "x"),
        lambda answer: answer.__setitem__("Vary", "Accept, Cookie"),
        lambda answer: answer.__setitem__("Content-Type", "text/html; charset=utf-8"),
    ],
    ids=["a cookie", "a session that was read", "a page"],
)
def test_a_view_that_errs_makes_nothing_public(spoil):
    answer = HttpResponse("{}", headers={"Cache-Control": caching.PUBLIC})
    answer["Content-Type"] = "application/json"
    spoil(answer)

    kept = caching.CacheHeaders(lambda _: answer)(RequestFactory().get("/"))

    assert kept["Cache-Control"] == caching.OWN
