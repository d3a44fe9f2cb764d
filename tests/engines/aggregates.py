"""Emptying what is made of prices between tests: aggregates and derived tables."""

from __future__ import annotations

from django.db import connection

from mtgintel.core import derived
from mtgintel.core.timescale.maintenance import aggregates


def empty_aggregates() -> None:
    names = ", ".join(
        [*(aggregate.name for aggregate in aggregates()), *derived.tables()]
    )
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {names}")
