"""TCGplayer: the app's scans, and a seller's stock."""

from collections.abc import Iterable

from . import holding as h
from .base import Cells, Format
from .cells import RowProblem, read_count_or_none

APP = Format(
    slug="tcgplayer",
    label="TCGplayer app",
    marks=frozenset({"simple name", "product id"}),
    columns={
        "quantity": "quantity",
        "simple name": "name",
        "set": "set_name",
        "card number": "number",
        "set code": "set_code",
        "printing": "finish",
        "condition": "condition",
        "language": "language",
        "product id": "tcgplayer_id",
    },
    scale="tcgplayer",
    prices_in="USD",
    export=(
        ("Quantity", h.attribute("quantity")),
        ("Name", h.attribute("name")),
        ("Simple Name", h.attribute("name")),
        ("Set", h.attribute("set_name")),
        ("Card Number", h.attribute("number")),
        ("Set Code", h.upper_set),
        ("Printing", h.finish("Normal", "Foil", "Foil")),
        ("Condition", h.AMERICAN),
        ("Language", h.language_name),
        ("Rarity", lambda one: one.rarity.capitalize()),
        ("Product ID", h.vendor_id("tcgplayer")),
        ("SKU", h.constant("")),
    ),
)


def _of_stock(cells: dict[str, str]) -> Iterable[Cells]:
    """ "Near Mint Foil - Japanese" says condition, finish and language."""
    if cells.pop("game", "Magic").split(":")[0].casefold() != "magic":
        raise RowProblem("it is of another game")
    grade, _, language = cells.get("condition", "").partition(" - ")
    if grade == "Unopened":
        raise RowProblem("a sealed product is no card")
    foil = grade.endswith(" Foil")
    # What is for sale and what is about to be added to it.
    copies = sum(
        read_count_or_none(cells.pop(name, "")) for name in ("stock", "quantity")
    )
    return (
        cells
        | {
            "quantity": str(copies),
            "condition": grade.removesuffix(" Foil"),
            "finish": "foil" if foil else "",
            "language": language,
        },
    )


# Its first column is the id of an offer's kind, no product's.
SELLER = Format(
    slug="tcgplayer-seller",
    label="TCGplayer seller",
    marks=frozenset({"tcgplayer id", "product line", "product name"}),
    columns={
        "product line": "game",
        "set name": "set_name",
        "product name": "name",
        "number": "number",
        "condition": "condition",
        "total quantity": "stock",
        "add to quantity": "quantity",
    },
    scale="tcgplayer",
    adapt=_of_stock,
)
