"""What every answer and page asks the database for while nothing of it is cached, and
that those for everybody ask for nothing after that.

query_counts.json has the number of statements of each on the demo market. One more is a
decision, not an accident: after a look at why,

    UPDATE_QUERY_COUNTS=1 pytest tests/test_query_counts.py

writes them anew.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.alerts.services.rules import create_alert
from apps.cards.models import Card
from apps.inventory.models import Lot
from apps.inventory.services.disposals import Departure, dispose
from apps.inventory.services.lots import add_lot
from apps.inventory.services.wants import add_want
from mtgintel.core import cache

pytestmark = pytest.mark.django_db(transaction=True)

COUNTS = Path(__file__).with_name("query_counts.json")
READS = [
    "/api/cards?q=lightning",
    "/api/cards?set=war&ordering=-price",
    "/api/cards/autocomplete?q=lili",
    "/api/cards/{card}",
    "/api/cards/{card}/prices",
    "/api/cards/{card}/history?period=30d",
    "/api/cards/{card}/history?period=1y",
    "/api/cards/{card}/signals",
    "/api/cards/{card}/similar",
    "/api/market/index?period=7d",
    "/api/market/index?period=1y",
    "/api/market/index?period=30d&method=average",
    "/api/market/index/constituents",
    "/api/market/indices",
    "/api/market/overview",
    "/api/market/movers",
    "/api/market/movers?window=30d&rarity=mythic&min_price=5",
    "/api/market/spreads",
    "/api/market/sets",
    "/api/market/sets/war",
    "/api/market/sealed",
    "/api/market/compare?cards={card}&indices=all",
    "/api/market/freshness",
    "/api/data/streams",
    "/api/status",
    "/api/signals",
    "/api/recommendations",
    "/api/recommendations/track-record",
]
PAGES = [
    "/",
    "/cards/",
    "/cards/{card}/",
    "/compare/?cards={card}&indices=all",
    "/data/",
    "/find/",
    "/indices/",
    "/indices/all/",
    "/methodology/",
    "/movers/",
    "/recommendations/",
    "/sealed/",
    "/sets/",
    "/sets/war/",
    "/signals/",
    "/spreads/",
    "/status/",
    "/track-record/",
]
# What runs and what went wrong, as it is now.
NOT_SHARED = {"/data/", "/status/"}
# What only its owner sees.
OWN = [
    "/api/inventory",
    "/api/inventory?binder=Trades&tag=red&for_trade=yes",
    "/api/inventory/value",
    "/api/inventory/disposals",
    "/api/inventory/lots/{lot}",
    "/inventory/",
    "/inventory/add/?q=lili",
    "/inventory/add/{card}/",
    "/inventory/lots/{lot}/",
    "/inventory/sales/",
    "/api/inventory/want-list",
    "/api/alerts",
    "/api/alerts/log",
    "/inventory/wants/",
    "/alerts/",
    "/alerts/log/",
    "/alerts/deliveries/",
    "/alerts/settings/",
]


@pytest.fixture
def card() -> Card:
    call_command("demo", days=40, verbosity=0)
    return Card.objects.get(card_set__code="war", collector_number="97")


@pytest.fixture
def lot(card) -> Lot:
    """One of thirty, of each of which a copy was sold; its owner wants as many more,
    and has as many alerts."""
    owner = User.objects.create_user("ann")
    for _ in range(30):
        lot = add_lot(
            owner=owner,
            card=card,
            quantity=3,
            unit_cost=Decimal("1.00"),
            cost_currency="USD",
            binder="Trades",
        )
        dispose(owner=owner, lot_id=lot.pk, went=Departure(quantity=1))
    for number, other in enumerate(Card.objects.order_by("pk")[:30], 1):
        add_want(owner=owner, card=other, target_price=Decimal(number))
        create_alert(
            owner=owner,
            kind="PRICE",
            card=other,
            direction="BELOW",
            threshold=Decimal(number),
        )
    return lot


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200, f"{address}: {response.content[:500]!r}"
    return len(captured)


def test_no_answer_asks_more_than_it_did(card, lot, within_one_span):
    visitor, owner = Client(), Client()
    owner.force_login(lot.owner)
    cold, warm = {}, {}
    for address in READS + PAGES + OWN:
        cache.bump()
        client = owner if address in OWN else visitor
        path = address.format(card=card.pk, lot=lot.pk)
        cold[address] = statements(client, path)
        warm[address] = statements(client, path)
    if os.environ.get("UPDATE_QUERY_COUNTS"):
        COUNTS.write_text(json.dumps(cold, indent=1) + "\n")
    allowed = json.loads(COUNTS.read_text())
    assert set(cold) == set(allowed)
    assert {address: n for address, n in cold.items() if n > allowed[address]} == {}
    shared = {*READS, *PAGES} - NOT_SHARED
    assert {address: warm[address] for address in shared if warm[address]} == {}
