"""A table of unknown make: columns by the usual words for them, or as somebody says."""

from __future__ import annotations

from collections.abc import Iterable

from .base import ID_FIELDS, Cells, Format, reg_and_foil

_WORDS = {
    "name": "name|card|cardname|card name|title|product name|english name|card title",
    "quantity": "quantity|qty|count|amount|copies|number of cards|qty.|anzahl",
    "foil_quantity": "foil quantity|foil qty|foil count|qty foil|foils",
    "set_code": "set code|edition code|code|setcode|expansion code|set id|"
    "expansion symbol",
    "set_name": "set|set name|edition|expansion|edition name|setname|expansion name",
    "number": "collector number|card number|number|cn|collector no|no.|collector #|"
    "set number|collectornumber",
    "finish": "foil|finish|printing|is foil|isfoil|foil?|variance",
    "condition": "condition|card condition|grade condition|cond",
    "language": "language|lang|languages",
    "scryfall_id": "scryfall id|scryfallid|scryfall",
    "tcgplayer_id": "tcgplayer product id|tcg product id|tcgplayerid|product id|tcg id",
    "cardmarket_id": "cardmarket id|cardmarketid|idproduct|mkm id",
    "mtgo_id": "mtgo id|mtgoid",
    "multiverse_id": "multiverse id|multiverseid|mvid",
    "cost": "purchase price|price paid|cost|unit cost|acquired price|purchaseprice|"
    "price bought|average cost paid|paid|acquire price",
    "currency": "currency|purchase price currency|cost currency",
    "acquired_on": "acquired on|date acquired|purchase date|date added|added|"
    "purchasedate|date bought|acquired date",
    "source": "source|bought from|seller",
    "binder": "binder|folder|folder name|binder name|location|portfolio name|box",
    "tags": "tags|tag|labels",
    "notes": "notes|note|comment|comments",
    "for_trade": "for trade|tradelist count|trade quantity|trade|to trade",
    "grade": "grade|grading",
    "signed": "signed|is signed",
    "altered": "altered|alter|is altered|altered art",
    "proxy": "proxy|is proxy",
    "misprint": "misprint",
}
_HEADINGS = {
    word: field for field, words in _WORDS.items() for word in words.split("|")
}
# One of these must be there for a row to name a card.
NAMING = ("name", "scryfall_id", *ID_FIELDS)


def _either(cells: dict[str, str]) -> Iterable[Cells]:
    """Counts of regular and foil copies where there are both columns."""
    if "foil_quantity" not in cells:
        return (_ungraded(cells),)
    cells["regular_quantity"] = cells.pop("quantity", "")
    return reg_and_foil(_ungraded(cells))


def _ungraded(cells: dict[str, str]) -> dict[str, str]:
    if cells.get("grade", "").casefold() in ("ungraded", "raw", "none"):
        cells["grade"] = ""
    return cells


FORMAT = Format(
    slug="generic",
    label="Other table",
    marks=frozenset({"\0"}),
    columns=_HEADINGS,
    adapt=_either,
)
