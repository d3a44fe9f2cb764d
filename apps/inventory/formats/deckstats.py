"""Deckstats."""

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="deckstats",
    label="Deckstats",
    marks=frozenset({"amount", "card name"}),
    columns={
        "amount": "quantity",
        "card name": "name",
        "is foil": "finish",
        "is signed": "signed",
        "set code": "set_code",
        "collector number": "number",
        "language": "language",
        "condition": "condition",
        "comment": "notes",
        "added": "acquired_on",
    },
    scale="cardmarket",
    export=(
        ("amount", h.attribute("quantity")),
        ("card_name", h.attribute("name")),
        ("is_foil", lambda one: int(h.is_foil(one))),
        ("is_pinned", h.constant(0)),
        ("is_signed", lambda one: int(one.is_signed)),
        ("set_id", h.constant("")),
        ("set_code", h.upper_set),
        ("collector_number", h.attribute("number")),
        ("language", h.language_code),
        ("condition", h.condition("MT", "NM", "EX", "GD", "PL", "PO")),
        ("comment", h.attribute("notes")),
        ("added", h.acquired),
    ),
)
