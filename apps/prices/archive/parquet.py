"""A day's prices as Parquet, and back to columns.

One schema for all days; plain types that every reader knows. Prices are decimals of
the row's currency with three places (tix have three), times are UTC.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from apps.prices.ingest.base import (
    ABSENT_COUNT,
    ABSENT_PRICE,
    CONDITIONS,
    EXTRA_COUNTS,
    EXTRA_PRICES,
    FINISHES,
    LANGUAGES,
    Array,
)
from mtgintel.core.constants import Currency

from .manifest import FORMAT, VERSION, ArchiveError

PRICES = ("price", *EXTRA_PRICES)
LABELS = {"condition": CONDITIONS, "finish": FINISHES, "language": LANGUAGES}
# What tells one row of a file from another.
KEY = ("time", "scryfall_id", "marketplace", *LABELS)
# The order of the rows.
ORDER = ("scryfall_id", "marketplace", *LABELS, "time")
# Rows that are in memory at once, and in one row group.
PIECE = 131_072
_COMPRESSION_LEVEL = 6

_TEXT = pa.dictionary(pa.int32(), pa.string())
_MONEY = pa.decimal128(12, 3)
SCHEMA = pa.schema(
    [
        pa.field("time", pa.timestamp("us", "UTC"), nullable=False),
        *(
            pa.field(name, _TEXT, nullable=False)
            for name in ("scryfall_id", "marketplace", *LABELS, "currency")
        ),
        pa.field("price", _MONEY, nullable=False),
        *(pa.field(name, _MONEY) for name in EXTRA_PRICES),
        *(pa.field(name, pa.int32()) for name in EXTRA_COUNTS),
    ]
)
CARD_SCHEMA = pa.schema(
    [
        (name, pa.string())
        for name in ("scryfall_id", "name", "set", "collector_number", "language")
    ]
)


@dataclass(frozen=True, slots=True)
class Streams:
    """Marketplaces by id, for writing; ids that are not there have no name."""

    slugs: dict[int, str]

    def codes(self, ids: Array) -> pa.DictionaryArray:
        known, codes = np.unique(ids, return_inverse=True)
        return _labelled(codes, [self.slugs[int(one)] for one in known])


class DayWriter:
    """Writes one day's file, piece by piece, in the order of the rows.

    with DayWriter(path, day) as writer:
        writer.add(table)
    """

    def __init__(self, path: Path, day: date) -> None:
        self.rows = 0
        self.min_us: int | None = None
        self.max_us: int | None = None
        self._writer = pq.ParquetWriter(
            path,
            SCHEMA,
            compression="zstd",
            compression_level=_COMPRESSION_LEVEL,
            store_decimal_as_integer=True,
            # Without Arrow's own notes every reader sees plain text columns.
            store_schema=False,
        )
        self._about = {
            "format": FORMAT,
            "version": str(VERSION),
            "day": day.isoformat(),
            "unit": "prices in the row's currency, three decimals; times in UTC",
        }

    def __enter__(self) -> DayWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.add_key_value_metadata(self._about)
        self._writer.close()

    def add(self, table: pa.Table) -> None:
        if not table.num_rows:
            return
        times = table["time"].cast(pa.int64()).to_numpy()
        first, last = int(times.min()), int(times.max())
        self.min_us = first if self.min_us is None else min(first, self.min_us)
        self.max_us = last if self.max_us is None else max(last, self.max_us)
        self.rows += table.num_rows
        self._writer.write_table(table, row_group_size=PIECE)


def table_of(rows: Array, streams: Streams) -> pa.Table:
    """A table from rows as `archive_rows.sql` gives them, sorted by card."""
    columns = {
        "time": pa.array(rows["time"]).cast(pa.timestamp("us", "UTC")),
        "scryfall_id": _scryfall_ids(rows["scryfall_id"]),
        "marketplace": streams.codes(rows["marketplace_id"]),
        "currency": _currencies(rows["currency"]),
    }
    for name, labels in LABELS.items():
        # Places in the enum count from one.
        columns[name] = _labelled(rows[name] - 1, labels)
    for name in PRICES:
        columns[name] = _decimals(rows[name])
    for name in EXTRA_COUNTS:
        columns[name] = pa.array(rows[name], pa.int32(), mask=rows[name] < 0)
    return pa.table(columns, SCHEMA)


def _labelled(codes: Array, labels: Sequence[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32()), pa.array(labels, pa.string())
    )


def _scryfall_ids(raw: Array) -> pa.DictionaryArray:
    """Sixteen bytes each; rows of one card follow each other."""
    halves = np.ascontiguousarray(raw).view(np.int64).reshape(-1, 2)
    is_new = np.ones(len(halves), bool)
    is_new[1:] = (halves[1:] != halves[:-1]).any(axis=1)
    texts = [str(uuid.UUID(bytes=one.tobytes())) for one in raw[is_new]]
    return _labelled(np.cumsum(is_new) - 1, texts)


def _currencies(codes: Array) -> pa.DictionaryArray:
    known, places = np.unique(codes, return_inverse=True)
    return _labelled(places, [Currency(one.decode()).value for one in known])


def _decimals(thousandths: Array) -> pa.Array:
    """Decimals with three places, null where a price is absent."""
    wide = np.zeros((len(thousandths), 2), "<i8")
    wide[:, 0] = thousandths
    present = thousandths != ABSENT_PRICE
    bitmap = np.packbits(present, bitorder="little")
    return pa.Array.from_buffers(
        _MONEY, len(wide), [pa.py_buffer(bitmap), pa.py_buffer(wide)]
    )


def write_cards(path: Path, cards: Iterable[tuple[str | None, ...]]) -> int:
    """What cards are called, (scryfall_id, name, set, number, language) each; how
    many they are."""
    columns = list(zip(*cards, strict=True)) or [()] * len(CARD_SCHEMA)
    arrays = [pa.array(column, pa.string()) for column in columns]
    table = pa.table(arrays, CARD_SCHEMA)
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=_COMPRESSION_LEVEL,
        store_schema=False,
    )
    return table.num_rows


def read_cards(path: Path) -> dict[str, dict[str, str]]:
    """scryfall_id -> name, set, collector_number, language."""
    rows = pq.read_table(path).to_pylist()
    return {row.pop("scryfall_id"): row for row in rows}


def merged(older: Path, newer: Path, out: Path, day: date) -> DayWriter:
    """Write the rows of `newer`, and those of `older` that it has no other of.

    The whole day is in memory: it happens only to days that the database no longer
    has, or that another one wrote.
    """
    old, new = read_day(older), read_day(newer)
    places = pa.array(np.arange(old.num_rows))
    keys = old.select(list(KEY)).append_column("place", places)
    only_old = keys.join(new.select(list(KEY)), list(KEY), join_type="left anti")
    both = pa.concat_tables([new, old.take(only_old["place"])])
    ordered = both.take(_order(both))
    with DayWriter(out, day) as writer:
        for start in range(0, ordered.num_rows, PIECE):
            writer.add(ordered.slice(start, PIECE).cast(SCHEMA))
    return writer


def _order(table: pa.Table) -> pa.Array:
    """The rows' places in the archive's order; labels sort as they are declared."""
    columns: dict[str, Any] = {}
    for name in ORDER:
        if name in LABELS:
            columns[name] = _codes(table[name], LABELS[name])
        else:
            columns[name] = table[name]
    ascending = [(name, "ascending") for name in ORDER]
    return pc.sort_indices(pa.table(columns), sort_keys=ascending)


def read_day(path: Path) -> pa.Table:
    """A whole file. Raises ArchiveError for one that is not a day's prices."""
    return pa.concat_tables([pa.Table.from_batches([b]) for b in batches(path)])


def batches(path: Path, *, as_codes: bool = False) -> Iterator[pa.RecordBatch]:
    """The rows of a day's file, PIECE at a time; `as_codes` leaves texts as codes.

    Raises ArchiveError for a file that has not the columns of a day.
    """
    names = [field.name for field in SCHEMA]
    texts = [field.name for field in SCHEMA if field.type == _TEXT]
    try:
        _require_columns(path)
        with pq.ParquetFile(path, read_dictionary=texts if as_codes else None) as file:
            yield from file.iter_batches(PIECE, columns=names)
    except pa.ArrowInvalid as error:
        raise ArchiveError(f"{path.name} cannot be read: {error}") from None


def _require_columns(path: Path) -> None:
    found = pq.read_schema(path)
    for field in SCHEMA:
        kind = pa.string() if field.type == _TEXT else field.type
        if field.name not in found.names or found.field(field.name).type != kind:
            raise ArchiveError(
                f"{path.name} has no column {field.name} of type {kind}: it is not a "
                "day's prices. Nothing of it was stored."
            )


@dataclass(frozen=True, slots=True, eq=False)
class DayColumns:
    """A piece of a day as a restore wants it: thousandths, microseconds, codes.

    `scryfall` and `marketplace` are places in `scryfall_ids` and `slugs`; a label
    that this program does not know has the code -1.
    """

    scryfall: Array
    scryfall_ids: list[str]
    marketplace: Array
    slugs: list[str]
    currency: Array
    numbers: dict[str, Array]

    def __len__(self) -> int:
        return len(self.scryfall)


def columns_of(batch: pa.RecordBatch) -> DayColumns:
    """The columns of a batch that `batches` gave as codes."""
    scryfall, scryfall_ids = _places(batch["scryfall_id"])
    marketplace, slugs = _places(batch["marketplace"])
    numbers = {"time": batch["time"].cast(pa.int64()).to_numpy()}
    for name, labels in LABELS.items():
        numbers[name] = _codes(batch[name], labels)
    for name in PRICES:
        numbers[name] = _thousandths(batch[name])
    for name in EXTRA_COUNTS:
        filled = batch[name].fill_null(ABSENT_COUNT)
        numbers[name] = filled.to_numpy(zero_copy_only=False)
    currency = _codes(batch["currency"], Currency.values)
    return DayColumns(scryfall, scryfall_ids, marketplace, slugs, currency, numbers)


def _places(column: Any) -> tuple[Array, list[str]]:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if not isinstance(column, pa.DictionaryArray):
        column = column.dictionary_encode()
    return column.indices.to_numpy(), column.dictionary.to_pylist()


def _codes(column: Any, labels: Sequence[str]) -> Array:
    """Each text's place in `labels`, -1 for one that is not among them."""
    places, texts = _places(column)
    code_of = {label: code for code, label in enumerate(labels)}
    known = np.array([code_of.get(text, -1) for text in texts] or [-1], np.int32)
    return known[places]


def _thousandths(column: pa.Array) -> Array:
    """Prices as integers; what is absent as ABSENT_PRICE."""
    wide = np.frombuffer(column.buffers()[1], "<i8").reshape(-1, 2)
    values = wide[column.offset : column.offset + len(column), 0].copy()
    values[column.is_null().to_numpy(zero_copy_only=False)] = ABSENT_PRICE
    return values
