"""Card Kingdom's list of cards to sell."""

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="cardkingdom",
    label="Card Kingdom",
    marks=frozenset({"title", "edition", "foil", "quantity"}),
    columns={
        "title": "name",
        "edition": "set_name",
        "condition": "condition",
        "foil": "finish",
        "quantity": "quantity",
    },
    scale="cardkingdom",
    prices_in="USD",
    export=(
        ("title", h.attribute("name")),
        ("edition", h.attribute("set_name")),
        ("condition", h.condition("NM", "NM", "EX", "VG", "G", "G")),
        ("foil", lambda one: int(h.is_foil(one))),
        ("quantity", h.attribute("quantity")),
    ),
)
