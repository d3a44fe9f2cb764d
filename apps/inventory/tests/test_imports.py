"""From a file to lots and back: nothing twice, nothing guessed, nothing lost."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.cards.models import Card, CardIdentifier, CardMigration, CardSet
from apps.inventory.formats import EXPORTS, Options, UnreadableFileError
from apps.inventory.models import Disposal, ImportBatch, ImportRow, Lot
from apps.inventory.selectors.exports import export_lines
from apps.inventory.selectors.imports import difference, errors_of, rejected_table
from apps.inventory.services import (
    NotACandidateError,
    advance,
    cancel,
    choose,
    choose_newest,
    commit,
    commits,
    imports,
    remap,
    skip,
    undo,
    upload,
)
from apps.prices.tests.factories import make_card

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

HEADER = "Count,Name,Edition,Collector Number,Foil,Condition,Language\n"


@pytest.fixture
def bolt() -> Card:
    return make_card(
        "Lightning Bolt",
        set_code="m10",
        collector_number="146",
        released_on="2009-07-17",
    )


@pytest.fixture
def bolts(bolt: Card) -> list[Card]:
    """Printings of one card: nonfoil or foil, foil only, etched only, Japanese."""
    return [
        bolt,
        *(
            make_card("Lightning Bolt", **fields)
            for fields in (
                {
                    "set_code": "sld",
                    "collector_number": "83",
                    "finishes": ["FOIL"],
                    "released_on": "2020-02-14",
                },
                {
                    "set_code": "sta",
                    "collector_number": "42e",
                    "finishes": ["ETCHED"],
                    "released_on": "2021-04-23",
                },
                {
                    "set_code": "sta",
                    "collector_number": "105",
                    "language": "JAPANESE",
                    "released_on": "2021-04-23",
                },
            )
        ),
    ]


def brought(owner: User, text: str, **options: Any) -> ImportBatch:
    """A file matched and, as far as it is, imported."""
    batch = upload(
        owner=owner,
        text=text,
        options=Options(**options),
        is_commit_wanted=True,
    )
    advance(batch_id=batch.pk)
    batch.refresh_from_db()
    return batch


def previewed(owner: User, text: str, **options: Any) -> ImportBatch:
    batch = upload(owner=owner, text=text, options=Options(**options))
    advance(batch_id=batch.pk)
    batch.refresh_from_db()
    return batch


def one_row(owner: User, text: str, **options: Any) -> ImportRow:
    return previewed(owner, text, **options).import_rows.get()


def what(lots: Iterable[Lot]) -> list[tuple[Any, ...]]:
    return [
        (lot.card_id, lot.finish, lot.condition, lot.language, lot.quantity)
        for lot in lots
    ]


def test_a_row_becomes_a_lot(owner, bolt):
    batch = brought(
        owner,
        HEADER + "3,Lightning Bolt,M10,146,foil,Played,German\n",
        format="moxfield",
    )

    assert what(Lot.objects.of(owner)) == [
        (bolt.pk, "FOIL", "MODERATELY_PLAYED", "GERMAN", 3)
    ]
    assert (batch.status, batch.rows, batch.imported) == ("COMMITTED", 1, 1)
    assert Lot.objects.get().batch == batch
    assert batch.text == ""


@pytest.mark.parametrize(
    ("row", "basis"),
    [
        ("1,Lightning Bolt,m10,146,,,", "NUMBER"),
        ("1,,m10,#0146,,,", "NUMBER"),
        ("1,Lightning Bolt,Magic 2010,146/249,,,", "NUMBER"),
        ("1,LIGHTNING  BOLT (Borderless),M10,,,,", "SET"),
        ("1,Lightning Bolt,,,,,", "NAME"),
    ],
)
def test_what_tells_the_card(owner, bolt, row, basis):
    CardSet.objects.filter(code="m10").update(name="Magic 2010")

    found = one_row(owner, HEADER + row + "\n")

    assert (found.outcome, found.basis, found.card_id) == ("MATCHED", basis, bolt.pk)


def test_ids_tell_the_card_before_all_else(owner, bolts):
    bolt, showcase, *_ = bolts
    old = "11111111-2222-4333-8444-555555555555"
    CardMigration.objects.create(
        id=old,
        performed_on=date(2026, 1, 1),
        strategy="merge",
        old_scryfall_id=old,
        new_scryfall_id=showcase.scryfall_id,
    )
    CardIdentifier.objects.create(source="cardmarket", external_id="77", card=bolt)
    by_id = "Quantity,Name,Scryfall ID,Cardmarket ID\n"

    batch = previewed(
        owner,
        by_id + f"1,Lightning Bolt,{bolt.scryfall_id},\n"
        f"1,,{old.upper()},\n1,Lightning Bolt,,77\n1,Shock,{bolt.scryfall_id},\n"
        "1,Lightning Bolt,99999999-2222-4333-8444-555555555555,\n1,Shock,,77\n",
    )

    assert [
        (row.outcome, row.basis, row.card_id) for row in batch.import_rows.in_order()
    ] == [
        ("MATCHED", "ID", bolt.pk),
        ("MATCHED", "ID", showcase.pk),
        ("MATCHED", "ID", bolt.pk),
        ("AMBIGUOUS", "", None),
        ("AMBIGUOUS", "", None),
        ("REJECTED", "", None),
    ]


@pytest.mark.parametrize(
    ("row", "reason", "first"),
    [
        ("1,Lightning Bolt,,,,,", "4 printings may be meant", "sta"),
        ("1,Lightning Bolt,zzz,146,,,", "unknown set “zzz”", "sta"),
        ("1,Lightning Bolt,m1,146,,,", "unknown set “m1”", "sta"),
        (
            "1,Lightning Bolt,m10,147,,,",
            "no “Lightning Bolt” with number 147 in M10",
            "m10",
        ),
        ("1,Shock,m10,146,,,", "M10 146 is not “Shock”", "m10"),
        (
            "1,Lightning Bolt,m10,146,etched,,",
            "M10 146 does not exist as etched",
            "m10",
        ),
        (
            "1,Lightning Bolt,sta,105,,,German",
            "STA 105 is printed in Japanese only",
            "sta",
        ),
    ],
)
def test_what_is_unclear_is_offered(owner, bolts, row, reason, first):
    found = one_row(owner, HEADER + row + "\n", format="moxfield")

    assert (found.outcome, found.reason, found.card) == ("AMBIGUOUS", reason, None)
    assert Card.objects.get(pk=found.candidates[0]).set_code == first


def test_what_no_card_is_called_is_rejected(owner, bolt):
    batch = brought(owner, HEADER + "1,Totally Fake,m10,,,,\n2,Lightning Bolt,m10,,,,")

    assert (batch.imported, batch.rejected) == (1, 1)
    (error,) = errors_of(batch)
    assert (error.row, error.outcome) == (2, "REJECTED")
    assert error.reason == "no card is called “Totally Fake”"


@pytest.mark.parametrize(
    ("row", "finish", "language", "note"),
    [
        ("1,Lightning Bolt,sld,83,,,", "FOIL", "ENGLISH", "it exists as foil only"),
        ("1,Lightning Bolt,sta,42e,foil,,", "ETCHED", "ENGLISH", ""),
        ("1,Lightning Bolt,sta,105,,,", "NONFOIL", "JAPANESE", ""),
        ("1,Lightning Bolt,m10,146,,,Korean", "NONFOIL", "KOREAN", ""),
    ],
)
def test_finish_and_language_are_those_of_the_card(
    owner, bolts, row, finish, language, note
):
    found = one_row(owner, HEADER + row + "\n", format="moxfield")

    assert (found.entry["finish"], found.entry["language"]) == (finish, language)
    assert (found.outcome, found.reason) == ("MATCHED", note)


def test_digital_printings_count_only_for_digital_collections(owner, bolt):
    online = make_card(
        "Lightning Bolt", set_code="pz1", collector_number="9", is_digital=True
    )
    CardIdentifier.objects.create(source="mtgo", external_id="555", card=online)

    paper = one_row(owner, "1 Lightning Bolt\n")
    mtgo = one_row(owner, "Card Name,Quantity,ID #\nLightning Bolt,1,555\n")

    assert (paper.card_id, mtgo.card_id) == (bolt.pk, online.pk)


def test_the_same_file_twice_adds_nothing(owner, bolt):
    text = HEADER + "3,Lightning Bolt,m10,146,,,\n"
    first = brought(owner, text)
    second = brought(owner, "\n" + text + "\n")

    assert second.pk == first.pk
    assert Lot.objects.of(owner).count() == 1
    assert commit(batch=first).imported == 1
    assert Lot.objects.of(owner).count() == 1


def test_the_same_file_can_be_wanted_once_more(owner, bolt):
    text = HEADER + "3,Lightning Bolt,m10,146,,,\n"
    first = brought(owner, text)

    again = upload(owner=owner, text=text, is_commit_wanted=True, is_repeat=True)
    advance(batch_id=again.pk)

    assert again.pk != first.pk
    assert Lot.objects.of(owner).count() == 2


def test_two_owners_have_the_same_file_each(owner, bolt):
    text = HEADER + "3,Lightning Bolt,m10,146,,,\n"
    other = User.objects.create_user("bob")

    assert brought(owner, text).pk != brought(other, text).pk
    assert Lot.objects.of(other).count() == 1


def test_undo_takes_back_what_a_file_brought(owner, bolt):
    text = HEADER + "3,Lightning Bolt,m10,146,,,\n2,Lightning Bolt,m10,146,foil,,\n"
    kept = brought(owner, "1 Lightning Bolt (M10) 146\n")
    batch = brought(owner, text)
    sold = batch.lots.get(finish="FOIL")
    Disposal.objects.create(lot=sold, quantity=1, disposed_on=date(2026, 3, 1))
    Lot.objects.filter(pk=sold.pk).update(disposed=1)

    done = undo(batch=batch)

    assert (done.removed, done.kept) == (1, 1)
    assert set(Lot.objects.of(owner)) == {sold, *kept.lots.all()}
    batch.refresh_from_db()
    assert (batch.status, batch.matched, batch.imported) == ("UNDONE", 1, 1)
    assert undo(batch=batch).removed == 0

    once_more = brought(owner, text)
    assert once_more.pk != batch.pk
    assert once_more.imported == 2


def test_a_preview_imports_nothing_and_says_what_would_change(owner, bolt):
    brought(owner, "4 Lightning Bolt (M10) 146\n")

    batch = previewed(
        owner,
        HEADER + "3,Lightning Bolt,m10,146,,,\n1,Lightning Bolt,m10,146,foil,,\n",
    )

    assert batch.status == "PREVIEW"
    assert Lot.objects.of(owner).count() == 1
    found = difference(batch)
    assert (found.new_kinds, found.new_copies) == (1, 1)
    assert (found.more_kinds, found.more_copies, found.held_copies) == (1, 3, 4)


def test_a_choice_settles_a_row(owner, bolts):
    row = one_row(owner, "2 Lightning Bolt NM DE\n")
    bolt, showcase, _, japanese = bolts

    with pytest.raises(NotACandidateError, match="does not exist as nonfoil"):
        choose(row=row, card_id=showcase.pk, finish="NONFOIL")
    with pytest.raises(NotACandidateError, match="none of those"):
        choose(row=row, card_id=make_card("Opt").pk, finish="NONFOIL")
    assert ImportRow.objects.get().outcome == "AMBIGUOUS"

    choose(row=row, card_id=japanese.pk, finish="FOIL")
    assert ImportRow.objects.get().entry["language"] == "JAPANESE"
    choose(row=row, card_id=bolt.pk, finish="FOIL")
    batch = commit(batch=row.batch)

    assert what(Lot.objects.of(owner)) == [
        (bolt.pk, "FOIL", "NEAR_MINT", "JAPANESE", 2)
    ]
    assert (batch.imported, batch.ambiguous) == (1, 0)


def test_what_was_left_can_be_chosen_after_the_import(owner, bolts):
    batch = brought(owner, "1 Lightning Bolt (M10) 146\n4 Lightning Bolt\n")
    assert (batch.status, batch.imported, batch.ambiguous) == ("COMMITTED", 1, 1)

    row = batch.import_rows.get(outcome="AMBIGUOUS")
    choose(row=row, card_id=bolts[0].pk, finish="NONFOIL")
    batch = commit(batch=batch)

    assert (batch.imported, batch.ambiguous) == (2, 0)
    assert sum(lot.quantity for lot in Lot.objects.of(owner)) == 5


def test_the_newest_for_all(owner, bolts):
    batch = previewed(
        owner,
        HEADER + "1,Lightning Bolt,,,,,\n2,Lightning Bolt,zzz,,foil,,\n"
        "1,Shock,m10,146,,,\n",
    )
    make_card("Shock", set_code="m21")

    assert choose_newest(batch=batch) == 3
    rows = list(batch.import_rows.in_order())
    assert [row.card.set_code for row in rows] == ["sta", "sta", "m10"]


def test_a_row_can_be_left_out(owner, bolt):
    row = one_row(owner, "1 Lightning Bolt (M10) 146\n")

    skip(row=row)
    batch = commit(batch=row.batch)

    assert (batch.imported, batch.skipped) == (0, 1)
    assert not Lot.objects.exists()


def test_cancelled_before_the_import_nothing_comes(owner, bolt):
    batch = previewed(owner, "1 Lightning Bolt (M10) 146\n")

    cancel(batch=batch)

    assert commit(batch=batch).status == "CANCELLED"
    assert not Lot.objects.exists()


def test_cancelled_while_it_is_matched_nothing_is_kept(owner, bolt, monkeypatch):
    batch = upload(owner=owner, text="1 Lightning Bolt (M10) 146\n")
    read = imports._rows

    def slowly(one: ImportBatch) -> list[tuple[Any, ...]]:
        rows = read(one)
        cancel(batch=one)
        return rows

    monkeypatch.setattr(imports, "_rows", slowly)
    advance(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.import_rows.count()) == ("CANCELLED", 0)


def test_cancelled_in_the_middle_everything_goes_again(owner, bolt, monkeypatch):
    monkeypatch.setattr(commits, "CHUNK", 1)
    batch = previewed(
        owner, HEADER + "".join(f"{n},Lightning Bolt,m10,146,,,\n" for n in range(1, 5))
    )
    before = commits._import_some

    def stopped_after_two(one: ImportBatch) -> bool:
        more = before(one)
        if Lot.objects.count() == 2:
            cancel(batch=one)
        return more

    monkeypatch.setattr(commits, "_import_some", stopped_after_two)
    batch = commit(batch=batch)

    assert (batch.status, batch.imported) == ("CANCELLED", 0)
    assert not Lot.objects.exists()


def test_an_import_goes_on_where_it_was_interrupted(owner, bolt, monkeypatch):
    monkeypatch.setattr(commits, "CHUNK", 1)
    batch = previewed(
        owner, HEADER + "".join(f"{n},Lightning Bolt,m10,146,,,\n" for n in range(1, 4))
    )
    assert commits.begin_commit(batch=batch)
    assert commits._import_some(batch)
    batch.refresh_from_db()
    assert (batch.status, batch.done, Lot.objects.count()) == ("COMMITTING", 1, 1)

    advance(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.imported) == ("COMMITTED", 3)
    assert [lot.quantity for lot in Lot.objects.order_by("id")] == [1, 2, 3]


def test_a_file_is_read_another_way_until_it_is_imported(owner, bolt):
    text = "Karte;Stück\nLightning Bolt;2\n"
    batch = upload(owner=owner, text=text)
    assert (batch.status, batch.format) == ("MAPPING", "")

    remap(batch=batch, options=Options(columns={"name": 0, "quantity": 1}))
    advance(batch_id=batch.pk)
    batch = commit(batch=batch)

    assert (batch.format, batch.imported) == ("generic", 1)
    with pytest.raises(UnreadableFileError, match="Undo that first"):
        remap(batch=batch, options=Options(columns={"name": 1}))


def test_a_file_that_turns_out_too_long_fails_and_says_so(owner, bolt):
    batch = upload(owner=owner, text="Count,Name,Edition\n" + "1,Opt,dom\n" * 100_001)
    advance(batch_id=batch.pk)

    batch.refresh_from_db()
    assert batch.status == "FAILED"
    assert "100,000 rows" in batch.error


def test_files_that_were_left_do_not_pile_up(owner, bolt):
    for number in range(25):
        upload(owner=owner, text=f"{number + 1} Lightning Bolt\n")

    assert ImportBatch.objects.of(owner).count() == 20


def test_rejected_rows_come_back_with_their_reasons(owner, bolt):
    batch = brought(
        owner,
        HEADER + "1,Nope,m10,,,,\n0,Lightning Bolt,m10,,,,\n1,Lightning Bolt,m10,,,,",
    )

    header, lines = rejected_table(batch)

    assert header == ["Row", "Outcome", "Reason", "Count", "Name", "Edition"]
    assert list(lines) == [
        [2, "REJECTED", "no card is called “Nope”", "1", "Nope", "m10"],
        [
            3,
            "REJECTED",
            "0 is no number of copies one can have",
            "0",
            "Lightning Bolt",
            "m10",
        ],
    ]


@pytest.fixture
def collection(owner, bolts) -> User:
    """Lots with everything a lot can have."""
    bolt, showcase, etched, japanese = bolts
    Lot.objects.create(
        owner=owner,
        card=bolt,
        quantity=4,
        condition="HEAVILY_PLAYED",
        language="CHINESE_TRADITIONAL",
        unit_cost=Decimal("1.125"),
        cost_currency="EUR",
        acquired_on=date(2025, 12, 24),
        source='a shop; "the" shop',
        binder="=cmd|' /C calc'!A0",
        tags=["modern", "-x"],
        notes="'quoted\nand, long",
        for_trade=2,
        grade="PSA 9",
        is_signed=True,
        is_misprint=True,
    )
    Lot.objects.create(
        owner=owner, card=showcase, quantity=1, finish="FOIL", is_altered=True,
        unit_cost=Decimal(0), cost_currency="USD",
    )  # fmt: skip
    Lot.objects.create(
        owner=owner, card=etched, quantity=2, finish="ETCHED", is_proxy=True
    )
    Lot.objects.create(owner=owner, card=japanese, quantity=1, language="JAPANESE")
    Lot.objects.create(owner=owner, card=bolt, quantity=3, disposed=3)
    return owner


FIELDS = (
    *("key", "card_id", "finish", "condition", "language", "quantity", "unit_cost"),
    *("cost_currency", "acquired_on", "source", "binder", "tags", "notes"),
    *("for_trade", "grade", "is_signed", "is_altered", "is_proxy", "is_misprint"),
)


def everything(user: User) -> list[dict[str, Any]]:
    return list(Lot.objects.of(user).held().order_by("id").values(*FIELDS))


def test_our_own_export_comes_back_as_it_was(collection):
    text = "".join(export_lines(collection, EXPORTS["csv"]))
    other = User.objects.create_user("bob")

    batch = brought(other, text)

    assert (batch.format, batch.imported, batch.rejected) == ("csv", 4, 0)
    assert everything(other) == everything(collection)


def test_our_own_export_adds_nothing_where_it_came_from(collection):
    text = "".join(export_lines(collection, EXPORTS["csv"]))
    before = everything(collection)

    batch = brought(collection, text)

    assert (batch.imported, batch.present) == (0, 4)
    assert everything(collection) == before


def test_no_cell_of_an_export_is_a_formula(collection):
    for kind in EXPORTS.values():
        for line in export_lines(collection, kind):
            cells = line.strip().replace('"', "").split(",")
            assert not [one for one in cells if one.startswith(("=", "@", "+"))]


# What each site can say of a copy comes back; MTGO and Card Kingdom know too little.
@pytest.mark.parametrize(
    "slug",
    sorted(
        set(EXPORTS)
        - {"mtgo", "cardkingdom", "deckedbuilder", "cardmarket-shipment", "text"}
    ),
)
def test_every_export_comes_back_as_the_same_cards(collection, slug):
    text = "".join(export_lines(collection, EXPORTS[slug]))
    other = User.objects.create_user("bob")

    batch = brought(other, text)

    def held(user: User) -> list[tuple[int, str, int]]:
        rows = Lot.objects.of(user).held().order_by("id")
        return [(lot.card_id, lot.finish, lot.quantity) for lot in rows]

    assert (batch.rejected, batch.ambiguous) == (0, 0), errors_of(batch)
    assert held(other) == held(collection)


def test_matching_asks_the_same_few_questions_however_long_the_file(owner, bolts):
    def questions(rows: int) -> int:
        text = HEADER + "".join(
            f"{n},Lightning Bolt,m10,146,,,\n" for n in range(1, rows + 1)
        )
        batch = upload(owner=owner, text=text, is_commit_wanted=True)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            advance(batch_id=batch.pk)
        return len(asked)

    assert questions(2) == questions(200)
