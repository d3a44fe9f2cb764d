"""Emptying what is made of prices between tests: aggregates and derived tables."""

from __future__ import annotations

from django.db import connection

from mtgintel.core import derived
from mtgintel.core.timescale.engine import has_timescale
from mtgintel.core.timescale.maintenance import aggregates
from tests.engines.storage import execute, filled


def empty_aggregates() -> None:
    names = [*(aggregate.name for aggregate in aggregates()), *derived.tables()]
    # An empty continuous aggregate still remembers up to when it was refreshed.
    chosen = names if has_timescale(connection) else filled(names)
    if chosen:
        execute(f"TRUNCATE {', '.join(chosen)}")
