"""Emptying the continuous aggregates between tests."""

from __future__ import annotations

from django.db import connection

from mtgintel.core.timescale.engine import has_timescale


def aggregate_names() -> list[str]:
    """The continuous aggregates of the database, on either engine."""
    query = (
        "SELECT view_name FROM timescaledb_information.continuous_aggregates"
        if has_timescale(connection)
        else "SELECT name FROM timescale_compat.aggregates"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [name for (name,) in cursor.fetchall()]


def empty_aggregates() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(aggregate_names())}")
