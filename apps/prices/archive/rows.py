"""The database's side of a day: binary COPY, read by the thousand rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
from django.db import connection, transaction

from apps.prices.ingest.base import (
    CONDITIONS,
    EXTRA_COUNTS,
    EXTRA_PRICES,
    FINISHES,
    LANGUAGES,
    Array,
)
from mtgintel.core.sql import load_sql

from .days import bounds
from .manifest import ArchiveError
from .parquet import PIECE

_VALUES = [
    ("time", ">i8"),
    ("scryfall_id", "V16"),
    ("marketplace_id", ">i2"),
    ("condition", ">i8"),
    ("finish", ">i8"),
    ("language", ">i8"),
    ("currency", "S3"),
    *((name, ">i4") for name in ("price", *EXTRA_PRICES, *EXTRA_COUNTS)),
]
# How a row of `archive_rows.sql` comes: a count of fields, then each with its length.
_WIRE = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, kind in _VALUES
        for part in ((f"{name} length", ">i4"), (name, kind))
    ]
)
_HEADER_LENGTH = 19
_TRAILER = b"\xff\xff"
# PostgreSQL counts microseconds from 2000-01-01.
_POSTGRES_EPOCH = 946_684_800_000_000


def rows_of(day: date) -> Iterator[Array]:
    """The prices of a UTC day in the archive's order, at most PIECE rows at a time.

    Structured arrays: `time` in microseconds since the Unix epoch, prices in
    thousandths (0 where absent), counts (-1 where absent), labels by place from one.
    """
    start, end = bounds(day)
    parameters = {
        "start": start,
        "end": end,
        "conditions": CONDITIONS,
        "finishes": FINISHES,
        "languages": LANGUAGES,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # Room to sort a large day without going to the disk for each piece of it.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        with cursor.copy(load_sql("prices", "archive_rows"), parameters) as copy:
            yield from _pieces(copy)


def _pieces(copy: Any) -> Iterator[Array]:
    held = bytearray()
    skip = _HEADER_LENGTH
    size = PIECE * _WIRE.itemsize
    for data in copy:
        held += data
        if skip and len(held) >= skip:
            del held[:skip]
            skip = 0
        if not skip and len(held) >= size:
            yield _array(bytes(held[:size]))
            del held[:size]
    if skip or held[-2:] != _TRAILER:
        raise ArchiveError("The database broke off in the middle of a day.")
    yield _array(bytes(held[:-2]))


def _array(data: bytes) -> Array:
    """Rows as plain integers. Raises ArchiveError where a value has another width."""
    if len(data) % _WIRE.itemsize:
        raise ArchiveError("A price came in another width than prices have.")
    wire = np.frombuffer(data, _WIRE)
    rows = np.empty(len(wire), [(name, _native(kind)) for name, kind in _VALUES])
    for name, kind in _VALUES:
        if (wire[f"{name} length"] != np.dtype(kind).itemsize).any():
            raise ArchiveError(f"{name} came in another width than it has.")
        rows[name] = wire[name]
    rows["time"] += _POSTGRES_EPOCH
    return rows


def _native(kind: str) -> str:
    return kind.replace(">", "<")
