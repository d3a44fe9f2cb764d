"""A holding as exports see it, and how sites spell what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from mtgintel.core.constants import Condition, Finish, Language
from mtgintel.core.money import money_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Copies that are held, with the card they are of. `ids` are {vendor: id}."""

    key: str
    quantity: int
    name: str
    set_code: str
    set_name: str
    number: str
    scryfall_id: str
    rarity: str
    finish: str
    condition: str
    language: str
    unit_cost: Decimal | None
    cost_currency: str
    acquired_on: date | None
    source: str
    binder: str
    tags: tuple[str, ...]
    notes: str
    for_trade: int
    grade: str
    is_signed: bool
    is_altered: bool
    is_proxy: bool
    is_misprint: bool
    ids: Mapping[str, str] = field(default_factory=dict)


Words = Callable[[Holding], object]


def attribute(name: str) -> Words:
    """A column that is written as it is."""
    return lambda holding: getattr(holding, name)


def constant(value: object) -> Words:
    return lambda _: value


def upper_set(holding: Holding) -> str:
    return holding.set_code.upper()


def cost(holding: Holding) -> str:
    """What a copy cost; nothing where that is unknown."""
    return money_text(holding.unit_cost) or ""


def cost_in(currency: str) -> Words:
    """The same for a site that knows one currency: nothing in any other."""
    return lambda one: cost(one) if one.cost_currency == currency else ""


def acquired(holding: Holding) -> str:
    return holding.acquired_on.isoformat() if holding.acquired_on else ""


def tags(holding: Holding) -> str:
    return ", ".join(holding.tags)


def flag(name: str, yes: str = "true", no: str = "false") -> Words:
    return lambda holding: yes if getattr(holding, name) else no


def finish(nonfoil: str, foil: str, etched: str) -> Words:
    words = {Finish.NONFOIL: nonfoil, Finish.FOIL: foil, Finish.ETCHED: etched}
    return lambda holding: words[Finish(holding.finish)]


def condition(*words: str) -> Words:
    """A site's words for mint, near mint, and the four grades below."""
    spelled = dict(zip(Condition, words, strict=True))
    return lambda holding: spelled[Condition(holding.condition)]


AMERICAN = condition(
    *("Near Mint", "Near Mint", "Lightly Played"),
    *("Moderately Played", "Heavily Played", "Damaged"),
)
SHORT = condition("NM", "NM", "LP", "MP", "HP", "D")

_CODES = {
    Language.ENGLISH: "en",
    Language.JAPANESE: "ja",
    Language.GERMAN: "de",
    Language.FRENCH: "fr",
    Language.ITALIAN: "it",
    Language.SPANISH: "es",
    Language.PORTUGUESE: "pt",
    Language.KOREAN: "ko",
    Language.RUSSIAN: "ru",
    Language.CHINESE_SIMPLIFIED: "zhs",
    Language.CHINESE_TRADITIONAL: "zht",
    Language.PHYREXIAN: "ph",
    Language.OTHER: "",
}
_NAMES = {one: one.label for one in Language} | {
    Language.CHINESE_SIMPLIFIED: "Chinese",
    Language.CHINESE_TRADITIONAL: "Traditional Chinese",
}


def language_code(holding: Holding) -> str:
    return _CODES[Language(holding.language)]


def language_name(holding: Holding) -> str:
    return _NAMES[Language(holding.language)]


def vendor_id(source: str) -> Words:
    return lambda holding: holding.ids.get(source, "")


def is_foil(holding: Holding) -> bool:
    return holding.finish != Finish.NONFOIL


def regular_count(holding: Holding) -> int:
    return 0 if is_foil(holding) else holding.quantity


def foil_count(holding: Holding) -> int:
    return holding.quantity if is_foil(holding) else 0
