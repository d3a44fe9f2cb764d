"""Copies that went, and that they come back."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from apps.inventory.models import Disposal, Lot
from apps.inventory.services.disposals import Departure, dispose, undo_disposals
from apps.prices.tests.factories import make_card

pytestmark = pytest.mark.storage


@pytest.fixture
def card():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


@pytest.fixture
def told(monkeypatch) -> list[int]:
    heard: list[int] = []
    module = "apps.inventory.services.disposals.holdings_changed"
    monkeypatch.setattr(module, heard.append)
    return heard


def lot_of(owner, card, quantity=4, **fields) -> Lot:
    return Lot.objects.create(owner=owner, card=card, quantity=quantity, **fields)


def disposed() -> list[int]:
    return [lot.disposed for lot in Lot.objects.order_by("id")]


@pytest.mark.django_db
class TestOne:
    def test_a_sale(self, owner, card, told):
        lot = lot_of(owner, card, for_trade=4)

        (sale,) = dispose(
            owner=owner,
            lot_id=lot.pk,
            went=Departure(
                quantity=3,
                unit_proceeds=Decimal("2.50"),
                currency="USD",
                disposed_on=date(2026, 3, 1),
                recipient=" Bob ",
            ),
        )

        sale.refresh_from_db()
        lot.refresh_from_db()
        assert (sale.kind, sale.quantity, sale.recipient) == ("SOLD", 3, "Bob")
        assert (sale.unit_proceeds, sale.currency) == (Decimal("2.50"), "USD")
        assert sale.disposed_on == date(2026, 3, 1)
        assert (lot.disposed, lot.remaining, lot.for_trade) == (3, 1, 1)
        assert told == [owner.pk]

    def test_unknown_proceeds_stay_unknown(self, owner, card):
        lot = lot_of(owner, card)

        (sale,) = dispose(
            owner=owner, lot_id=lot.pk, went=Departure(quantity=1, kind="TRADED")
        )

        assert (sale.kind, sale.unit_proceeds, sale.currency) == ("TRADED", None, "")
        assert sale.disposed_on == timezone.localdate()

    @pytest.mark.parametrize(
        ("went", "field", "complaint"),
        [
            ({"quantity": 5}, "quantity", "4 are held; no more can go."),
            ({"quantity": 0}, "quantity", "One copy at least."),
            (
                {"kind": "LOST"},
                "kind",
                "“LOST” is none of SOLD, TRADED, GIVEN.",
            ),
            (
                {"disposed_on": date(2999, 1, 1)},
                "disposed_on",
                "This day is yet to come.",
            ),
            (
                {"disposed_on": date(2025, 12, 31)},
                "disposed_on",
                "It was got on 2026-01-01; it cannot go before that.",
            ),
            (
                {"unit_proceeds": Decimal(1)},
                "currency",
                "Say which currency it is, like USD.",
            ),
            (
                {"unit_proceeds": Decimal(-1), "currency": "USD"},
                "unit_proceeds",
                "Between 0 and 1,000,000; leave it empty if unknown.",
            ),
            (
                {"kind": "GIVEN", "unit_proceeds": Decimal(1), "currency": "USD"},
                "unit_proceeds",
                "A gift brings nothing: leave it empty.",
            ),
            ({"recipient": "x" * 121}, "recipient", "120 characters at most."),
        ],
    )
    def test_what_cannot_be(self, owner, card, told, went, field, complaint):
        lot = lot_of(owner, card, acquired_on=date(2026, 1, 1))

        departure = Departure(**{"quantity": 1} | went)

        with pytest.raises(ValidationError) as error:
            dispose(owner=owner, lot_id=lot.pk, went=departure)

        assert error.value.message_dict == {field: [complaint]}
        assert disposed() == [0]
        assert not Disposal.objects.exists()
        assert told == []

    def test_no_more_than_are_left(self, owner, card):
        lot = lot_of(owner, card)
        dispose(owner=owner, lot_id=lot.pk, went=Departure(quantity=3))

        with pytest.raises(ValidationError, match="1 is held; no more can go"):
            dispose(owner=owner, lot_id=lot.pk, went=Departure(quantity=2))

        assert disposed() == [3]

    def test_a_gift_with_proceeds_is_refused_by_the_database(self, owner, card):
        lot = lot_of(owner, card)
        with pytest.raises(IntegrityError), transaction.atomic():
            Disposal.objects.create(
                lot=lot,
                kind="GIVEN",
                quantity=1,
                unit_proceeds=Decimal(1),
                currency="USD",
                disposed_on=date(2026, 3, 1),
            )


@pytest.mark.django_db
class TestAllAlike:
    def test_those_that_came_first_go_first(self, owner, card):
        lots = [
            lot_of(owner, card, 2, acquired_on=date(2026, 2, 1)),
            lot_of(owner, card, 2, acquired_on=date(2026, 1, 1)),
            lot_of(owner, card, 2),
            # Not alike.
            lot_of(owner, card, 9, condition="DAMAGED"),
            lot_of(owner, card, 9, is_signed=True),
            lot_of(User.objects.create_user("bob"), card, 9),
        ]

        made = dispose(
            owner=owner,
            lot_id=lots[0].pk,
            went=Departure(quantity=5),
            is_of_all_alike=True,
        )

        assert [(one.lot_id, one.quantity) for one in made] == [
            (lots[2].pk, 2),
            (lots[1].pk, 2),
            (lots[0].pk, 1),
        ]
        assert disposed() == [1, 2, 2, 0, 0, 0]

    def test_only_those_that_were_there(self, owner, card):
        lots = [
            lot_of(owner, card, 2, acquired_on=date(2026, 2, 1)),
            lot_of(owner, card, 2, acquired_on=date(2026, 1, 1)),
        ]
        went = Departure(quantity=3, disposed_on=date(2026, 1, 15))

        with pytest.raises(ValidationError, match="2 are held; no more can go"):
            dispose(owner=owner, lot_id=lots[0].pk, went=went, is_of_all_alike=True)

        assert disposed() == [0, 0]


@pytest.mark.django_db
class TestUndo:
    def test_copies_are_held_again(self, owner, card, told):
        lots = [lot_of(owner, card, 2), lot_of(owner, card, 2)]
        made = dispose(
            owner=owner,
            lot_id=lots[0].pk,
            went=Departure(quantity=3),
            is_of_all_alike=True,
        )
        told.clear()

        assert undo_disposals(owner=owner, ids=[one.pk for one in made]) == 3

        assert disposed() == [0, 0]
        assert not Disposal.objects.exists()
        assert told == [owner.pk]

    def test_all_or_nothing_and_nobody_elses(self, owner, card):
        theirs = lot_of(User.objects.create_user("bob"), card)
        mine = lot_of(owner, card)
        (sold,) = dispose(owner=owner, lot_id=mine.pk, went=Departure(quantity=1))
        (other,) = dispose(
            owner=theirs.owner, lot_id=theirs.pk, went=Departure(quantity=1)
        )

        for ids in ([other.pk], [sold.pk, other.pk], [], [sold.pk, 0]):
            with pytest.raises(Disposal.DoesNotExist):
                undo_disposals(owner=owner, ids=ids)

        assert disposed() == [1, 1]
        assert Disposal.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_sell_the_same_copies(owner, card):
    lot = lot_of(owner, card, 3)
    refused: list[ValidationError] = []

    def sell() -> None:
        try:
            dispose(owner=owner, lot_id=lot.pk, went=Departure(quantity=2))
        except ValidationError as error:
            refused.append(error)
        finally:
            connection.close()

    sellers = [threading.Thread(target=sell) for _ in range(3)]
    for seller in sellers:
        seller.start()
    for seller in sellers:
        seller.join(timeout=timedelta(seconds=30).total_seconds())

    assert len(refused) == 2
    assert disposed() == [2]
    assert Disposal.objects.get().quantity == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_from_all_alike_wait_for_each_other(owner, card):
    """Whichever lots they name; each would hold what the other waits for."""
    lots = [lot_of(owner, card, 2) for _ in range(2)]
    both_asked = threading.Barrier(2)
    failed: list[Exception] = []

    def sell(lot: Lot) -> None:
        both_asked.wait(timeout=30)
        try:
            dispose(
                owner=owner,
                lot_id=lot.pk,
                went=Departure(quantity=1),
                is_of_all_alike=True,
            )
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    for _ in range(2):
        sellers = [threading.Thread(target=sell, args=[lot]) for lot in reversed(lots)]
        for seller in sellers:
            seller.start()
        for seller in sellers:
            seller.join(timeout=60)

    assert failed == []
    assert disposed() == [2, 2]
