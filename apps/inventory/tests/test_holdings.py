"""What pages of other apps learn of a collection."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, User

from apps.inventory.models import Lot
from apps.market.services import update_moves
from apps.prices.models import IngestRun
from apps.prices.services.migrations import apply_migrations
from apps.prices.tests.factories import make_card, make_price
from mtgintel.core import holdings

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


def test_the_cards_somebody_holds(owner):
    held, gone, others = (make_card(name) for name in ("Opt", "Shock", "Duress"))
    Lot.objects.create(owner=owner, card=held, quantity=2)
    Lot.objects.create(owner=owner, card=held, quantity=1, finish="FOIL")
    Lot.objects.create(owner=owner, card=gone, quantity=2, disposed=2)
    Lot.objects.create(owner=User.objects.create_user("bob"), card=others, quantity=1)

    assert holdings.cards_of(owner) == {held.pk}
    assert holdings.cards_of(AnonymousUser()) == frozenset()


def test_lots_follow_a_card_that_is_merged_away(owner):
    old, new = make_card("Opt"), make_card("Opt", set_code="dom")
    lot = Lot.objects.create(owner=owner, card=old, quantity=2)
    run = IngestRun.objects.create(source="scryfall")
    merge = {
        "id": "11111111-2222-4333-8444-555555555555",
        "performed_at": "2026-03-01",
        "migration_strategy": "merge",
        "old_scryfall_id": str(old.scryfall_id),
        "new_scryfall_id": str(new.scryfall_id),
    }

    apply_migrations(nodes=[merge], run=run)

    lot.refresh_from_db()
    assert lot.card == new
    assert holdings.cards_of(owner) == {new.pk}


def test_movers_of_ones_own_cards(client, owner):
    mine, other = make_card("Opt"), make_card("Shock")
    for card in (mine, other):
        make_price(card, "20.00", price_1d=Decimal("10.00"))
    update_moves()
    Lot.objects.create(owner=owner, card=mine, quantity=1)
    path = "/movers/?window=1d&direction=gainers"

    everybody = client.get(f"{path}&mine=on")
    client.force_login(owner)
    own, full = client.get(f"{path}&mine=on"), client.get(path)
    rows = client.get(f"{path.replace('/?', '.csv?')}&mine=on").content.decode()

    assert names(everybody) == names(full) == {"Opt", "Shock"}
    assert names(own) == {"Opt"}
    assert "Opt" in rows
    assert "Shock" not in rows


def names(answer) -> set[str]:
    return {mover.card.name for mover in answer.context["found"]}
