"""Lists of cards as people and programs write them: "4x Brainstorm (MMQ) 61 *F*".

Grades, finishes and languages count only as whole words, and only where the words
before them still name a card: "Foil" is a card, and so is "Hallowed Ground". What a
line may mean is said from the line as written to the line with everything taken off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from mtgintel.core.constants import Condition, Finish, Language

from .base import BadRow, Entry, Format, Reading
from .cells import LANGUAGE_NAMES, MAX_COPIES, compact, read_condition
from .holding import Holding
from .text import MAX_ROWS, UnreadableFileError

_SECTIONS = frozenset(
    {
        *("deck", "main", "mainboard", "maindeck", "side", "sideboard", "commander"),
        *("commanders", "companion", "maybeboard", "considering", "tokens", "about"),
        *("signature spells", "attractions", "stickers", "planes", "schemes"),
    }
)
_SECTION = re.compile(r"\[?([A-Za-z ]{4,20})\]?\s*(?:\(\d+\))?\s*:?")
_COMMENT = ("#", "//", "--")
_COUNTED = re.compile(
    r"(?:SB:\s*)?(?:(\d{1,9})\s*[xX×]?\s+|[xX×](\d{1,9})\s+)?(\S.*?)(?:\s+[xX×](\d{1,9}))?"
)
_WITH_COUNT = re.compile(r"(?:SB:\s*)?\d{1,6}\s*[xX×]?\s+[^\s,;\t]")
# Codes of two letters and more; single ones would be letters of names.
_GRADES = ("MINT", "NM", "LP", "SP", "MP", "HP", "DMG")
_GRADE = re.compile(
    rf"({'|'.join(_GRADES)}|near mint|lightly played|slightly played|"
    r"moderately played|heavily played|damaged)",
    re.IGNORECASE,
)
_FINISHES = {
    "foil": Finish.FOIL,
    "f": Finish.FOIL,
    "etched": Finish.ETCHED,
    "e": Finish.ETCHED,
    "etchedfoil": Finish.ETCHED,
    "foiletched": Finish.ETCHED,
    "nonfoil": Finish.NONFOIL,
}
_STARRED = re.compile(r"(.+?)\s*\*([A-Za-z]+)\*")
_FINISH_WORD = re.compile(
    r"(.+?)[\s,]+[(\[]?(etched foil|foil etched|non-?foil|foil|etched)[)\]]?",
    re.IGNORECASE,
)
_GRADE_WORD = re.compile(
    rf"(.+?)(?:\s+-\s+|[\s,]+)[(\[]?{_GRADE.pattern}[)\]]?", re.IGNORECASE
)
_LANGUAGE_WORD = re.compile(r"(.+?)[\s,]+[(\[]?([A-Z]{2,3}|[A-Z][a-z]{5,10})[)\]]?")
_LANGUAGE_CODES = {
    "EN": Language.ENGLISH,
    "JP": Language.JAPANESE,
    "JA": Language.JAPANESE,
    "DE": Language.GERMAN,
    "FR": Language.FRENCH,
    "IT": Language.ITALIAN,
    "ES": Language.SPANISH,
    "PT": Language.PORTUGUESE,
    "KO": Language.KOREAN,
    "KR": Language.KOREAN,
    "RU": Language.RUSSIAN,
    "ZHS": Language.CHINESE_SIMPLIFIED,
    "ZHT": Language.CHINESE_TRADITIONAL,
}
# Archidekt's colours and Moxfield's tags say nothing of the card.
_LABEL = re.compile(r"(.+?)\s+(?:\^[^^]*\^|#\S[^#]*)")
_SET_AND_NUMBER = re.compile(
    r"(.+?)\s+[(\[]([A-Za-z0-9_]{2,8})[)\]](?:\s+#?([A-Za-z0-9★†*-]{1,12}))?"
)
_SET_NAME = re.compile(r"(.+?)(?:\s+[(\[]([^()\[\]]{3,80})[)\]]|\s+-\s+(\S.{2,80}?))")
_SET_FIRST = re.compile(r"\[([A-Za-z0-9_]{2,8})(?:#([^\]\s]{1,12}))?\]\s+(\S.*)")

FORMAT = Format(
    slug="text", label="Deck or list as text", marks=frozenset({"\0"}), columns={}
)
ARENA = replace(FORMAT, slug="arena", label="Arena deck text", has_digital=True)


def is_list(text: str) -> bool:
    """Whether most lines begin with a number of copies."""
    lines = [line for line in _lines(text[:20_000]) if not _is_apart(line)]
    counted = sum(1 for line in lines if _WITH_COUNT.match(line))
    return bool(lines) and counted * 10 >= len(lines) * 6


def read_list(text: str) -> Iterator[Entry | BadRow]:
    """The cards of a list; headings, comments and empty lines are none."""
    number = 0
    is_about = False
    for position, line in enumerate(text.split("\n"), 1):
        said = " ".join(line.split())
        if not said or _is_apart(said):
            is_about = said.casefold() == "about"
            continue
        if is_about and said.startswith("Name "):
            continue
        number += 1
        if number > MAX_ROWS:
            raise UnreadableFileError(f"The list has more than {MAX_ROWS:,} lines.")
        yield read_line(said, position)


def read_line(line: str, position: int = 1) -> Entry | BadRow:
    """One line of a list, its blanks single."""
    raw = {"line": line[:500]}
    match = _COUNTED.fullmatch(line[:500])
    if match is None:
        return BadRow(position, raw, "it names no card")
    before, before_x, rest, after = match.groups()
    quantity = int(before or before_x or after or 1)
    if not 1 <= quantity <= MAX_COPIES:
        reason = f"{quantity:,} is no number of copies one can have"
        return BadRow(position, raw, reason)
    readings = tuple(_readings(rest))
    return Entry(position=position, raw=raw, readings=readings, quantity=quantity)


def _readings(text: str) -> Iterator[Reading]:
    reading: Reading | None = Reading(name=text)
    while reading is not None:
        yield reading
        reading = _shorter(reading)


def _shorter(reading: Reading) -> Reading | None:
    """With one more thing taken off the name; None when there is nothing left."""
    for take in (_label, _finish, _grade, _language, _set, _set_name):
        shorter = take(reading)
        if shorter is not None:
            return shorter
    return None


def _label(reading: Reading) -> Reading | None:
    match = _LABEL.fullmatch(reading.name)
    return replace(reading, name=match[1]) if match else None


def _finish(reading: Reading) -> Reading | None:
    starred = _STARRED.fullmatch(reading.name)
    if starred:
        finish = _FINISHES.get(starred[2].casefold(), reading.finish)
        return replace(reading, name=starred[1], finish=finish)
    match = _FINISH_WORD.fullmatch(reading.name)
    if match is None or reading.finish is not None:
        return None
    return replace(reading, name=match[1], finish=_FINISHES[compact(match[2])])


def _grade(reading: Reading) -> Reading | None:
    match = _GRADE_WORD.fullmatch(reading.name)
    if match is None or reading.condition != Condition.NEAR_MINT:
        return None
    grade = read_condition(match[2], "default")
    return replace(reading, name=match[1], condition=grade)


def _language(reading: Reading) -> Reading | None:
    match = _LANGUAGE_WORD.fullmatch(reading.name)
    if match is None or reading.language is not None:
        return None
    word = match[2]
    found = _LANGUAGE_CODES.get(word) or LANGUAGE_NAMES.get(word.casefold())
    return replace(reading, name=match[1], language=found) if found else None


def _set(reading: Reading) -> Reading | None:
    first = _SET_FIRST.fullmatch(reading.name)
    if first:
        code, number, name = first.groups()
        return replace(reading, name=name, set_code=code, number=number or "")
    match = _SET_AND_NUMBER.fullmatch(reading.name)
    if match is None:
        return None
    name, code, number = match.groups()
    return replace(reading, name=name, set_code=code, number=number or reading.number)


def _set_name(reading: Reading) -> Reading | None:
    match = _SET_NAME.fullmatch(reading.name)
    if match is None or reading.set_code or reading.set_name:
        return None
    return replace(reading, name=match[1], set_name=match[2] or match[3])


def _lines(text: str) -> Iterator[str]:
    return filter(None, (" ".join(line.split()) for line in text.split("\n")))


def _is_apart(line: str) -> bool:
    """Whether a line is a comment or the heading of a section."""
    if line.startswith(_COMMENT):
        return True
    match = _SECTION.fullmatch(line)
    return match is not None and match[1].strip().casefold() in _SECTIONS


def write_line(one: Holding) -> str:
    """How a holding stands in a list: "2 Fatal Push (AER) 57 *F*"."""
    mark = {Finish.FOIL: " *F*", Finish.ETCHED: " *E*"}.get(Finish(one.finish), "")
    printing = f" ({one.set_code.upper()}) {one.number}" if one.set_code else ""
    return f"{one.quantity} {one.name}{printing}{mark}"
