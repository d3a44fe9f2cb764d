"""What the database itself refuses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from apps.inventory.models import Disposal, ImportBatch, Lot
from apps.prices.tests.factories import make_card

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("ann")


def make_lot(owner: User, **fields: Any) -> Lot:
    card = fields.pop("card", None) or make_card()
    return Lot.objects.create(owner=owner, card=card, **{"quantity": 4} | fields)


def test_a_lot_comes_back_as_it_was_put_in(owner):
    lot = make_lot(
        owner,
        finish="ETCHED",
        condition="LIGHTLY_PLAYED",
        language="GERMAN",
        unit_cost=Decimal("1.125"),
        cost_currency="EUR",
        acquired_on=date(2026, 3, 1),
        tags=["modern", "red"],
        for_trade=1,
        grade="PSA 9",
    )

    found = Lot.objects.get(pk=lot.pk)

    assert (found.finish, found.condition) == ("ETCHED", "LIGHTLY_PLAYED")
    assert (found.unit_cost, found.cost_currency) == (Decimal("1.125"), "EUR")
    assert found.tags == ["modern", "red"]
    assert found.is_graded
    assert found.remaining == 4


def test_an_unknown_cost_stays_unknown(owner):
    lot = make_lot(owner)

    assert Lot.objects.get(pk=lot.pk).unit_cost is None


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": 0},
        {"quantity": 1_000_001},
        {"disposed": 5},
        {"for_trade": 5},
        {"unit_cost": Decimal("1.00")},
        {"cost_currency": "USD"},
        {"unit_cost": Decimal("-1.00"), "cost_currency": "USD"},
        {"unit_cost": Decimal("1.00"), "cost_currency": "usd"},
    ],
)
def test_impossible_lots_are_refused(owner, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_lot(owner, **fields)

    assert not Lot.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"quantity": 0}, {"quantity": 1, "unit_proceeds": Decimal(1)}]
)
def test_impossible_disposals_are_refused(owner, fields):
    lot = make_lot(owner)

    with pytest.raises(IntegrityError), transaction.atomic():
        Disposal.objects.create(lot=lot, disposed_on=date(2026, 3, 1), **fields)

    assert not Disposal.objects.exists()


def test_the_same_file_is_one_batch_until_it_is_undone(owner):
    first = ImportBatch.objects.create(owner=owner, checksum="a" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportBatch.objects.create(owner=owner, checksum="a" * 64)

    first.status = ImportBatch.Status.UNDONE
    first.save()
    ImportBatch.objects.create(owner=owner, checksum="a" * 64)

    assert ImportBatch.objects.of(owner).count() == 2


def test_what_is_left_of_lots(owner):
    card = make_card()
    make_lot(owner, card=card, disposed=4)
    left = make_lot(owner, card=card, disposed=1)

    assert [(lot.pk, lot.held) for lot in Lot.objects.of(owner).held()] == [
        (left.pk, 3)
    ]
    assert not Lot.objects.of(None).exists()
