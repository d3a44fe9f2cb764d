"""What pages of other apps learn of a collection."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser, User

from apps.cards.models import Card
from apps.inventory.models import Lot
from apps.inventory.services import merges
from apps.inventory.services.changes import undo_change
from apps.inventory.services.lots import delete_lot
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


@pytest.fixture
def merge():
    """Merges a card into another one, as the catalogue says."""

    def act(old: Card, new: Card) -> None:
        run = IngestRun.objects.create(source="scryfall")
        node = {
            "id": "11111111-2222-4333-8444-555555555555",
            "performed_at": "2026-03-01",
            "migration_strategy": "merge",
            "old_scryfall_id": str(old.scryfall_id),
            "new_scryfall_id": str(new.scryfall_id),
        }
        apply_migrations(nodes=[node], run=run)

    return act


def test_lots_follow_a_card_that_is_merged_away(owner, merge, monkeypatch):
    told: list[int] = []
    monkeypatch.setattr(merges, "holdings_changed", told.append)
    old, new = make_card("Opt"), make_card("Opt", set_code="dom")
    lot = Lot.objects.create(owner=owner, card=old, quantity=2)
    other = User.objects.create_user("bob")
    Lot.objects.create(owner=other, card=new, quantity=2)

    merge(old, new)

    lot.refresh_from_db()
    assert lot.card == new
    assert holdings.cards_of(owner) == {new.pk}
    assert told == [owner.pk]


def test_a_deleted_lot_comes_back_as_the_card_its_own_became(owner, merge):
    old, new = make_card("Opt"), make_card("Opt", set_code="dom")
    lot = Lot.objects.create(owner=owner, card=old, quantity=2)
    change = delete_lot(owner=owner, lot_id=lot.pk)
    merge(old, new)

    assert undo_change(owner=owner, change_id=change.pk).restored == 1

    assert Lot.objects.get().card == new


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
