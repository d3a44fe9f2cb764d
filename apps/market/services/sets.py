"""What complete sets cost, brought up to date with the prices."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
from django.db import connection, transaction

from apps.market.maths.chained import Closes
from apps.market.maths.sets import (
    BASE,
    DAYS,
    VERSION,
    Array,
    Known,
    Tally,
    grid,
    is_linked,
    known,
    tally,
)
from apps.market.models import SetValue
from apps.market.selectors.closes import Streams, closes_of, days_before, days_since
from apps.market.selectors.rosters import Roster
from mtgintel.core.bulk import Labels, Numbers, copy_columns, read_columns
from mtgintel.core.constants import Currency
from mtgintel.core.sql import load_sql

# Before the first card was printed.
_BEGINNING = date(1993, 1, 1)
_EPOCH = date(1970, 1, 1)
_FROM_POSTGRES_EPOCH = (date(2000, 1, 1) - _EPOCH).days

# A row of a set on a day; days count from the epoch.
_ROW = {
    "day": ">i4",
    "card_set_id": ">i4",
    "is_foil": ">i2",
    "value": ">i8",
    "cards": ">i4",
    "priced": ">i4",
    "carried": ">i4",
    "matched": ">i4",
    "matched_now": ">i8",
    "matched_before": ">i8",
}


@dataclass(frozen=True, slots=True)
class SetValuesUpdate:
    """How many days were computed (of each currency), and rows written or removed."""

    days: int
    written: int


@transaction.atomic
def update_set_values(
    *, start: datetime | None = None, end: datetime | None = None
) -> SetValuesUpdate:
    """Compute every set's values that prices of [start, end] are part of.

    Those are the days themselves and the next DAYS with prices; of the days after them
    only the level can change. None means no limit. Where nothing is stored yet, or by
    another version of the method, everything is computed. The outcome depends on
    prices and catalogue alone, not on what was updated when.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('set values'))")
    if not _is_current():
        SetValue.objects.all().delete()
        start = end = None
    first = start.astimezone(UTC).date() if start else _BEGINNING
    last = end.astimezone(UTC).date() if end else date.max
    streams, roster = Streams.load(), Roster.load()
    counts = [SetCount(c, first, last, streams, roster) for c in Currency.values]
    days = {day for count in counts for day in count.wanted}
    for day, closes in closes_of(sorted(days), streams):
        for count in counts:
            count.see(day, closes.get(count.currency))
    written = sum(_store(count) for count in counts)
    return SetValuesUpdate(sum(len(count.days) for count in counts), written)


def _is_current() -> bool:
    """Whether there are values; all are of one version."""
    version = SetValue.objects.order_by().values_list("version", flat=True).first()
    return version == VERSION


@dataclass(slots=True)
class SetCount:
    """The sets of one currency from the day `first` on; prices changed until `last`.

    `before` are the days with prices that the first one needs, `days` those to compute,
    all there are from `first` until `until`. Shown the closes of each, oldest first, it
    collects `rows`, arrays of _ROW.
    """

    currency: str
    first: date
    last: date
    streams: Streams
    roster: Roster
    before: list[date] = field(init=False)
    days: list[date] = field(init=False)
    until: date = field(init=False)
    wanted: set[date] = field(init=False)
    rows: list[Array] = field(default_factory=list)
    _grids: deque[tuple[date, Array]] = field(init=False)
    _known: Known | None = None

    def __post_init__(self) -> None:
        self.before = days_before(self.currency, self.first, DAYS)
        since = days_since(self.currency, self.first)
        changed = sum(day <= self.last for day in since)
        self.days = since[: changed + DAYS]
        self.until = self.days[-1] if len(self.days) < len(since) else date.max
        self.wanted = {*self.before, *self.days} if self.days else set()
        self._grids = deque(maxlen=DAYS)

    def see(self, day: date, closes: Closes | None) -> None:
        """Take a day's closes in, and count what the sets cost."""
        if closes is None or day not in self.wanted:
            return
        ids = self.streams.ids[self.currency]
        self._grids.appendleft((day, grid(closes, self.roster.variant, len(ids))))
        broken = [self._broken(earlier, day) for earlier, _ in self._grids]
        today = known(list(self._grids), broken)
        if day >= self.first:
            before = self._known
            parted = self._broken(before.day, day) if before else np.array([], int)
            tallies = tally(today, before, self.roster.baskets, parted)
            self.rows += [
                self._row(day, is_foil, one) for is_foil, one in enumerate(tallies)
            ]
        self._known = today

    def _broken(self, earlier: date, day: date) -> Array:
        return self.streams.broken(self.currency, earlier, day)

    def _row(self, day: date, is_foil: int, one: Tally) -> Array:
        """The sets that have any price."""
        places = np.flatnonzero(one.priced)
        rows = np.empty(len(places), list(_ROW.items()))
        rows["day"] = (day - _EPOCH).days
        rows["card_set_id"] = places
        rows["is_foil"] = is_foil
        rows["value"] = one.value[places]
        rows["cards"] = self.roster.baskets[is_foil].count()[places]
        rows["priced"] = one.priced[places]
        rows["carried"] = one.carried[places]
        rows["matched"] = one.matched[places]
        rows["matched_now"] = one.now[places]
        rows["matched_before"] = one.before[places]
        return rows


def _store(count: SetCount) -> int:
    """Make what was counted all there is from its first day on; how many rows
    differed. The days after those keep their figures, at other levels."""
    bounds: dict[str, Any] = {"currency": count.currency, "day": count.until}
    with connection.cursor() as cursor:
        query = load_sql("market", "later_set_values")
        later = read_columns(cursor, query, bounds, _ROW)
        rows = np.concatenate([*count.rows, later])
        rows = rows[np.argsort(rows["day"], kind="stable")]
        level, since = _levels(count, rows)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.computed_set_values")
        cursor.execute(load_sql("market", "computed_set_values"))
        _stage(cursor, count.currency, rows, level, since)
        bounds["day"] = count.first
        cursor.execute(load_sql("market", "delete_gone_set_values"), bounds)
        written: int = cursor.rowcount
        cursor.execute(load_sql("market", "write_set_values"))
        return written + cursor.rowcount


def _levels(count: SetCount, rows: Array) -> tuple[Array, Array]:
    """The level of each of the rows, and the day its unbroken stretch began."""
    level, since = np.empty(len(rows)), np.empty(len(rows), np.int64)
    size = max(count.roster.size, int(rows["card_set_id"].max(initial=0)) + 1)
    chain = _Chain(size)
    if count.before:
        chain.go_on_from(count.currency, count.before[-1])
    for of_day in _by_day(rows["day"]):
        level[of_day], since[of_day] = chain.link(rows[of_day])
    return level, since


def _by_day(days: Array) -> Iterator[slice]:
    """The rows of each day, of days in order."""
    bounds = [0, *np.flatnonzero(days[1:] != days[:-1]) + 1, len(days)]
    for start, end in pairwise(bounds):
        yield slice(start, end)


class _Chain:
    """Where every set stands, cards and foils, on the last day that was linked."""

    def __init__(self, size: int) -> None:
        self._level = np.full((2, size), BASE)
        self._since = np.zeros((2, size), np.int64)
        self._priced = np.zeros((2, size), np.int64)

    def go_on_from(self, currency: str, day: date) -> None:
        stored = SetValue.objects.filter(currency=currency, day=day).values_list(
            "is_foil", "card_set_id", "level", "since", "priced"
        )
        for is_foil, set_id, level, since, priced in stored:
            if set_id < self._level.shape[1]:
                self._level[int(is_foil), set_id] = level
                self._since[int(is_foil), set_id] = (since - _EPOCH).days
                self._priced[int(is_foil), set_id] = priced

    def link(self, rows: Array) -> tuple[Array, Array]:
        """The levels of a day's rows, and since when they can be compared."""
        at = (rows["is_foil"].astype(int), rows["card_set_id"].astype(int))
        linked = is_linked(rows["matched"], rows["priced"], self._priced[at])
        factor = rows["matched_now"] / np.maximum(rows["matched_before"], 1)
        level = np.where(linked, self._level[at] * factor, BASE)
        since = np.where(linked, self._since[at], rows["day"])
        self._priced[:] = 0
        self._level[at], self._since[at], self._priced[at] = (
            level,
            since,
            rows["priced"],
        )
        return level, since


def _stage(cursor: Any, currency: str, rows: Array, level: Array, since: Array) -> None:
    none = np.zeros(len(rows), np.int64)
    figures = ("card_set_id", "cards", "priced", "carried", "matched")
    sums = ("value", "matched_now", "matched_before")
    copy_columns(
        cursor,
        "computed_set_values",
        {
            "currency": Labels(none, [currency]),
            "is_foil": Numbers(rows["is_foil"], ">i1"),
            "day": Numbers(rows["day"].astype(np.int64) - _FROM_POSTGRES_EPOCH),
            "since": Numbers(since - _FROM_POSTGRES_EPOCH),
            "level": Numbers(level, ">f8"),
            "version": Numbers(none + VERSION, ">i2"),
            **{name: Numbers(rows[name]) for name in figures},
            **{name: Numbers(rows[name], ">i8") for name in sums},
        },
        len(rows),
    )
    cursor.execute("ANALYZE computed_set_values")
