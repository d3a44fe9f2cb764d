"""Helvault."""

from mtgintel.core.constants import Finish

from . import holding as h
from .base import Format

FORMAT = Format(
    slug="helvault",
    label="Helvault",
    marks=frozenset({"extras", "quantity", "scryfall id"}),
    columns={
        "collector number": "number",
        "extras": "finish",
        "language": "language",
        "name": "name",
        "quantity": "quantity",
        "scryfall id": "scryfall_id",
        "set code": "set_code",
        "set name": "set_name",
    },
    finishes={"foil": Finish.FOIL, "etchedfoil": Finish.ETCHED},
    export=(
        ("collector_number", h.attribute("number")),
        ("extras", h.finish("", "foil", "etchedFoil")),
        ("language", h.language_code),
        ("name", h.attribute("name")),
        ("quantity", h.attribute("quantity")),
        ("rarity", lambda one: one.rarity.capitalize()),
        ("scryfall_id", h.attribute("scryfall_id")),
        ("set_code", h.attribute("set_code")),
        ("set_name", h.attribute("set_name")),
    ),
)
