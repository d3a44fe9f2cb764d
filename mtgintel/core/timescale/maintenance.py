"""What a writer of a hypertable calls around its writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from .engine import has_timescale

# Ranges are refreshed on two connections, in pieces that are whole chunks of
# every aggregate, or parts of one.
_PIECE = timedelta(days=28)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The information views do not tell a bucket's width; the catalogue does.
_TIMESCALE_AGGREGATES = """
    SELECT c.view_name, b.bucket_width::interval,
           (j.config ->> 'drop_after')::interval, false
    FROM timescaledb_information.continuous_aggregates c
    JOIN _timescaledb_catalog.continuous_agg a
      ON a.user_view_schema = c.view_schema AND a.user_view_name = c.view_name
    JOIN _timescaledb_catalog.continuous_aggs_bucket_function b
      ON b.mat_hypertable_id = a.mat_hypertable_id
    LEFT JOIN timescaledb_information.jobs j
      ON j.proc_name = 'policy_retention'
     AND j.hypertable_name IN (c.view_name, c.materialization_hypertable_name)
    ORDER BY c.view_name
"""
_COMPAT_AGGREGATES = """
    SELECT a.name, a.width, h.drop_after, a.query_of_rows IS NOT NULL
    FROM timescale_compat.aggregates a
    JOIN timescale_compat.hypertables h USING (name)
    ORDER BY a.name
"""

_TIMESCALE_CUTOFF = """
    SELECT now() - (config ->> 'drop_after')::interval
    FROM timescaledb_information.jobs
    WHERE proc_name = 'policy_retention' AND hypertable_name = %s
"""
_COMPAT_CUTOFF = """
    SELECT now() - drop_after FROM timescale_compat.hypertables
    WHERE drop_after IS NOT NULL AND name = %s
"""


def ensure_chunks(table: str, start: datetime, end: datetime) -> None:
    """Make room for rows of `table` with times in [start, end]."""
    if not has_timescale(connection):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT timescale_compat.ensure_chunks(%s, %s, %s)", [table, start, end]
            )


def create_chunk(table: str, moment: datetime) -> str | None:
    """Make a chunk for the rows of `table` around `moment`, to be filled apart.

    The name of a table without index that is not part of `table` yet, for the caller
    to fill and give to `attach_chunk` in the same transaction. None where the chunk is
    there already, and on TimescaleDB, which makes its own.
    """
    if has_timescale(connection):
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT timescale_compat.create_chunk(%s, %s)", [table, moment])
        name: str | None = cursor.fetchone()[0]
    return name


def attach_chunk(table: str, chunk: str) -> None:
    """Make what `create_chunk` returned part of `table`; its key is built now.

    Raises IntegrityError when two of its rows have one key.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT timescale_compat.attach_chunk(%s, %s)", [table, chunk])


def compressed_chunks(table: str, start: datetime, end: datetime) -> list[str]:
    """Names of the compressed chunks of `table` that overlap [start, end]."""
    if not has_timescale(connection):
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%%I.%%I', chunk_schema, chunk_name) "
            "FROM timescaledb_information.chunks WHERE hypertable_name = %s "
            "AND is_compressed AND range_start <= %s AND range_end > %s "
            "ORDER BY range_start",
            [table, end, start],
        )
        return [name for (name,) in cursor.fetchall()]


def decompress_chunks(chunks: Iterable[str]) -> None:
    """Turn compressed chunks back into rows, to be corrected.

    A correction inside a compressed chunk costs a decompression per row; whole
    chunks first is how many rows are corrected.
    """
    with connection.cursor() as cursor:
        for chunk in chunks:
            cursor.execute("SELECT decompress_chunk(%s, true)", [chunk])


def compress_chunks(chunks: Iterable[str]) -> None:
    """Compress chunks that `decompress_chunks` opened."""
    with connection.cursor() as cursor:
        for chunk in chunks:
            cursor.execute("SELECT compress_chunk(%s, true)", [chunk])


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A continuous aggregate of buckets of `width`, dropped after `drop_after`.

    `is_refreshed_by_member`: single series can be brought up to date.
    """

    name: str
    width: timedelta
    drop_after: timedelta | None
    is_refreshed_by_member: bool = False

    def bucket(self, moment: datetime) -> datetime:
        """The start of the bucket that `moment` is in; every width divides a day."""
        midnight = datetime.combine(moment.astimezone(UTC).date(), time.min, UTC)
        return midnight + (moment - midnight) // self.width * self.width


def aggregates() -> list[Aggregate]:
    """Every continuous aggregate of this database, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TIMESCALE_AGGREGATES if has_timescale(connection) else _COMPAT_AGGREGATES
        )
        return [Aggregate(*row) for row in cursor.fetchall()]


def refresh_aggregates(
    start: datetime, end: datetime, members: Collection[int] | None = None
) -> None:
    """Bring the buckets of [start, end] up to date in every aggregate.

    Outside a transaction: TimescaleDB commits between its steps. Buckets that the
    aggregate's own retention would drop again are left out. On plain PostgreSQL
    aggregates are made two at a time, on connections of their own.
    `members` says of which values of the hypertable's first key column alone rows
    changed: aggregates per series need not read the others'.
    """
    windows = _windows(start, end)
    if members is not None:
        for window in windows:
            _refresh_of(window, members)
    elif connection.in_atomic_block or has_timescale(connection):
        for window in windows:
            _refresh(window)
    else:
        pieces = [piece for window in windows for piece in _pieces(window)]
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(_refresh_apart, pieces))


class _Window(NamedTuple):
    """The buckets of an aggregate in [first, last)."""

    aggregate: Aggregate
    first: datetime
    last: datetime


def _pieces(window: _Window) -> Iterator[_Window]:
    """The window cut at multiples of _PIECE since the epoch, where chunks begin."""
    aggregate, first, last = window
    while first < last:
        end = min(first - (first - _EPOCH) % _PIECE + _PIECE, last)
        yield _Window(aggregate, first, end)
        first = end


def _windows(start: datetime, end: datetime) -> list[_Window]:
    """What [start, end] touches and retention keeps."""
    windows = []
    for aggregate in aggregates():
        first = aggregate.bucket(start)
        last = aggregate.bucket(end) + aggregate.width
        if aggregate.drop_after:
            oldest = aggregate.bucket(timezone.now() - aggregate.drop_after)
            first = max(first, oldest + aggregate.width)
        if first < last:
            windows.append(_Window(aggregate, first, last))
    return windows


def _refresh(window: _Window) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CALL refresh_continuous_aggregate(%s, %s::timestamptz, %s::timestamptz)",
            [window.aggregate.name, window.first, window.last],
        )


def _refresh_of(window: _Window, members: Collection[int]) -> None:
    """Of the series of `members` alone, where that is possible."""
    if not window.aggregate.is_refreshed_by_member:
        _refresh(window)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT timescale_compat.refresh_buckets(%s, %s, %s, %s)",
            [window.aggregate.name, window.first, window.last, list(members)],
        )


def _refresh_apart(window: _Window) -> None:
    """The same on this thread's own connection, which ends with it."""
    try:
        _refresh(window)
    finally:
        connection.close()


def retention_cutoff(table: str) -> datetime | None:
    """The moment before which the policy of `table` drops its rows; None without
    one."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TIMESCALE_CUTOFF if has_timescale(connection) else _COMPAT_CUTOFF, [table]
        )
        row = cursor.fetchone()
        return row[0] if row else None


def run_retention(holds: Mapping[str, datetime] | None = None) -> dict[str, int]:
    """Drop what the retention policies say: {table: chunks dropped}.

    A table in `holds` keeps what is from that moment on, whatever its policy says.
    TimescaleDB's background worker carries the policies out by itself; those of held
    tables are switched off here, and on again when nothing holds them.
    """
    holds = holds or {}
    if has_timescale(connection):
        return _retain_on_timescale(holds)
    dropped = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, now() - drop_after FROM timescale_compat.hypertables "
            "WHERE drop_after IS NOT NULL ORDER BY name"
        )
        for name, cutoff in cursor.fetchall():
            before = min(cutoff, holds.get(name, cutoff))
            cursor.execute(
                "SELECT timescale_compat.drop_chunks(%s, %s)", [name, before]
            )
            (dropped[name],) = cursor.fetchone()
    return dropped


def _retain_on_timescale(holds: Mapping[str, datetime]) -> dict[str, int]:
    dropped = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT alter_job(job_id, scheduled => hypertable_name <> ALL(%s)) "
            "FROM timescaledb_information.jobs WHERE proc_name = 'policy_retention' "
            "AND scheduled = (hypertable_name = ANY(%s))",
            [list(holds), list(holds)],
        )
        for table, hold in holds.items():
            cutoff = retention_cutoff(table)
            if cutoff is not None:
                cursor.execute(
                    "SELECT count(*) FROM drop_chunks(%s::regclass, %s::timestamptz)",
                    [table, min(cutoff, hold)],
                )
                (dropped[table],) = cursor.fetchone()
    return dropped
