"""Delver Lens."""

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="delverlens",
    label="Delver Lens",
    marks=frozenset({"quantity", "name", "edition", "card number"}),
    columns={
        "quantity": "quantity",
        "quantityx": "quantity",
        "name": "name",
        "edition": "set_name",
        "edition code": "set_code",
        "card number": "number",
        "condition": "condition",
        "foil": "finish",
        "language": "language",
        "scryfall id": "scryfall_id",
        "multiverse id": "multiverse_id",
        "price paid": "cost",
        "comments": "notes",
    },
    export=(
        ("Quantity", h.attribute("quantity")),
        ("Name", h.attribute("name")),
        ("Edition", h.attribute("set_name")),
        ("Edition code", h.upper_set),
        ("Card Number", h.attribute("number")),
        ("Condition", h.AMERICAN),
        ("Foil", h.finish("", "foil", "etched")),
        ("Language", h.language_name),
        ("Scryfall ID", h.attribute("scryfall_id")),
        ("Comments", h.attribute("notes")),
    ),
)
