"""Cardsphere."""

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="cardsphere",
    label="Cardsphere",
    marks=frozenset({"count", "name", "edition", "scryfall id", "last modified"}),
    columns={
        "count": "quantity",
        "tradelist count": "for_trade",
        "name": "name",
        "edition": "set_name",
        "condition": "condition",
        "language": "language",
        "foil": "finish",
        "tags": "tags",
        "scryfall id": "scryfall_id",
    },
    scale="moxfield",
    export=(
        ("Count", h.attribute("quantity")),
        ("Tradelist Count", h.attribute("for_trade")),
        ("Name", h.attribute("name")),
        ("Edition", h.attribute("set_name")),
        ("Condition", h.AMERICAN),
        ("Language", h.language_name),
        ("Foil", h.finish("N", "Y", "Y")),
        ("Tags", h.tags),
        ("Scryfall ID", h.attribute("scryfall_id")),
        ("Last Modified", h.constant("")),
    ),
)
