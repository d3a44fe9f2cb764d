"""Moxfield's collection."""

from mtgintel.core.constants import Finish

from . import holding as h
from .base import Format
from .cells import LANGUAGE_NAMES

FORMAT = Format(
    slug="moxfield",
    label="Moxfield",
    marks=frozenset({"count", "name", "edition"}),
    columns={
        "count": "quantity",
        "tradelist count": "for_trade",
        "name": "name",
        "edition": "set_code",
        "condition": "condition",
        "language": "language",
        "foil": "finish",
        "tags": "tags",
        "collector number": "number",
        "alter": "altered",
        "proxy": "proxy",
        "purchase price": "cost",
    },
    # It writes these and nothing else.
    finishes={"foil": Finish.FOIL, "etched": Finish.ETCHED},
    languages=LANGUAGE_NAMES,
    scale="moxfield",
    export=(
        ("Count", h.attribute("quantity")),
        ("Tradelist Count", h.attribute("for_trade")),
        ("Name", h.attribute("name")),
        ("Edition", h.attribute("set_code")),
        (
            "Condition",
            h.condition(
                *("Mint", "Near Mint", "Good (Lightly Played)"),
                *("Played", "Heavily Played", "Damaged"),
            ),
        ),
        ("Language", h.language_name),
        ("Foil", h.finish("", "foil", "etched")),
        ("Tags", h.tags),
        ("Last Modified", h.constant("")),
        ("Collector Number", h.attribute("number")),
        ("Alter", h.flag("is_altered", "True", "False")),
        ("Proxy", h.flag("is_proxy", "True", "False")),
        ("Purchase Price", h.cost),
    ),
)
