"""Days of closes as they are kept, packed."""

from __future__ import annotations

from datetime import date

import psycopg
from django.db.models import F, Func, TextField

from apps.market.maths.breadth import Part
from apps.market.models import DailyCloses
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql


def packed_day(day: date) -> dict[int, Part]:
    """The closes that are kept of a day, by stream."""
    # Django's cursors bring bytes as text, twice as many digits.
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        cursor.execute(load_sql("market", "packed_closes"), {"day": day}, binary=True)
        return {stream: Part.unpacked(packed) for stream, packed in cursor}


def fingerprints(first: date, last: date) -> dict[date, dict[int, str]]:
    """{day: {stream: MD5 of its closes}} of what is kept of the days of a range."""
    rows = DailyCloses.objects.filter(day__gte=first, day__lte=last).values_list(
        "day",
        "marketplace_id",
        Func(F("packed"), function="md5", output_field=TextField()),
    )
    found: dict[date, dict[int, str]] = {}
    for day, stream, fingerprint in rows:
        found.setdefault(day, {})[stream] = fingerprint
    return found


def packed_eras() -> list[tuple[date, int, int]]:
    """Day, stream and era of all that is kept."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("market", "packed_eras"))
        rows = cursor.fetchall()
    return [(day, stream, int.from_bytes(era, "little")) for day, stream, era in rows]
