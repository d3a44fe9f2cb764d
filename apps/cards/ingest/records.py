"""The records of a bulk file: a line each (JSONL), or the elements of one array."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from mtgintel.core.feeds import CorruptFeedError, lines, require_record

# A quote that is matched alone begins a string that goes on in the next piece.
# Possessive, or a string that never ends would cost gigabytes to go back through.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\],"]', re.DOTALL)
_raw = msgspec.json.Decoder(msgspec.Raw).decode


def records(pieces: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    """(position, text) of each record, in either form of file.

    Raises CorruptFeedError for a file that is neither, or ends inside a record.
    """
    first, pieces = _peek(pieces)
    if first.startswith(b"["):
        yield from _elements(pieces)
    elif first.startswith(b"{"):
        yield from _lines(pieces)
    else:
        raise CorruptFeedError(
            "This is no file of JSON records: it begins with "
            f"{first[:60].decode(errors='replace')!r}."
        )


def _peek(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """What the file begins with, and all of it once more."""
    start = b""
    for piece in pieces:
        start += piece
        if start.strip():
            break
        require_record(start)

    def again() -> Iterator[bytes]:
        yield start
        yield from pieces

    return start.removeprefix(b"\xef\xbb\xbf").lstrip(), again()


def _lines(pieces: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    """A record per line. A last line without an end must be a whole record."""
    last, has_end = b"", True

    def watched() -> Iterator[bytes]:
        nonlocal has_end
        for piece in pieces:
            has_end = piece.endswith(b"\n")
            yield piece

    for number, line in enumerate(lines(watched()), 1):
        last = line.removeprefix(b"\xef\xbb\xbf").strip()
        if last:
            yield f"line {number}", last
    if not has_end and not _is_json(last):
        raise CorruptFeedError(
            "The file is cut off inside its last record. Nothing of it was stored; "
            "fetch it again."
        )


def _is_json(text: bytes) -> bool:
    try:
        _raw(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _elements(pieces: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    """The elements of one array, found by its brackets."""
    number, closed = 0, False
    for text in _element_texts(pieces):
        if text is None:
            closed = True
            break
        if text.strip():
            number += 1
            yield f"element {number}", text.strip()
    if not closed:
        raise CorruptFeedError(
            "The file is cut off: its list has no end. Nothing of it was stored; "
            "fetch it again."
        )


def _element_texts(pieces: Iterator[bytes]) -> Iterator[bytes | None]:
    """The text between the commas of the array; None for its end."""
    buffer, start, scanned, depth = b"", 0, 0, 0
    for piece in pieces:
        buffer, start, scanned = buffer[start:] + piece, 0, scanned - start
        require_record(buffer)
        for token in _TOKEN.finditer(buffer, scanned):
            if token[0] == b'"':
                break
            scanned = token.end()
            character = token[0][:1]
            if character in b"[{":
                depth += 1
                start = scanned if depth == 1 else start
            elif character in b"]}":
                depth -= 1
            if depth == 0 or (depth == 1 and character == b","):
                yield buffer[start : token.start()]
                start = scanned
            if depth == 0:
                yield None
                return
