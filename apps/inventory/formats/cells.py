"""What is in one cell: counts, amounts, dates, grades, languages, finishes."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from uuid import UUID

from mtgintel.core.constants import (
    CONDITION_SCALES,
    LANGUAGE_ALIASES,
    Condition,
    Finish,
    Language,
)

MAX_COPIES = 1_000_000
# What the column of prices holds.
MAX_AMOUNT = Decimal("2147483.647")

_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")
_COUNT = re.compile(r"[x×]?\s*(\d{1,3}(?:,\d{3})+|\d{1,7})(?:[.,]0+)?\s*[x×]?")
_AMOUNT = re.compile(r"([^\d\s.,'+-]{0,4})\s*([\d.,'’\s ]+?)\s*([^\d\s.,'+-]{0,4})")
_CURRENCIES = {
    "$": "USD",
    "US$": "USD",
    "CA$": "CAD",
    "C$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "R$": "BRL",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₩": "KRW",
    "ZŁ": "PLN",
}
_CODE = re.compile(r"[A-Z]{3}")
_DATES = ("%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y", "%Y%m%d")
# JavaScript's own way: "Fri May 15 2026 16:43:29 GMT+0200 (…)".
_SCRIPTED = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d{1,2} \d{4})\b.*")
_TRUE = frozenset({"true", "yes", "y", "1", "x", "signed", "altered", "foil", "proxy"})
_FALSE = frozenset({"", "false", "no", "n", "0", "none", "normal"})

FINISHES = {
    "nonfoil": Finish.NONFOIL,
    "normal": Finish.NONFOIL,
    "regular": Finish.NONFOIL,
    "nf": Finish.NONFOIL,
    "no": Finish.NONFOIL,
    "n": Finish.NONFOIL,
    "false": Finish.NONFOIL,
    "0": Finish.NONFOIL,
    "foil": Finish.FOIL,
    "f": Finish.FOIL,
    "fo": Finish.FOIL,
    "yes": Finish.FOIL,
    "y": Finish.FOIL,
    "true": Finish.FOIL,
    "1": Finish.FOIL,
    "x": Finish.FOIL,
    "etched": Finish.ETCHED,
    "etchedfoil": Finish.ETCHED,
    "foiletched": Finish.ETCHED,
    "ef": Finish.ETCHED,
}


class RowProblem(ValueError):  # noqa: N818 (a verdict on a row, shown as it is)
    """Why a row cannot be read, in words for its owner."""


def compact(text: str) -> str:
    """Only letters and digits, lower case: "Near_Mint" -> "nearmint"."""
    return _NOT_A_LETTER.sub("", text.casefold())


@cache
def _scale(name: str) -> dict[str, Condition]:
    words = CONDITION_SCALES[name]
    return {compact(word): Condition(value) for word, value in words.items()}


LANGUAGES = {
    compact(word): Language(value) for word, value in LANGUAGE_ALIASES.items()
} | {
    # What sites that have both call the simplified one.
    "chinese": Language.CHINESE_SIMPLIFIED,
    "zh": Language.CHINESE_SIMPLIFIED,
    "chinesesimplified": Language.CHINESE_SIMPLIFIED,
    "chinesetraditional": Language.CHINESE_TRADITIONAL,
    "portuguesebrazil": Language.PORTUGUESE,
}
# Sites that write out names write nothing else.
LANGUAGE_NAMES = {word: value for word, value in LANGUAGES.items() if len(word) > 4}


def read_count(text: str) -> int:
    """A positive whole number: "4", "4x", "1,200", "1.0". Raises RowProblem."""
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        raise RowProblem(f"“{text[:40]}” is no number of copies")
    count = int(match[1].replace(",", ""))
    if not 1 <= count <= MAX_COPIES:
        raise RowProblem(f"{count:,} is no number of copies one can have")
    return count


def read_count_or_none(text: str) -> int:
    """The same where none and nothing mean 0."""
    if not text or re.fullmatch(r"0+([.,]0+)?", text):
        return 0
    return read_count(text)


def read_amount(
    text: str, *, has_decimal_comma: bool = False
) -> tuple[Decimal | None, str]:
    """An amount and its currency: "€1.234,50" -> (1234.50, "EUR"); "" where the text
    names none, (None, "") for an empty one. Raises RowProblem.

    The last of two kinds of marks is the decimal one. A single comma before three
    digits parts thousands, unless the file writes decimals with commas.
    """
    if not text:
        return None, ""
    match = _AMOUNT.fullmatch(text)
    sign = (match[1] or match[3]).upper() if match else ""
    currency = _CURRENCIES.get(sign, sign if _CODE.fullmatch(sign) else "")
    if match is None or (sign and not currency):
        raise RowProblem(f"“{text[:40]}” is no amount")
    digits = re.sub(r"[\s '’]", "", match[2])
    try:
        amount = Decimal(_pointed(digits, has_decimal_comma=has_decimal_comma))
    except InvalidOperation:
        raise RowProblem(f"“{text[:40]}” is no amount") from None
    if amount > MAX_AMOUNT:
        raise RowProblem(f"{text[:40]} is more than a card can cost")
    return amount, currency


def _pointed(digits: str, *, has_decimal_comma: bool) -> str:
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        mark = "," if comma > point else "."
    elif comma >= 0:
        is_grouped = re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", digits)
        mark = "." if is_grouped and not has_decimal_comma else ","
    else:
        is_grouped = re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+", digits)
        mark = "," if is_grouped and has_decimal_comma else "."
    other = "." if mark == "," else ","
    return digits.replace(other, "").replace(mark, ".")


def read_currency(text: str) -> str:
    """A code of three letters, "" for nothing. Raises RowProblem."""
    code = text.strip().upper()
    if not code:
        return ""
    found = _CURRENCIES.get(code, code)
    if not _CODE.fullmatch(found):
        raise RowProblem(f"“{text[:40]}” is no currency")
    return found


def read_date(text: str) -> date | None:
    """A day, None for nothing. Raises RowProblem."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        scripted = _SCRIPTED.fullmatch(text)
    if scripted:
        return _parsed(scripted[1], "%b %d %Y") or _no_date(text)
    for pattern in _DATES:
        found = _parsed(text, pattern)
        if found:
            return found
    return _no_date(text)


def _parsed(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 (a day only)
    except ValueError:
        return None


def _no_date(text: str) -> date:
    raise RowProblem(f"“{text[:40]}” is no date")


def read_condition(text: str, scale: str) -> Condition:
    """A grade on a site's scale; NEAR_MINT when there is none. Raises RowProblem."""
    if not text:
        return Condition.NEAR_MINT
    try:
        return _scale(scale)[compact(text)]
    except KeyError:
        raise RowProblem(f"unknown condition “{text[:40]}”") from None


def read_language(text: str, languages: dict[str, Language]) -> Language | None:
    """A language, None when there is none. Raises RowProblem."""
    if not text:
        return None
    try:
        return languages[compact(text)]
    except KeyError:
        raise RowProblem(f"unknown language “{text[:40]}”") from None


def read_finish(text: str, finishes: dict[str, Finish]) -> Finish | None:
    """A finish, None where nothing is said. Raises RowProblem."""
    if not text:
        return None
    try:
        return finishes[compact(text)]
    except KeyError:
        raise RowProblem(f"unknown finish “{text[:40]}”") from None


def read_flag(text: str) -> bool:
    """Yes or no. Raises RowProblem."""
    word = compact(text)
    if word in _FALSE:
        return False
    if word in _TRUE:
        return True
    raise RowProblem(f"“{text[:40]}” is neither yes nor no")


def read_uuid(text: str) -> str:
    """An id in its plain spelling; "" for what is none."""
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""


def read_tags(text: str) -> tuple[str, ...]:
    """Tags parted by commas or semicolons, each once, as they come."""
    if not text:
        return ()
    tags = (" ".join(tag.split())[:60] for tag in re.split("[,;|]", text))
    return tuple(dict.fromkeys(filter(None, tags)))
