"""What may become of lots, one by one and many at once, and its undo."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.cards.models import Card
from apps.inventory.models import Change, ChangedLot, Disposal, Lot
from apps.inventory.services import changes
from apps.inventory.services.bulk import LotsEdit, delete_lots, edit_lots
from apps.inventory.services.changes import UndoneChange, undo_change
from apps.inventory.services.disposals import Departure, dispose
from apps.inventory.services.lots import (
    add_lot,
    clone_lot,
    delete_lot,
    edit_lot,
    split_lot,
)
from apps.prices.tests.factories import make_card

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


@pytest.fixture
def card() -> Card:
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


@pytest.fixture
def told(monkeypatch) -> list[int]:
    """Whose holdings were said to have changed."""
    heard: list[int] = []
    for name in ("lots", "bulk", "changes", "disposals"):
        module = f"apps.inventory.services.{name}.holdings_changed"
        monkeypatch.setattr(module, heard.append)
    return heard


def rows() -> list[dict[str, Any]]:
    return list(Lot.objects.order_by("id").values())


def complaints(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    return error.value.message_dict


class TestAdd:
    def test_with_nothing_said(self, owner, card, told):
        lot = add_lot(owner=owner, card=card)

        lot.refresh_from_db()
        assert (lot.quantity, lot.finish, lot.condition, lot.language) == (
            *(1, "NONFOIL", "NEAR_MINT", "ENGLISH"),
        )
        assert (lot.unit_cost, lot.cost_currency) == (None, "")
        assert told == [owner.pk]

    def test_a_card_that_is_only_foil_and_japanese(self, owner):
        card = make_card("Opt", finishes=["FOIL"], language="JAPANESE")

        lot = add_lot(owner=owner, card=card)

        assert (lot.finish, lot.language) == ("FOIL", "JAPANESE")

    @pytest.mark.parametrize(
        ("fields", "field", "complaint"),
        [
            ({"quantity": 0}, "quantity", "Between 1 and 1,000,000 copies."),
            ({"quantity": 1_000_001}, "quantity", "Between 1 and 1,000,000 copies."),
            ({"for_trade": 2}, "for_trade", "Between none and all copies of the lot."),
            (
                {"finish": "ETCHED"},
                "finish",
                "Lightning Bolt (M10) 146 exists as nonfoil or foil only.",
            ),
            ({"finish": "SHINY"}, "finish", "Value 'SHINY' is not a valid choice."),
            ({"condition": "NM"}, "condition", "Value 'NM' is not a valid choice."),
            (
                {"unit_cost": Decimal("1.00")},
                "cost_currency",
                "Say which currency it is, like USD.",
            ),
            (
                {"cost_currency": "USD"},
                "unit_cost",
                "Say how much, or leave out the currency as well.",
            ),
            (
                {"unit_cost": Decimal("-0.01"), "cost_currency": "USD"},
                "unit_cost",
                "Between 0 and 1,000,000; leave it empty if unknown.",
            ),
            (
                {"unit_cost": Decimal("0.0001"), "cost_currency": "USD"},
                "unit_cost",
                "Three decimals at most.",
            ),
            (
                {"unit_cost": Decimal("NaN"), "cost_currency": "USD"},
                "unit_cost",
                "Between 0 and 1,000,000; leave it empty if unknown.",
            ),
            (
                {"acquired_on": date(2999, 1, 1)},
                "acquired_on",
                "This day is yet to come; leave it empty if unknown.",
            ),
            (
                {"binder": "x" * 121},
                "binder",
                "Ensure this value has at most 120 characters (it has 121).",
            ),
            (
                {"notes": "x" * 2001},
                "notes",
                "2,000 characters at most.",
            ),
            (
                {"grade": "x" * 21},
                "grade",
                "Ensure this value has at most 20 characters (it has 21).",
            ),
            ({"tags": ["x" * 61]}, "tags", "A tag has 1 to 60 characters."),
            ({"tags": ["t"] * 51}, "tags", "50 tags at most."),
            (
                {"tags": ["a, b"]},
                "tags",
                "A tag has no comma, semicolon or bar in it; these part tags.",
            ),
        ],
    )
    def test_what_cannot_be(self, owner, card, told, fields, field, complaint):
        with pytest.raises(ValidationError) as error:
            add_lot(owner=owner, card=card, **fields)

        assert complaints(error) == {field: [complaint]}
        assert not Lot.objects.exists()
        assert told == []

    def test_a_printing_of_one_language(self, owner):
        german = make_card("Blitzschlag", language="GERMAN")

        with pytest.raises(ValidationError) as error:
            add_lot(owner=owner, card=german, language="ENGLISH")

        assert complaints(error) == {
            "language": ["This printing is German; add the other one instead."]
        }

    def test_what_is_no_field_of_a_lot(self, owner, card):
        with pytest.raises(ValidationError) as error:
            add_lot(owner=owner, card=card, disposed=1)

        assert list(complaints(error)) == ["disposed"]
        assert not Lot.objects.exists()


class TestEdit:
    def test_what_is_not_named_stays(self, owner, card, told):
        lot = add_lot(
            owner=owner,
            card=card,
            quantity=3,
            unit_cost=Decimal("1.50"),
            cost_currency="EUR",
            tags=["red"],
        )

        edit_lot(owner=owner, lot_id=lot.pk, quantity=4, binder="Trades")

        lot.refresh_from_db()
        assert (lot.quantity, lot.binder, lot.tags) == (4, "Trades", ["red"])
        assert (lot.unit_cost, lot.cost_currency) == (Decimal("1.50"), "EUR")
        assert told == [owner.pk] * 2

    def test_a_cost_that_becomes_unknown_has_no_currency(self, owner, card):
        lot = add_lot(owner=owner, card=card, unit_cost=Decimal(1), cost_currency="USD")

        edit_lot(owner=owner, lot_id=lot.pk, unit_cost=None)

        lot.refresh_from_db()
        assert (lot.unit_cost, lot.cost_currency) == (None, "")

    def test_nothing_different_is_no_change(self, owner, card, told):
        lot = add_lot(owner=owner, card=card, quantity=3)

        edit_lot(owner=owner, lot_id=lot.pk, quantity=3)

        assert not Change.objects.exists()
        assert told == [owner.pk]

    def test_what_went_was_there(self, owner, card):
        lot = add_lot(owner=owner, card=card, quantity=3, acquired_on=date(2026, 1, 1))
        dispose(
            owner=owner,
            lot_id=lot.pk,
            went=Departure(quantity=2, disposed_on=date(2026, 2, 1)),
        )

        with pytest.raises(ValidationError) as error:
            edit_lot(owner=owner, lot_id=lot.pk, quantity=1)
        assert complaints(error) == {
            "quantity": [
                "2 of these copies went: that many at least, or take a sale back first."
            ]
        }
        with pytest.raises(ValidationError) as error:
            edit_lot(owner=owner, lot_id=lot.pk, acquired_on=date(2026, 2, 2))
        assert complaints(error) == {
            "acquired_on": [
                "Copies of it went on 2026-02-01; a day before that, or none."
            ]
        }
        lot.refresh_from_db()
        assert (lot.quantity, lot.acquired_on) == (3, date(2026, 1, 1))

    def test_can_be_undone_once(self, owner, card):
        lot = add_lot(owner=owner, card=card, quantity=3, notes="mine")
        before = rows()
        edit_lot(owner=owner, lot_id=lot.pk, quantity=9, notes="", tags=["a"])
        change = Change.objects.get()

        assert undo_change(owner=owner, change_id=change.pk) == UndoneChange(1, 0)

        assert rows() == before
        with pytest.raises(Change.DoesNotExist):
            undo_change(owner=owner, change_id=change.pk)


class TestSplitAndClone:
    def test_a_part_of_its_own(self, owner, card, told):
        lot = add_lot(
            owner=owner,
            card=card,
            quantity=5,
            for_trade=4,
            unit_cost=Decimal("2.00"),
            cost_currency="USD",
            tags=["red"],
        )

        new = split_lot(owner=owner, lot_id=lot.pk, quantity=3)

        lot.refresh_from_db()
        new.refresh_from_db()
        assert (lot.quantity, new.quantity) == (2, 3)
        assert (lot.for_trade, new.for_trade) == (2, 2)
        assert (new.unit_cost, new.cost_currency, new.tags) == (
            *(Decimal("2.00"), "USD", ["red"]),
        )
        assert new.key != lot.key
        assert told == [owner.pk] * 2

    @pytest.mark.parametrize(
        ("copies", "complaint"),
        [
            (0, "Between 1 and 2 of the 3 held."),
            (3, "Between 1 and 2 of the 3 held."),
        ],
    )
    def test_both_have_copies(self, owner, card, copies, complaint):
        lot = add_lot(owner=owner, card=card, quantity=4)
        dispose(owner=owner, lot_id=lot.pk, went=Departure(quantity=1))

        with pytest.raises(ValidationError) as error:
            split_lot(owner=owner, lot_id=lot.pk, quantity=copies)

        assert complaints(error) == {"quantity": [complaint]}
        assert Lot.objects.get().quantity == 4

    def test_they_were_held_as_long_as_the_others(self, owner, card):
        lot = add_lot(owner=owner, card=card, quantity=3)
        entered = datetime(2026, 1, 5, tzinfo=UTC)
        Lot.objects.filter(pk=lot.pk).update(created_at=entered)

        new = split_lot(owner=owner, lot_id=lot.pk, quantity=1)

        new.refresh_from_db()
        assert new.created_at == entered

    def test_one_copy_cannot_be_split(self, owner, card):
        lot = add_lot(owner=owner, card=card)

        with pytest.raises(ValidationError, match="two copies or more"):
            split_lot(owner=owner, lot_id=lot.pk, quantity=1)

    def test_one_more_of_the_same(self, owner, card):
        lot = add_lot(owner=owner, card=card, quantity=5, for_trade=5, grade="PSA 9")

        new = clone_lot(owner=owner, lot_id=lot.pk)

        assert (new.quantity, new.for_trade, new.grade) == (1, 0, "PSA 9")
        assert new.disposed == 0
        assert Lot.objects.count() == 2


class TestDelete:
    def test_with_its_sales_and_back(self, owner, card, told):
        lot = add_lot(
            owner=owner,
            card=card,
            quantity=5,
            tags=["red", "a “b”"],
            acquired_on=date(2026, 1, 1),
            language="GERMAN",
        )
        dispose(
            owner=owner,
            lot_id=lot.pk,
            went=Departure(quantity=2, unit_proceeds=Decimal(3), currency="USD"),
        )
        before, sold = rows(), list(Disposal.objects.values())
        told.clear()

        change = delete_lot(owner=owner, lot_id=lot.pk)

        assert (change.lots, change.kind) == (1, "DELETED")
        assert not Lot.objects.exists()
        assert not Disposal.objects.exists()

        assert undo_change(owner=owner, change_id=change.pk) == UndoneChange(1, 0)
        assert rows() == before
        assert list(Disposal.objects.values()) == sold
        assert not ChangedLot.objects.exists()
        assert told == [owner.pk] * 2

    def test_what_came_anew_in_between_stays(self, owner, card):
        lots = [add_lot(owner=owner, card=card, quantity=n) for n in (1, 2)]
        change = delete_lots(owner=owner, ids=[lot.pk for lot in lots])
        Lot.objects.create(owner=owner, card=card, quantity=7, key=lots[0].key)

        assert undo_change(owner=owner, change_id=change.pk) == UndoneChange(1, 1)

        assert sorted(lot.quantity for lot in Lot.objects.all()) == [2, 7]

    def test_a_file_that_was_forgotten(self, owner, card):
        batch = owner.import_batches.create(checksum="a" * 64)
        lot = Lot.objects.create(owner=owner, card=card, quantity=1, batch=batch)
        change = delete_lot(owner=owner, lot_id=lot.pk)
        batch.delete()

        undo_change(owner=owner, change_id=change.pk)

        assert Lot.objects.get().batch is None


class TestNobodyElses:
    @pytest.fixture
    def theirs(self, card) -> Lot:
        return Lot.objects.create(
            owner=User.objects.create_user("bob"), card=card, quantity=4
        )

    @pytest.mark.parametrize(
        ("act", "fields"),
        [
            (edit_lot, {"quantity": 9}),
            (split_lot, {"quantity": 1}),
            (clone_lot, {}),
            (delete_lot, {}),
            (dispose, {"went": Departure(quantity=1)}),
        ],
    )
    def test_one(self, owner, theirs, told, act, fields):
        before = rows()

        with pytest.raises(Lot.DoesNotExist):
            act(owner=owner, lot_id=theirs.pk, **fields)

        assert rows() == before
        assert told == []

    def test_many(self, owner, theirs):
        before = rows()

        done = edit_lots(owner=owner, ids=[theirs.pk], edit=LotsEdit(binder="Mine"))
        gone = delete_lots(owner=owner, ids=[theirs.pk])

        assert (done.change.lots, done.kept, gone.lots) == (0, 0, 0)
        assert rows() == before

    def test_undo(self, owner, theirs):
        change = delete_lot(owner=theirs.owner, lot_id=theirs.pk)

        with pytest.raises(Change.DoesNotExist):
            undo_change(owner=owner, change_id=change.pk)

        assert not Lot.objects.exists()


class TestMany:
    @pytest.fixture
    def lots(self, owner, card) -> list[Lot]:
        """Two bolts, and an etched card that is nothing else."""
        etched = make_card("Opt", finishes=["ETCHED"])
        return [
            add_lot(owner=owner, card=card, quantity=3, tags=["red", "old"]),
            add_lot(owner=owner, card=card, quantity=1, tags=["new"]),
            add_lot(owner=owner, card=etched, quantity=2),
        ]

    def edit(self, owner, lots, **edit):
        ids = [lot.pk for lot in lots]
        done = edit_lots(owner=owner, ids=ids, edit=LotsEdit(**edit))
        for lot in lots:
            lot.refresh_from_db()
        return done

    def test_everything_at_once(self, owner, lots, told):
        dispose(owner=owner, lot_id=lots[0].pk, went=Departure(quantity=1))
        told.clear()

        done = self.edit(
            owner,
            lots,
            condition="DAMAGED",
            language="GERMAN",
            binder=" Trades ",
            add_tags=("new", "cube"),
            remove_tags=("old",),
            is_for_trade=True,
            unit_cost=Decimal("0.125"),
            cost_currency="EUR",
        )

        assert (done.change.lots, done.kept) == (3, 0)
        assert done.change.summary == (
            "Damaged, German, binder “Trades”, tagged “new”, tagged “cube”, "
            "no longer tagged “old”, for trade, cost 0.125 EUR each"
        )
        assert {
            (lot.condition, lot.language, lot.binder, lot.unit_cost, lot.cost_currency)
            for lot in lots
        } == {("DAMAGED", "GERMAN", "Trades", Decimal("0.125"), "EUR")}
        assert [lot.tags for lot in lots] == [
            ["red", "new", "cube"],
            ["new", "cube"],
            ["new", "cube"],
        ]
        assert [lot.for_trade for lot in lots] == [2, 1, 2]
        assert told == [owner.pk]

    def test_and_back(self, owner, lots):
        before = rows()
        first = self.edit(owner, lots, condition="DAMAGED")
        second = self.edit(owner, lots[:1], condition="MINT", is_for_trade=True)

        for done, restored in ((second, 1), (first, 3)):
            undone = undo_change(owner=owner, change_id=done.change.pk)
            assert undone == UndoneChange(restored, 0)

        assert rows() == before

    def test_what_was_written_since_stays(self, owner, lots):
        done = self.edit(owner, lots, condition="DAMAGED")
        dispose(owner=owner, lot_id=lots[0].pk, went=Departure(quantity=1))

        assert undo_change(owner=owner, change_id=done.change.pk) == UndoneChange(2, 1)

        conditions = [lot["condition"] for lot in rows()]
        assert conditions == ["DAMAGED", "NEAR_MINT", "NEAR_MINT"]

    def test_a_finish_that_a_card_has_not(self, owner, lots):
        done = self.edit(owner, lots, finish="FOIL", binder="Foils")

        assert (done.change.lots, done.kept) == (2, 1)
        assert [(lot.finish, lot.binder) for lot in lots] == [
            *[("FOIL", "Foils")] * 2,
            ("ETCHED", ""),
        ]

    def test_a_language_that_a_printing_is_not_in(self, owner, lots):
        german = add_lot(owner=owner, card=make_card("Blitz", language="GERMAN"))

        done = self.edit(owner, [lots[0], german], language="FRENCH")

        assert (done.change.lots, done.kept) == (1, 1)
        assert (lots[0].language, german.language) == ("FRENCH", "GERMAN")

    def test_a_cost_is_forgotten(self, owner, lots):
        self.edit(owner, lots, unit_cost=Decimal(1), cost_currency="USD")

        self.edit(owner, lots, is_cost_unknown=True, binder="")

        assert {(lot.unit_cost, lot.cost_currency) for lot in lots} == {(None, "")}

    @pytest.mark.parametrize(
        ("edit", "field"),
        [
            ({}, ""),
            ({"condition": "NM"}, "condition"),
            ({"finish": "SHINY"}, "finish"),
            ({"language": "LATIN"}, "language"),
            ({"binder": "x" * 121}, "binder"),
            ({"add_tags": ("a,b",)}, "add_tags"),
            ({"remove_tags": ("",)}, "remove_tags"),
            ({"unit_cost": Decimal(1)}, "cost_currency"),
            ({"cost_currency": "USD"}, "unit_cost"),
            (
                {
                    "unit_cost": Decimal(1),
                    "cost_currency": "USD",
                    "is_cost_unknown": True,
                },
                "unit_cost",
            ),
        ],
    )
    def test_what_cannot_be(self, owner, lots, edit, field):
        before = rows()

        with pytest.raises(ValidationError) as error:
            self.edit(owner, lots, **edit)

        assert list(complaints(error)) == [field]
        assert rows() == before
        assert not Change.objects.exists()

    def test_statements_do_not_grow_with_the_lots(
        self, owner, card, django_assert_num_queries
    ):
        Lot.objects.bulk_create(
            Lot(owner=owner, card=card, quantity=1) for _ in range(200)
        )
        ids = [lot["id"] for lot in rows()]

        # The count, what is too old, the change twice, keeping, writing, savepoints.
        with django_assert_num_queries(8):
            edit_lots(owner=owner, ids=ids, edit=LotsEdit(binder="One"))
        with django_assert_num_queries(7):
            change = delete_lots(owner=owner, ids=ids)
        assert change.lots == 200


class TestKept:
    def test_for_a_day(self, owner, card):
        lot = add_lot(owner=owner, card=card)
        change = delete_lot(owner=owner, lot_id=lot.pk)
        made_at = timezone.now() - timedelta(days=1, minutes=1)
        Change.objects.filter(pk=change.pk).update(made_at=made_at)

        with pytest.raises(Change.DoesNotExist):
            undo_change(owner=owner, change_id=change.pk)

        # The next change has it forgotten.
        other = add_lot(owner=owner, card=card)
        edit_lot(owner=owner, lot_id=other.pk, quantity=2)
        assert [one.kind for one in Change.objects.all()] == ["EDITED"]
        assert ChangedLot.objects.count() == 1

    def test_no_more_than_so_many_lots(self, owner, card, monkeypatch):
        monkeypatch.setattr(changes, "MAX_KEPT", 3)
        lots = [add_lot(owner=owner, card=card) for _ in range(2)]
        ids = [lot.pk for lot in lots]
        for binder in "abc":
            edit_lots(owner=owner, ids=ids, edit=LotsEdit(binder=binder))

        summaries = [one.summary for one in Change.objects.order_by("pk")]

        assert summaries == ["binder “b”", "binder “c”"]
