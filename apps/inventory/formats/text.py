"""The text of a file somebody uploads, and its rows; hostile until read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_BYTES = 24 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELL = 5_000
DELIMITERS = ",;\t|"

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_BINARY = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet; upload the CSV file in it",
    b"\x1f\x8b": "a compressed file; unpack it first",
    b"BZh": "a compressed file; unpack it first",
    b"\xfd7zXZ": "a compressed file; unpack it first",
    b"\xd0\xcf\x11\xe0": "a spreadsheet; save it as CSV",
    b"%PDF": "a PDF document",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"SQLite format": "a database",
}
# What no text has: control characters but tab, line ends and form feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


class UnreadableFileError(ValueError):
    """A file that is no collection; the message says why and what to do."""


def decode(data: bytes) -> str:
    """A file's text, its lines ended by "\\n", without byte order mark.

    A byte order mark decides the encoding; then UTF-8 if it is that, else
    Windows-1252, the code of Western spreadsheets. Raises UnreadableFileError.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFileError(
            f"The file has more than {MAX_BYTES // 1024**2} MB. Split it and import "
            "the parts one after another."
        )
    for magic, what in _BINARY.items():
        if data.startswith(magic):
            raise UnreadableFileError(f"This is {what}.")
    for encoding in _encodings(data):
        try:
            return plain(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise UnreadableFileError("This is no text. Save the export as CSV in UTF-8.")


def plain(text: str) -> str:
    """Text with lines ended by "\\n". Raises UnreadableFileError for what is none."""
    if _CONTROL.search(text):
        raise UnreadableFileError(
            "This is no text: it has characters that no export has. Save the export "
            "as CSV in UTF-8."
        )
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise UnreadableFileError("There is nothing in it.")
    return text


def _encodings(data: bytes) -> list[str]:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return [encoding]
    # Latin text in UTF-16 has a NUL in every other byte.
    sample = data[:400]
    if sample[1::2].count(0) * 5 > len(sample) * 2:
        return ["utf-16-le"]
    if sample[0::2].count(0) * 5 > len(sample) * 2:
        return ["utf-16-be"]
    return ["utf-8", "cp1252"]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its number in the file, its cells, or why it has none."""

    number: int
    cells: list[str]
    problem: str = ""


def split_sep(text: str) -> tuple[str, str]:
    """The delimiter that a first line `sep=;` names, and the text after it."""
    first, _, rest = text.lstrip("\n").partition("\n")
    said = first.strip().strip('"').casefold()
    if said.startswith("sep=") and len(said) == len("sep=") + 1:
        return said[-1], rest
    if first.strip().strip('"') == "sep=":
        # A tab that was trimmed away.
        return "\t", rest
    return "", text


def lines(text: str, delimiter: str) -> Iterator[Line]:
    """Every row that has a cell with something in it, in the order of the file.

    Where quotes do not add up, each line of the rest is read by itself: a row that is
    none costs no other. Raises UnreadableFileError for too many rows or columns.
    """
    count = 0
    for line in _rows(text, delimiter):
        if not any(line.cells) and not line.problem:
            continue
        count += 1
        if count > MAX_ROWS + 1:
            raise UnreadableFileError(
                f"The file has more than {MAX_ROWS:,} rows. Split it and import the "
                "parts one after another."
            )
        if len(line.cells) > MAX_COLUMNS:
            raise UnreadableFileError(
                f"Row {line.number} has {len(line.cells):,} columns, more than the "
                f"{MAX_COLUMNS} an export may have."
            )
        yield line


def _rows(text: str, delimiter: str) -> Iterator[Line]:
    physical = text.split("\n")
    table = csv.reader(_ended(physical), delimiter=delimiter, strict=True)
    read = 0
    while True:
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error:
            break
        number, read = read + 1, table.line_num
        yield _line(number, cells)
    for number, one in enumerate(physical[read:], read + 1):
        yield _alone(number, one, delimiter)


def _ended(physical: Iterable[str]) -> Iterator[str]:
    return (f"{line}\n" for line in physical)


def _alone(number: int, text: str, delimiter: str) -> Line:
    try:
        cells = next(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except StopIteration:
        return Line(number, [])
    except csv.Error:
        return Line(number, [text[:MAX_CELL]], "its quotes do not add up")
    return _line(number, cells)


def _line(number: int, cells: list[str]) -> Line:
    stripped = [cell.strip() for cell in cells]
    if any(len(cell) > MAX_CELL for cell in stripped):
        short = [cell[:200] for cell in stripped]
        return Line(number, short, f"a cell has more than {MAX_CELL:,} characters")
    return Line(number, stripped)
