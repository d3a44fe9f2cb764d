"""Cardmarket: a seller's stock, in its newer and older form, and what was bought."""

from collections.abc import Iterable
from decimal import Decimal

from mtgintel.core.constants import Language

from . import holding as h
from .base import Cells, Format
from .cells import LANGUAGES, RowProblem, read_amount, read_count, read_flag
from .holding import Holding

_LANGUAGE_IDS = {
    "1": Language.ENGLISH,
    "2": Language.FRENCH,
    "3": Language.GERMAN,
    "4": Language.SPANISH,
    "5": Language.ITALIAN,
    "6": Language.CHINESE_SIMPLIFIED,
    "7": Language.JAPANESE,
    "8": Language.PORTUGUESE,
    "9": Language.RUSSIAN,
    "10": Language.KOREAN,
    "11": Language.CHINESE_TRADITIONAL,
}
_LANGUAGES = LANGUAGES | _LANGUAGE_IDS
_SCALE = ("MT", "NM", "EX", "GD", "LP", "PL", "PO")
_GRADES = {str(n): grade for n, grade in enumerate(_SCALE, 1)}
_PLAYSET = 4


def _single(cells: dict[str, str]) -> Iterable[Cells]:
    """Grades are numbers in some files; a playset counts once and is four."""
    grade = cells.get("condition", "")
    cells["condition"] = _GRADES.get(grade, grade)
    if not read_flag(cells.pop("playset", "")):
        return (cells,)
    cells["quantity"] = str(_PLAYSET * read_count(cells.get("quantity", "")))
    try:
        price, _ = read_amount(cells.get("cost", ""))
    except RowProblem:
        price = None
    cells["cost"] = str(price / Decimal(_PLAYSET)) if price else ""
    return (cells,)


def _language_id(holding: Holding) -> str:
    ids = {value: key for key, value in _LANGUAGE_IDS.items()}
    return ids.get(Language(holding.language), "")


# A price in a stock is what the seller asks; nobody says there what they paid.
STOCK = Format(
    slug="cardmarket",
    label="Cardmarket stock",
    marks=frozenset({"cardmarketid", "quantity"}),
    columns={
        "cardmarketid": "cardmarket_id",
        "quantity": "quantity",
        "name": "name",
        "set": "set_name",
        "setcode": "set_code",
        "cn": "number",
        "condition": "condition",
        "language": "language",
        "isfoil": "finish",
        "isplayset": "playset",
        "issigned": "signed",
        "isaltered": "altered",
        "comment": "notes",
    },
    languages=_LANGUAGES,
    scale="cardmarket",
    adapt=_single,
    export=(
        ("cardmarketId", h.vendor_id("cardmarket")),
        ("quantity", h.attribute("quantity")),
        ("name", h.attribute("name")),
        ("set", h.attribute("set_name")),
        ("setCode", h.upper_set),
        ("cn", h.attribute("number")),
        ("condition", h.condition("MT", "NM", "EX", "GD", "PL", "PO")),
        ("language", h.language_name),
        ("isFoil", lambda one: "true" if h.is_foil(one) else ""),
        ("isPlayset", h.constant("")),
        ("isSigned", h.flag("is_signed", "true", "")),
        ("isAltered", h.flag("is_altered", "true", "")),
        ("price", h.constant("")),
        ("comment", h.attribute("notes")),
    ),
)

OLD_STOCK = Format(
    slug="cardmarket-old",
    label="Cardmarket stock, older form",
    marks=frozenset({"idarticle", "idproduct", "english name"}),
    columns={
        "idproduct": "cardmarket_id",
        "english name": "name",
        "exp.": "set_code",
        "exp. name": "set_name",
        "language": "language",
        "condition": "condition",
        "foil?": "finish",
        "signed?": "signed",
        "playset?": "playset",
        "altered?": "altered",
        "comments": "notes",
        "amount": "quantity",
        "collectornumber": "number",
    },
    languages=_LANGUAGES,
    scale="cardmarket",
    adapt=_single,
)

SHIPMENT = Format(
    slug="cardmarket-shipment",
    label="Cardmarket shipment",
    marks=frozenset({"idproduct", "groupcount", "idlanguage"}),
    columns={
        "idproduct": "cardmarket_id",
        "groupcount": "quantity",
        "price": "cost",
        "idlanguage": "language",
        "condition": "condition",
        "isfoil": "finish",
        "issigned": "signed",
        "isaltered": "altered",
        "isplayset": "playset",
    },
    languages=_LANGUAGES,
    scale="cardmarket",
    prices_in="EUR",
    adapt=_single,
    export=(
        ("idProduct", h.vendor_id("cardmarket")),
        ("groupCount", h.attribute("quantity")),
        ("price", h.cost_in("EUR")),
        ("idLanguage", _language_id),
        ("condition", h.condition("1", "2", "3", "4", "6", "7")),
        ("isFoil", lambda one: "1" if h.is_foil(one) else ""),
        ("isSigned", h.flag("is_signed", "1", "")),
        ("isAltered", h.flag("is_altered", "1", "")),
        ("isPlayset", h.constant("")),
    ),
)
