"""Days of closes as they are kept, packed."""

from __future__ import annotations

from datetime import date

import psycopg
from django.db import connection

from apps.market.maths.breadth import Part
from mtgintel.core.sql import load_sql


def packed_days(first: date, last: date) -> dict[date, dict[int, Part]]:
    """The closes of the days of [first, last] that are kept, by stream."""
    found: dict[date, dict[int, Part]] = {}
    bounds = {"first": first, "last": last}
    # Django's cursors bring bytes as text, twice as many digits.
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        cursor.execute(load_sql("market", "packed_closes"), bounds, binary=True)
        for day, stream, packed in cursor:
            found.setdefault(day, {})[stream] = Part.unpacked(packed)
    return found
