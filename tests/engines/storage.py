"""What a database has stored and what it does by itself, on either engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from mtgintel.core.timescale import run_retention
from mtgintel.core.timescale.engine import has_timescale


@dataclass(frozen=True)
class Policies:
    """What happens to a table's old rows and, if it is an aggregate, new buckets."""

    compress_after: timedelta | None = None
    drop_after: timedelta | None = None
    refresh_every: timedelta | None = None
    refresh_from: timedelta | None = None


def rows(sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def execute(sql: str, parameters: Sequence[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def filled(tables: Iterable[str]) -> list[str]:
    """Those of `tables` that hold a row."""
    looks = [
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in sorted(tables)
    ]
    return [name for (name,) in rows(" UNION ALL ".join(looks))] if looks else []


class Pristine:
    """The rows that migrations wrote, kept beside the tables that they are in."""

    def __init__(self) -> None:
        self._tables: list[str] | None = None

    def remember(self, *_: Any) -> None:
        """Keep what there is; once."""
        if self._tables is not None:
            return
        names = connection.introspection.django_table_names(
            only_existing=True, include_views=False
        )
        self._tables = filled(names)
        execute("CREATE SCHEMA IF NOT EXISTS pristine")
        for name in self._tables:
            execute(f"CREATE TABLE pristine.{name} AS TABLE {name}")

    def statements(self) -> list[str]:
        """What puts it back into empty tables, in one transaction."""
        return [
            f"INSERT INTO {name} SELECT * FROM pristine.{name}"
            for name in self._tables or ()
        ]


def partitioning(table: str) -> tuple[str, timedelta]:
    """The column a table is cut by, and how long each piece is."""
    (found,) = rows(
        "SELECT column_name, time_interval FROM timescaledb_information.dimensions "
        "WHERE hypertable_name = %s"
        if has_timescale(connection)
        else "SELECT time_column, chunk_interval FROM timescale_compat.hypertables "
        "WHERE name = %s",
        [table],
    )
    return found


def chunks(table: str) -> list[tuple[datetime, datetime]]:
    """The ranges of time there are pieces for, oldest first."""
    if has_timescale(connection):
        return rows(
            "SELECT range_start, range_end FROM timescaledb_information.chunks "
            "WHERE hypertable_name = %s ORDER BY 1",
            [table],
        )
    return rows(
        """
        SELECT (regexp_match(bounds, 'FROM \\(''(.+?)''\\)'))[1]::timestamptz,
               (regexp_match(bounds, 'TO \\(''(.+?)''\\)'))[1]::timestamptz
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid,
             pg_get_expr(relpartbound, pg_class.oid) AS bounds
        WHERE inhparent = %s::regclass ORDER BY 1
        """,
        [table],
    )


def policies(table: str) -> Policies:
    """The policies of a hypertable or an aggregate.

    Plain PostgreSQL knows retention only; it is run by `run_retention`.
    """
    if not has_timescale(connection):
        ((drop_after,),) = rows(
            "SELECT drop_after FROM timescale_compat.hypertables WHERE name = %s",
            [table],
        )
        return Policies(drop_after=drop_after)
    jobs = {
        name: (schedule, config)
        for name, schedule, config in rows(
            "SELECT proc_name, schedule_interval, config "
            "FROM timescaledb_information.jobs WHERE hypertable_name = %s",
            [table],
        )
    }
    return Policies(
        compress_after=_interval(jobs, "policy_compression", "compress_after"),
        drop_after=_interval(jobs, "policy_retention", "drop_after"),
        refresh_every=jobs.get("policy_refresh_continuous_aggregate", (None,))[0],
        refresh_from=_interval(
            jobs, "policy_refresh_continuous_aggregate", "start_offset"
        ),
    )


def _interval(jobs: dict[str, tuple[Any, Any]], job: str, key: str) -> timedelta | None:
    if job not in jobs:
        return None
    ((value,),) = rows("SELECT %s::jsonb ->> %s", [jobs[job][1], key])
    ((interval,),) = rows("SELECT %s::interval", [value])
    return interval


def compress_all(table: str) -> list[str]:
    """Compress every chunk, where the engine can; the chunks it compressed."""
    if not has_timescale(connection):
        return []
    compressed = rows(
        "SELECT compress_chunk(chunk)::text FROM show_chunks(%s::regclass) AS chunk",
        [table],
    )
    return [name for (name,) in compressed]


def drop_expired_chunks() -> None:
    """Carry the retention policies out now."""
    run_retention()
    if has_timescale(connection):
        for (job,) in rows(
            "SELECT job_id FROM timescaledb_information.jobs "
            "WHERE proc_name = 'policy_retention'"
        ):
            execute("CALL run_job(%s)", [job])
