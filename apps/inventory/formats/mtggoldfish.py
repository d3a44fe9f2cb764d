"""MTGGoldfish. It calls everything regular that is no foil it knows."""

from mtgintel.core.constants import Finish

from . import holding as h
from .base import Cells, Format


def _said(cells: dict[str, str]) -> tuple[Cells]:
    if cells.get("finish", "").casefold() == "regular":
        cells["finish"] = ""
    return (cells,)


FORMAT = Format(
    slug="mtggoldfish",
    label="MTGGoldfish",
    marks=frozenset({"card", "set id", "set name", "quantity"}),
    columns={
        "card": "name",
        "set id": "set_code",
        "set name": "set_name",
        "quantity": "quantity",
        "foil": "finish",
        "collector number": "number",
        "scryfall id": "scryfall_id",
    },
    finishes={"foil": Finish.FOIL, "foiletched": Finish.ETCHED},
    adapt=_said,
    export=(
        ("Card", h.attribute("name")),
        ("Set ID", h.upper_set),
        ("Set Name", h.attribute("set_name")),
        ("Quantity", h.attribute("quantity")),
        ("Foil", h.finish("regular", "foil", "foil_etched")),
        ("Variation", h.constant("")),
        ("Collector Number", h.attribute("number")),
        ("Scryfall ID", h.attribute("scryfall_id")),
    ),
)
