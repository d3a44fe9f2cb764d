"""ManaBox's collection; its columns change with the version of the app."""

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="manabox",
    label="ManaBox",
    marks=frozenset({"manabox id"}),
    columns={
        "binder name": "binder",
        "name": "name",
        "set code": "set_code",
        "set name": "set_name",
        "collector number": "number",
        "foil": "finish",
        "quantity": "quantity",
        "scryfall id": "scryfall_id",
        "purchase price": "cost",
        "misprint": "misprint",
        "altered": "altered",
        "condition": "condition",
        "language": "language",
        "purchase price currency": "currency",
        "added": "acquired_on",
    },
    scale="manabox",
    export=(
        ("Binder Name", h.attribute("binder")),
        ("Binder Type", lambda one: "binder" if one.binder else ""),
        ("Name", h.attribute("name")),
        ("Set code", h.upper_set),
        ("Set name", h.attribute("set_name")),
        ("Collector number", h.attribute("number")),
        ("Foil", h.finish("normal", "foil", "etched")),
        ("Rarity", h.attribute("rarity")),
        ("Quantity", h.attribute("quantity")),
        ("ManaBox ID", h.constant("")),
        ("Scryfall ID", h.attribute("scryfall_id")),
        ("Purchase price", h.cost),
        ("Misprint", h.flag("is_misprint")),
        ("Altered", h.flag("is_altered")),
        (
            "Condition",
            h.condition("mint", "near_mint", "excellent", "good", "played", "poor"),
        ),
        ("Language", h.language_code),
        ("Purchase price currency", h.attribute("cost_currency")),
        ("Added", h.acquired),
    ),
)
