"""The printings of the demo market, read from the tables in `facts/`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

from mtgintel.core.constants import Finish, Language, normalize_language

TABLES = Path(__file__).with_name("facts")

# Ids of our own: a demo card is never taken for the real printing.
NAMESPACE = UUID("6d7467d0-0000-4000-8000-64656d6f0000")


@dataclass(frozen=True, slots=True)
class SetFacts:
    code: str
    name: str
    released_on: date
    set_type: str


@dataclass(frozen=True, slots=True)
class CardFacts:
    """What all printings of a card share. `formats` it is legal in."""

    name: str
    colors: tuple[str, ...]
    identity: tuple[str, ...]
    type_line: str
    layout: str
    formats: frozenset[str]
    is_reserved: bool

    @property
    def oracle_id(self) -> UUID:
        return uuid5(NAMESPACE, f"oracle {self.name}")


@dataclass(frozen=True, slots=True)
class Printing:
    """A printing in one language.

    `usd` is a typical price of `finishes[0]`, None for a digital printing; `tix`
    the same on MTGO, None where it has no price there.
    """

    card: CardFacts
    card_set: SetFacts
    collector_number: str
    lang_code: str
    rarity: str
    finishes: tuple[Finish, ...]
    usd: float | None
    tix: float | None

    @property
    def key(self) -> str:
        """Set, number and language: "war 97★ ja"."""
        return f"{self.card_set.code} {self.collector_number} {self.lang_code}"

    @property
    def scryfall_id(self) -> UUID:
        return uuid5(NAMESPACE, f"printing {self.key}")

    @property
    def language(self) -> Language:
        return normalize_language(self.lang_code)

    @property
    def is_digital(self) -> bool:
        return self.usd is None


@dataclass(frozen=True, slots=True)
class SealedFacts:
    """A sealed product; `usd` is a typical price of it."""

    name: str
    card_set: SetFacts
    category: str
    usd: float

    @property
    def uuid(self) -> UUID:
        return uuid5(NAMESPACE, f"sealed {self.name}")


def _rows(table: str) -> Iterator[dict[str, str]]:
    with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _sets() -> dict[str, SetFacts]:
    return {
        row["code"]: SetFacts(
            row["code"],
            row["name"],
            date.fromisoformat(row["released_on"]),
            row["set_type"],
        )
        for row in _rows("sets")
    }


def _cards() -> dict[str, CardFacts]:
    return {
        row["name"]: CardFacts(
            name=row["name"],
            colors=tuple(sorted(row["colors"])),
            identity=tuple(sorted(row["identity"])),
            type_line=row["type_line"],
            layout=row["layout"] or "normal",
            formats=frozenset(row["formats"].split()),
            is_reserved=row["reserved"] == "reserved",
        )
        for row in _rows("cards")
    }


@cache
def printings() -> tuple[Printing, ...]:
    """Every printing of the demo market, in the order of the table."""
    sets, cards = _sets(), _cards()
    return tuple(
        Printing(
            card=cards[row["name"]],
            card_set=sets[row["set"]],
            collector_number=row["collector_number"],
            lang_code=row["lang"],
            rarity=row["rarity"],
            finishes=tuple(Finish[word.upper()] for word in row["finishes"].split()),
            usd=float(row["usd"]) if row["usd"] else None,
            tix=float(row["tix"]) if row["tix"] else None,
        )
        for row in _rows("printings")
    )


@cache
def sealed_products() -> tuple[SealedFacts, ...]:
    """Every sealed product of the demo market, in the order of the table."""
    sets = _sets()
    return tuple(
        SealedFacts(row["name"], sets[row["set"]], row["category"], float(row["usd"]))
        for row in _rows("sealed")
    )
