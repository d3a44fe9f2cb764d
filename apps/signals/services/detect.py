"""Signals of whole days, found and stored set by set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction

from apps.signals.maths.detectors import KINDS, Detected, Kind, Unit
from apps.signals.maths.panel import Array, Panel
from apps.signals.selectors.panel import load_observations, newest_price_day
from mtgintel.core.bulk import Column, Labels, Numbers, copy_columns
from mtgintel.core.constants import Currency, Finish
from mtgintel.core.money import SCALE
from mtgintel.core.sql import load_sql

# Cheaper variants are not looked at: the step in which they are quoted, a cent or a
# thousandth of a ticket, is more than 2 % of such a price, so that it only jumps.
LEAST_PRICE = {Currency.USD: 0.5, Currency.EUR: 0.5, Currency.TIX: 0.05}

# Decimals that are kept of a value.
_DECIMALS = {
    Unit.SHARE: 4,
    Unit.CHANGE: 4,
    Unit.RATE: 5,
    Unit.AMOUNT: 3,
    Unit.NUMBER: 3,
    Unit.COUNT: 1,
}
_VALUES = 4
_POSTGRES_EPOCH = np.datetime64("2000-01-01", "D")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SignalUpdate:
    """How many signals the days have now, and how many rows were written or removed."""

    found: int
    written: int
    removed: int


@transaction.atomic
def detect_signals(*, first: date, last: date | None = None) -> SignalUpdate:
    """Find the signals of each day from `first` to `last` (by default that day alone)
    and make them all that is stored of these days.

    Each day from what was known at its end; days after the newest price have none. The
    same prices give the same rows.
    """
    last = last or first
    found = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('signals'))")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged_signals")
        cursor.execute(load_sql("signals", "staged_signals"))
        for panel in _panels(first, last):
            for kind in KINDS.values():
                found += _stage(cursor, panel, kind)
        cursor.execute("ANALYZE staged_signals")
        bounds = {"first": first, "last": last}
        cursor.execute(load_sql("signals", "delete_vanished_signals"), bounds)
        removed = cursor.rowcount
        cursor.execute(load_sql("signals", "merge_signals"), _value_names())
        written = cursor.rowcount
    return SignalUpdate(found, written, removed)


def catch_up_signals(start: datetime, end: datetime) -> None:
    """Bring the signals up to date with the prices of [start, end].

    A price is part of the signals of all later days, too; the newest of them come
    first, as people wait for them.
    """
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    newest = max(newest_price_day() or first, first)
    detect_signals(first=newest, last=max(newest, last))
    if first < newest:
        detect_signals(first=first, last=newest - _DAY)


def _panels(first: date, last: date) -> Iterator[Panel]:
    """Of every day and currency, some thousand cards at a time."""
    newest = newest_price_day()
    if newest is None or newest < first:
        return
    last = min(last, newest)
    for observed in load_observations(first, last):
        least = LEAST_PRICE[Currency(observed.currency)]
        for day in (first + n * _DAY for n in range((last - first).days + 1)):
            panel = observed.upto(day)
            panel = panel.where(panel.now >= least)
            if len(panel):
                yield panel


def _stage(cursor: Any, panel: Panel, kind: Kind) -> int:
    """Add what is found of a kind; how many signals."""
    detected = kind(panel)
    n = len(detected)
    if not n:
        return 0
    rows = detected.rows
    day = int((panel.days[-1] - _POSTGRES_EPOCH).astype(int))
    columns: dict[str, Column] = {
        "card_id": Numbers(panel.card_ids[rows]),
        "day": Numbers(np.full(n, day)),
        "observations": Numbers(detected.observations, ">i2"),
        "direction": Numbers(detected.direction, ">i2"),
        "marketplace_id": Numbers(panel.marketplace_ids[rows], ">i2"),
        "version": Numbers(np.full(n, kind.version), ">i2"),
        "price": Numbers(np.rint(panel.now[rows] * SCALE).astype(np.int64)),
        "finish": Labels(panel.finishes[rows], Finish.values),
        "currency": Labels(np.zeros(n, np.int8), [panel.currency]),
        "kind": Labels(np.zeros(n, np.int8), [kind.slug]),
        "strength": Numbers(np.round(detected.strength, 4), ">f8"),
        "confidence": Numbers(np.round(detected.confidence, 4), ">f8"),
    }
    for place, values in enumerate(_values(kind, detected), start=1):
        columns[f"value{place}"] = Numbers(values, ">f8")
    return copy_columns(cursor, "staged_signals", columns, n)


def _values(kind: Kind, detected: Detected) -> list[Array]:
    """As many columns as are staged, NaN in those that the kind has no name for."""
    found = [
        np.round(detected.values[value.name], _DECIMALS[value.unit])
        for value in kind.values
    ]
    return found + [np.full(len(detected), np.nan)] * (_VALUES - len(found))


def _value_names() -> dict[str, list[str]]:
    """The kinds, and the names of their first, second … value."""
    names = [
        [value.name for value in kind.values] + ["", "", ""] for kind in KINDS.values()
    ]
    columns = {f"name{i + 1}": [of[i] for of in names] for i in range(_VALUES)}
    return {"kinds": list(KINDS), **columns}
