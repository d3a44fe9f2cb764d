"""Dragon Shield's folders. Every kind of foil it knows is a foil here."""

from collections.abc import Iterable

from . import holding as h
from .base import Cells, Format
from .cells import compact


def _plain_foil(cells: dict[str, str]) -> Iterable[Cells]:
    """ "Double Rainbow Foil" is a treatment of its printing: the finish is foil."""
    printing = compact(cells.get("finish", ""))
    if printing.endswith("foil") and "etched" not in printing:
        cells["finish"] = "foil"
    return (cells,)


FORMAT = Format(
    slug="dragonshield",
    label="Dragon Shield",
    marks=frozenset({"card name", "set code", "card number", "printing"}),
    columns={
        "folder name": "binder",
        "quantity": "quantity",
        "trade quantity": "for_trade",
        "card name": "name",
        "set code": "set_code",
        "set name": "set_name",
        "card number": "number",
        "condition": "condition",
        "printing": "finish",
        "language": "language",
        "price bought": "cost",
        "date bought": "acquired_on",
    },
    scale="dragonshield",
    adapt=_plain_foil,
    export=(
        ("Folder Name", h.attribute("binder")),
        ("Quantity", h.attribute("quantity")),
        ("Trade Quantity", h.attribute("for_trade")),
        ("Card Name", h.attribute("name")),
        ("Set Code", h.upper_set),
        ("Set Name", h.attribute("set_name")),
        ("Card Number", h.attribute("number")),
        (
            "Condition",
            h.condition("Mint", "NearMint", "Good", "LightPlayed", "Played", "Poor"),
        ),
        ("Printing", h.finish("Normal", "Foil", "Etched Foil")),
        ("Language", h.language_name),
        ("Price Bought", h.cost),
        ("Date Bought", h.acquired),
    ),
)
