"""Whose file it is, and how its rows are to be read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from . import (
    aetherhub,
    archidekt,
    cardkingdom,
    cardmarket,
    cardsphere,
    cardtrader,
    deckbox,
    deckedbuilder,
    decks,
    deckstats,
    delverlens,
    dragonshield,
    echomtg,
    generic,
    helvault,
    manabox,
    moxfield,
    mtggoldfish,
    mtgo,
    own,
    tappedout,
    tcgplayer,
    topdecked,
)
from .base import BadRow, Entry, Format, Layout, entries, heading
from .text import DELIMITERS, Line, UnreadableFileError, lines, split_sep

GENERIC = generic.FORMAT
# Tables by what tells them; where two fit, the one that knows more of the headings.
_TABLES = (
    own.FORMAT,
    moxfield.FORMAT,
    archidekt.FORMAT,
    manabox.FORMAT,
    deckbox.FORMAT,
    dragonshield.FORMAT,
    tcgplayer.APP,
    tcgplayer.SELLER,
    delverlens.FORMAT,
    echomtg.FORMAT,
    echomtg.COPIES,
    mtggoldfish.FORMAT,
    helvault.FORMAT,
    aetherhub.FORMAT,
    deckedbuilder.FORMAT,
    deckstats.FORMAT,
    topdecked.FORMAT,
    cardmarket.STOCK,
    cardmarket.OLD_STOCK,
    cardmarket.SHIPMENT,
    cardtrader.FORMAT,
    cardkingdom.FORMAT,
    cardsphere.FORMAT,
    tappedout.FORMAT,
    mtgo.CSV,
)
_LISTS = (decks.FORMAT, decks.ARENA)
FORMATS: Mapping[str, Format] = {
    one.slug: one for one in (*_TABLES, *_LISTS, mtgo.DEK, GENERIC)
}
# What we write: tables, and a list as text.
EXPORTS: Mapping[str, Format] = {one.slug: one for one in _TABLES if one.export} | {
    decks.FORMAT.slug: decks.FORMAT
}
_SAMPLE = 5
_LOOK_AHEAD = 50


class UnknownFormatError(ValueError):
    """A format that we do not know; the message names those we do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What somebody says about a file: nothing is looked at and found out.

    `format` is a slug. `columns` are {field: place of its column, from 0}, for a table
    of unknown make; with `has_header` its first row is no holding. `currency` is that
    of prices which have none of their own.
    """

    format: str = ""
    columns: Mapping[str, int] = field(default_factory=dict)
    has_header: bool = True
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file that is understood, or, where `format` is None, a table whose columns
    somebody must name. `header` and `sample` are its first rows."""

    format: Format | None
    text: str
    delimiter: str = ""
    layout: Layout | None = None
    header: Sequence[str] = ()
    sample: Sequence[Sequence[str]] = ()
    has_header: bool = True

    def rows(self) -> Iterator[Entry | BadRow]:
        """Every row that is not empty. Raises UnreadableFileError at a limit."""
        if self.format is None:
            return iter(())
        if self.format is mtgo.DEK:
            return mtgo.read_dek(self.text)
        if self.layout is None:
            return decks.read_list(self.text)
        found = lines(self.text, self.delimiter)
        if self.has_header:
            next(found, None)
        return entries(self.layout, found)


def open_text(text: str, options: Options | None = None, filename: str = "") -> Source:
    """Find out how a text is to be read.

    Raises UnreadableFileError for one that is no collection or not of the format that
    is said, UnknownFormatError for a format there is not.
    """
    said = options or Options()
    if said.format and said.format not in FORMATS:
        known = ", ".join(FORMATS)
        raise UnknownFormatError(f"“{said.format[:40]}” is not one of: {known}.")
    kind = FORMATS.get(said.format)
    if mtgo.is_dek(text):
        return _dek(text, kind)
    if kind is mtgo.DEK:
        raise UnreadableFileError("This is no .dek file: it is no XML.")
    if kind in _LISTS:
        return Source(format=kind, text=text)
    return _table(text, said, kind, filename)


def _dek(text: str, kind: Format | None) -> Source:
    if kind not in (None, mtgo.DEK):
        raise UnreadableFileError("This is a .dek file or a web page, no table.")
    return Source(format=mtgo.DEK, text=text)


def _table(text: str, said: Options, kind: Format | None, filename: str) -> Source:
    delimiter, body = split_sep(text)
    delimiter = delimiter or _delimiter(body)
    first = list(islice(lines(body, delimiter), _SAMPLE + 1))
    if not first:
        raise UnreadableFileError("There is nothing in it.")
    header = first[0].cells
    if said.columns:
        return _as_said(body, delimiter, first, said)
    found = kind if kind not in (None, GENERIC) else None
    if found is not None:
        _require_marks(found, header)
    found = found or (None if kind is GENERIC else detect(header))
    found = found or (GENERIC if _names_a_card(header) else None)
    if found is None and (decks.is_list(text) or _is_plain_list(first, filename)):
        return Source(format=decks.FORMAT, text=text)
    layout = None if found is None else _layout(found, header, delimiter, said)
    return Source(
        format=found,
        text=body,
        delimiter=delimiter,
        layout=layout,
        header=header,
        sample=[line.cells for line in first[1:]],
    )


def detect(header: Sequence[str]) -> Format | None:
    """The format with all its marks among the headings that knows the most of them."""
    headings = {heading(name) for name in header}
    fitting = [one for one in _TABLES if one.marks <= headings]
    return max(
        fitting, key=lambda one: len(headings.intersection(one.columns)), default=None
    )


def _require_marks(kind: Format, header: Sequence[str]) -> None:
    headings = {heading(name) for name in header}
    missing = sorted(kind.marks - headings)
    if not missing:
        return
    other = detect(header)
    hint = f" It looks like {other.label}." if other else ""
    raise UnreadableFileError(
        f"This is no export of {kind.label}: it has no column "
        f"{', '.join(f'“{name}”' for name in missing)}.{hint}"
    )


def _delimiter(text: str) -> str:
    """What parts the cells of the first row best: into headings we know, then into
    the most cells."""
    first = text.lstrip("\n").partition("\n")[0]
    known = {name for one in (*_TABLES, GENERIC) for name in one.columns}

    def worth(delimiter: str) -> tuple[int, int]:
        names = [heading(name) for name in first.split(delimiter)]
        return len(known.intersection(names)), len(names)

    return max(DELIMITERS, key=worth)


def _layout(
    kind: Format, header: Sequence[str], delimiter: str, said: Options
) -> Layout:
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        field_name = kind.columns.get(heading(name))
        if field_name is not None:
            places.setdefault(field_name, place)
    return Layout(kind, header, places, delimiter == ";", said.currency)


def _as_said(body: str, delimiter: str, first: Sequence[Line], said: Options) -> Source:
    width = max(len(line.cells) for line in first)
    names = first[0].cells if said.has_header else []
    header = [*names, *(f"column {n + 1}" for n in range(len(names), width))]
    places = {name: at for name, at in said.columns.items() if 0 <= at < width}
    if not set(generic.NAMING) & set(places):
        raise UnreadableFileError("Say which column names the card.")
    layout = Layout(GENERIC, header, places, delimiter == ";", said.currency)
    return Source(
        format=GENERIC,
        text=body,
        delimiter=delimiter,
        layout=layout,
        header=header,
        sample=[line.cells for line in first[1:]],
        has_header=said.has_header,
    )


def _names_a_card(header: Sequence[str]) -> bool:
    fields = {GENERIC.columns.get(heading(name)) for name in header}
    # One heading alone may as well be the first name of a list.
    return bool(fields & set(generic.NAMING)) and (
        len(header) > 1 or header[0].casefold() in ("name", "card", "card name")
    )


def _is_plain_list(first: Sequence[Line], filename: str) -> bool:
    """Names, one to a line: no line has the same number of cells as all others, or
    there is but one in each."""
    widths = {len(line.cells) for line in first}
    return widths == {1} or len(widths) > 1 or filename.casefold().endswith(".txt")
