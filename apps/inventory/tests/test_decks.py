"""Lists as text: whole words only, and only where the rest still names a card."""

from __future__ import annotations

import pytest

from apps.inventory.formats import BadRow, Entry, Reading, open_text
from apps.inventory.formats.decks import read_line
from apps.inventory.matching import Catalogue, MatchRules, Printing, match
from mtgintel.core.constants import Condition, Finish, Language

NAMES = (
    *("Brainstorm", "Wasteland", "Tarmogoyf", "Hallowed Ground", "Sol Ring", "Foil"),
    *("Lightning Bolt", "Force of Will", "Foiled Plan", "+2 Mace", "Mox Jet"),
    "Erase (Not the Urza's Legacy One)",
)


def understood(line: str) -> tuple[int, Reading]:
    """How a line is read where the cards of NAMES exist."""
    entry = read_line(line)
    assert isinstance(entry, Entry)
    catalogue = Catalogue()
    for number, name in enumerate(NAMES, 1):
        catalogue.add(
            Printing(
                *(number, name.casefold(), "xxx", str(number), Language.ENGLISH),
                *(frozenset(Finish), False, None),
            )
        )
    return entry.quantity, match(entry, catalogue, MatchRules()).reading


@pytest.mark.parametrize(
    ("line", "quantity", "expected"),
    [
        ("4x Brainstorm", 4, {"name": "Brainstorm"}),
        ("3 Wasteland", 3, {"name": "Wasteland"}),
        (
            "1x Tarmogoyf (MMA) NM",
            1,
            {"name": "Tarmogoyf", "set_code": "MMA"},
        ),
        ("Hallowed Ground", 1, {"name": "Hallowed Ground"}),
        (
            "1 Sol Ring LP foil",
            1,
            {
                "name": "Sol Ring",
                "condition": Condition.LIGHTLY_PLAYED,
                "finish": Finish.FOIL,
            },
        ),
        ("2 Lightning Bolt [M10]", 2, {"name": "Lightning Bolt", "set_code": "M10"}),
        (
            "Force of Will - Alliances - LP",
            1,
            {
                "name": "Force of Will",
                "set_name": "Alliances",
                "condition": Condition.LIGHTLY_PLAYED,
            },
        ),
        ("1 Foiled Plan", 1, {"name": "Foiled Plan"}),
        ("1 Foil", 1, {"name": "Foil"}),
        ("Foil", 1, {"name": "Foil"}),
        ("2 Foil foil", 2, {"name": "Foil", "finish": Finish.FOIL}),
        ("1 +2 Mace", 1, {"name": "+2 Mace"}),
        (
            "1 Erase (Not the Urza's Legacy One) (UGL) 9",
            1,
            {
                "name": "Erase (Not the Urza's Legacy One)",
                "set_code": "UGL",
                "number": "9",
            },
        ),
        (
            "1 Sol Ring (LTC) 284 *F* #staples",
            1,
            {
                "name": "Sol Ring",
                "set_code": "LTC",
                "number": "284",
                "finish": Finish.FOIL,
            },
        ),
        (
            "SB: 2 Mox Jet (Limited Edition Alpha) JP",
            2,
            {
                "name": "Mox Jet",
                "set_name": "Limited Edition Alpha",
                "language": Language.JAPANESE,
            },
        ),
        (
            "1 [M10#146] Lightning Bolt",
            1,
            {"name": "Lightning Bolt", "set_code": "M10", "number": "146"},
        ),
        ("Sol Ring x2", 2, {"name": "Sol Ring"}),
        ("1x Sol Ring *E*", 1, {"name": "Sol Ring", "finish": Finish.ETCHED}),
    ],
)
def test_what_a_line_says(line, quantity, expected):
    assert understood(line) == (quantity, Reading(**expected))


@pytest.mark.parametrize("line", ["0 Sol Ring", "99999999 Sol Ring"])
def test_impossible_counts_are_reported(line):
    assert isinstance(read_line(line), BadRow)


def test_headings_and_comments_are_no_cards():
    text = (
        "About\nName Izzet\n\nDeck\n// fast\n# mana\n4 Opt (DOM) 60\n\n"
        "SIDEBOARD:\n2 Shock\nMaybeboard (1)\nBrainstorm\n"
    )

    source = open_text(text)
    rows = list(source.rows())

    assert source.format is not None
    assert source.format.slug == "text"
    assert [(row.position, row.raw["line"]) for row in rows] == [
        (7, "4 Opt (DOM) 60"),
        (10, "2 Shock"),
        (12, "Brainstorm"),
    ]
