"""Who is asked, the primary or its replica; on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import InternalError, connections, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.cards.models import Card
from apps.inventory.models import Lot
from apps.inventory.services.lots import add_lot
from apps.market.selectors import movers
from apps.prices.models import LatestPrice
from mtgintel.core import cache, replica
from tests.replica.conftest import Pair
from tests.test_query_counts import PAGES, READS

pytestmark = pytest.mark.process

# How feeds fare, now.
OF_THE_PRIMARY = {"/api/data/streams", "/api/status", "/data/", "/status/"}
# What the frame of every page asks of the primary: it is about now as well.
OF_NOW = "core_putoff"
REPLAYED = "pg_last_wal_replay_lsn"


@pytest.fixture
def card(replicated: Pair) -> Card:
    return Card.objects.get(card_set__code="war", collector_number="97")


@pytest.fixture
def quote(card: Card) -> Iterator[LatestPrice]:
    """The newest price of a series; what a test makes of it is undone."""
    latest = LatestPrice.objects.filter(card=card, marketplace__slug="tcgplayer")
    quote = latest.filter(finish="NONFOIL").get()
    before = quote.price
    yield quote
    latest.filter(finish="NONFOIL").update(price=before)


def change(card: Card, price: str) -> None:
    """As an ingest ends: what is committed, then caches."""
    LatestPrice.objects.filter(
        card=card, marketplace__slug="tcgplayer", finish="NONFOIL"
    ).update(price=Decimal(price))
    cache.bump()


def prices(card: Card) -> set[str]:
    answer = Client().get(f"/api/cards/{card.pk}/prices?finish=NONFOIL")
    assert answer.status_code == 200, answer.content
    return {one["price"] for one in answer.json()["quotes"]}


def questions(told: list[str]) -> list[str]:
    """Without whether it is good enough."""
    return [one for one in told if REPLAYED not in one]


# That page is prose.
@pytest.mark.parametrize("address", sorted({*READS, *PAGES} - {"/methodology/"}))
def test_public_data_is_read_from_the_replica(replicated, card, address):
    cache.bump()
    replicated.standby.catch_up()
    replicated.forget()

    answer = Client().get(address.format(card=card.pk))

    assert answer.status_code == 200
    primary = [one for one in replicated.primary_log.told() if OF_NOW not in one]
    asked = questions(replicated.standby_log.told())
    assert (primary == []) == (address not in OF_THE_PRIMARY)
    assert (asked == []) == (address in OF_THE_PRIMARY)


def test_a_warm_answer_asks_nobody(replicated, card):
    prices(card)
    replicated.forget()

    prices(card)

    assert replicated.primary_log.told() == replicated.standby_log.told() == []


def test_what_is_written_and_ones_own_are_the_primarys(replicated, card):
    owner = User.objects.create_user("ann")
    client = Client()
    client.force_login(owner)
    replicated.standby.pause()
    replicated.forget()

    body = {"card": card.pk, "quantity": 3}
    added = client.post("/api/inventory/lots", body, content_type="application/json")
    seen = client.get("/api/inventory").json()
    page = client.get("/inventory/")

    assert added.status_code == 201, added.content
    assert [one["quantity"] for one in seen["results"]] == [3]
    assert page.status_code == 200
    assert replicated.standby_log.told() == []
    owner.delete()


def test_a_public_page_shows_an_owner_what_they_did_last(replicated):
    """What they own is read where it was written."""
    held = Card.objects.get(pk=movers("USD")[0].card.id)
    owner = User.objects.create_user("ben")
    client = Client()
    client.force_login(owner)
    cache.bump()
    replicated.standby.catch_up()
    replicated.standby.pause()
    add_lot(owner=owner, card=held, quantity=3)
    replicated.forget()

    answer = client.get("/movers/?mine=on")

    # More than one of its finishes may have moved.
    assert {one.card.id for one in answer.context["found"]} == {held.pk}
    asked = questions(replicated.standby_log.told())
    assert asked != []
    assert not any("inventory_" in one or "auth_" in one for one in asked)
    owner.delete()


def test_nothing_can_be_written_on_the_replica(replicated, card):
    with pytest.raises(InternalError, match="read-only"):
        Lot.objects.using("replica").create(owner_id=1, card=card, quantity=1)


def test_what_was_read_there_is_saved_on_the_primary(replicated, card):
    with replica.reading():
        found = Card.objects.get(pk=card.pk)
    assert found._state.db == "replica"

    found.save(update_fields=["name"])

    assert any(one.startswith("UPDATE") for one in replicated.primary_log.told())


def test_a_transaction_sees_itself(replicated, quote):
    with replica.reading(), transaction.atomic():
        LatestPrice.objects.filter(card=quote.card).update(price=Decimal("77.77"))
        seen = set(LatestPrice.objects.filter(card=quote.card).values_list("price"))
        transaction.set_rollback(True)

    assert seen == {(Decimal("77.77"),)}


def test_a_replica_that_is_behind_is_passed_over(replicated, quote):
    replicated.standby.pause()
    change(quote.card, "66.66")
    replicated.forget()

    assert "66.66" in prices(quote.card)

    assert questions(replicated.standby_log.told()) == []
    replicated.standby.resume()
    cache.bump()
    replicated.standby.catch_up()
    replicated.forget()
    assert "66.66" in prices(quote.card)
    assert questions(replicated.standby_log.told()) != []
    assert replicated.primary_log.told() == []


def test_nothing_of_before_is_kept_as_of_now(replicated, quote):
    """The replica was good enough when the request began; then an ingest ended."""
    card = quote.card

    def newest() -> Decimal:
        return LatestPrice.objects.get(pk=quote.pk).price

    with replica.reading():
        assert replica.alias() == "replica"
        replicated.standby.pause()
        change(card, "55.55")
        computed = cache.get_or_compute("newest", newest)

    assert computed == Decimal("55.55")
    replicated.standby.resume()
    assert cache.get_or_compute("newest", newest) == Decimal("55.55")


def test_of_two_changes_the_later_counts(replicated):
    cache.note_position(10**15)
    cache.note_position(5)

    assert cache.noted_position() == 10**15
    with replica.reading():
        assert replica.alias() == "default"
    cache.cache.delete(cache.POSITION)


def test_what_redis_forgot_is_noted_again(replicated):
    """The cache may evict anything."""
    cache.cache.delete(cache.POSITION)
    replicated.standby.pause()
    change_nobody_noted()

    with replica.reading():
        assert replica.alias() == "default"
    replicated.standby.resume()
    replicated.standby.catch_up()
    with replica.reading():
        assert replica.alias() == "replica"


def change_nobody_noted() -> None:
    User.objects.create_user("nobody").delete()


def test_without_redis_the_primary_is_read(replicated):
    cache.breaker.trip(ConnectionError("gone"))

    with replica.reading():
        assert replica.alias() == "default"
    cache.breaker.reset()


def test_a_replica_that_is_gone_is_passed_over(replicated, quote):
    connections["replica"].close()
    replicated.standby.stop()
    change(quote.card, "44.44")

    assert "44.44" in prices(quote.card)
    assert replica.pause.is_on()

    replicated.standby.start()
    replica.pause.until = 0.0
    replicated.standby.catch_up()
    cache.bump()
    replicated.standby.catch_up()
    replicated.forget()
    assert "44.44" in prices(quote.card)
    assert questions(replicated.standby_log.told()) != []


def server_name() -> str:
    """The server that answers; the replica ends the session first."""
    with replica.connection.cursor() as cursor:
        if replica.alias() == "replica":
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        cursor.execute("SELECT 'primary'")
        return str(cursor.fetchone()[0])


def page(request: Any) -> HttpResponse:
    return HttpResponse(server_name())


class Route(APIView):
    authentication_classes: list[type] = []

    def get(self, request: Request) -> Response:
        return Response(server_name())


urlpatterns = [path("page", page), path("route", Route.as_view())]


@pytest.mark.parametrize("address", ["/page", "/route"])
def test_a_statement_the_replica_breaks_off_is_repeated(replicated, address):
    with override_settings(ROOT_URLCONF=__name__, REPLICA_VIEWS=(__name__,)):
        answer = Client().get(address, headers={"Accept": "application/json"})

    assert answer.status_code == 200
    assert b"primary" in answer.content
    assert replica.pause.is_on()


def test_the_same_figures_come_from_both(replicated):
    cache.bump()
    replicated.standby.catch_up()
    address = "/api/market/index?period=30d"
    from_replica = Client().get(address).json()
    assert questions(replicated.standby_log.told()) != []

    replicated.standby.pause()
    cache.bump()
    from_primary = Client().get(address).json()

    assert from_replica == from_primary
    assert from_replica["points"]


# The last one: there is no way back.
def test_a_replica_that_became_a_primary_is_passed_over(replicated):
    replicated.standby.ask("SELECT pg_promote()")

    with replica.reading():
        assert replica.alias() == "default"
