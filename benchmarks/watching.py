"""What a database server does while a command runs, and what it holds afterwards."""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import psycopg

_TICK_SECONDS = 0.1
# What a running statement is a part of: the first whose text it has. Statements of
# two connections at once count for the first of the two.
_STAGES = (
    ("load", "COPY price_snapshots"),
    ("load: key", "attach_chunk("),
    ("stage", "COPY staged_prices"),
    ("stage", "staged_prices ("),
    ("diff", "changed_prices ON COMMIT"),
    ("diff", "FROM changed_prices\nWHERE"),
    ("insert", "INSERT INTO price_snapshots"),
    ("latest: upsert", "WITH told AS"),
    ("latest: references", "UNLOGGED TABLE references_"),
    ("latest: series", "touched_"),
    ("chained index", "int4send(day)"),
    ("analyze", "ANALYZE"),
    ("commit", "COMMIT"),
)
_REFRESH = re.compile(r"refresh_continuous_aggregate\('(\w+)'")
_COMMENT = re.compile(r"--.*")
_RUNNING = """
    SELECT query FROM pg_stat_activity
    WHERE state = 'active' AND backend_type = 'client backend'
      AND pid <> pg_backend_pid()
"""
_RELATIONS = """
    SELECT coalesce(parent.relname, c.relname) AS name,
           count(*) FILTER (WHERE parent.oid IS NOT NULL) AS partitions,
           sum(pg_table_size(c.oid))::bigint AS table_bytes,
           sum(pg_indexes_size(c.oid))::bigint AS index_bytes
    FROM pg_class c
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    LEFT JOIN pg_class parent ON parent.oid = i.inhparent
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    GROUP BY 1
    HAVING sum(pg_total_relation_size(c.oid)) > 1024 * 1024
    ORDER BY sum(pg_total_relation_size(c.oid)) DESC
"""


class StageClock:
    """How long the statements of each stage ran, in seconds, seen from the server.

    A look every tenth of a second; while no statement runs, the time is the
    client's own.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def seconds(self) -> dict[str, float]:
        longest_first = sorted(self._seconds.items(), key=lambda item: -item[1])
        return {name: round(value, 1) for name, value in longest_first}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ends.set()
        self._thread.join()

    def _watch(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            last = time.perf_counter()
            while not self._ends.wait(_TICK_SECONDS):
                running = [text for (text,) in connection.execute(_RUNNING)]
                now = time.perf_counter()
                self._seconds[_stage(running)] += now - last
                last = now


def _stage(running: list[str]) -> str:
    refreshed = {name for text in running for name in _REFRESH.findall(text)}
    if refreshed:
        return f"refresh {' and '.join(sorted(refreshed))}"
    for name, part in _STAGES:
        if any(part in text for text in running):
            return name
    if running:
        return " ".join(_COMMENT.sub("", running[0]).split()[:3])
    return "client"


def wal_position(connection: psycopg.Connection[Any]) -> int:
    """Bytes written to the write-ahead log since the server was made."""
    return int(one(connection, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


@dataclass(frozen=True, slots=True)
class Relation:
    """A table with its partitions."""

    name: str
    partitions: int
    table_bytes: int
    index_bytes: int


def relations(connection: psycopg.Connection[Any]) -> list[Relation]:
    """Tables above a megabyte, the largest first."""
    return [Relation(*map(_plain, row)) for row in connection.execute(_RELATIONS)]


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else int(value)


def dead_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Dead rows by table, partitions together; tables without any are left out."""
    # A backend reports what it did when it ends, a moment after its client.
    time.sleep(1)
    rows = connection.execute(
        "SELECT regexp_replace(relname, '_[0-9]{8}$', ''), sum(n_dead_tup)::bigint "
        "FROM pg_stat_user_tables WHERE relname ~ "
        "'^(price_snapshots|latest_prices|card_prices|market_index)' GROUP BY 1"
    )
    return {name: int(dead) for name, dead in rows if dead}


def one(connection: psycopg.Connection[Any], query: str, *parameters: Any) -> Any:
    """The one value a query gives."""
    row = connection.execute(query, parameters).fetchone()
    return row[0] if row else None
