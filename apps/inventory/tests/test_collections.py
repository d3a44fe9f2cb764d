"""The real exports of many sites, with the real catalogue."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from django.contrib.auth.models import User

from apps.cards.models import Card
from apps.inventory.formats import Options, UnreadableFileError, decode
from apps.inventory.models import ImportBatch, Lot
from apps.inventory.services import advance, upload

pytestmark = [pytest.mark.shared_data, pytest.mark.django_db]

# What is no collection at all, or has no headings to go by.
WITHOUT_HEADINGS = {"echomtg/basic_csv_without_header.csv"}
# file -> how many rows are rejected for what they say, not for what we do not know
WRONG_ROWS = {
    "echomtg/basic_csv_many_no_header.csv": {"unknown language": 2},
    "echomtg/basic_csv_with_header.csv": {"unknown language": 1},
    "echomtg/basic_csv_with_many_cards.csv": {"unknown language": 558},
    "echomtg/delver_preset_with_space.csv": {"is no number of copies": 3},
    "helvault/test_hv_invalid.csv": {"cells, the header": 9},
    "helvault/test_hvp_invalid.csv": {"unknown finish": 1},
    "manabox/manabox.csv": {"unknown condition": 1},
    "roundtrip/master.csv": {"unknown condition": 2},
    "roundtrip/moxfield-count-rejected.csv": {
        "is no number of copies": 4,
    },
    "roundtrip/moxfield-foil-rejected.csv": {"unknown finish": 3},
    "roundtrip/moxfield-language-rejected.csv": {"unknown language": 2},
    "snippets/mtg_manager.csv": {"unknown condition": 2},
    "snippets/pucatrade.csv": {"cells, the header": 5},
    "snippets/urzas_gatherer.csv": {"unknown condition": 5},
}
# What we do not know; the catalogue of the tests has two thirds of all printings.
UNKNOWN_CARD = ("no card is called", "no card has this id or number")
FORMAT_OF = {
    "cardtrader": {"cardtrader"},
    "deckbox": {"deckbox"},
    "echomtg": {"echomtg", "echomtg-copies", "generic"},
    "helvault": {"helvault", "aetherhub"},
    "manabox": {"manabox", "text"},
    "moxfield": {"moxfield"},
    "mtgo_dek": {"mtgo-dek"},
    "tcgplayer": {"tcgplayer", "generic"},
}


def previewed(owner: User, path: Path, **options: Any) -> ImportBatch:
    batch = upload(
        owner=owner,
        text=decode(path.read_bytes()),
        filename=path.name,
        options=Options(**options),
        is_repeat=True,
    )
    advance(batch_id=batch.pk)
    batch.refresh_from_db()
    return batch


def imported(owner: User, path: Path, **options: Any) -> ImportBatch:
    batch = previewed(owner, path, **options)
    batch.is_commit_wanted = True
    batch.save()
    advance(batch_id=batch.pk)
    batch.refresh_from_db()
    return batch


def test_each_row_of_every_file_is_imported_offered_or_rejected(catalogue, owner):
    for path in sorted(one for one in catalogue.rglob("*") if one.is_file()):
        name = str(path.relative_to(catalogue))
        batch = previewed(owner, path)
        if name in WITHOUT_HEADINGS:
            assert batch.status == "MAPPING", name
            continue
        assert batch.status == "PREVIEW", (name, batch.error)
        assert batch.rows > 0, name
        expected = FORMAT_OF.get(name.split("/", 1)[0])
        assert expected is None or batch.format in expected, name
        rejected = batch.import_rows.filter(outcome="REJECTED")
        wrong = [one for one in rejected if not one.reason.startswith(UNKNOWN_CARD)]
        counts = WRONG_ROWS.get(name, {})
        for words, count in counts.items():
            assert sum(words in one.reason for one in wrong) == count, name
        assert len(wrong) == sum(counts.values()), (name, wrong[0].reason)
        assert all(
            row.candidates for row in batch.import_rows.filter(outcome="AMBIGUOUS")
        )


def held(owner: User) -> Counter[tuple[Any, ...]]:
    """Copies by printing, finish, condition and language."""
    found: Counter[tuple[Any, ...]] = Counter()
    for lot in Lot.objects.of(owner).select_related("card__card_set"):
        place = (lot.card.set_code, lot.card.collector_number)
        found[(*place, lot.finish, lot.condition, lot.language)] += lot.quantity
    return found


CONDITIONS = {
    "Mint": "MINT",
    "NearMint": "NEAR_MINT",
    "Good": "LIGHTLY_PLAYED",
    "LightlyPlayed": "MODERATELY_PLAYED",
    "Played": "HEAVILY_PLAYED",
    "Poor": "DAMAGED",
}
LANGUAGES = {
    "en": "ENGLISH",
    "es": "SPANISH",
    "fr": "FRENCH",
    "de": "GERMAN",
    "it": "ITALIAN",
    "pt": "PORTUGUESE",
    "ja": "JAPANESE",
    "ko": "KOREAN",
    "ru": "RUSSIAN",
    "zhs": "CHINESE_SIMPLIFIED",
    "zht": "CHINESE_TRADITIONAL",
}


@pytest.fixture
def truth(catalogue) -> Counter[tuple[Any, ...]]:
    """What master.csv says, as far as the catalogue has the printing."""
    known = {
        (code, number)
        for code, number in Card.objects.values_list(
            "card_set__code", "collector_number"
        )
    }
    found: Counter[tuple[Any, ...]] = Counter()
    with (catalogue / "roundtrip" / "master.csv").open() as file:
        for row in csv.DictReader(file):
            place = (row["Set"].lower(), row["CollectorNumber"])
            if place in known:
                copy = (row["Finish"].upper(), CONDITIONS[row["Condition"]])
                found[(*place, *copy, LANGUAGES[row["Language"]])] += int(row["Count"])
    assert len(found) > 20
    return found


# The nine copies that were exported from every site, each in a grade or language.
FARMHANDS = ("mid", "2")


@pytest.mark.parametrize("site", ["moxfield", "dragonshield", "topdecked"])
def test_grades_and_languages_are_those_of_the_master(catalogue, owner, truth, site):
    path = catalogue / "roundtrip" / f"{site}-field-fidelity.csv"

    batch = imported(owner, path)

    farmhands = {copy: n for copy, n in truth.items() if copy[:2] == FARMHANDS}
    assert {copy: n for copy, n in held(owner).items() if copy[:2] == FARMHANDS} == (
        farmhands
    )
    # Two tokens that this catalogue has not.
    assert (batch.rows, batch.imported, batch.ambiguous) == (9, 7, 2)


def real(owner_name: str, catalogue: Path, site: str) -> Counter[tuple[Any, ...]]:
    owner = User.objects.create_user(owner_name)
    imported(owner, catalogue / "roundtrip" / f"{site}-real-export.csv")
    return held(owner)


# What a site cannot say, or said of another printing, when these exports were made.
def comparable(copies: Counter[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Without the etched, which some sites call foil, and without grades that one
    cannot tell apart in all of them."""
    told_apart = ("MINT", "NEAR_MINT", "LIGHTLY_PLAYED")
    return {
        copy
        for copy in copies
        if copy[:2] not in {("sta", "27"), ("cmm", "509")} and copy[3] in told_apart
    }


@pytest.mark.parametrize(
    ("site", "missing", "other"),
    [
        # Deckbox has one printing of this Aragorn under the number of another.
        ("deckbox", {("ltr", "741z")}, {("ltr", "741")}),
        ("manabox", set(), set()),
        ("topdecked", set(), set()),
        # Dragon Shield has no reprints of The List, and has a played copy and a
        # Chinese one otherwise.
        ("dragonshield", {("plst", "CN2-22"), ("plst", "DDC-49"), ("m11", "149")},
         {("cn2", "22"), ("dvd", "49"), ("m11", "149")}),
    ],
)  # fmt: skip
def test_the_same_cards_whichever_site_they_came_through(
    catalogue, site, missing, other
):
    moxfield = comparable(real("mo", catalogue, "moxfield"))
    found = comparable(real("other", catalogue, site))

    assert {copy[:2] for copy in moxfield - found} <= missing
    assert {copy[:2] for copy in found - moxfield} <= other
    assert len(moxfield & found) >= 30


def test_mtggoldfish_says_neither_grade_nor_language(catalogue):
    moxfield = {copy[:3] for copy in real("mo", catalogue, "moxfield")}
    found = {copy[:3] for copy in real("other", catalogue, "mtggoldfish")}

    assert found <= moxfield
    assert len(found) == 25


def test_cardmarket_ids_are_the_same_cards(catalogue):
    """Only some of the catalogue's printings have their Cardmarket id."""
    moxfield = {copy[:2] for copy in real("mo", catalogue, "moxfield")}
    found = {copy[:2] for copy in real("other", catalogue, "cardmarket")}

    assert found
    assert found <= moxfield


def test_blank_rows_are_no_rows(catalogue, owner):
    batch = imported(
        owner, catalogue / "roundtrip/moxfield-blank-and-delimiter-rows.csv"
    )

    assert (batch.rows, batch.imported) == (2, 2)


def test_unknown_sets_are_offered_and_never_matched(catalogue, owner):
    batch = imported(owner, catalogue / "roundtrip/moxfield-warnings-only.csv")

    assert (batch.rows, batch.imported, batch.ambiguous) == (3, 0, 3)
    assert set(batch.import_rows.values_list("reason", flat=True)) == {
        f"unknown set “FAKESET{n}”" for n in (1, 2, 3)
    }


def test_a_file_of_another_site_is_refused_by_name(catalogue, owner):
    path = catalogue / "roundtrip/moxfield-wrong-format-headers.csv"

    with pytest.raises(UnreadableFileError, match="no export of Moxfield"):
        previewed(owner, path, format="moxfield")
    assert previewed(owner, path).format == "dragonshield"


def test_what_was_paid_is_known_where_the_site_says_the_currency(catalogue, owner):
    imported(owner, catalogue / "roundtrip/manabox-real-export.csv")

    lot = Lot.objects.get(card__card_set__code="lea", card__name="Demonic Tutor")
    assert (lot.unit_cost, lot.cost_currency) == (Decimal("8000.00"), "USD")


@pytest.mark.parametrize(
    ("path", "imported_rows"),
    [
        ("manabox/ManaBox_Collection_2026-08-13.csv", 501),
        ("small/decked-builder-grn.csv", 239),
        ("deckbox/inventory-2023-10.csv", 4159),
        ("mtgo_dek/All_Cards.dek", 694),
    ],
)
def test_whole_collections_are_imported(catalogue, owner, path, imported_rows):
    batch = imported(owner, catalogue / path)

    assert batch.imported == imported_rows
    assert Lot.objects.of(owner).count() == imported_rows


def test_fifty_thousand_rows_are_a_matter_of_seconds(catalogue, owner):
    cards = Card.objects.filter(finishes__contains=["NONFOIL"], is_digital=False)
    known = list(
        cards.exclude(collector_number="")
        .order_by("id")
        .values_list("name", "card_set__code", "collector_number")[:50_000]
    )
    lines = [f'1,"{name}",{code},{number}' for name, code, number in known]
    text = "Count,Name,Edition,Collector Number\n" + "\n".join(lines)

    started = process_time()
    batch = upload(owner=owner, text=text, is_commit_wanted=True)
    advance(batch_id=batch.pk)
    seconds = process_time() - started

    batch.refresh_from_db()
    assert (batch.status, batch.rows) == ("COMMITTED", 50_000)
    assert batch.imported > 49_000
    # Of this process: what it takes on the clock depends on who else is busy.
    assert seconds < 20
