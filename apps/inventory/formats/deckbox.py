"""Deckbox's inventory. Its own price is what the owner asks, not what they paid; its
collector numbers and set codes are its own, where Scryfall's differ."""

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="deckbox",
    label="Deckbox",
    marks=frozenset({"count", "name", "edition", "card number", "artist proof"}),
    columns={
        "count": "quantity",
        "tradelist count": "for_trade",
        "name": "name",
        "edition": "set_name",
        "edition code": "set_code",
        "card number": "number",
        "condition": "condition",
        "language": "language",
        "foil": "finish",
        "signed": "signed",
        "altered art": "altered",
        "misprint": "misprint",
        "tags": "tags",
        "tcgplayer id": "tcgplayer_id",
        "scryfall id": "scryfall_id",
    },
    scale="deckbox",
    has_own_numbers=True,
    export=(
        ("Count", h.attribute("quantity")),
        ("Tradelist Count", h.attribute("for_trade")),
        ("Name", h.attribute("name")),
        ("Edition", h.attribute("set_name")),
        ("Edition Code", h.upper_set),
        ("Card Number", h.attribute("number")),
        (
            "Condition",
            h.condition(
                *("Mint", "Near Mint", "Good (Lightly Played)"),
                *("Played", "Heavily Played", "Poor"),
            ),
        ),
        ("Language", h.language_name),
        ("Foil", h.finish("", "foil", "foil")),
        ("Signed", h.flag("is_signed", "signed", "")),
        ("Artist Proof", h.constant("")),
        ("Altered Art", h.flag("is_altered", "altered", "")),
        ("Misprint", h.flag("is_misprint", "true", "")),
        ("Promo", h.constant("")),
        ("Textless", h.constant("")),
        ("Printing Id", h.constant("")),
        ("Printing Note", h.constant("")),
        ("Tags", h.tags),
        ("My Price", h.constant("")),
        ("TcgPlayer ID", h.vendor_id("tcgplayer")),
        ("Scryfall ID", h.attribute("scryfall_id")),
    ),
)
