"""A market whose every text was written by somebody who means harm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.cards.models import Card, CardSet
from apps.inventory.models import ImportBatch, Lot
from apps.inventory.services import match_batch, upload
from apps.market.services import update_moves
from apps.prices.models import Marketplace
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from apps.recommendations.tests.calls import make_call
from apps.settings.services import create_token
from apps.signals.tests.market import make_signal
from mtgintel.core import cache

# Out of an attribute, out of a script, out of a comment, and into each of them.
HOSTILE = "\"'--></script><img src=x onerror=alert(1)><svg onload=alert(2)>{{7*7}}"
# What would stand in a page that did not escape it.
MARKS = ("<img src=x", "<svg onload", "</script><img")


@dataclass(frozen=True)
class World:
    card: Card
    owner: User
    boss: User
    token: str

    def client(self, user: User) -> Client:
        client = Client(raise_request_exception=False)
        client.force_login(user)
        return client


@pytest.fixture
def world(django_user_model) -> World:
    """One set, two cards, prices of a month, advice, signals, a collection."""
    owner = django_user_model.objects.create_user("ann", email="ann@example.org")
    boss = django_user_model.objects.create_superuser("boss", email="b@example.org")
    CardSet.objects.create(code="mh2", name=f"Set {HOSTILE}", set_type=HOSTILE[:20])
    cards = [
        make_card(
            f"{name} {HOSTILE}",
            type_line=HOSTILE,
            oracle_text=HOSTILE,
            mana_cost=HOSTILE,
            artist=HOSTILE,
            collector_number=f"{number}'<b>",
            image_uri="https://cards.scryfall.io/x.jpg",
        )
        for number, name in enumerate(("Ragavan", "Opt"), 138)
    ]
    Marketplace.objects.update(website="https://example.org/?a=%22")
    now = datetime.now(UTC).replace(microsecond=0)
    for card in cards:
        for stream in ("tcgplayer", "cardkingdom"):
            make_price(card, "20", stream, price_1d="10", price_7d="9", price_30d="8")
            days = [(now - timedelta(days=n, hours=1), str(20 - n)) for n in range(10)]
            add_observations(card, days, stream)
    refresh(days)
    make_call(cards[0])
    make_signal(cards[0])
    update_moves()
    Lot.objects.create(
        owner=owner,
        card=cards[0],
        quantity=2,
        source=HOSTILE,
        binder=HOSTILE,
        tags=[HOSTILE[:50]],
        notes=HOSTILE,
        grade=HOSTILE[:20],
    )
    quoted = HOSTILE.replace('"', '""')
    text = f'Count,Name,Edition\n1,"Ragavan {quoted}",mh2\n1,"{quoted}",m10\n'
    batch = upload(owner=owner, text=text, filename=f"{HOSTILE}.csv")
    match_batch(batch=batch)
    assert ImportBatch.objects.get().filename.startswith(HOSTILE)
    made = create_token(user=owner, name=HOSTILE[:60])
    cache.bump()
    return World(cards[0], owner, boss, made.secret)
