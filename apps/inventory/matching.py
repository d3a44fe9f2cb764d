"""Which printing an entry means: by its id, else by set and number, else by set and
name, else by its name; never guessed. What is said twice must agree.

Pure: works on the printings that a file may mean, which `selectors.printings` reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from apps.cards.querysets import fold_name
from mtgintel.core.constants import Condition, Finish, Language

from .formats import Entry, Reading
from .formats.sets import ALIASES

FACES = " // "
MAX_CANDIDATES = 100
_SLASHES = re.compile(r"\s*/{1,2}\s*")
_OF_TOTAL = re.compile(r"(\d+[a-z]?)/\d+")
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)(?:\s*-\s*.+)?$")
_KIND = re.compile(r" (token|creature|emblem)$")


# Files name the same sets, and each card several times.
_fold = lru_cache(maxsize=20_000)(fold_name)


@lru_cache(maxsize=50_000)
def number_key(number: str) -> str:
    """A collector number however it is written: "#007/303" -> "7"."""
    bare = number.strip().casefold().lstrip("#").strip()
    of_total = _OF_TOTAL.fullmatch(bare)
    return (of_total[1] if of_total else bare).lstrip("0") or bare


@lru_cache(maxsize=50_000)
def name_keys(name: str) -> tuple[str, ...]:
    """Names a site may mean by `name`, the most literal first: as it is, without what
    stands in brackets, without "token", and the front of several faces."""
    whole = _SLASHES.sub(FACES, fold_name(name))
    bare = _IN_BRACKETS.sub("", whole)
    kindless = _KIND.sub("", bare)
    front = kindless.split(FACES)[0]
    return tuple(dict.fromkeys(key for key in (whole, bare, kindless, front) if key))


@dataclass(frozen=True, slots=True)
class Printing:
    """What matching knows of a card. `name` is folded."""

    id: int
    name: str
    set_code: str
    number: str
    language: Language
    finishes: frozenset[Finish]
    is_digital: bool
    released_on: date | None

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.name.split(FACES))

    @property
    def label(self) -> str:
        return f"{self.set_code.upper()} {self.number}".strip()


@dataclass(frozen=True, slots=True)
class Named:
    """A printing that a vendor's id names; `finish` where it stands for that only."""

    printing: Printing
    finish: Finish | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What became of an entry: a printing with everything decided (`printing` and
    `finish`), printings to choose from, or neither. `reason` says why, or what was
    noted on the way. `basis` is ID, NUMBER, SET or NAME."""

    reading: Reading
    printing: Printing | None = None
    basis: str = ""
    finish: Finish = Finish.NONFOIL
    language: Language = Language.ENGLISH
    reason: str = ""
    candidates: Sequence[Printing] = ()

    @property
    def condition(self) -> Condition:
        return self.reading.condition


@dataclass(frozen=True, slots=True)
class _Found:
    """Printings that fit equally well, and by what."""

    printings: Sequence[Printing]
    basis: str
    finish: Finish | None = None


class _OfferError(Exception):
    """Somebody must choose, and why."""

    def __init__(self, reason: str, printings: Iterable[Printing]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.printings = list({one.id: one for one in printings}.values())


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Printings by everything a row can say. `codes` are the codes of the sets that a
    folded code or name means."""

    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    by_scryfall_id: Mapping[str, Printing] = field(default_factory=dict)
    by_vendor_id: Mapping[tuple[str, str], Sequence[Named]] = field(
        default_factory=dict
    )
    by_number: dict[tuple[str, str], list[Printing]] = field(default_factory=dict)
    by_name: dict[str, list[Printing]] = field(default_factory=dict)
    by_face: dict[str, list[Printing]] = field(default_factory=dict)

    def add(self, printing: Printing) -> None:
        place = (printing.set_code, number_key(printing.number))
        self.by_number.setdefault(place, []).append(printing)
        self.by_name.setdefault(printing.name, []).append(printing)
        if FACES in printing.name:
            for face in set(printing.name.split(FACES)):
                self.by_face.setdefault(face, []).append(printing)

    def sets(self, *said: str) -> Sequence[str]:
        """The codes that the first known one of these codes or names means."""
        for one in filter(None, said):
            key = _fold(one)
            found = self.codes.get(key) or self.codes.get(ALIASES.get(key, ""))
            if found:
                return found
        return ()

    def named(self, name: str) -> list[Printing]:
        """The printings of a name, a whole one before that of a face."""
        for names in (self.by_name, self.by_face):
            for key in name_keys(name):
                if key in names:
                    return names[key]
        return []

    def knows(self, name: str) -> bool:
        """Whether a card or a face is called exactly so."""
        key = name_keys(name)[:1]
        return bool(key) and (key[0] in self.by_name or key[0] in self.by_face)


def match(entry: Entry, catalogue: Catalogue, kind: MatchRules) -> Match:
    """The printing an entry means, or those it may mean."""
    reading = _understood(entry.readings, catalogue)
    try:
        found = _found(reading, catalogue, kind)
        if found is None:
            return Match(reading, reason=_unknown(reading))
        return _decided(reading, found, catalogue)
    except _OfferError as offer:
        best = _best_first(offer.printings, reading, catalogue)
        return Match(reading, reason=offer.reason, candidates=best[:MAX_CANDIDATES])


@dataclass(frozen=True, slots=True)
class MatchRules:
    """Whether cards without paper count, and whether the site's numbers are its own."""

    has_digital: bool = False
    has_own_numbers: bool = False


def _understood(readings: Sequence[Reading], catalogue: Catalogue) -> Reading:
    """The reading with the longest name that is one; the shortest where none is."""
    for reading in readings[:-1]:
        if catalogue.knows(reading.name):
            return reading
    return readings[-1]


def _unknown(reading: Reading) -> str:
    if reading.name:
        return f"no card is called “{reading.name[:80]}”"
    return "no card has this id or number"


def _found(reading: Reading, catalogue: Catalogue, rules: MatchRules) -> _Found | None:
    """What fits, by the first statement that says anything. Raises _OfferError."""
    return _by_id(reading, catalogue) or _by_print(reading, catalogue, rules)


def _by_id(reading: Reading, catalogue: Catalogue) -> _Found | None:
    for source, external_id in reading.ids:
        if source == "scryfall":
            printing = catalogue.by_scryfall_id.get(external_id)
            if printing is None:
                continue
            if not _is_called(printing, reading):
                others = catalogue.named(reading.name)
                reason = f"its id is of another card than “{reading.name[:80]}”"
                raise _OfferError(reason, [printing, *others])
            return _Found([printing], "ID")
        named = _fitting(catalogue.by_vendor_id.get((source, external_id), ()), reading)
        if named:
            finishes = {one.finish for one in named}
            finish = finishes.pop() if len(finishes) == 1 else None
            printings = list({one.printing.id: one.printing for one in named}.values())
            return _Found(_in_place(printings, reading, catalogue), "ID", finish)
    return None


def _fitting(named: Sequence[Named], reading: Reading) -> list[Named]:
    """Those of a vendor's id that go by the row's name and can be in its finish."""
    called = [one for one in named if _is_called(one.printing, reading)]
    if reading.finish is None or len(called) < 2:
        return called
    wanted = reading.finish != Finish.NONFOIL
    return [
        one
        for one in called
        if one.finish is None or (one.finish != Finish.NONFOIL) == wanted
    ] or called


def _in_place(
    printings: list[Printing], reading: Reading, catalogue: Catalogue
) -> list[Printing]:
    """Those of the row's set and number, where there are some."""
    codes = catalogue.sets(reading.set_code, reading.set_name)
    key = number_key(reading.number)
    in_set = [one for one in printings if one.set_code in codes]
    numbered = [one for one in in_set if number_key(one.number) == key]
    return numbered or in_set or printings


def _by_print(
    reading: Reading, catalogue: Catalogue, rules: MatchRules
) -> _Found | None:
    """By what is printed on the card. Raises _OfferError."""
    said = reading.set_code or reading.set_name
    codes = catalogue.sets(reading.set_code, reading.set_name)
    named = _playable(catalogue.named(reading.name) if reading.name else [], rules)
    if not said:
        return _by_name(reading, named)
    if not codes:
        if not named:
            return None
        raise _OfferError(f"unknown set “{said[:60]}”", named)
    numbered = _playable(_numbered(reading, codes, catalogue), rules)
    called = [one for one in numbered if _is_called(one, reading)]
    if called:
        return _Found(called, "NUMBER")
    in_set = [one for one in named if one.set_code in codes]
    if in_set and (rules.has_own_numbers or not _is_one_meant(reading)):
        return _Found(in_set, "SET")
    if numbered or named:
        raise _OfferError(
            _contradiction(reading, codes, numbered), [*in_set, *numbered, *named]
        )
    return None


def _by_name(reading: Reading, named: Sequence[Printing]) -> _Found | None:
    """By the name alone. Raises _OfferError where the row meant one printing of it."""
    if named and reading.ids:
        raise _OfferError("its id is unknown, and a name is not enough", named)
    if named and reading.number:
        raise _OfferError(f"number {reading.number} of which set?", named)
    return _Found(named, "NAME") if named else None


def _is_one_meant(reading: Reading) -> bool:
    """Whether the row has a number or id that we do not know: that of a variant,
    perhaps. Vendors' ids are never all known."""
    return bool(reading.number) or any(one == "scryfall" for one, _ in reading.ids)


def _numbered(
    reading: Reading, codes: Iterable[str], catalogue: Catalogue
) -> list[Printing]:
    key = number_key(reading.number)
    if not key:
        return []
    return [one for code in codes for one in catalogue.by_number.get((code, key), ())]


def _contradiction(
    reading: Reading, codes: Sequence[str], numbered: Sequence[Printing]
) -> str:
    set_code = codes[0].upper()
    if numbered:
        return f"{numbered[0].label} is not “{reading.name[:80]}”"
    if reading.number:
        return f"no “{reading.name[:80]}” with number {reading.number} in {set_code}"
    if reading.ids:
        return f"its id is unknown; “{reading.name[:80]}” is there in {set_code}"
    return f"no “{reading.name[:80]}” in {set_code}"


def _playable(printings: Iterable[Printing], rules: MatchRules) -> list[Printing]:
    return [one for one in printings if rules.has_digital or not one.is_digital]


def _is_called(printing: Printing, reading: Reading) -> bool:
    if not reading.name:
        return True
    return not set(printing.names).isdisjoint(name_keys(reading.name))


def _decided(reading: Reading, found: _Found, catalogue: Catalogue) -> Match:
    """One printing with its finish and language. Raises _OfferError."""
    printings = _spoken(found.printings, reading)
    wanted = reading.finish or _implied(found)
    if len(printings) > 1:
        possible = [one for one in printings if _finish(one, wanted) is not None]
        if len(possible) != 1 or found.basis == "NAME":
            count = len(printings)
            raise _OfferError(f"{count} printings may be meant", printings)
        printings = possible
    (printing,) = printings
    finish = _finish(printing, wanted)
    if finish is None:
        word = "foil or not" if wanted is None else wanted.label.lower()
        others = (one for one in catalogue.named(printing.name))
        fitting = [one for one in others if _finish(one, wanted) is not None]
        reason = (
            f"{printing.label} is both foil and etched"
            if wanted is None
            else f"{printing.label} does not exist as {word}"
        )
        raise _OfferError(reason, [printing, *fitting])
    language = _language(printing, reading, catalogue)
    return Match(
        reading, printing, found.basis, finish, language, _noted(reading, finish)
    )


def _implied(found: _Found) -> Finish | None:
    """The finish a vendor's id stands for, if the printing has it at all."""
    is_there = any(_finish(one, found.finish) for one in found.printings)
    return found.finish if is_there else None


def _spoken(printings: Sequence[Printing], reading: Reading) -> Sequence[Printing]:
    """Of the same number in several languages, the one of the copy."""
    if len({(one.set_code, one.number) for one in printings}) != 1:
        return printings
    wanted = reading.language or Language.ENGLISH
    return [one for one in printings if one.language == wanted] or printings


def _finish(printing: Printing, wanted: Finish | None) -> Finish | None:
    """The finish a copy has; None where that cannot be, or nobody can say.

    A site that says nothing means the only finish there is, or nonfoil. One that knows
    foil only calls the etched copies so.
    """
    has = printing.finishes
    if not has:
        return wanted or Finish.NONFOIL
    if wanted in has:
        return wanted
    if wanted is None:
        return Finish.NONFOIL if Finish.NONFOIL in has else _only(has)
    if wanted == Finish.FOIL and Finish.ETCHED in has:
        return Finish.ETCHED
    return None


def _only(finishes: frozenset[Finish]) -> Finish | None:
    return next(iter(finishes)) if len(finishes) == 1 else None


def _language(printing: Printing, reading: Reading, catalogue: Catalogue) -> Language:
    """The English object stands for all languages, another one for its own.

    Raises _OfferError where the row says another one.
    """
    if reading.language is None:
        return printing.language
    if printing.language in (Language.ENGLISH, reading.language):
        return reading.language
    others = catalogue.named(printing.name)
    spoken = [
        one for one in others if one.language in (Language.ENGLISH, reading.language)
    ]
    raise _OfferError(
        f"{printing.label} is printed in {printing.language.label} only",
        [printing, *spoken],
    )


def _noted(reading: Reading, finish: Finish) -> str:
    if reading.finish is None and finish != Finish.NONFOIL:
        return f"it exists as {finish.label.lower()} only"
    return ""


def _best_first(
    printings: Sequence[Printing], reading: Reading, catalogue: Catalogue
) -> list[Printing]:
    """Those of the row's set first, then the newest."""
    codes = catalogue.sets(reading.set_code, reading.set_name)

    def worth(one: Printing) -> tuple[bool, date, int]:
        return (one.set_code in codes, one.released_on or date.min, one.id)

    return sorted(printings, key=worth, reverse=True)


def keys_of(entries: Iterable[Entry]) -> Iterator[str]:
    """Every name that entries may mean, to be looked up."""
    for entry in entries:
        for reading in entry.readings:
            yield from name_keys(reading.name)
