"""Parsed prices waiting for the end of their file, apart by week of `time`.

A file may turn out to be cut off on its last byte, so nothing of it reaches the
database before that. The rows wait here, a few bytes each, in memory until they are
too many and in an unnamed temporary file from then on. Taken out week by week (the
chunks of the hypertable) each merge touches one chunk, and memory is bounded by the
largest week, whatever the size of the file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

from mtgintel.core.bulk import pieces
from mtgintel.core.feeds import Reject, Rejects

from .base import (
    ABSENT_COUNT,
    ABSENT_PRICE,
    EXTRA_COUNTS,
    EXTRA_PRICES,
    Array,
    PriceBlock,
    from_microseconds,
)

CHUNK_US = 7 * 86_400_000_000
# Rows are kept in memory up to this many bytes, over all weeks.
_IN_MEMORY = 96 * 1024 * 1024
# Rows are put into blocks of some megabytes, which the system gets back when they are
# freed. Kept as they come they would leave a heap full of holes; later arrays are made
# in those, and stay with the process when they are freed.
_BLOCK_ROWS = 65_536

_NARROW = np.dtype(
    [
        ("card_id", "i4"),
        ("marketplace_id", "i2"),
        ("condition", "i1"),
        ("finish", "i1"),
        ("language", "i1"),
        ("time", "i8"),
        ("price", "i4"),
    ]
)
# What makes a stream's series, and the bits each takes in a series' key.
_STREAM = (("marketplace_id", 15), ("condition", 4), ("finish", 3), ("language", 5))
STREAM_BITS = sum(bits for _, bits in _STREAM)
_EXTRA = EXTRA_PRICES + EXTRA_COUNTS
_WIDE = np.dtype(_NARROW.descr + [(name, "i4") for name in _EXTRA])


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """The rows of one chunk, sorted by series and time, each key once."""

    start_us: int
    rows: Array
    series: Array

    @property
    def end_us(self) -> int:
        return self.start_us + CHUNK_US

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, wanted: Array) -> Week:
        """The rows that `wanted` marks, moved together in the memory they are in.

        A copy beside the week would be the most memory that a load ever takes; so
        this one is not to be used any more.
        """
        n = 0
        for piece in pieces(len(self)):
            chosen = wanted[piece]
            end = n + int(np.count_nonzero(chosen))
            self.rows[n:end] = self.rows[piece][chosen]
            self.series[n:end] = self.series[piece][chosen]
            n = end
        return Week(self.start_us, self.rows[:n], self.series[:n])


@dataclass(slots=True)
class _Pending:
    """The rows of one week and width in the order they came."""

    dtype: Any
    blocks: list[Array] = field(default_factory=list)
    # How much of the last block is taken.
    filled: int = 0
    file: IO[bytes] | None = None

    def add(self, rows: Array) -> None:
        while len(rows):
            if not self.blocks or self.filled == _BLOCK_ROWS:
                self.blocks.append(np.empty(_BLOCK_ROWS, self.dtype))
                self.filled = 0
            part = rows[: _BLOCK_ROWS - self.filled]
            self.blocks[-1][self.filled : self.filled + len(part)] = part
            self.filled += len(part)
            rows = rows[len(part) :]

    def spill(self) -> None:
        if self.file is None:
            self.file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by take)
        for part in self._parts():
            self.file.write(part.data)
        self.blocks = []

    def take(self) -> Array:
        parts = self._parts()
        if self.file is not None:
            self.file.seek(0)
            parts = [np.fromfile(self.file, self.dtype), *parts]
            self.file.close()
        self.blocks, self.file = [], None
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _parts(self) -> list[Array]:
        return [*self.blocks[:-1], *(last[: self.filled] for last in self.blocks[-1:])]

    def close(self) -> None:
        if self.file is not None:
            self.file.close()


class Spool:
    """Collects blocks; gives them back as weeks, oldest first, duplicates rejected.

    with Spool() as spool:
        spool.add(block)
        for week in spool.weeks(rejects): ...
    """

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._pending: dict[tuple[int, bool], _Pending] = {}
        self._in_memory = in_memory
        self._bytes = 0
        self.rows = 0
        self.newest_us: int | None = None

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        for pending in self._pending.values():
            pending.close()
        self._pending.clear()

    def add(self, block: PriceBlock) -> None:
        """Keep the rows of `block` until `weeks` is asked for them."""
        if not len(block):
            return
        rows = _as_rows(block)
        self.rows += len(rows)
        newest = int(rows["time"].max())
        self.newest_us = max(newest, self.newest_us or newest)
        numbers = rows["time"] // CHUNK_US
        first, last = int(numbers.min()), int(numbers.max())
        if first == last:
            self._keep(first, rows)
        else:
            self._distribute(numbers, rows)
        if self._bytes > self._in_memory:
            self._spill()

    def weeks(self, rejects: Rejects) -> Iterator[Week]:
        """Every week with its rows, oldest first. Empties the spool.

        Of several rows with one key the first wins; the others are rejected.
        """
        if any(pending.file for pending in self._pending.values()):
            # The memory is wanted for the largest week.
            self._spill()
        for number in sorted({number for number, _ in self._pending}):
            # Nothing here holds on to the rows while the week is worked on.
            yield _sorted_week(number * CHUNK_US, self._take(number), rejects)

    def _take(self, number: int) -> Array:
        parts = [
            self._pending.pop((number, wide)).take()
            for wide in (False, True)
            if (number, wide) in self._pending
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(widened(parts))

    def _distribute(self, numbers: Array, rows: Array) -> None:
        order = np.argsort(numbers, kind="stable")
        ordered = numbers[order]
        bounds = np.flatnonzero(np.diff(ordered)) + 1
        for piece in np.split(order, bounds):
            self._keep(int(numbers[piece[0]]), rows[piece])

    def _keep(self, number: int, rows: Array) -> None:
        wide = rows.dtype == _WIDE
        pending = self._pending.get((number, wide))
        if pending is None:
            pending = self._pending[number, wide] = _Pending(rows.dtype)
        pending.add(rows)
        self._bytes += rows.nbytes

    def _spill(self) -> None:
        for pending in self._pending.values():
            pending.spill()
        self._bytes = 0


def _as_rows(block: PriceBlock) -> Array:
    rows = np.empty(len(block), _WIDE if block.is_wide else _NARROW)
    for name in _NARROW.names or ():
        rows[name] = getattr(block, name)
    if block.is_wide:
        for name in _EXTRA:
            values = getattr(block, name)
            rows[name] = _absent(name) if values is None else values
    return rows


def _absent(name: str) -> int:
    return ABSENT_COUNT if name in EXTRA_COUNTS else ABSENT_PRICE


def widened(parts: list[Array]) -> list[Array]:
    wide = []
    for part in parts:
        rows = np.empty(len(part), _WIDE)
        for name in _WIDE.names or ():
            present = name in (part.dtype.names or ())
            rows[name] = part[name] if present else _absent(name)
        wide.append(rows)
    return wide


def series_keys(rows: Array) -> Array:
    """One integer per series, in the order of the table's key.

    The card above, its stream in the lowest STREAM_BITS.
    """
    key: Array = rows["card_id"].astype(np.int64)
    for name, bits in _STREAM:
        np.left_shift(key, bits, out=key)
        np.bitwise_or(key, rows[name], out=key)
    return key


def _sorted_week(start_us: int, rows: Array, rejects: Rejects) -> Week:
    keys = series_keys(rows)
    # Stable, so that of equal keys the one that came first stays first.
    order = np.lexsort((rows["time"], keys))
    keys = keys[order]
    # A column at a time: whole rows beside their copies would be the most memory that a
    # load ever takes.
    for name in rows.dtype.names or ():
        rows[name] = rows[name][order]
    del order
    week = Week(start_us, rows, keys)
    repeated = np.zeros(len(rows), bool)
    repeated[1:] = (keys[1:] == keys[:-1]) & (rows["time"][1:] == rows["time"][:-1])
    if repeated.any():
        _reject_duplicates(rows[repeated], rejects)
        week = week.only(~repeated)
    return week


def _reject_duplicates(rows: Array, rejects: Rejects) -> None:
    for row in rows:
        rejects.add(
            Reject(
                "duplicate",
                position=f"card {row['card_id']}",
                detail="another price of the same series and time came first",
                raw={
                    "time": from_microseconds(row["time"]).isoformat(),
                    "price": int(row["price"]) / 1000,
                    "finish": int(row["finish"]),
                },
                card_id=int(row["card_id"]),
                marketplace_id=int(row["marketplace_id"]),
            )
        )
