"""Finding printings by name, number and facets."""

from __future__ import annotations

import json
import random
import uuid
from datetime import date

import pytest
from django.db import connection

from apps.cards.models import Card, CardMigration, CardSet
from apps.cards.querysets import fold_name
from apps.cards.selectors import (
    CardSearch,
    autocomplete,
    get_card,
    printings_of,
    search_cards,
)

pytestmark = pytest.mark.django_db


def make_card(name: str, **fields: object) -> Card:
    code = str(fields.pop("set_code", "lea"))
    card_set, _ = CardSet.objects.get_or_create(code=code, defaults={"name": code})
    return Card.objects.create(
        **{
            "scryfall_id": uuid.uuid4(),
            "oracle_id": uuid.uuid5(uuid.NAMESPACE_DNS, name),
            "name": name,
            "search_name": fold_name(name),
            "card_set": card_set,
            "collector_number": "1",
            "finishes": ["NONFOIL"],
        }
        | fields
    )


def names(q: str = "", **wanted: str) -> list[str]:
    return [card.name for card in search_cards(CardSearch(q=q, **wanted))]


class TestByName:
    def test_exact_before_prefix_before_contained_before_similar(self):
        for name in (
            "Force Spike",
            "Forceful Denial",
            "Ritual of Force",
            "Force",
            "Farce",
            "Island",
        ):
            make_card(name)
        assert names("force") == [
            "Force",
            "Force Spike",
            "Forceful Denial",
            "Ritual of Force",
        ]

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("lightnig bolt", "Lightning Bolt"),
            ("tarmogof", "Tarmogoyf"),
            ("brainstrom", "Brainstorm"),
            ("lim-dul's vault", "Lim-Dûl's Vault"),
            ("LIM-DÛL", "Lim-Dûl's Vault"),
            ("aether vial", "Æther Vial"),
            ("jotun grunt", "Jötun Grunt"),
        ],
    )
    def test_accents_case_and_slips_are_forgiven(self, typed, meant):
        for name in (
            "Lightning Bolt",
            "Tarmogoyf",
            "Brainstorm",
            "Lim-Dûl's Vault",
            "Æther Vial",
            "Jötun Grunt",
        ):
            make_card(name)
        assert names(typed) == [meant]

    def test_the_whole_name_resembles_more_than_a_part_of_one(self):
        make_card("Emeritus // Lightning Bolt")
        make_card("Lightning Bolt")
        assert names("lightnig bolt") == autocomplete("lightnig bolt")
        assert names("lightnig bolt")[0] == "Lightning Bolt"

    def test_either_half_of_a_split_card_is_its_name(self):
        make_card("Fire // Ice")
        make_card("Icefall")
        make_card("Fireball")
        assert names("fire") == ["Fire // Ice", "Fireball"]
        assert names("ice") == ["Fire // Ice", "Icefall"]
        assert names("fire // ice") == ["Fire // Ice"]
        assert names("ic") == ["Fire // Ice", "Icefall"]

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("%", []),
            ("_", ["_____"]),
            ("100%", ["100% Sure"]),
            ("1%", []),
            ("%ing", []),
            ("\\", []),
            ("'", []),
            ("x", ["X"]),
        ],
    )
    def test_wildcards_stand_for_themselves(self, typed, found):
        for name in ("_____", "100% Sure", "Lightning", "X"):
            make_card(name)
        assert names(typed) == found

    def test_printings_of_a_name_the_newest_first(self):
        old = make_card("Bolt", released_on=date(1993, 8, 5))
        new = make_card("Bolt", released_on=date(2024, 1, 1))
        unknown = make_card("Bolt")
        assert list(search_cards(CardSearch(q="bolt"))) == [new, old, unknown]

    def test_what_scryfall_removed_is_not_found(self):
        make_card("Bolt", removed_at="2026-01-01T00:00:00Z")
        assert names("bolt") == names() == autocomplete("bolt") == []


class TestByNumber:
    @pytest.fixture(autouse=True)
    def _cards(self):
        make_card("Ragavan", set_code="mh2", collector_number="138")
        make_card("Other", set_code="mh2", collector_number="13")
        make_card("Starred", set_code="plist", collector_number="138a★")
        make_card("Mh2 Tribute")

    @pytest.mark.parametrize(
        "typed", ["mh2 138", "MH2 138", "mh2 #138", "mh2/138", " mh2  138 "]
    )
    def test_set_and_number_name_a_printing(self, typed):
        assert names(typed) == ["Ragavan"]

    def test_numbers_are_text(self):
        assert names("plist 138A★") == ["Starred"]

    def test_what_is_no_number_is_a_name(self):
        assert names("mh2 tribute") == ["Mh2 Tribute"]


class TestFacets:
    @pytest.fixture(autouse=True)
    def _cards(self):
        make_card("White", colors=["W"], rarity="rare", set_code="one")
        make_card(
            "Azorius",
            colors=["U", "W"],
            finishes=["FOIL"],
            legalities={"modern": "legal", "vintage": "restricted"},
        )
        make_card("Relic", language="JAPANESE", legalities={"modern": "banned"})

    @pytest.mark.parametrize(
        ("facet", "found"),
        [
            ({"color": "W"}, ["Azorius", "White"]),
            ({"color": "UW"}, ["Azorius"]),
            ({"color": "WW"}, ["Azorius", "White"]),
            ({"color": "C"}, ["Relic"]),
            ({"rarity": "rare"}, ["White"]),
            ({"set": "ONE"}, ["White"]),
            ({"finish": "FOIL"}, ["Azorius"]),
            ({"language": "JAPANESE"}, ["Relic"]),
            ({"format": "modern"}, ["Azorius"]),
            ({"format": "vintage"}, ["Azorius"]),
            ({"format": "pauper"}, []),
            ({"color": "W", "finish": "NONFOIL"}, ["White"]),
            ({}, ["Azorius", "Relic", "White"]),
        ],
    )
    def test_narrow_a_search(self, facet, found):
        assert names(**facet) == found
        assert names("relic", **facet) == [name for name in found if name == "Relic"]


class TestAutocomplete:
    def test_each_name_once_the_best_first(self):
        for name in ("Bolt Bend", "Lightning Bolt", "Bolt", "Bolt", "Boltwing"):
            make_card(name)
        assert autocomplete("bolt") == [
            "Bolt",
            "Bolt Bend",
            "Boltwing",
            "Lightning Bolt",
        ]
        assert autocomplete("bolt", 1) == ["Bolt"]

    @pytest.mark.parametrize("typed", ["", " ", "zzz"])
    def test_nothing(self, typed):
        make_card("Bolt")
        assert autocomplete(typed) == []

    def test_asks_once(self, django_assert_num_queries):
        with django_assert_num_queries(1):
            autocomplete("bolt")


class TestGetCard:
    def test_by_key_and_by_uuid(self, django_assert_num_queries):
        card = make_card("Bolt")
        with django_assert_num_queries(1):
            assert get_card(card.pk).set_code == "lea"
        assert get_card(str(card.pk)) == card
        assert get_card(card.scryfall_id) == card
        assert get_card(str(card.scryfall_id).upper()) == card

    def test_a_merged_id_leads_to_what_it_became(self):
        card, old = make_card("Bolt"), uuid.uuid4()
        CardMigration.objects.create(
            id=uuid.uuid4(),
            performed_on=date(2026, 1, 1),
            strategy="merge",
            old_scryfall_id=old,
            new_scryfall_id=card.scryfall_id,
        )
        assert get_card(old) == card

    @pytest.mark.parametrize(
        "unknown",
        ["", "x", "-1", "0", "²", str(2**70), "1" * 5000, str(uuid.UUID(int=0))],
    )
    def test_nothing(self, unknown):
        with pytest.raises(Card.DoesNotExist):
            get_card(unknown)


class TestPrintings:
    def test_share_the_oracle_id_the_newest_first(self):
        old = make_card("Bolt", released_on=date(1993, 8, 5))
        new = make_card("Bolt", released_on=date(2024, 1, 1))
        make_card("Bolt", removed_at="2026-01-01T00:00:00Z")
        make_card("Other")
        assert list(printings_of(old)) == [new, old]

    def test_of_a_card_without_oracle_id_are_itself(self):
        card = make_card("Reversible", oracle_id=None)
        make_card("Other reversible", oracle_id=None)
        assert list(printings_of(card)) == [card]


def test_among_thousands_of_names_a_search_reads_an_index():
    syllables = [a + b + c for a in "bcdfghklmprstvw" for b in "aeiou" for c in "lnrs"]
    chance = random.Random(1)
    many = [
        " ".join("".join(chance.choices(syllables, k=3)) for _ in range(3))
        for _ in range(20_000)
    ]
    copy_card_as(make_card("Island"), many)
    slip = many[1][:4] + many[1][5:]
    for typed in (many[0], many[0][:8], slip, many[2][:3], "x", "mh2 tribute"):
        plan = search_cards(CardSearch(q=typed)).explain(format="json")
        assert indexes_of(plan) <= {"cards_name_trgm", "cards_name_prefix"}
        assert "Seq Scan" not in scans_of_cards(plan), typed
    first_page = search_cards(CardSearch())[:50].explain(format="json")
    assert indexes_of(first_page) == {"cards_in_order"}
    assert search_cards(CardSearch(q=slip))[0].name == many[1]


def copy_card_as(card: Card, new_names: list[str]) -> None:
    columns = ", ".join(
        field.column
        for field in Card._meta.concrete_fields
        if field.name not in ("id", "scryfall_id", "name", "search_name")
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cards (scryfall_id, name, search_name, {columns}) "
            f"SELECT gen_random_uuid(), new.name, new.name, {columns} "
            "FROM unnest(%s::text[]) AS new (name), cards WHERE id = %s",
            [new_names, card.pk],
        )
        cursor.execute("SELECT gin_clean_pending_list('cards_name_trgm')")
        cursor.execute("ANALYZE cards")


def _nodes(plan: str) -> list[dict[str, str]]:
    def walk(node):
        yield node
        for child in node.get("Plans", []):
            yield from walk(child)

    return list(walk(json.loads(plan)[0]["Plan"]))


def indexes_of(plan: str) -> set[str]:
    return {
        node["Index Name"]
        for node in _nodes(plan)
        if node.get("Index Name", "").startswith("cards_")
    }


def scans_of_cards(plan: str) -> set[str]:
    return {
        node["Node Type"]
        for node in _nodes(plan)
        if node.get("Relation Name") == "cards"
    }
