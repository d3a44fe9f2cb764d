"""Migration operations: TimescaleDB's DDL, or its likeness on plain PostgreSQL.

Every operation decides by the connected server which of the two it runs, and
every one is reversible. Put operations that must leave the model state alone (or
change it another way) into a SeparateDatabaseAndState.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db.migrations.operations.base import Operation

from .engine import has_timescale, is_timescale_available

SQL_DIR = Path(__file__).parent / "sql"

_DISTINCT = re.compile(r"count\(DISTINCT ([^()]+)\)")
_CALL = re.compile(r"(count|sum|min|max)\(([^()]+)\)")


class DatabaseOperation(Operation):
    """An operation that changes the database only."""

    reversible = True
    reduces_to_sql = False

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: models are declared beside this operation."""

    def database_forwards(
        self, _app_label: str, schema_editor: Any, _from: Any, _to: Any
    ) -> None:
        self.forwards(schema_editor)

    def database_backwards(
        self, _app_label: str, schema_editor: Any, _from: Any, _to: Any
    ) -> None:
        self.backwards(schema_editor)

    def forwards(self, editor: Any) -> None:
        raise NotImplementedError

    def backwards(self, editor: Any) -> None:
        raise NotImplementedError


def _named(columns: dict[str, str]) -> list[str]:
    """{name: SQL} as it stands in a SELECT."""
    return [f"{sql} AS {name}" for name, sql in columns.items()]


def _run(editor: Any, *statements: str) -> None:
    for statement in statements:
        # params=None keeps percent signs in the statement as they are.
        editor.execute(statement, params=None)


class InstallTimescale(DatabaseOperation):
    """Enables the extension, or installs the compatibility layer without it.

    Going back leaves the extension in place: other schemas may use it.
    """

    def forwards(self, editor: Any) -> None:
        if is_timescale_available(editor.connection):
            _run(editor, "CREATE EXTENSION IF NOT EXISTS timescaledb")
        else:
            _run(editor, (SQL_DIR / "compat.sql").read_text())

    def backwards(self, editor: Any) -> None:
        if not has_timescale(editor.connection):
            _run(editor, (SQL_DIR / "compat_drop.sql").read_text())

    def describe(self) -> str:
        return "Enables TimescaleDB or its compatibility layer"


@dataclass(eq=False)
class CreateEnum(DatabaseOperation):
    """Makes a PostgreSQL enum type; the order of `values` is its sort order."""

    name: str
    values: Sequence[str]

    def forwards(self, editor: Any) -> None:
        labels = ", ".join(editor.quote_value(value) for value in self.values)
        _run(editor, f"CREATE TYPE {self.name} AS ENUM ({labels})")

    def backwards(self, editor: Any) -> None:
        _run(editor, f"DROP TYPE {self.name}")

    def describe(self) -> str:
        return f"Creates enum {self.name}"


@dataclass(eq=False)
class CreateHypertable(DatabaseOperation):
    """A table partitioned by time: a hypertable, or range partitions.

    `columns` is the SQL between the parentheses of CREATE TABLE without the key;
    `key` becomes the primary key, in that order.
    """

    table: str
    columns: str
    key: Sequence[str]
    time_column: str = "time"
    chunk_interval: str = "7 days"

    def forwards(self, editor: Any) -> None:
        create = (
            f"CREATE TABLE {self.table} ({self.columns}, "
            f"CONSTRAINT {self.table}_pkey PRIMARY KEY ({', '.join(self.key)}))"
        )
        if has_timescale(editor.connection):
            _run(
                editor,
                create,
                # TimescaleDB would add an index on time that no query of ours uses.
                f"SELECT create_hypertable('{self.table}', '{self.time_column}', "
                f"chunk_time_interval => INTERVAL '{self.chunk_interval}', "
                "create_default_indexes => false)",
            )
        else:
            _run(
                editor,
                f"{create} PARTITION BY RANGE ({self.time_column})",
                "INSERT INTO timescale_compat.hypertables VALUES "
                f"('{self.table}', '{self.time_column}', '{self.chunk_interval}')",
            )

    def backwards(self, editor: Any) -> None:
        _run(editor, f"DROP TABLE {self.table}")
        if not has_timescale(editor.connection):
            _run(
                editor,
                f"DELETE FROM timescale_compat.hypertables WHERE name = '{self.table}'",
            )

    def describe(self) -> str:
        return f"Creates hypertable {self.table}"


@dataclass(eq=False)
class AddCompression(DatabaseOperation):
    """Compresses chunks that are older than `after`.

    No segment-by: daily prices give a series seven rows per chunk, far too few for
    a batch of its own. Ordered by series and time, a batch of a thousand rows still
    compresses ten-fold. Plain PostgreSQL keeps its rows as they are.
    """

    table: str
    order_by: str
    after: str = "7 days"

    def forwards(self, editor: Any) -> None:
        if has_timescale(editor.connection):
            _run(
                editor,
                f"ALTER TABLE {self.table} SET (timescaledb.compress, "
                "timescaledb.compress_segmentby = '', "
                f"timescaledb.compress_orderby = '{self.order_by}')",
                f"SELECT add_compression_policy('{self.table}', "
                f"INTERVAL '{self.after}')",
            )

    def backwards(self, editor: Any) -> None:
        if has_timescale(editor.connection):
            _run(
                editor,
                f"SELECT remove_compression_policy('{self.table}', if_exists => true)",
                f"SELECT decompress_chunk(c, true) FROM show_chunks('{self.table}') c",
                f"ALTER TABLE {self.table} SET (timescaledb.compress = false)",
            )

    def describe(self) -> str:
        return f"Compresses {self.table} after {self.after}"


@dataclass(eq=False)
class AddRetention(DatabaseOperation):
    """Drops chunks that are older than `drop_after`."""

    table: str
    drop_after: str

    def forwards(self, editor: Any) -> None:
        if has_timescale(editor.connection):
            _run(
                editor,
                f"SELECT add_retention_policy('{self.table}', "
                f"INTERVAL '{self.drop_after}')",
            )
        else:
            self._register(editor, f"'{self.drop_after}'")

    def backwards(self, editor: Any) -> None:
        if has_timescale(editor.connection):
            _run(
                editor,
                f"SELECT remove_retention_policy('{self.table}', if_exists => true)",
            )
        else:
            self._register(editor, "NULL")

    def _register(self, editor: Any, interval: str) -> None:
        _run(
            editor,
            f"UPDATE timescale_compat.hypertables SET drop_after = {interval} "
            f"WHERE name = '{self.table}'",
        )

    def describe(self) -> str:
        return f"Drops rows of {self.table} after {self.drop_after}"


@dataclass(eq=False)
class CreateContinuousAggregate(DatabaseOperation):
    """A continuous aggregate, or a table of the same name and columns.

    The query is given in parts: `select` maps each column to its SQL (the bucket is
    added), `source` is the FROM clause with the hypertable aliased `s`, `key` the
    columns that are grouped by. `{first}` and `{last}` stand for the price at the
    bucket's first and last observation. `refresh_every`, `refresh_from` and
    `refresh_to` make the refresh policy, a safety net: every ingest refreshes the
    very range it wrote. `drop_after` is the aggregate's own retention. `is_per_series`
    says that `key` holds all of the hypertable's own key but the time.
    """

    name: str
    width: str
    source: str
    key: dict[str, str]
    select: dict[str, str]
    where: str = "true"
    is_per_series: bool = False
    refresh_every: str = "1 hour"
    refresh_from: str = "3 days"
    chunk_interval: str = "7 days"
    compress_after: str | None = None
    drop_after: str | None = None

    def forwards(self, editor: Any) -> None:
        if has_timescale(editor.connection):
            self._create_view(editor)
        else:
            self._create_table(editor)

    def backwards(self, editor: Any) -> None:
        if has_timescale(editor.connection):
            _run(editor, f"DROP MATERIALIZED VIEW {self.name}")
        else:
            _run(
                editor,
                f"DELETE FROM timescale_compat.aggregates WHERE name = '{self.name}'",
                f"DELETE FROM timescale_compat.hypertables WHERE name = '{self.name}'",
                f"DROP TABLE {self.name}",
            )

    def describe(self) -> str:
        return f"Creates continuous aggregate {self.name}"

    @property
    def _bucket(self) -> str:
        return f"time_bucket(INTERVAL '{self.width}', s.time) AS bucket"

    def _query(self, where: str, price_at: Callable[[str], str]) -> str:
        parts = {"first": price_at("first"), "last": price_at("last")}
        figures = {name: sql.format(**parts) for name, sql in self.select.items()}
        columns = [self._bucket, *_named(self.key), *_named(figures)]
        groups = ", ".join(str(i) for i in range(1, len(self.key) + 2))
        return (
            f"SELECT {', '.join(columns)} FROM {self.source} "
            f"WHERE {where} GROUP BY {groups}"
        )

    def _query_by_bitmap(self, where: str, member: str) -> str:
        """The same query, but count(DISTINCT member) does not sort all rows.

        Rows are grouped by blocks of 64 members first, of which a bitmap says who is
        there: few groups, so they hash well. Then the groups are added up. For whole
        numbers, and a member that is never null.
        """
        parts: dict[str, str] = {}

        def part(sql: str) -> str:
            return parts.setdefault(sql, f"part{len(parts)}")

        def added_up(call: re.Match[str]) -> str:
            function, argument = call.groups()
            if argument.startswith("DISTINCT "):
                bitmap = part(f"bit_or(1::bigint << ({member} & 63))")
                return f"sum(bit_count({bitmap}::bit(64)))::bigint"
            if function in ("count", "sum"):
                return f"sum({part(call[0])})::bigint"
            return f"{function}({part(call[0])})"

        figures = [
            f"{_CALL.sub(added_up, sql)} AS {name}" for name, sql in self.select.items()
        ]
        groups = [self._bucket, *_named(self.key)]
        inner = ", ".join(groups + [f"{sql} AS {name}" for sql, name in parts.items()])
        inner_groups = ", ".join(str(i) for i in range(1, len(groups) + 1))
        keys = ", ".join(["bucket", *self.key])
        return (
            f"SELECT {keys}, {', '.join(figures)} FROM ("
            f"SELECT {inner} FROM {self.source} WHERE {where} "
            f"GROUP BY {inner_groups}, {member} >> 6) AS blocks GROUP BY {keys}"
        )

    def _query_of_rows(self, where: str) -> str:
        """The same query without groups, for series whose buckets have a row each.

        So they have where every time is the start of a bucket: a history of days.
        """

        def alone(call: re.Match[str]) -> str:
            function, argument = call.groups()
            if argument == "*":
                return "1::bigint"
            return f"({argument}){'::bigint' if function == 'sum' else ''}"

        figures = {
            name: _CALL.sub(alone, sql.format(first="s.price", last="s.price"))
            for name, sql in self.select.items()
        }
        columns = ["s.time AS bucket", *_named(self.key), *_named(figures)]
        return (
            f"SELECT {', '.join(columns)} FROM {self.source} WHERE {where} AND s.time "
            f"%3$s time_bucket(INTERVAL '{self.width}', s.time)"
        )

    def _create_view(self, editor: Any) -> None:
        query = self._query(self.where, lambda which: f"{which}(s.price, s.time)")
        _run(
            editor,
            f"CREATE MATERIALIZED VIEW {self.name} "
            "WITH (timescaledb.continuous, timescaledb.materialized_only = false) "
            f"AS {query} WITH NO DATA",
            f"SELECT add_continuous_aggregate_policy('{self.name}', "
            f"start_offset => INTERVAL '{self.refresh_from}', end_offset => NULL, "
            f"schedule_interval => INTERVAL '{self.refresh_every}')",
        )
        if self.compress_after:
            _run(
                editor,
                f"ALTER MATERIALIZED VIEW {self.name} SET (timescaledb.compress, "
                "timescaledb.compress_segmentby = '', timescaledb.compress_orderby = "
                f"'{', '.join([*self.key, 'bucket'])}')",
                f"SELECT add_compression_policy('{self.name}', "
                f"INTERVAL '{self.compress_after}')",
            )
        if self.drop_after:
            _run(
                editor,
                f"SELECT add_retention_policy('{self.name}', "
                f"INTERVAL '{self.drop_after}')",
            )

    def _create_table(self, editor: Any) -> None:
        # min() and max() over (time, price) packed in one integer run in C, several
        # times faster than an aggregate of our own: 31 bits of seconds above 31 of
        # thousandths.
        packed = "date_part('epoch', s.time)::bigint << 31 | s.price"
        pick = {"first": "min", "last": "max"}
        where = f"({self.where}) AND s.time >= %1$L AND s.time < %2$L%4$s"
        members = {m for sql in self.select.values() for m in _DISTINCT.findall(sql)}
        if members:
            (member,) = members
            query = self._query_by_bitmap(where, member)
        else:
            query = self._query(
                where, lambda which: f"({pick[which]}({packed}) & 2147483647)::integer"
            )
        by_row = (
            f"$query${self._query_of_rows(where)}$query$"
            if self.is_per_series
            else "NULL"
        )
        shape = query.replace("%1$L", "now()").replace("%2$L", "now()")
        shape = shape.replace("%4$s", "")
        keys = [*self.key, "bucket"]
        drop_after = f"'{self.drop_after}'" if self.drop_after else "NULL"
        _run(
            editor,
            f"CREATE TEMP TABLE aggregate_shape AS {shape} WITH NO DATA",
            f"CREATE TABLE {self.name} (LIKE aggregate_shape, "
            f"CONSTRAINT {self.name}_pkey PRIMARY KEY ({', '.join(keys)})) "
            "PARTITION BY RANGE (bucket)",
            "DROP TABLE aggregate_shape",
            "INSERT INTO timescale_compat.hypertables VALUES "
            f"('{self.name}', 'bucket', '{self.chunk_interval}', {drop_after})",
            "INSERT INTO timescale_compat.aggregates VALUES "
            f"('{self.name}', '{self.width}', $query${query}$query$, {by_row}, "
            f"{bool(members)}, '{{{','.join(keys)}}}', '{{{','.join(self.select)}}}')",
        )
