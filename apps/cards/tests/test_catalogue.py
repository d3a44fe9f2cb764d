"""The catalogue: records out of both forms of file, card objects into rows."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.cards.ingest.records import records
from apps.cards.models import Card, CardIdentifier, CardSet
from apps.cards.services import (
    Catalogue,
    import_cards,
    import_sets,
    import_vendor_ids,
    read_catalogue,
)
from mtgintel.core.feeds import CorruptFeedError, Rejects

SLIVER = "0000579f-7b35-4ed3-b44c-db2a538066fe"
OUTFITTER = "00006596-1166-4a79-8443-ca9f82e6db4e"


def card_object(**changes: Any) -> dict[str, Any]:
    return {
        "object": "card",
        "id": SLIVER,
        "oracle_id": "44623693-51d6-49ad-8cd7-140505caf02f",
        "name": "Fury Sliver",
        "lang": "en",
        "set": "tsp",
        "set_name": "Time Spiral",
        "set_type": "expansion",
        "collector_number": "157",
        "rarity": "uncommon",
        "layout": "normal",
        "released_at": "2006-10-06",
        "finishes": ["foil", "nonfoil"],
        "games": ["paper", "mtgo"],
        "colors": ["R"],
        "color_identity": ["R"],
        "mana_cost": "{5}{R}",
        "cmc": 6.0,
        "type_line": "Creature — Sliver",
        "oracle_text": "All Sliver creatures have double strike.",
        "legalities": {"modern": "legal"},
        "image_uris": {"normal": "https://cards.example/sliver.jpg"},
        "artist": "Paolo Parente",
        "edhrec_rank": 5954,
        "reserved": False,
        "reprint": True,
        "tcgplayer_id": 14240,
        "mtgo_id": 25527,
        "mtgo_foil_id": 25528,
        "multiverse_ids": [109722],
        **changes,
    }


def jsonl(*objects: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def imported(text: bytes, size: int = 1 << 20):
    """Import a file; its counts and rejects."""
    rejects = Rejects()
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    with Catalogue() as catalogue:
        for _ in read_catalogue(pieces, catalogue, rejects):
            pass
        return import_cards(catalogue=catalogue), rejects


def read_records(text: bytes, size: int = 7) -> list[tuple[str, bytes]]:
    return list(records(text[i : i + size] for i in range(0, len(text), size)))


class TestRecords:
    def test_lines(self):
        assert read_records(b'{"a":1}\r\n\n{"b":2}') == [
            ("line 1", b'{"a":1}'),
            ("line 3", b'{"b":2}'),
        ]

    def test_array_in_any_layout(self):
        text = b' [\n {"a": [1, {"x": "],\\"}"}]},\n{"b":2},\n 3 ]\n'

        assert read_records(text) == [
            ("element 1", b'{"a": [1, {"x": "],\\"}"}]}'),
            ("element 2", b'{"b":2}'),
            ("element 3", b"3"),
        ]

    @pytest.mark.parametrize("text", [b"", b"  \n", b"<html>", b"id,name\n1,x"])
    def test_other_files(self, text):
        with pytest.raises(CorruptFeedError, match="no file of JSON records"):
            read_records(text)

    @pytest.mark.parametrize("text", [b'{"a":1}\n{"b":', b'[{"a":1},{"b"', b'[{"a":1}'])
    def test_cut_off(self, text):
        with pytest.raises(CorruptFeedError, match="cut off"):
            read_records(text)

    @given(
        st.lists(
            st.dictionaries(
                st.text(max_size=5),
                st.recursive(
                    st.text(max_size=8) | st.none() | st.integers(),
                    lambda inner: st.lists(inner, max_size=3),
                    max_leaves=5,
                ),
                max_size=3,
            ),
            min_size=1,
            max_size=6,
        ),
        st.integers(1, 40),
        st.sampled_from([None, 2]),
    )
    @settings(deadline=None)
    def test_elements_and_lines_in_pieces_of_any_size(self, objects, size, indent):
        array = json.dumps(objects, indent=indent, ensure_ascii=False).encode()

        for text in (array, jsonl(*objects)):
            found = [json.loads(record) for _, record in read_records(text, size)]
            assert found == objects


@pytest.mark.django_db
class TestImport:
    pytestmark = pytest.mark.storage

    def test_every_field_of_a_card(self):
        counts, rejects = imported(jsonl(card_object()))

        assert (counts.inserted, counts.updated, counts.unchanged) == (1, 0, 0)
        assert rejects.total == 0
        card = Card.objects.select_related("card_set").get()
        assert card.scryfall_id == UUID(SLIVER)
        assert card.oracle_id == UUID("44623693-51d6-49ad-8cd7-140505caf02f")
        assert (card.name, card.search_name) == ("Fury Sliver", "fury sliver")
        assert (card.set_code, card.card_set.name) == ("tsp", "Time Spiral")
        assert (card.collector_number, card.rarity) == ("157", "uncommon")
        assert (card.language, card.lang_code) == ("ENGLISH", "en")
        assert card.finishes == ["NONFOIL", "FOIL"]
        assert (card.games, card.colors) == (["paper", "mtgo"], ["R"])
        assert (card.mana_cost, card.mana_value) == ("{5}{R}", 6.0)
        assert card.type_line == "Creature — Sliver"
        assert card.oracle_text == "All Sliver creatures have double strike."
        assert card.legalities == {"modern": "legal"}
        assert card.image_uri == "https://cards.example/sliver.jpg"
        assert (card.artist, card.edhrec_rank) == ("Paolo Parente", 5954)
        assert (card.released_on, card.faces) == (date(2006, 10, 6), [])
        assert (card.is_reprint, card.is_reserved, card.is_promo) == (
            True,
            False,
            False,
        )
        ids = CardIdentifier.objects.values_list("source", "external_id", "finish")
        assert set(ids) == {
            ("tcgplayer", "14240", None),
            ("mtgo", "25527", "NONFOIL"),
            ("mtgo", "25528", "FOIL"),
            ("multiverse", "109722", None),
        }

    def test_equal_card_is_not_written_again(self):
        imported(jsonl(card_object()))
        before = self._versions()

        counts, _ = imported(jsonl(card_object()))

        assert (counts.inserted, counts.updated, counts.unchanged) == (0, 0, 1)
        assert self._versions() == before

    def _versions(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, xmin::text, ctid::text FROM cards UNION ALL "
                "SELECT id, xmin::text, ctid::text FROM card_identifiers ORDER BY 1, 2"
            )
            return cursor.fetchall()

    def test_changed_card_keeps_its_id(self):
        imported(jsonl(card_object()))
        before = Card.objects.get().pk

        counts, _ = imported(jsonl(card_object(rarity="mythic", tcgplayer_id=99)))

        card = Card.objects.get()
        assert (counts.inserted, counts.updated) == (0, 1)
        assert (card.pk, card.rarity) == (before, "mythic")
        tcgplayer = card.identifiers.filter(source="tcgplayer")
        assert [one.external_id for one in tcgplayer] == ["99"]

    def test_faces_give_what_the_card_itself_has_not(self):
        faces = [
            {
                "name": "Delver of Secrets",
                "mana_cost": "{U}",
                "type_line": "Creature — Human Wizard",
                "oracle_text": "Look at the top card.",
                "colors": ["U"],
                "artist": "Nils Hamm",
                "image_uris": {"normal": "https://cards.example/front.jpg"},
            },
            {"name": "Insectile Aberration", "image_uris": None},
        ]
        changes = {
            "name": "Delver of Secrets // Insectile Aberration",
            "card_faces": faces,
            "mana_cost": None,
            "image_uris": None,
            "artist": None,
            "colors": None,
            "type_line": None,
        }

        imported(jsonl(card_object(**changes)))

        card = Card.objects.get()
        assert card.image_uri == "https://cards.example/front.jpg"
        assert (card.mana_cost, card.colors) == ("{U}", ["U"])
        assert (card.type_line, card.artist) == ("Creature — Human Wizard", "Nils Hamm")
        assert [face["name"] for face in card.faces] == [
            "Delver of Secrets",
            "Insectile Aberration",
        ]

    def test_reversible_card_takes_the_identity_its_faces_agree_on(self):
        one, other = str(UUID(int=1)), str(UUID(int=2))
        text = jsonl(
            card_object(
                oracle_id=None, card_faces=[{"oracle_id": one}, {"oracle_id": one}]
            ),
            card_object(
                id=OUTFITTER,
                oracle_id=None,
                card_faces=[{"oracle_id": one}, {"oracle_id": other}],
            ),
        )

        imported(text)

        assert dict(Card.objects.values_list("scryfall_id", "oracle_id")) == {
            UUID(SLIVER): UUID(int=1),
            UUID(OUTFITTER): None,
        }

    @pytest.mark.parametrize(
        ("lang", "language"),
        [("ja", "JAPANESE"), ("ph", "PHYREXIAN"), ("px", "OTHER"), (None, "ENGLISH")],
    )
    def test_languages(self, lang, language):
        imported(jsonl(card_object(lang=lang)))

        card = Card.objects.get()
        assert (card.language, card.lang_code) == (language, lang or "en")

    def test_collector_numbers_are_text(self):
        imported(jsonl(card_object(collector_number="ZEN-202★")))

        assert Card.objects.get().collector_number == "ZEN-202★"

    def test_sparse_record_is_a_card(self):
        imported(jsonl({"object": "card", "id": SLIVER, "name": "Lim-Dûl's Vault"}))

        card = Card.objects.get()
        assert (card.search_name, card.card_set, card.finishes) == (
            "lim-dul's vault",
            None,
            [],
        )

    @pytest.mark.parametrize(
        "bad",
        [
            b"{not json}",
            b"[1]",
            b'"text"',
            json.dumps(card_object(id='"8ec0033b-d71b-4389-88fe-45c24735454')).encode(),
            json.dumps(card_object(id="8ec0033bd71b438988fe45c247354540")).encode(),
            json.dumps(card_object(name=None)).encode(),
            json.dumps(card_object(name=" ")).encode(),
            json.dumps(card_object(name="x" * 301)).encode(),
            json.dumps(card_object(name="nul\0")).encode(),
            json.dumps(card_object(object="set")).encode(),
            json.dumps(card_object(tcgplayer_id="many")).encode(),
            json.dumps(card_object(edhrec_rank=2**31)).encode(),
        ],
    )
    def test_malformed_record_is_rejected_and_the_rest_loads(self, bad):
        good = json.dumps(card_object(id=OUTFITTER)).encode()

        counts, rejects = imported(good + b"\n" + bad + b"\n")

        assert counts.inserted == 1
        assert rejects.counts == {"malformed record": 1}
        assert rejects.samples[0].position == "line 2"
        assert Card.objects.get().scryfall_id == UUID(OUTFITTER)

    def test_second_record_of_a_card_is_rejected(self):
        _, rejects = imported(jsonl(card_object(), card_object(name="Other")))

        assert rejects.counts == {"duplicate record": 1}
        assert Card.objects.get().name == "Fury Sliver"

    def test_text_that_copy_might_trip_over(self):
        text = 'back\\slash "quote" \\N \x01\x02 tab\t line\n \\. ☃'

        imported(jsonl(card_object(oracle_text=text)))

        assert Card.objects.get().oracle_text == text


SET_NODE = {
    "object": "set",
    "id": str(UUID(int=9)),
    "code": "TSP",
    "name": "Time Spiral",
    "set_type": "expansion",
    "released_at": "2006-10-06",
    "card_count": 301,
    "digital": False,
    "tcgplayer_id": 86,
    "icon_svg_uri": "https://svgs.example/tsp.svg",
}


@pytest.mark.django_db
def test_sets_are_written_once():
    assert import_sets(nodes=[SET_NODE, {"object": "set"}]) == 1
    assert import_sets(nodes=[SET_NODE]) == 0

    one = CardSet.objects.get()
    assert (one.code, one.name, one.released_on) == (
        "tsp",
        "Time Spiral",
        date(2006, 10, 6),
    )
    assert (one.card_count, one.tcgplayer_group_id) == (301, 86)


@pytest.mark.django_db
def test_set_that_a_card_named_first_is_completed():
    imported(jsonl(card_object()))

    assert import_sets(nodes=[SET_NODE]) == 1
    assert CardSet.objects.get().card_count == 301


@pytest.mark.django_db
def test_vendor_ids_fill_gaps_and_never_contradict():
    imported(jsonl(card_object()))
    card = Card.objects.get()
    rows = [
        (card.pk, "mtgjson", "uuid-a", None),
        (card.pk, "mtgjson", "uuid-b", None),
        (card.pk, "tcgplayer", "777", None),
        (card.pk, "cardkingdom", "12", "FOIL"),
    ]

    assert import_vendor_ids(rows=rows) == 3
    assert import_vendor_ids(rows=rows) == 0
    found = card.identifiers.filter(source__in=["mtgjson", "tcgplayer", "cardkingdom"])
    assert set(found.values_list("source", "external_id")) == {
        ("mtgjson", "uuid-a"),
        ("mtgjson", "uuid-b"),
        ("tcgplayer", "14240"),
        ("cardkingdom", "12"),
    }
