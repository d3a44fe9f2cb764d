"""The vocabulary every price is described in, and how vendors spell it.

Conditions, finishes and languages are PostgreSQL enums; the members here are
their values. An *absent* condition or language means NEAR_MINT or ENGLISH. One
that is present but unknown is an error: it is reported, never defaulted. The time
windows figures are given for, and the currency each marketplace prices in, stand
here as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import models


class Condition(models.TextChoices):
    MINT = "MINT", "Mint"
    NEAR_MINT = "NEAR_MINT", "Near Mint"
    LIGHTLY_PLAYED = "LIGHTLY_PLAYED", "Lightly Played"
    MODERATELY_PLAYED = "MODERATELY_PLAYED", "Moderately Played"
    HEAVILY_PLAYED = "HEAVILY_PLAYED", "Heavily Played"
    DAMAGED = "DAMAGED", "Damaged"


class Finish(models.TextChoices):
    NONFOIL = "NONFOIL", "Nonfoil"
    FOIL = "FOIL", "Foil"
    ETCHED = "ETCHED", "Etched"


class Language(models.TextChoices):
    ENGLISH = "ENGLISH", "English"
    JAPANESE = "JAPANESE", "Japanese"
    GERMAN = "GERMAN", "German"
    FRENCH = "FRENCH", "French"
    ITALIAN = "ITALIAN", "Italian"
    SPANISH = "SPANISH", "Spanish"
    PORTUGUESE = "PORTUGUESE", "Portuguese"
    KOREAN = "KOREAN", "Korean"
    RUSSIAN = "RUSSIAN", "Russian"
    CHINESE_SIMPLIFIED = "CHINESE_SIMPLIFIED", "Chinese (simplified)"
    CHINESE_TRADITIONAL = "CHINESE_TRADITIONAL", "Chinese (traditional)"
    PHYREXIAN = "PHYREXIAN", "Phyrexian"
    OTHER = "OTHER", "Other"


class Rarity(models.TextChoices):
    COMMON = "common"
    UNCOMMON = "uncommon"
    RARE = "rare"
    MYTHIC = "mythic"
    SPECIAL = "special"
    BONUS = "bonus"


class Currency(models.TextChoices):
    USD = "USD", "US dollar"
    EUR = "EUR", "Euro"
    TIX = "TIX", "MTGO event ticket"


class Side(models.TextChoices):
    """Which side of a trade a price is."""

    RETAIL = "RETAIL", "Retail (what you pay)"
    BUYLIST = "BUYLIST", "Buylist (what a shop pays you)"
    MARKET = "MARKET", "Market (recent sales or trend)"


class UnknownConditionError(ValueError):
    """A condition that no scale we know has."""


class UnknownLanguageError(ValueError):
    """A language that no spelling we know has."""


_C = Condition
_FULL_NAMES = {label.casefold(): value for value, label in Condition.choices} | {
    value.casefold().replace("_", " "): value for value in Condition.values
}
# The five-step scale of the American shops; also what most collection tools write.
_AMERICAN = _FULL_NAMES | {
    "m": _C.MINT,
    "nm": _C.NEAR_MINT,
    "nm-m": _C.NEAR_MINT,
    "nm/m": _C.NEAR_MINT,
    "near mint or better": _C.NEAR_MINT,
    "lp": _C.LIGHTLY_PLAYED,
    "sp": _C.LIGHTLY_PLAYED,
    "slightly played": _C.LIGHTLY_PLAYED,
    "mp": _C.MODERATELY_PLAYED,
    "hp": _C.HEAVILY_PLAYED,
    "dmg": _C.DAMAGED,
    "d": _C.DAMAGED,
    "po": _C.DAMAGED,
    "poor": _C.DAMAGED,
}
# Where the same word means another grade, the vendor's own scale decides.
CONDITION_SCALES: dict[str, dict[str, str]] = {
    "default": _AMERICAN,
    "tcgplayer": _AMERICAN,
    "manapool": _AMERICAN,
    "cardkingdom": _FULL_NAMES
    | {
        "nm": _C.NEAR_MINT,
        "ex": _C.LIGHTLY_PLAYED,
        "excellent": _C.LIGHTLY_PLAYED,
        "vg": _C.MODERATELY_PLAYED,
        "very good": _C.MODERATELY_PLAYED,
        "g": _C.HEAVILY_PLAYED,
        "good": _C.HEAVILY_PLAYED,
    },
    # Cardmarket grades run MT NM EX GD LP PL PO: its LP is the fifth grade where
    # TCGplayer's is the second.
    "cardmarket": {
        "mt": _C.MINT,
        "mint": _C.MINT,
        "nm": _C.NEAR_MINT,
        "near mint": _C.NEAR_MINT,
        "ex": _C.LIGHTLY_PLAYED,
        "excellent": _C.LIGHTLY_PLAYED,
        "gd": _C.MODERATELY_PLAYED,
        "good": _C.MODERATELY_PLAYED,
        "lp": _C.HEAVILY_PLAYED,
        "light played": _C.HEAVILY_PLAYED,
        "pl": _C.HEAVILY_PLAYED,
        "played": _C.HEAVILY_PLAYED,
        "po": _C.DAMAGED,
        "poor": _C.DAMAGED,
    },
    "cardtrader": {
        "mint": _C.NEAR_MINT,
        "near mint": _C.NEAR_MINT,
        "slightly played": _C.LIGHTLY_PLAYED,
        "moderately played": _C.MODERATELY_PLAYED,
        "played": _C.HEAVILY_PLAYED,
        "heavily played": _C.HEAVILY_PLAYED,
        "poor": _C.DAMAGED,
    },
    "deckbox": {
        "mint": _C.MINT,
        "near mint": _C.NEAR_MINT,
        "good (lightly played)": _C.LIGHTLY_PLAYED,
        "played": _C.MODERATELY_PLAYED,
        "heavily played": _C.HEAVILY_PLAYED,
        "poor": _C.DAMAGED,
    },
}

# What collection tools write into their exports.
CONDITION_SCALES |= {
    "moxfield": CONDITION_SCALES["deckbox"]
    | {"good": _C.LIGHTLY_PLAYED, "damaged": _C.DAMAGED},
    # Seven grades with Cardmarket's names, but worth what its exports to others say.
    "dragonshield": {
        "mint": _C.MINT,
        "nearmint": _C.NEAR_MINT,
        "near mint": _C.NEAR_MINT,
        "excellent": _C.LIGHTLY_PLAYED,
        "good": _C.LIGHTLY_PLAYED,
        "lightplayed": _C.MODERATELY_PLAYED,
        "light played": _C.MODERATELY_PLAYED,
        "lightlyplayed": _C.MODERATELY_PLAYED,
        "lightly played": _C.MODERATELY_PLAYED,
        "played": _C.HEAVILY_PLAYED,
        "poor": _C.DAMAGED,
    },
    "manabox": CONDITION_SCALES["cardmarket"],
    "helvault": _AMERICAN | {"nearmint": _C.NEAR_MINT},
}

_L = Language
LANGUAGE_ALIASES: dict[str, str] = (
    {label.casefold(): value for value, label in Language.choices}
    | {value.casefold().replace("_", " "): value for value in Language.values}
    | {
        "en": _L.ENGLISH,
        "eng": _L.ENGLISH,
        "ja": _L.JAPANESE,
        "jp": _L.JAPANESE,
        "jpn": _L.JAPANESE,
        "de": _L.GERMAN,
        "ger": _L.GERMAN,
        "fr": _L.FRENCH,
        "fre": _L.FRENCH,
        "it": _L.ITALIAN,
        "ita": _L.ITALIAN,
        "es": _L.SPANISH,
        "sp": _L.SPANISH,
        "spa": _L.SPANISH,
        "pt": _L.PORTUGUESE,
        "pt-br": _L.PORTUGUESE,
        "por": _L.PORTUGUESE,
        "ko": _L.KOREAN,
        "kr": _L.KOREAN,
        "kor": _L.KOREAN,
        "ru": _L.RUSSIAN,
        "rus": _L.RUSSIAN,
        "zhs": _L.CHINESE_SIMPLIFIED,
        "cs": _L.CHINESE_SIMPLIFIED,
        "zh-cn": _L.CHINESE_SIMPLIFIED,
        "zh-hans": _L.CHINESE_SIMPLIFIED,
        "simplified chinese": _L.CHINESE_SIMPLIFIED,
        "s-chinese": _L.CHINESE_SIMPLIFIED,
        "zht": _L.CHINESE_TRADITIONAL,
        "ct": _L.CHINESE_TRADITIONAL,
        "zh-tw": _L.CHINESE_TRADITIONAL,
        "zh-hant": _L.CHINESE_TRADITIONAL,
        "traditional chinese": _L.CHINESE_TRADITIONAL,
        "t-chinese": _L.CHINESE_TRADITIONAL,
        "ph": _L.PHYREXIAN,
        "he": _L.OTHER,
        "la": _L.OTHER,
        "grc": _L.OTHER,
        "ar": _L.OTHER,
        "sa": _L.OTHER,
        "qya": _L.OTHER,
    }
)


def _folded(text: str | None) -> str:
    return " ".join((text or "").replace("_", " ").split()).casefold()


def normalize_condition(text: str | None, vendor: str = "default") -> Condition:
    """The grade `vendor` means by `text`; NEAR_MINT when there is none.

    Only whole tokens count: "Brainstorm" does not end in a mint "M". Raises
    UnknownConditionError for a spelling the vendor's scale does not have.
    """
    token = _folded(text)
    if not token:
        return Condition.NEAR_MINT
    scale = CONDITION_SCALES.get(vendor, CONDITION_SCALES["default"])
    try:
        return Condition(scale[token])
    except KeyError:
        message = f"unknown condition {text!r} on the {vendor} scale"
        raise UnknownConditionError(message) from None


def normalize_language(text: str | None) -> Language:
    """The language `text` names (ISO code or English name); ENGLISH when absent.

    Raises UnknownLanguageError for anything else.
    """
    token = _folded(text)
    if not token:
        return Language.ENGLISH
    try:
        return Language(LANGUAGE_ALIASES[token])
    except KeyError:
        raise UnknownLanguageError(f"unknown language {text!r}") from None


@dataclass(frozen=True, slots=True)
class Window:
    """A look-back: `length`, and how much older the observation at its start may be."""

    name: str
    length: timedelta
    tolerance: timedelta


# A change compares with the nearest observation at or before the window's start.
# One missing day must not make a card drop out, so the start may be older by this.
WINDOWS = {
    window.name: window
    for window in (
        Window("1d", timedelta(days=1), timedelta(days=2)),
        Window("7d", timedelta(days=7), timedelta(days=3)),
        Window("30d", timedelta(days=30), timedelta(days=7)),
        Window("90d", timedelta(days=90), timedelta(days=14)),
    )
}

# What a chart may cover; None is everything there is.
PERIODS: dict[str, timedelta | None] = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "1y": timedelta(days=365),
    "all": None,
}

# A marketplace prices in exactly one currency, whatever a file's label says:
# MTGJSON calls Cardhoarder's tickets "USD".
MARKETPLACE_CURRENCIES: dict[str, Currency] = {
    "tcgplayer": Currency.USD,
    "cardkingdom": Currency.USD,
    "cardkingdom-buylist": Currency.USD,
    "cardmarket": Currency.EUR,
    "manapool": Currency.USD,
    "manapool-graded": Currency.USD,
    "cardtrader": Currency.EUR,
    "cardtrader-usd": Currency.USD,
    "cardhoarder": Currency.TIX,
    "goatbots": Currency.TIX,
}
