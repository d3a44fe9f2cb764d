"""Which rows of a file are stored as they are: most of them, on most days.

To join all that a file says with all that is stored costs more than everything else
about reading it again. Instead the server sends the stored columns, packed, and they
are compared here as arrays; a row that is equal in every column needs no further step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import psycopg
from django.db import connection

from apps.prices.ingest.base import (
    ABSENT_COUNT,
    ABSENT_PRICE,
    CONDITIONS,
    EXTRA_COUNTS,
    EXTRA_PRICES,
    FINISHES,
    LANGUAGES,
    Array,
    from_microseconds,
)
from apps.prices.ingest.spool import STREAM_BITS, Week, series_keys
from mtgintel.core.bulk import POSTGRES_EPOCH
from mtgintel.core.sql import load_sql

_EXTRAS = EXTRA_PRICES + EXTRA_COUNTS
_PRICE_BITS = 31
# Stands for null among the further figures: no price or count is this.
_NULL = -(2**31)
_KEY = np.dtype(
    [
        ("card_id", "i4"),
        ("marketplace_id", "i2"),
        ("condition", "i1"),
        ("finish", "i1"),
        ("language", "i1"),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class _Stream:
    """What is stored of one marketplace, condition, finish and language."""

    # The lowest STREAM_BITS of its series' keys.
    key: int
    card_id: Array
    price: Array
    # Microseconds since the Unix epoch.
    time: Array
    # In the order of _EXTRAS; empty where all of them are null.
    extras: list[Array]


def without_stored(week: Week) -> Week:
    """The rows of `week` but those that are stored as they are, in every column.

    As with Week.only, what is returned is in the memory of `week`.
    """
    is_new = np.ones(len(week), bool)
    streams = week.series & ((1 << STREAM_BITS) - 1)
    for stream in _stored_streams(week):
        chosen = np.flatnonzero(streams == stream.key)
        if len(chosen):
            is_new[chosen] = ~_are_stored(week.rows[chosen], stream)
    return week.only(is_new)


def _stored_streams(week: Week) -> Iterator[_Stream]:
    """What is stored in the time that `week` spans.

    A week without further figures is compared with rows that have none.
    """
    extras = _EXTRAS if _is_wide(week) else ()
    statement = load_sql("prices", "stored_streams").format(
        extras="".join(
            f",\n    string_agg(int4send(coalesce({name}, {_NULL})), '')"
            for name in extras
        ),
        which="true" if extras else f"({', '.join(_EXTRAS)}) IS NULL",
    )
    span = {
        "start": from_microseconds(week.rows["time"].min()),
        "end": from_microseconds(week.rows["time"].max()),
    }
    # Django's cursors bring bytes as text, twice as many digits. Not prepared: the plan
    # is to know which chunk the time is in.
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        cursor.execute(statement, span, prepare=False, binary=True)
        rows = cursor.fetchall()
    while rows:
        yield _unpacked(*rows.pop())


def _is_wide(week: Week) -> bool:
    return _EXTRAS[0] in (week.rows.dtype.names or ())


def _unpacked(
    marketplace_id: int,
    condition: str,
    finish: str,
    language: str,
    cards_and_prices: bytes,
    times: bytes,
    *extras: bytes,
) -> _Stream:
    """A row of stored_streams.sql as arrays."""
    series = (
        0,
        marketplace_id,
        CONDITIONS.index(condition),
        FINISHES.index(finish),
        LANGUAGES.index(language),
    )
    packed = np.frombuffer(cards_and_prices, ">i8").astype(np.int64)
    return _Stream(
        key=int(series_keys(np.array([series], _KEY))[0]),
        card_id=packed >> _PRICE_BITS,
        price=packed & ((1 << _PRICE_BITS) - 1),
        time=np.frombuffer(times, ">i8").astype(np.int64) + POSTGRES_EPOCH,
        extras=[np.frombuffer(values, ">i4") for values in extras],
    )


def _are_stored(rows: Array, stream: _Stream) -> Array:
    """Which of `rows`, all of one stream and sorted, are among what is stored."""
    moments = np.unique(rows["time"])
    known = _cards_and_moments(stream.card_id, stream.time, moments)
    order = np.argsort(known, kind="stable")
    known = known[order]
    wanted = _cards_and_moments(rows["card_id"], rows["time"], moments)
    place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    is_stored: Array = known[place] == wanted
    found = order[place]
    is_stored &= stream.price[found] == rows["price"]
    for name, values in zip(_EXTRAS, stream.extras, strict=False):
        absent = ABSENT_COUNT if name in EXTRA_COUNTS else ABSENT_PRICE
        told = np.where(rows[name] == absent, _NULL, rows[name])
        is_stored &= values[found] == told
    return is_stored


def _cards_and_moments(card_id: Array, time: Array, moments: Array) -> Array:
    """One integer for each card and moment; -1 for moments that are none of these."""
    number = np.minimum(np.searchsorted(moments, time), len(moments) - 1)
    key = card_id.astype(np.int64) << 32 | number
    return np.where(moments[number] == time, key, -1)
