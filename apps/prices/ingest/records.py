"""The rows of a CSV or JSON file of unknown make, or in words what is wrong with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from mtgintel.core.feeds import CorruptFeedError

from .card_index import RowError
from .layout import Layout

# A shop's list; what is larger is a dump of something else, or a trap.
MAX_BYTES = 64 * 1024 * 1024
MAX_COLUMNS = 500
DELIMITERS = ",;\t|"

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_BINARY = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet; save it as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet; save it as CSV",
    b"%PDF": "a PDF document",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite": "a database",
}

# field -> what a row has there, or why the row is none
Cells = Mapping[str, Any]


def read_text(pieces: Iterator[bytes], encoding: str = "") -> str:
    """A file's whole text. Raises CorruptFeedError for what is too large or no text.

    Without an `encoding` a byte order mark decides; then UTF-8 if it is that, else
    Windows-1252, the code of Western European spreadsheets.
    """
    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > MAX_BYTES:
            raise CorruptFeedError(
                f"The file has more than {MAX_BYTES // 1024**2} MB, which no price "
                "list of a shop has. Nothing of it was stored."
            )
    text = _decoded(bytes(data), encoding)
    start = text[:2000].lstrip()
    if start.startswith("<"):
        raise CorruptFeedError(
            f"This is a web page or XML, not a list: it begins with {start[:60]!r}. "
            "Nothing of it was stored."
        )
    return text


def _decoded(data: bytes, encoding: str) -> str:
    for magic, what in _BINARY.items():
        if data.startswith(magic):
            raise CorruptFeedError(f"This is {what}. Nothing of it was stored.")
    for candidate in [encoding] if encoding else _encodings(data):
        try:
            text = data.decode(candidate)
        except UnicodeDecodeError as error:
            problem = f"byte {error.start} is not {candidate}"
        else:
            if "\0" not in text:
                return text.removeprefix("\ufeff")
            problem = f"character {text.index(chr(0))} is a NUL"
    raise CorruptFeedError(
        f"This is no text: {problem}. Nothing of it was stored; if it is one, say in "
        "which encoding."
    )


def _encodings(data: bytes) -> list[str]:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return [encoding]
    # Latin text in UTF-16 has a NUL in every other byte.
    if data[1:200:2].count(0) > 40:
        return ["utf-16-le"]
    if data[0:200:2].count(0) > 40:
        return ["utf-16-be"]
    return ["utf-8", "cp1252"]


def records(text: str, layout: Layout) -> Iterator[tuple[str, Cells | RowError]]:
    """(position, cells) of every row, or why it is none.

    Raises CorruptFeedError, which names the place, for a file that cannot be read to
    its end.
    """
    return _json_records(text, layout) if layout.is_json else _csv_rows(text, layout)


def _csv_rows(text: str, layout: Layout) -> Iterator[tuple[str, Cells | RowError]]:
    delimiter, text = _delimiter(text, layout)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    places: dict[str, int] = {}
    number = width = 0
    try:
        for row in table:
            number += 1
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not places:
                places, width = _places(cells, layout), len(cells)
                continue
            # A delimiter at the end of the line makes one more, empty cell.
            if len(cells) < width or any(cells[width:]):
                yield f"row {number}", RowError("ragged row")
            else:
                yield f"row {number}", {key: cells[i] for key, i in places.items()}
    except csv.Error as error:
        raise CorruptFeedError(
            f"Row {number + 1} (line {table.line_num}) is no CSV: {error}. Nothing of "
            "the file was stored."
        ) from None
    if not places:
        raise CorruptFeedError("The file is empty. Nothing was stored.")


def _delimiter(text: str, layout: Layout) -> tuple[str, str]:
    """The delimiter, and the text without what only names it."""
    first, _, rest = text.lstrip("\r\n").partition("\n")
    said = first.strip().strip('"')
    if said.startswith("sep=") and len(said) == len("sep=") + 1:
        return layout.delimiter or said[-1], rest
    if layout.delimiter:
        return layout.delimiter, text
    wanted = {_heading(name) for name in layout.columns.values() if name}

    def found(delimiter: str) -> tuple[int, int]:
        names = [_heading(name.strip('"')) for name in first.split(delimiter)]
        return len(wanted.intersection(names)), len(names)

    return max(DELIMITERS, key=found), text


def _places(header: list[str], layout: Layout) -> dict[str, int]:
    """Which cell each field is in."""
    if len(header) > MAX_COLUMNS:
        raise CorruptFeedError(
            f"The first row has {len(header)} columns, more than the {MAX_COLUMNS} a "
            "list may have. Nothing of it was stored."
        )
    headings = [_heading(name) for name in header]
    places = {}
    for field, column in layout.columns.items():
        if not column:
            continue
        times = headings.count(_heading(column))
        if times != 1:
            what = "no" if times == 0 else "more than one"
            raise CorruptFeedError(
                f"The first row has {what} column “{column}”. It has: "
                f"{', '.join(header)[:300]}. Nothing of the file was stored."
            )
        places[field] = headings.index(_heading(column))
    return places


def _heading(name: str) -> str:
    return " ".join(name.split()).casefold()


def _json_records(text: str, layout: Layout) -> Iterator[tuple[str, Cells | RowError]]:
    columns = {key: column for key, column in layout.columns.items() if column}
    for number, record in enumerate(_list(_document(text), layout.records_path), 1):
        if isinstance(record, dict):
            cells = {key: _member(record, path) for key, path in columns.items()}
            yield f"record {number}", cells
        else:
            yield f"record {number}", RowError("malformed record")


def _document(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refused)
    except json.JSONDecodeError as error:
        problem = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except ValueError as error:
        problem = str(error)
    except RecursionError:
        problem = "it is nested too deeply"
    raise CorruptFeedError(
        f"This is no JSON ({problem}). It begins with {text[:40]!r}. Nothing of it "
        "was stored."
    )


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no value of JSON")


def _list(document: Any, path: str) -> list[Any]:
    """The list at a path such as `data.items`. Raises CorruptFeedError."""
    found = document
    for name in path.split(".") if path else ():
        if not isinstance(found, dict) or name not in found:
            has = ", ".join(found)[:200] if isinstance(found, dict) else "no names"
            raise CorruptFeedError(
                f"There is no “{name}” where “{path}” leads; there is {has}. Nothing "
                "of the file was stored."
            )
        found = found[name]
    if not isinstance(found, list):
        has = f", but has {', '.join(found)[:200]}" if isinstance(found, dict) else ""
        raise CorruptFeedError(
            f"What is at “{path or 'the top'}” is no list of records{has}. Nothing of "
            "the file was stored."
        )
    return found


def _member(record: dict[str, Any], path: str) -> Any:
    """What is in a record under a name, or at a path such as `price.amount`."""
    if path in record:
        return record[path]
    found: Any = record
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found.strip() if isinstance(found, str) else found
