"""The facts of the demo market hold together."""

from collections import Counter, defaultdict

import pytest

from apps.prices.demo.facts import TABLES, printings
from apps.prices.demo.stories import STORIES
from mtgintel.core.constants import Finish, Language, Rarity

BY_KEY = {printing.key: printing for printing in printings()}


def test_there_are_about_three_hundred_and_no_two_are_the_same():
    assert len(printings()) == 311
    assert len(BY_KEY) == 311
    assert len({printing.scryfall_id for printing in printings()}) == 311


def test_ids_are_the_same_everywhere():
    bolt = BY_KEY["m10 146 en"]
    assert str(bolt.scryfall_id) == "8334bd68-f789-5bfc-a5f1-38e22dc43f41"
    assert str(bolt.card.oracle_id) == "e46b58e0-34ca-5b61-a907-780cb7119c51"


def test_reprints_share_their_oracle_id():
    ids = defaultdict(set)
    for printing in printings():
        ids[printing.card.name].add(printing.card.oracle_id)
    assert {len(found) for found in ids.values()} == {1}
    assert len({next(iter(found)) for found in ids.values()}) == len(ids)
    assert Counter(p.card.name for p in printings())["Lightning Bolt"] == 3


@pytest.mark.parametrize("printing", printings(), ids=lambda printing: printing.key)
def test_a_printing_is_well_formed(printing):
    assert printing.rarity in Rarity.values
    assert printing.finishes
    assert len(set(printing.finishes)) == len(printing.finishes)
    assert set(printing.card.colors) <= set("WUBRG")
    assert printing.card.formats <= {"standard", "modern", "commander"}
    faces = printing.card.name.count(" // ")
    assert printing.card.type_line.count(" // ") == faces
    assert printing.usd is not None or printing.tix is not None
    assert printing.usd is None or 0.01 <= printing.usd <= 5_000
    assert printing.tix is None or 0.005 <= printing.tix <= 100


def test_every_set_and_card_is_used():
    for table, used in (
        ("sets", {printing.card_set.code for printing in printings()}),
        ("cards", {printing.card.name for printing in printings()}),
    ):
        lines = (TABLES / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) - 1 == len(used)


@pytest.mark.parametrize(
    ("key", "name", "layout", "finishes"),
    [
        ("apc 128 en", "Fire // Ice", "split", "nonfoil foil"),
        (
            "isd 51 en",
            "Delver of Secrets // Insectile Aberration",
            "transform",
            "nonfoil foil",
        ),
        (
            "khm 114 en",
            "Valki, God of Lies // Tibalt, Cosmic Impostor",
            "modal_dfc",
            "nonfoil foil",
        ),
        ("eld 115 en", "Bonecrusher Giant // Stomp", "adventure", "nonfoil foil"),
        ("mh2 439 en", "Scalding Tarn", "normal", "nonfoil foil etched"),
        ("2x2 429 en", "Force of Negation", "normal", "etched"),
        ("pdmu 107s en", "Sheoldred, the Apocalypse", "normal", "foil"),
        ("war 97 en", "Liliana, Dreadhorde General", "normal", "nonfoil foil"),
        ("war 97★ ja", "Liliana, Dreadhorde General", "normal", "nonfoil foil"),
        ("neo 42 en", "The Wandering Emperor", "normal", "nonfoil foil"),
        ("neo 42 ja", "The Wandering Emperor", "normal", "nonfoil foil"),
        ("fbb 284 fr", "Plateau", "normal", "nonfoil"),
        ("plst ISD-78 en", "Snapcaster Mage", "normal", "nonfoil"),
        ("4ed 107† en", "Drudge Skeletons", "normal", "nonfoil"),
        ("arn 29 en", "Juzám Djinn", "normal", "nonfoil"),
        ("ptk 9 en", 'Kongming, "Sleeping Dragon"', "normal", "nonfoil"),
        ("emn 204a en", "Hanweir Battlements", "meld", "nonfoil foil"),
        (
            "sok 35 en",
            "Erayo, Soratami Ascendant // Erayo's Essence",
            "flip",
            "nonfoil foil",
        ),
    ],
)
def test_the_tricky_kinds_are_there(key, name, layout, finishes):
    printing = BY_KEY[key]
    assert printing.card.name == name
    assert printing.card.layout == layout
    assert printing.finishes == tuple(Finish[f.upper()] for f in finishes.split())


def test_a_digital_printing_has_tickets_only():
    lotus = BY_KEY["vma 4 en"]
    assert (lotus.usd, lotus.tix, lotus.is_digital) == (None, 17.0, True)


def test_reserved_cards_and_languages():
    reserved = {p.card.name for p in printings() if p.card.is_reserved}
    assert {"Gaea's Cradle", "Mox Diamond", "Underground Sea"} <= reserved
    assert "Sol Ring" not in reserved
    assert {p.language for p in printings()} == {
        Language.ENGLISH,
        Language.JAPANESE,
        Language.FRENCH,
    }


def test_stories_are_told_of_cards_that_exist():
    names = {printing.card.name for printing in printings()}
    assert {card for story in STORIES for card in story.cards} - names == set()
