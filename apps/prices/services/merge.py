"""One file's prices into storage: snapshots and latest prices, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
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
from apps.prices.ingest.spool import Spool, Week, series_keys, widened
from apps.prices.models import IngestRun, Marketplace
from mtgintel.core.bulk import (
    Column,
    Labels,
    Numbers,
    Same,
    copy_columns,
    pieces,
    times,
)
from mtgintel.core.constants import WINDOWS, Currency, Window
from mtgintel.core.feeds import IngestError, Rejects
from mtgintel.core.sql import load_sql
from mtgintel.core.timescale import (
    attach_chunk,
    compress_chunks,
    compressed_chunks,
    create_chunk,
    decompress_chunks,
    ensure_chunks,
)

from .gate import Gate
from .outcome import HOUR_US, Outcome
from .stored import without_stored

TABLE = "price_snapshots"
_MICROSECOND = timedelta(microseconds=1)
# From this many rows on a load is worth a look by the planner.
_ANALYZE_ROWS = 100_000
# From this many rows on, reading what is stored in their time is cheaper than staging
# the rows to join them with it.
_COMPARE_ROWS = 20_000
_LABELS = {"condition": CONDITIONS, "finish": FINISHES, "language": LANGUAGES}
_CURRENCIES = Currency.values


@dataclass(slots=True)
class _Newest:
    """The newest row per series over the weeks that were loaded without a merge.

    What a week adds is folded in when the week is gone, as both take much memory.
    """

    rows: Array | None = None
    first_time: Array | None = None
    count: Array | None = None
    waiting: tuple[Array, Array, Array] | None = None

    def add(self, week: Week) -> None:
        """Note a week; weeks come oldest first, each sorted by series."""
        self.fold()
        starts = np.flatnonzero(np.r_[True, week.series[1:] != week.series[:-1]])
        ends = np.r_[starts[1:], len(week.series)]
        rows = week.rows[ends - 1]
        self.waiting = rows, week.rows["time"][starts], ends - starts

    def fold(self) -> None:
        """Fold in the week that was noted last."""
        if self.waiting is None:
            return
        rows, first_time, count = self.waiting
        self.waiting = None
        if self.rows is None:
            self.rows, self.first_time, self.count = rows, first_time, count
        else:
            self._fold(rows, first_time, count)

    def _fold(self, rows: Array, first_time: Array, count: Array) -> None:
        assert self.rows is not None  # noqa: S101 (add has seen to it)
        parts = [self.rows, rows]
        if rows.dtype != self.rows.dtype:
            parts = widened(parts)
        rows = np.concatenate(parts)
        first_time = np.concatenate([self.first_time, first_time])
        count = np.concatenate([self.count, count])
        keys = series_keys(rows)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        ends = np.r_[starts[1:], len(keys)]
        self.rows = rows[order[ends - 1]]
        self.first_time = first_time[order[starts]]
        self.count = np.add.reduceat(count[order], starts)


def merge_spool(spool: Spool, run: IngestRun, rejects: Rejects) -> Outcome:
    """Write what `spool` holds that is new; call it inside a transaction.

    Writers take turns: two set-based upserts of the same series in different
    orders would wait for each other for ever.
    """
    merge = Merge(run)
    for week in spool.weeks(rejects):
        merge.week(week)
        # Gone before the next one is made: memory is for one week, not two.
        del week
        merge.newest.fold()
    merge.late()
    merge.latest()
    merge.gate.count(rejects)
    if merge.outcome.superseded:
        rejects.counts["superseded by a newer file"] += merge.outcome.superseded
    return merge.outcome


class Merge:
    """The steps of a merge on one connection, inside one transaction."""

    def __init__(self, run: IngestRun) -> None:
        self.run = run
        self.outcome = Outcome()
        self.newest = _Newest()
        self.gate = Gate(run)
        self.cursor = connection.cursor()
        self.currency_of = _currency_codes()
        self.cursor.execute("SELECT pg_advisory_xact_lock(hashtext('write prices'))")
        # Rough statistics are enough to tell an empty table from a full one.
        self.cursor.execute("SET LOCAL default_statistics_target = 10")
        # A repeatable name: an earlier merge of the same transaction left its own.
        self.cursor.execute(
            "DROP TABLE IF EXISTS pg_temp.staged_prices, pg_temp.touched_prices"
        )
        self.cursor.execute(load_sql("prices", "staged_prices"))
        self.cursor.execute(load_sql("prices", "touched_prices"))

    def week(self, week: Week) -> None:
        """Write a week's prices but those the quality gate holds."""
        week = self.gate.passing(week)
        if len(week):
            self._write(week)

    def late(self) -> None:
        """Write what the gate held in other weeks and has released since."""
        for week in self.gate.late():
            ensure_chunks(
                TABLE,
                from_microseconds(week.start_us),
                from_microseconds(week.start_us),
            )
            self._stage(week)
            self._write_changed(week)

    def _write(self, week: Week) -> None:
        chunk = create_chunk(TABLE, from_microseconds(week.start_us))
        if chunk is not None:
            self._load(week, chunk)
            attach_chunk(TABLE, chunk)
        elif self._is_vacant(week):
            self._load(week, TABLE)
        else:
            self._write_among_stored(week)

    def _write_among_stored(self, week: Week) -> None:
        if len(week) >= _COMPARE_ROWS:
            rows = len(week)
            week = without_stored(week)
            self.outcome.unchanged += rows - len(week)
        if len(week):
            self._stage(week)
            self._write_changed(week)

    def _is_vacant(self, week: Week) -> bool:
        self.cursor.execute(
            "SELECT NOT EXISTS (SELECT FROM price_snapshots "
            "WHERE time >= %s AND time < %s)",
            [from_microseconds(week.start_us), from_microseconds(week.end_us)],
        )
        return self.cursor.fetchone()[0]

    def _load(self, week: Week, table: str) -> None:
        """Nothing to compare with: straight into the hypertable or a chunk of it."""
        columns = {
            **_key_columns(week.rows),
            **_price_columns(week.rows),
            "currency": Labels(
                self.currency_of[week.rows["marketplace_id"]], _CURRENCIES
            ),
            "run_id": Same(self.run.pk),
        }
        self._copy(table, columns, len(week))
        self.newest.add(week)
        self.outcome.written += len(week)
        self._note(
            np.unique(_distinct(week.rows["time"]) // HOUR_US),
            _distinct(week.rows["card_id"]),
            _distinct(week.rows["marketplace_id"]),
        )

    def _stage(self, week: Week) -> None:
        self.cursor.execute("TRUNCATE staged_prices")
        columns = {
            **_key_columns(week.rows),
            **_price_columns(week.rows),
        }
        self._copy("staged_prices", columns, len(week))
        self.cursor.execute("ANALYZE staged_prices")

    def _copy(self, table: str, columns: dict[str, Column], n: int) -> None:
        taken = copy_columns(self.cursor, table, columns, n)
        if taken != n:
            raise IngestError(f"{table} took {taken} of {n} rows; nothing was stored.")

    def _write_changed(self, week: Week) -> None:
        start, end = from_microseconds(week.start_us), from_microseconds(week.end_us)
        self.cursor.execute("DROP TABLE IF EXISTS pg_temp.changed_prices")
        self.cursor.execute(
            load_sql("prices", "changed_prices"),
            {"as_of": self.run.as_of, "start": start, "end": end},
        )
        self.cursor.execute(
            "SELECT count(*) FILTER (WHERE NOT is_superseded), "
            "count(*) FILTER (WHERE is_superseded) FROM changed_prices"
        )
        changed, superseded = self.cursor.fetchone()
        self.outcome.superseded += superseded
        self.outcome.unchanged += len(week) - changed - superseded
        if changed:
            self._upsert_changed(start, end)

    def _upsert_changed(self, start: datetime, end: datetime) -> None:
        packed = compressed_chunks(TABLE, start, end - _MICROSECOND)
        decompress_chunks(packed)
        self.cursor.execute(
            load_sql("prices", "write_changed"), {"run_id": self.run.pk}
        )
        self.outcome.written += self.cursor.rowcount
        compress_chunks(packed)
        self.cursor.execute(load_sql("prices", "touch_changed"))
        self.cursor.execute(
            "SELECT array_agg(DISTINCT floor(extract(epoch FROM time) / 3600)::int), "
            "array_agg(DISTINCT card_id), array_agg(DISTINCT marketplace_id) "
            "FROM changed_prices WHERE NOT is_superseded"
        )
        hours, cards, marketplaces = self.cursor.fetchone()
        self._note(np.array(hours), cards, np.array(marketplaces))

    def _note(self, hours: Array, cards: Any, marketplaces: Array) -> None:
        self.outcome.touch(hours, cards)
        codes = np.unique(self.currency_of[marketplaces])
        self.outcome.currencies.update(_CURRENCIES[code] for code in codes)

    def latest(self) -> None:
        """Bring latest_prices up to date with the series that were written to."""
        if not self.outcome.written:
            return
        self.newest.fold()
        if self.newest.rows is not None:
            self._touch_loaded(self.newest)
            self._count_loaded()
        self.refresh_latest()

    def _count_loaded(self) -> None:
        """Tell the planner what a large load brought: it takes hours to notice, and
        plans for an almost empty table until then."""
        if self.outcome.written >= _ANALYZE_ROWS:
            self.cursor.execute("ANALYZE price_snapshots")

    def refresh_latest(self) -> None:
        """Recompute latest_prices for the series in `touched_prices`."""
        cursor = self.cursor
        cursor.execute("ANALYZE touched_prices")
        cursor.execute(load_sql("prices", "touched_series"), {"run_id": self.run.pk})
        cursor.execute("ANALYZE touched_series")
        cursor.execute("SELECT min(as_of), max(as_of) FROM touched_series")
        first, last = cursor.fetchone()
        for window in WINDOWS.values():
            self._refer(window, first, last)
        furthest: Any = max(_oldest(window) for window in WINDOWS.values())
        cursor.execute(load_sql("prices", "upsert_latest"), {"oldest": furthest})
        made = ", ".join(f"references_{name}" for name in WINDOWS)
        cursor.execute(f"DROP TABLE touched_series, {made}")

    def _refer(self, window: Window, first: datetime, last: datetime) -> None:
        """Find what the series are compared with over `window`; they stand at
        moments from `first` to `last`."""
        bounds: dict[str, Any] = {
            "oldest": _oldest(window),
            "length": window.length,
            "start": first - _oldest(window),
            "end": last - window.length,
        }
        statement = load_sql("prices", "series_references")
        self.cursor.execute(statement.format(window=window.name), bounds)
        self.cursor.execute(f"ANALYZE references_{window.name}")

    def _touch_loaded(self, newest: _Newest) -> None:
        rows = newest.rows
        assert rows is not None and newest.first_time is not None  # noqa: S101, PT018
        columns = {
            **_key_columns(rows),
            **_price_columns(rows),
            "first_time": times(newest.first_time),
            "rows_written": Numbers(newest.count),  # type: ignore[arg-type]
        }
        self._copy("touched_prices", columns, len(rows))


def _oldest(window: Window) -> timedelta:
    """How far back the observation at a window's start may be."""
    return window.length + window.tolerance


def _distinct(values: Array) -> Array:
    """The values, each once, in order: piece by piece, which needs no second copy of
    some million of them."""
    found = [np.unique(values[piece]) for piece in pieces(len(values))]
    return np.unique(np.concatenate(found))


def _currency_codes() -> Array:
    """Marketplace id -> index into the currencies."""
    pairs = dict(Marketplace.objects.values_list("id", "currency"))
    codes = np.zeros(max(pairs, default=0) + 1, np.int8)
    for marketplace_id, currency in pairs.items():
        codes[marketplace_id] = _CURRENCIES.index(currency)
    return codes


def _key_columns(rows: Array) -> dict[str, Column]:
    columns: dict[str, Column] = {
        "card_id": Numbers(rows["card_id"]),
        "marketplace_id": Numbers(rows["marketplace_id"], ">i2"),
        "time": times(rows["time"]),
    }
    for name, labels in _LABELS.items():
        columns[name] = Labels(rows[name], labels)
    return columns


def _price_columns(rows: Array) -> dict[str, Column]:
    """Prices and counts; what is absent as null."""
    columns: dict[str, Column] = {"price": Numbers(rows["price"])}
    present = rows.dtype.names or ()
    for names, absent in ((EXTRA_PRICES, ABSENT_PRICE), (EXTRA_COUNTS, ABSENT_COUNT)):
        for name in names:
            if name in present:
                columns[name] = Numbers(rows[name], absent=absent)
    return columns
