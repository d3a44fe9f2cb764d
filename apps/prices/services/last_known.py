"""The latest price of every series of some streams, as columns.

To compare a day's file with them here costs a fraction of staging the file to join it
with them there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import psycopg
from django.db import connection

from apps.prices.ingest.base import (
    CONDITION_CODE,
    FINISH_CODE,
    LANGUAGE_CODE,
    Array,
)
from apps.prices.ingest.witnesses import SeriesParts, first_key_of, series_key
from mtgintel.core.bulk import POSTGRES_EPOCH
from mtgintel.core.sql import load_sql

_PRICE_BITS = 31


@dataclass(frozen=True, slots=True, eq=False)
class LastKnown:
    """Sorted by series; `time` in microseconds since the Unix epoch."""

    keys: Array
    time: Array
    price: Array

    def find(self, keys: Array) -> tuple[Array, Array]:
        """The place of each series, and whether it is there."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), bool)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return place, self.keys[place] == keys


def last_known(marketplace_ids: list[int]) -> LastKnown:
    """What latest_prices has of the streams."""
    keys, times, prices = [], [], []
    for stream, cards_and_prices, moments in _packed(marketplace_ids):
        packed = np.frombuffer(cards_and_prices, ">i8").astype(np.int64)
        keys.append(series_key(stream) | first_key_of(packed >> _PRICE_BITS))
        prices.append(packed & ((1 << _PRICE_BITS) - 1))
        times.append(np.frombuffer(moments, ">i8").astype(np.int64) + POSTGRES_EPOCH)
    none = np.empty(0, np.int64)
    key = np.concatenate([none, *keys])
    order = np.argsort(key)
    return LastKnown(
        key[order],
        np.concatenate([none, *times])[order],
        np.concatenate([none, *prices])[order],
    )


def _packed(marketplace_ids: list[int]) -> Iterator[tuple[SeriesParts, bytes, bytes]]:
    """Each stream, condition, finish and language, as last_known.sql packs it."""
    # Django's cursors bring bytes as text, twice as many digits.
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        cursor.execute(
            load_sql("prices", "last_known"),
            {"marketplace_ids": marketplace_ids},
            binary=True,
        )
        rows = cursor.fetchall()
    for marketplace_id, condition, finish, language, *columns in rows:
        stream = SeriesParts(
            0,
            marketplace_id,
            CONDITION_CODE[condition],
            FINISH_CODE[finish],
            LANGUAGE_CODE[language],
        )
        yield stream, *columns
