"""Decked Builder: a row is of the regular and of the foil copies at once."""

from . import holding as h
from .base import Format, reg_and_foil

FORMAT = Format(
    slug="deckedbuilder",
    label="Decked Builder",
    marks=frozenset({"reg qty", "foil qty", "card", "set"}),
    columns={
        "reg qty": "regular_quantity",
        "foil qty": "foil_quantity",
        "card": "name",
        "set": "set_name",
        "mvid": "multiverse_id",
        "multiverseid": "multiverse_id",
        "notes": "notes",
    },
    adapt=reg_and_foil,
    export=(
        ("Total Qty", h.attribute("quantity")),
        ("Reg Qty", h.regular_count),
        ("Foil Qty", h.foil_count),
        ("Card", h.attribute("name")),
        ("Set", h.attribute("set_name")),
        ("Rarity", lambda one: one.rarity.capitalize()),
        ("Mvid", h.vendor_id("multiverse")),
        ("Notes", h.attribute("notes")),
    ),
)
