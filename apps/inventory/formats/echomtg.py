"""EchoMTG: a row is of the regular and of the foil copies at once."""

from . import holding as h
from .base import Format, reg_and_foil

FORMAT = Format(
    slug="echomtg",
    label="EchoMTG",
    marks=frozenset({"reg qty", "foil qty", "name", "set"}),
    columns={
        "reg qty": "regular_quantity",
        "foil qty": "foil_quantity",
        "name": "name",
        "set": "set_name",
        "acquired": "cost",
        "language": "language",
        "date acquired": "acquired_on",
        "set code": "set_code",
        "collector number": "number",
        "condition": "condition",
        "note": "notes",
        "tcgid": "tcgplayer_id",
    },
    prices_in="USD",
    adapt=reg_and_foil,
    export=(
        ("Reg Qty", h.regular_count),
        ("Foil Qty", h.foil_count),
        ("Name", h.attribute("name")),
        ("Set", h.attribute("set_name")),
        ("Rarity", lambda one: one.rarity.capitalize()),
        ("Acquired", h.cost_in("USD")),
        ("Language", lambda one: h.language_code(one).upper()),
        ("Date Acquired", h.acquired),
        ("Set Code", h.upper_set),
        ("Collector Number", h.attribute("number")),
        ("Condition", h.SHORT),
        ("Marked as Trade", lambda one: 1 if one.for_trade else 0),
        ("note", h.attribute("notes")),
    ),
)

# What its import takes: one row for each copy.
COPIES = Format(
    slug="echomtg-copies",
    label="EchoMTG, a row per copy",
    marks=frozenset({"name", "foil", "set code"}),
    columns={
        "name": "name",
        "expansion": "set_name",
        "set": "set_name",
        "set code": "set_code",
        "foil": "finish",
        "condition": "condition",
        "language": "language",
        "acquire price": "cost",
        "acquired price": "cost",
        "acquire date": "acquired_on",
        "acquired date": "acquired_on",
    },
    prices_in="USD",
)
