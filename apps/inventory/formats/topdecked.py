"""TopDecked."""

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="topdecked",
    label="TopDecked",
    marks=frozenset({"quantity", "name", "setcode", "finish"}),
    columns={
        "quantity": "quantity",
        "name": "name",
        "setcode": "set_code",
        "setname": "set_name",
        "collector number": "number",
        "finish": "finish",
        "id": "scryfall_id",
        "acquired date": "acquired_on",
        "acquired price": "cost",
        "lang": "language",
        "alteration": "altered",
        "condition": "condition",
        "notes": "notes",
        "tags": "tags",
    },
    export=(
        ("QUANTITY", h.attribute("quantity")),
        ("NAME", h.attribute("name")),
        ("SETCODE", h.attribute("set_code")),
        ("SETNAME", h.attribute("set_name")),
        ("COLLECTOR NUMBER", h.attribute("number")),
        ("FINISH", h.finish("nonfoil", "foil", "etched")),
        ("RARITY", h.attribute("rarity")),
        ("ID", h.attribute("scryfall_id")),
        ("ACQUIRED DATE", h.acquired),
        ("ACQUIRED PRICE", h.cost),
        ("LANG", h.language_code),
        ("ALTERATION", h.flag("is_altered")),
        (
            "CONDITION",
            h.condition(
                *("mint", "near mint", "slightly played"),
                *("moderately played", "heavily played", "damaged"),
            ),
        ),
        ("NOTES", h.attribute("notes")),
        ("TAGS", h.tags),
    ),
)
