"""What every format has in common: a table of columns, and rows made into entries.

A format is a declaration: which heading is which field, how the site writes finishes,
grades and languages, and, where a row is not simply one holding, how it is taken apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from mtgintel.core.constants import Condition, Finish, Language

from .cells import (
    FINISHES,
    LANGUAGES,
    RowProblem,
    read_amount,
    read_condition,
    read_count,
    read_count_or_none,
    read_currency,
    read_date,
    read_finish,
    read_flag,
    read_language,
    read_tags,
    read_uuid,
)
from .text import Line

# Whose id a field holds, as CardIdentifier.source says it.
ID_FIELDS = {
    "tcgplayer_id": "tcgplayer",
    "cardmarket_id": "cardmarket",
    "mtgo_id": "mtgo",
    "arena_id": "arena",
    "multiverse_id": "multiverse",
    "cardkingdom_id": "cardkingdom",
}
# What somebody may say a column of an unknown file is.
FIELDS = {
    "name": "Name",
    "quantity": "Quantity",
    "foil_quantity": "Quantity of foils",
    "set_code": "Set code",
    "set_name": "Set name",
    "number": "Collector number",
    "finish": "Finish (foil or not)",
    "condition": "Condition",
    "language": "Language",
    "scryfall_id": "Scryfall id",
    "tcgplayer_id": "TCGplayer product id",
    "cardmarket_id": "Cardmarket product id",
    "mtgo_id": "MTGO id",
    "multiverse_id": "Multiverse id",
    "cost": "Price paid for one copy",
    "currency": "Currency of that price",
    "acquired_on": "Date acquired",
    "source": "Where it came from",
    "binder": "Binder",
    "tags": "Tags",
    "notes": "Notes",
    "for_trade": "Copies for trade",
    "grade": "Grade",
    "signed": "Signed",
    "altered": "Altered",
    "proxy": "Proxy",
    "misprint": "Misprint",
}
MAX_TEXT = 120
MAX_NOTES = 2_000
# What a spreadsheet would run; our exports put a quote before it.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

# {field: text} of a row; a field that has no column is not in it.
Cells = Mapping[str, str]
Adapt = Callable[[dict[str, str]], Iterable[Cells]]
# What an export writes in a column, from one holding.
Getter = Callable[[Any], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Which card a row speaks of. `set_name` may be a code, too; `finish` and
    `language` are None where the row says nothing of them."""

    name: str = ""
    set_code: str = ""
    set_name: str = ""
    number: str = ""
    # (source, id), "scryfall" or a vendor of CardIdentifier
    ids: tuple[tuple[str, str], ...] = ()
    finish: Finish | None = None
    condition: Condition = Condition.NEAR_MINT
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One holding that a file speaks of.

    `readings` are the ways to understand it, what is written first: a line of text may
    end in a word that is part of the name. `warnings` say what of the row was left out.
    """

    position: int
    part: int = 0
    raw: Mapping[str, str] = field(default_factory=dict)
    readings: tuple[Reading, ...]
    quantity: int
    unit_cost: Decimal | None = None
    cost_currency: str = ""
    acquired_on: date | None = None
    source: str = ""
    binder: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    for_trade: int = 0
    grade: str = ""
    is_signed: bool = False
    is_altered: bool = False
    is_proxy: bool = False
    is_misprint: bool = False
    key: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no holding, and why."""

    position: int
    raw: Mapping[str, str]
    reason: str
    part: int = 0


def as_it_is(cells: dict[str, str]) -> Iterable[Cells]:
    """A row that is one holding."""
    return (cells,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one site writes a collection.

    `columns` are {heading: field}, headings in lower case with single blanks; `marks`
    are those that tell the format. `prices_in` is the currency of amounts without one.
    `adapt` makes the cells of a row into those of its holdings. A site that
    `has_own_numbers` counts cards otherwise than Scryfall: its numbers contradict
    nothing. `export` are the columns we write, empty where the site takes nothing.
    """

    slug: str
    label: str
    columns: Mapping[str, str]
    marks: frozenset[str]
    finishes: dict[str, Finish] = field(default_factory=lambda: FINISHES)
    languages: dict[str, Language] = field(default_factory=lambda: LANGUAGES)
    scale: str = "default"
    prices_in: str = ""
    is_zero_a_price: bool = False
    has_digital: bool = False
    has_own_numbers: bool = False
    adapt: Adapt = as_it_is
    export: Sequence[tuple[str, Getter]] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """A format as one file has it: which cell each field is in."""

    format: Format
    header: Sequence[str]
    places: Mapping[str, int]
    has_decimal_comma: bool = False
    currency: str = ""


def heading(name: str) -> str:
    """A heading to compare: "Set_Code " -> "set code"."""
    return " ".join(name.replace("_", " ").replace('"', " ").split()).casefold()


def entries(layout: Layout, rows: Iterable[Line]) -> Iterator[Entry | BadRow]:
    """What every row of a table says."""
    for line in rows:
        raw = _raw(layout.header, line.cells)
        problem = line.problem or _ragged(layout.header, line.cells)
        if problem:
            yield BadRow(line.number, raw, problem)
            continue
        yield from _holdings(layout, line, raw)


def _raw(header: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """A row as it stands there; cells without a heading get a number."""
    names = [*header, *(f"column {n + 1}" for n in range(len(header), len(cells)))]
    return {
        name or f"column {n + 1}": cell[:500]
        for n, (name, cell) in enumerate(zip(names, cells, strict=False))
        if cell
    }


def _ragged(header: Sequence[str], cells: Sequence[str]) -> str:
    """A cell past the last heading belongs to nobody knows which; missing ones at the
    end are empty ones."""
    if any(cells[len(header) :]):
        return f"the row has {len(cells)} cells, the header {len(header)}"
    return ""


def _holdings(
    layout: Layout, line: Line, raw: dict[str, str]
) -> Iterator[Entry | BadRow]:
    size = len(line.cells)
    cells = {
        name: line.cells[place] if place < size else ""
        for name, place in layout.places.items()
    }
    try:
        parts = list(layout.format.adapt(cells))
    except RowProblem as problem:
        yield BadRow(line.number, raw, str(problem))
        return
    for part, one in enumerate(parts):
        try:
            yield _entry(layout, one, line.number, part, raw)
        except RowProblem as problem:
            yield BadRow(line.number, raw, str(problem), part)


def _entry(
    layout: Layout, cells: Cells, position: int, part: int, raw: dict[str, str]
) -> Entry:
    said = {key: unescaped(value) for key, value in cells.items()}
    reading = _reading(layout.format, said)
    # A file without the column lists copies one by one.
    quantity = read_count(said["quantity"]) if "quantity" in said else 1
    warnings: list[str] = []
    cost, currency = _cost(layout, said, warnings)
    return Entry(
        position=position,
        part=part,
        raw=raw,
        readings=(reading,),
        quantity=quantity,
        unit_cost=cost,
        cost_currency=currency,
        acquired_on=_or_none(read_date, said.get("acquired_on", ""), warnings),
        source=said.get("source", "")[:MAX_TEXT],
        binder=said.get("binder", "")[:MAX_TEXT],
        tags=read_tags(said.get("tags", "")),
        notes=said.get("notes", "")[:MAX_NOTES],
        for_trade=min(quantity, _for_trade(said.get("for_trade", ""), quantity)),
        grade=said.get("grade", "")[:20],
        is_signed=read_flag(said.get("signed", "")),
        is_altered=read_flag(said.get("altered", "")),
        is_proxy=read_flag(said.get("proxy", "")),
        is_misprint=read_flag(said.get("misprint", "")),
        key=read_uuid(said.get("key", "")),
        warnings=tuple(warnings),
    )


def _reading(kind: Format, said: Mapping[str, str]) -> Reading:
    scryfall = read_uuid(said.get("scryfall_id", ""))
    vendor = [
        (source, _id(said[name]))
        for name, source in ID_FIELDS.items()
        if said.get(name) and said[name] != "0"
    ]
    reading = Reading(
        name=said.get("name", ""),
        set_code=said.get("set_code", ""),
        set_name=said.get("set_name", ""),
        number=said.get("number", ""),
        ids=(*((("scryfall", scryfall),) if scryfall else ()), *vendor),
        finish=read_finish(said.get("finish", ""), kind.finishes),
        condition=read_condition(said.get("condition", ""), kind.scale),
        language=read_language(said.get("language", ""), kind.languages),
    )
    if not reading.name and not reading.ids and not reading.number:
        raise RowProblem("it names no card")
    return reading


def _id(text: str) -> str:
    """An id that a spreadsheet may have taken for a number: "123.0" -> "123"."""
    return text.removesuffix(".0")


def _cost(
    layout: Layout, said: Mapping[str, str], warnings: list[str]
) -> tuple[Decimal | None, str]:
    """What a copy cost, as far as amount and currency are both known."""
    kind = layout.format
    try:
        cost, sign = read_amount(
            said.get("cost", ""), has_decimal_comma=layout.has_decimal_comma
        )
        currency = read_currency(said.get("currency", "")) or sign
    except RowProblem as problem:
        warnings.append(f"{problem}: what it cost stays unknown")
        return None, ""
    # Sites write 0 where nobody entered a price.
    if cost is None or (not cost and not kind.is_zero_a_price):
        return None, ""
    currency = currency or layout.currency or kind.prices_in
    if not currency:
        warnings.append(NO_CURRENCY)
        return None, ""
    return cost, currency


NO_CURRENCY = "a price without a currency: what it cost stays unknown"


def _or_none(
    read: Callable[[str], date | None], text: str, warnings: list[str]
) -> date | None:
    try:
        return read(text)
    except RowProblem as problem:
        warnings.append(f"{problem}: it is left out")
        return None


def _for_trade(text: str, quantity: int) -> int:
    """How many are offered: a number, or all where it says yes."""
    try:
        return read_count_or_none(text)
    except RowProblem:
        return quantity if read_flag(text) else 0


def unescaped(text: str) -> str:
    """Without the quote that keeps a spreadsheet from running a cell."""
    is_escaped = text.startswith("'") and text[1:].startswith((*FORMULA_SIGNS, "'"))
    return text[1:] if is_escaped else text


def escaped(value: object) -> object:
    """A cell that no spreadsheet runs; `unescaped` gives it back as it was."""
    is_formula = isinstance(value, str) and value.startswith((*FORMULA_SIGNS, "'"))
    return f"'{value}" if is_formula else value


def reg_and_foil(cells: dict[str, str]) -> Iterator[Cells]:
    """A row with a count of regular copies and one of foils: up to two holdings."""
    regular = read_count_or_none(cells.pop("regular_quantity", ""))
    foil = read_count_or_none(cells.pop("foil_quantity", ""))
    etched = read_count_or_none(cells.pop("etched_quantity", ""))
    if not regular + foil + etched:
        raise RowProblem("it has no copies")
    for count, finish in ((regular, ""), (foil, "foil"), (etched, "etched")):
        if count:
            yield cells | {"quantity": str(count), "finish": finish}
