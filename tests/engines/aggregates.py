"""Emptying the continuous aggregates between tests."""

from __future__ import annotations

from django.db import connection

from mtgintel.core.timescale.maintenance import aggregates


def empty_aggregates() -> None:
    names = ", ".join(aggregate.name for aggregate in aggregates())
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names}")
