"""Who may have what: every route by (anonymous, another user, its owner, staff).

The routes are asked of the resolver. One that is in none of the tables below fails
the first test: say there who may have it. What is private of the live topics is tested
beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import get_converters
from django.utils import timezone

from apps.alerts.models import Alert
from apps.inventory.models import Disposal, ImportBatch, ImportRow, Lot, Want
from apps.inventory.services.bulk import LotsEdit, edit_lots
from apps.prices.tests.factories import make_card
from apps.settings.models import ApiToken
from apps.settings.selectors import owned_rows
from apps.settings.services import create_token

pytestmark = pytest.mark.django_db

# What parameters stand for where it does not matter whose row it is.
ANY = {
    "card_id": "1",
    "code": "mh2",
    "format": "json",
    "key": "x",
    "name": "x",
    "pk": "1",
    "slug": "all",
    "token": "x",
    "uidb36": "1",
    "unknown": "x",
}

# Everybody, signed in or not.
PUBLIC = {
    "",
    # By the secret in a letter.
    "alerts/unsubscribe/<str:token>",
    "api",
    "api/<path:unknown>",
    "api/cards",
    "api/cards/<str:card_id>",
    "api/cards/<str:card_id>/history",
    "api/cards/<str:card_id>/prices",
    "api/cards/<str:card_id>/signals",
    "api/cards/<str:card_id>/similar",
    "api/cards/autocomplete",
    "api/data/bulk",
    "api/data/streams",
    "api/docs",
    "api/health/live",
    "api/health/ready",
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
    "api/schema",
    "api/signals",
    "api/signals/kinds",
    "api/status",
    "cards",
    "cards/<int:card_id>",
    "compare",
    "compare.csv",
    "data",
    "data/bulk",
    "data/bulk/<path:name>",
    "favicon.ico",
    "find",
    "indices",
    "indices.csv",
    "indices/<slug:slug>",
    "indices/<slug:slug>/constituents.csv",
    "indices/<slug:slug>/points.csv",
    "methodology",
    "movers",
    "movers.csv",
    "recommendations",
    "recommendations/<int:pk>",
    "sealed",
    "sealed.csv",
    "sets",
    "sets.csv",
    "sets/<str:code>",
    "sets/<str:code>/cards.csv",
    "sets/<str:code>/values.csv",
    "signals",
    "signals.csv",
    "signals/<slug:slug>",
    "spreads",
    "spreads.csv",
    "status",
    "theme",
    "track-record",
}

# The way in, for those who are not signed in yet: the library's own pages.
DOOR = {
    "account/confirm-email",
    "account/confirm-email/<key>",
    "account/inactive",
    "account/login",
    "account/login/code/confirm",
    "account/logout",
    "account/password/reset",
    "account/password/reset/done",
    "account/password/reset/key/<uidb36>-<key>",
    "account/password/reset/key/done",
    "account/signup",
    "account/2fa/authenticate",
    "account/2fa/webauthn/login",
}

# Whoever is signed in, about themselves: no address names a row.
SIGNED_IN = {
    "account/2fa",
    "account/2fa/reauthenticate",
    "account/2fa/recovery-codes",
    "account/2fa/recovery-codes/download",
    "account/2fa/recovery-codes/generate",
    "account/2fa/totp/activate",
    "account/2fa/totp/deactivate",
    "account/2fa/webauthn",
    "account/2fa/webauthn/add",
    # Another's key is none of theirs; the library asks for the password before.
    "account/2fa/webauthn/keys/<int:pk>/edit",
    "account/2fa/webauthn/keys/<int:pk>/remove",
    "account/2fa/webauthn/reauthenticate",
    "account/email",
    "account/password/change",
    "account/password/set",
    "account/reauthenticate",
    "account/sessions",
    "alerts",
    "alerts/deliveries",
    "alerts/log",
    "alerts/new",
    "alerts/seen",
    "alerts/settings",
    "alerts/settings/secret",
    "api/alerts",
    "api/alerts/log",
    "api/inventory",
    "api/inventory/activity",
    "api/inventory/allocation",
    "api/inventory/disposals",
    "api/inventory/export",
    "api/inventory/history",
    "api/inventory/import",
    "api/inventory/lots",
    "api/inventory/lots/bulk",
    "api/inventory/value",
    "api/inventory/want-list",
    "api/recommendations/mine",
    "api/settings",
    "inventory",
    "inventory.csv",
    "inventory/add",
    "inventory/add/<str:card_id>",
    "inventory/bulk",
    "inventory/export",
    "inventory/import",
    "inventory/sales",
    "inventory/sales.csv",
    "inventory/wants",
    "inventory/wants.csv",
    "inventory/wants/new/<int:card_id>",
    "portfolio",
    "settings",
    "settings/amounts",
    "settings/data",
    "settings/data/delete",
    "settings/data/export",
    "settings/tokens",
}

# Staff with a permission, outside the admin.
STAFF = {"data/run"}


# Only the owner of the row that the address names; for all others, staff as well, it
# is not there.
OWN = {
    "alerts/<int:alert_id>",
    "alerts/<int:alert_id>/<alert_action:action>",
    "api/alerts/<int:alert_id>",
    "api/alerts/<int:alert_id>/<alert_api_action:action>",
    "api/inventory/changes/<int:change_id>/undo",
    "api/inventory/disposals/<int:disposal_id>",
    "api/inventory/import/<int:batch_id>",
    "api/inventory/import/<int:batch_id>/<import_action:action>",
    "api/inventory/lots/<int:lot_id>",
    "api/inventory/lots/<int:lot_id>/disposals",
    "api/inventory/want-list/<int:want_id>",
    "inventory/changes/<int:change_id>/undo",
    "inventory/import/<int:batch_id>",
    "inventory/import/<int:batch_id>/<page_action:action>",
    "inventory/import/<int:batch_id>/left-out.csv",
    "inventory/import/<int:batch_id>/read",
    "inventory/import/rows/<int:row_id>",
    "inventory/lots/<int:lot_id>",
    "inventory/lots/<int:lot_id>/clone",
    "inventory/lots/<int:lot_id>/delete",
    "inventory/lots/<int:lot_id>/inline",
    "inventory/lots/<int:lot_id>/sell",
    "inventory/lots/<int:lot_id>/split",
    "inventory/sales/<int:disposal_id>/undo",
    "inventory/wants/<int:want_id>",
    "inventory/wants/<int:want_id>/remove",
    "settings/sessions/<int:session_id>/end",
    "settings/tokens/<int:token_id>/revoke",
}
# Is said in everything that is the owner's, and nowhere else.
MARK = "olivine"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# The door of the admin, and what every member of staff may have of it.
ADMIN_DOOR = {"admin/login", "admin/logout"}
ADMIN_FREE = {
    "admin",
    "admin/jsi18n",
    "admin/password_change",
    "admin/password_change/done",
}


def _patterns(patterns: list[Any], before: str = "") -> Iterator[str]:
    for one in patterns:
        address = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from _patterns(one.url_patterns, address)
        elif isinstance(one, URLPattern):
            yield address


def _spellings() -> dict[str, list[str]]:
    """Every route with its spellings: most answer with and without a slash."""
    found: dict[str, list[str]] = {}
    for pattern in _patterns(get_resolver().url_patterns):
        named = re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", pattern)
        spelling = re.sub(r"[\^$]", "", named)
        found.setdefault(spelling.rstrip("/"), []).append(spelling)
    return found


ROUTES = _spellings()
OF_ADMIN = sorted(one for one in ROUTES if one.partition("/")[0] == "admin")
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


def addresses(route: str, **parameters: Any) -> list[str]:
    """A route with its parameters filled in, in each of its spellings; with each of
    the words where a parameter is one of a few."""
    converters = get_converters()
    found = ["/" + spelling for spelling in ROUTES[route]]
    for kind, name in _PARAMETER.findall(route):
        if name not in parameters:
            values = converters[kind].regex.split("|")
        else:
            values = [str(parameters[name])]
        named = re.compile(rf"<(\w+:)?{name}>")
        found = [named.sub(value, one) for one in found for value in values]
    return found


@dataclass(frozen=True, slots=True)
class World:
    """An owner, and the ids of what they have of everything an address can name."""

    owner: User
    ids: dict[str, Any]


@pytest.fixture
def world() -> World:
    owner = User.objects.create_user("olive")
    card = make_card("Lightning Bolt", set_code="m10", collector_number="146")
    day = timezone.localdate() - timedelta(days=1)
    lot = Lot.objects.create(owner=owner, card=card, quantity=3, disposed=1)
    sale = Disposal.objects.create(lot=lot, quantity=1, disposed_on=day, recipient=MARK)
    batch = ImportBatch.objects.create(
        owner=owner,
        filename=MARK,
        checksum="0" * 64,
        text="1 Lightning Bolt",
        status="PREVIEW",
        rows=1,
        ambiguous=1,
    )
    row = ImportRow.objects.create(
        batch=batch, position=1, outcome="AMBIGUOUS", candidates=[card.pk]
    )
    session = UserSession.objects.create(
        user=owner, ip="192.0.2.1", user_agent="a browser", session_key="k" * 32
    )
    create_token(user=owner, name=MARK)
    ids = {
        "alert_id": Alert.objects.create(
            owner=owner, card=card, kind="PRICE", threshold=2, name=MARK
        ).pk,
        "batch_id": batch.pk,
        "card_id": card.pk,
        "change_id": edit_lots(
            owner=owner, ids=[lot.pk], edit=LotsEdit(binder=MARK)
        ).change.pk,
        "disposal_id": sale.pk,
        "lot_id": lot.pk,
        "row_id": row.pk,
        "session_id": session.pk,
        "token_id": ApiToken.objects.get().pk,
        "want_id": Want.objects.create(owner=owner, card=card, notes=MARK).pk,
    }
    return World(owner, ids)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def others() -> dict[str, Client]:
    """Who is not the owner: another user, and staff with every permission."""
    return {
        "another user": client_of(User.objects.create_user("bob", password="x")),
        "staff": client_of(User.objects.create_superuser("sam", password="x")),
    }


def asks_to_sign_in(answer: Any) -> bool:
    if answer.status_code == 401:
        return True
    return answer.status_code == 302 and "login" in answer["Location"]


def is_refused(answer: Any) -> bool:
    return asks_to_sign_in(answer) or answer.status_code in (403, 405)


def test_every_route_says_who_may_have_it():
    known = [PUBLIC, DOOR, SIGNED_IN, STAFF, OWN]
    found = set(ROUTES) - set(OF_ADMIN)

    assert found - set.union(*known) == set()
    assert set.union(*known) - found == set()
    assert sum(map(len, known)) == len(found)


@pytest.mark.parametrize("route", sorted(PUBLIC))
def test_nobody_is_asked_to_sign_in_for_what_is_public(client, route):
    for address in addresses(route, **ANY):
        answer = client.get(address)
        assert not asks_to_sign_in(answer), address
        assert answer.status_code not in (403, 500), address


@pytest.mark.parametrize("route", sorted(DOOR))
def test_the_door_is_open_to_those_outside(client, route):
    for address in addresses(route, **ANY):
        assert client.get(address).status_code in (200, 302, 405), address


@pytest.mark.parametrize("route", sorted(SIGNED_IN | STAFF))
def test_who_is_not_signed_in_is_sent_to_the_door(client, world, route):
    before = owned_rows(world.owner)
    for address in addresses(route, **ANY | world.ids):
        answers = [client.generic(method, address) for method in METHODS]
        assert all(map(is_refused, answers)), address
        assert any(map(asks_to_sign_in, answers)), address
    assert owned_rows(world.owner) == before


@pytest.mark.parametrize("route", sorted(SIGNED_IN))
def test_who_is_signed_in_has_their_own(world, others, route):
    before = owned_rows(world.owner)
    for address in addresses(route, **ANY | world.ids):
        for name, client in others.items():
            answer = client.get(address)
            assert answer.status_code not in (401, 403, 500), (name, address)
            assert MARK.encode() not in body(answer), (name, address)
    assert owned_rows(world.owner) == before


def body(answer: Any) -> bytes:
    return answer.getvalue() if answer.streaming else answer.content


@pytest.mark.parametrize("route", sorted(STAFF))
def test_what_needs_a_permission_is_not_for_everybody(route):
    user = client_of(User.objects.create_user("bob"))
    plain = client_of(User.objects.create_user("kim", is_staff=True))
    for client in (user, plain):
        assert client.post(f"/{route}").status_code == 403


@pytest.mark.parametrize("route", sorted(OWN))
def test_rows_are_there_for_their_owner_only(client, world, others, route):
    before = owned_rows(world.owner)
    for address in addresses(route, **world.ids):
        for method in METHODS:
            assert is_refused(client.generic(method, address)), address
        for name, other in others.items():
            codes = [other.generic(method, address).status_code for method in METHODS]
            assert set(codes) <= {404, 405}, (name, address, codes)
            assert 404 in codes, (name, address)
    assert owned_rows(world.owner) == before


@pytest.mark.parametrize("route", sorted(OWN))
def test_rows_are_there_for_their_owner(world, route):
    client = client_of(world.owner)
    for address in addresses(route, **world.ids):
        with transaction.atomic():
            codes = [
                client.generic(method, address).status_code
                for method in ("GET", "POST", "DELETE")
            ]
            transaction.set_rollback(True)
        assert set(codes) - {404, 405}, (address, codes)


class TestAdmin:
    """Every page of the admin, by whatever app."""

    PARAMETERS = ANY | {
        "action": "commit",
        "app_label": "inventory",
        "content_type_id": "1",
        "id": "1",
        "number": "1",
        "object_id": "1",
        "url": "nowhere",
    }

    def test_nobody_else_gets_in(self, client, world):
        other = client_of(User.objects.create_user("bob"))
        codes = {
            (address, visitor.get(address).status_code)
            for route in set(OF_ADMIN) - ADMIN_DOOR
            for address in addresses(route, **self.PARAMETERS)
            for visitor in (client, other)
        }

        assert [one for one in codes if one[1] not in (301, 302, 403, 404, 405)] == []

    def test_staff_without_permissions_see_nothing(self, world):
        staff = client_of(User.objects.create_user("kim", is_staff=True))
        before = owned_rows(world.owner)
        seen = {
            (method, address): staff.generic(method, address).status_code
            for route in set(OF_ADMIN) - ADMIN_DOOR - ADMIN_FREE
            for address in addresses(route, **self.PARAMETERS)
            for method in ("GET", "POST")
        }

        # What lacks its page's last word leads on to the page.
        known = (301, 302, 403, 404, 405)
        assert {one: code for one, code in seen.items() if code not in known} == {}
        assert owned_rows(world.owner) == before
        assert b"lots" not in staff.get("/admin/").content

    @pytest.mark.parametrize("model", sorted(admin.site._registry, key=str), ids=str)
    def test_staff_with_all_permissions_see_every_list(self, world, model):
        name = f"{model._meta.app_label}/{model._meta.model_name}"
        staff = client_of(User.objects.create_superuser("sam"))

        assert staff.get(f"/admin/{name}/").status_code == 200
        assert staff.get(f"/admin/{name}/?q=bolt").status_code in (200, 302)
        assert staff.get(f"/admin/{name}/add/").status_code in (200, 403)
