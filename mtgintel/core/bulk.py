"""Columns of numpy arrays into a table and out of it, at the speed of the server.

PostgreSQL's binary COPY wants one length before every field. Rows whose fields all
have the same lengths make a structured array, built by whole columns; so rows are
taken apart by what varies in length (labels, nulls) and each group is sent as one.
A row object per price would cost three times the rest of the load.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TRAILER = b"\xff\xff"
# A row's number of fields, and the length of its first.
_ONE_FIELD = 2 + 4
_SENDERS = {
    ">i2": "int2send",
    ">i4": "int4send",
    ">i8": "int8send",
    ">f8": "float8send",
}
# PostgreSQL counts microseconds from 2000-01-01.
POSTGRES_EPOCH = 946_684_800_000_000
# Rows per piece: large enough to be quick, a few tens of megabytes at most.
_PIECE = 131_072


class Column(Protocol):
    """A column to send: values, and which of a few patterns each row follows."""

    def patterns(self, rows: slice) -> tuple[Array, int]:
        """The pattern of each row, and how many patterns there are."""

    def field(self, pattern: int) -> str | None:
        """The numpy type of a value in rows of `pattern`; None for null."""

    def values(self, rows: slice) -> Array:
        """The values of all rows, whatever their pattern."""

    def constant(self, pattern: int) -> bytes | None:
        """The value all rows of `pattern` share, if they do."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Integers; `big_endian` is their type on the wire. `absent` stands for null.

    `zero` is where the server counts from; it is taken off piece by piece, as some
    million rows are better not held twice.
    """

    data: Array
    big_endian: str = ">i4"
    absent: int | None = None
    zero: int = 0

    def patterns(self, rows: slice) -> tuple[Array, int]:
        data = self.data[rows]
        if self.absent is None:
            return np.zeros(len(data), np.int64), 1
        return (data == self.absent).astype(np.int64), 2

    def field(self, pattern: int) -> str | None:
        return None if pattern else self.big_endian

    def values(self, rows: slice) -> Array:
        data = self.data[rows]
        return data - self.zero if self.zero else data

    def constant(self, pattern: int) -> bytes | None:
        return None


def times(microseconds: Array) -> Numbers:
    """A timestamptz column from microseconds since the Unix epoch."""
    return Numbers(microseconds, ">i8", zero=POSTGRES_EPOCH)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Text or enum values: an index into `labels` for every row."""

    codes: Array
    labels: Sequence[str]

    def patterns(self, rows: slice) -> tuple[Array, int]:
        return self.codes[rows].astype(np.int64), len(self.labels)

    def field(self, pattern: int) -> str | None:
        return f"S{len(self.labels[pattern].encode())}"

    def values(self, rows: slice) -> Array:
        return self.codes[rows]

    def constant(self, pattern: int) -> bytes | None:
        return self.labels[pattern].encode()


@dataclass(frozen=True, slots=True, eq=False)
class Same:
    """One number for all rows, or null."""

    value: int | None
    big_endian: str = ">i4"

    def patterns(self, rows: slice) -> tuple[Array, int]:
        return np.zeros(rows.stop - rows.start, np.int64), 1

    def field(self, pattern: int) -> str | None:
        return None if self.value is None else self.big_endian

    def values(self, rows: slice) -> Array:
        return np.full(rows.stop - rows.start, self.value)

    def constant(self, pattern: int) -> bytes | None:
        return None


def pieces(n: int) -> Iterator[slice]:
    """`n` rows in slices, for work of which the intermediate values of some million
    rows at once would take more memory than the rows."""
    for start in range(0, n, _PIECE):
        yield slice(start, min(start + _PIECE, n))


def copy_columns(cursor: Any, table: str, columns: Mapping[str, Column], n: int) -> int:
    """COPY `n` rows into `table`; how many the server took.

    Every column holds `n` values in the same order. Rows keep that order within a
    piece only as far as they are alike; the table must not depend on it.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
    with cursor.copy(statement) as copy:
        copy.write(_HEADER)
        for piece in encoded(list(columns.values()), n):
            copy.write(piece)
        copy.write(_TRAILER)
    taken: int = cursor.rowcount
    return taken


def encoded(columns: Sequence[Column], n: int) -> Iterator[bytes]:
    """The tuples of binary COPY, some tens of thousands of rows at a time."""
    for rows in pieces(n):
        yield from _encode_piece(columns, rows)


def _encode_piece(columns: Sequence[Column], rows: slice) -> Iterator[bytes]:
    length = rows.stop - rows.start
    combined = np.zeros(length, np.int64)
    counts = []
    for column in columns:
        pattern, count = column.patterns(rows)
        if count > 1:
            combined = combined * count + pattern
        counts.append(count)
    values = [column.values(rows) for column in columns]
    for key, chosen in _groups(combined):
        yield _encode_group(columns, _split(key, counts), values, chosen)


def _groups(combined: Array) -> Iterator[tuple[int, Any]]:
    """(pattern, rows that follow it), the rows in their order."""
    keys = np.unique(combined)
    if len(keys) == 1:
        yield int(keys[0]), slice(None)
        return
    for key in keys:
        yield int(key), np.flatnonzero(combined == key)


def _split(key: int, counts: Sequence[int]) -> list[int]:
    """Each column's own pattern out of the combined one."""
    patterns = []
    for count in reversed(counts):
        key, pattern = divmod(key, count)
        patterns.append(pattern)
    return patterns[::-1]


def _encode_group(
    columns: Sequence[Column], patterns: list[int], values: list[Array], chosen: Any
) -> bytes:
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    types = [c.field(p) for c, p in zip(columns, patterns, strict=True)]
    for i, kind in enumerate(types):
        layout.append((f"length{i}", ">i4"))
        if kind is not None:
            layout.append((f"value{i}", kind))
    size = len(values[0][chosen])
    out = np.empty(size, np.dtype(layout))
    out["fields"] = len(columns)
    for i, kind in enumerate(types):
        if kind is None:
            out[f"length{i}"] = -1
            continue
        out[f"length{i}"] = np.dtype(kind).itemsize
        constant = columns[i].constant(patterns[i])
        out[f"value{i}"] = values[i][chosen] if constant is None else constant
    return out.tobytes()


def read_columns(
    cursor: Any,
    query: str,
    parameters: Mapping[str, Any],
    columns: Mapping[str, str],
    *,
    pieces: str = "()",
) -> Array:
    """What a query finds, as a structured array of `columns`: {name: type on the wire}.

    In the query's order of columns, none of them null: ">i2" for smallint, ">i4" for
    integer, ">i8" for bigint, ">f8" for double precision. All rows come as one value of
    the server's, as psycopg spends microseconds on each row of a COPY; or as one for
    each value of the column `pieces`, where together they would take much memory.
    """
    rows = np.dtype(list(columns.items()))
    names = ", ".join(columns)
    packed = " || ".join(f"{_SENDERS[kind]}({c})" for c, kind in columns.items())
    whole = (
        f"SELECT string_agg({packed}, '') FROM ({query}) AS found ({names}) "  # noqa: S608 (all of it our own)
        f"GROUP BY {pieces} HAVING count(*) > 0"
    )
    # Django's cursor that notes queries knows no COPY with parameters.
    bare = getattr(cursor, "cursor", cursor)
    with bare.copy(f"COPY ({whole}) TO STDOUT (FORMAT BINARY)", parameters) as copy:
        data = b"".join(copy)
    found = [np.frombuffer(data[:0], rows)]
    start = len(_HEADER)
    while data[start : start + 2] != _TRAILER:
        start += _ONE_FIELD
        length = int.from_bytes(data[start - 4 : start], "big")
        found.append(np.frombuffer(data, rows, length // rows.itemsize, start))
        start += length
    return np.concatenate(found)
