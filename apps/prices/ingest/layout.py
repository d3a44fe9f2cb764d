"""How a price list of a form we do not know is to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Column(NamedTuple):
    """A field a list may have: what people call it, and which group it is in."""

    label: str
    group: str


IDENTITY, FIGURES, COPY = "Which card", "Figures", "Which copy, and when"

# Everything that a column may be said to be.
COLUMNS: dict[str, Column] = {
    "scryfall_id": Column("Scryfall id", IDENTITY),
    "tcgplayer_id": Column("TCGplayer product id", IDENTITY),
    "cardmarket_id": Column("Cardmarket product id", IDENTITY),
    "mtgo_id": Column("MTGO id", IDENTITY),
    "cardkingdom_id": Column("Card Kingdom id", IDENTITY),
    "set_code": Column("set code", IDENTITY),
    "set_name": Column("set name", IDENTITY),
    "collector_number": Column("collector number", IDENTITY),
    "name": Column("card name", IDENTITY),
    "price": Column("price", FIGURES),
    "price_low": Column("lowest price", FIGURES),
    "price_mid": Column("median or mean price", FIGURES),
    "price_high": Column("highest price", FIGURES),
    "price_market": Column("market price", FIGURES),
    "quantity": Column("copies in stock", FIGURES),
    "listings": Column("offers", FIGURES),
    "finish": Column("finish", COPY),
    "condition": Column("condition", COPY),
    "language": Column("language", COPY),
    "time": Column("time of the price", COPY),
}

# Field -> whose ids it has.
VENDOR_IDS = {
    "tcgplayer_id": "tcgplayer",
    "cardmarket_id": "cardmarket",
    "mtgo_id": "mtgo",
    "cardkingdom_id": "cardkingdom",
}
# Vendors whose ids are of one finish each.
_FINISH_IN_ID = {"mtgo_id", "cardkingdom_id"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything an adapter must be told of a list; see CustomSource.

    An empty `delimiter` or `encoding` is found out from the file. `unit` is how many
    thousandths one of the list's units is.
    """

    marketplace: str
    currency: str
    columns: Mapping[str, str]
    is_json: bool = False
    records_path: str = ""
    delimiter: str = ""
    encoding: str = ""
    decimal_mark: str = "."
    unit: int = 1000
    finish: str = ""
    condition: str = ""
    condition_scale: str = "default"
    language: str = ""
    zero_is_absent: bool = False

    def problems(self) -> dict[str, str]:
        """What keeps a list from being read with this: field -> what is missing."""
        has = {field for field, column in self.columns.items() if column}
        found = {}
        if "price" not in has:
            found["price"] = "Say which column has the price."
        if not has & {"scryfall_id", "name", *VENDOR_IDS} and not (
            "collector_number" in has and has & {"set_code", "set_name"}
        ):
            found["scryfall_id"] = (
                "Say which columns tell the card: an id, set and collector number, "
                "or its name."
            )
        if not self.finish and not has & {"finish", *_FINISH_IN_ID}:
            found["finish"] = (
                "Say which column has the finish, or which finish all rows are."
            )
        if not self.condition and "condition" not in has:
            found["condition"] = (
                "Say which column has the condition, or which one all rows are in."
            )
        if self.zero_is_absent and "quantity" not in has:
            found["quantity"] = "Say which column has the copies in stock."
        return found
