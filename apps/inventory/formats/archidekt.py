"""Archidekt's collection."""

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="archidekt",
    label="Archidekt",
    marks=frozenset({"quantity", "name", "finish", "edition code"}),
    columns={
        "quantity": "quantity",
        "name": "name",
        "finish": "finish",
        "condition": "condition",
        "date added": "acquired_on",
        "language": "language",
        "purchase price": "cost",
        "tags": "tags",
        "edition name": "set_name",
        "edition code": "set_code",
        "multiverse id": "multiverse_id",
        "scryfall id": "scryfall_id",
        "mtgo id": "mtgo_id",
        "collector number": "number",
    },
    export=(
        ("Quantity", h.attribute("quantity")),
        ("Name", h.attribute("name")),
        ("Finish", h.finish("Normal", "Foil", "Etched")),
        ("Condition", h.SHORT),
        ("Date Added", h.acquired),
        ("Language", lambda one: h.language_code(one).upper()),
        ("Purchase Price", h.cost),
        ("Tags", h.tags),
        ("Edition Name", h.attribute("set_name")),
        ("Edition Code", h.attribute("set_code")),
        ("Multiverse Id", h.vendor_id("multiverse")),
        ("Scryfall ID", h.attribute("scryfall_id")),
        ("Collector Number", h.attribute("number")),
    ),
)
