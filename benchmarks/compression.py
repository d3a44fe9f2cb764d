"""What TimescaleDB's compression makes of the market's rows, beside plain PostgreSQL.

    python -m benchmarks.compression --scale 1/16 --json compression.json

A part of the generated market (market.py), all six streams over 90 days, goes through
`manage.py ingest` into plain PostgreSQL. The rows that are stored there are copied,
week by week, into a hypertable that our migrations made: chunks and compression
settings are the project's own. The server is TIMESCALE_TEST_URL, with an empty
database, or the WebAssembly build that the storage tests run on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from mtgintel.core.embedded import TemporaryServers
from tests.engines.server import EngineUnavailableError
from tests.engines.timescale import timescale_server

from .ingest import STORED_COLUMNS, manage
from .market import Market
from .market_files import write_market
from .watching import one, relations

DUE_RATIO = 8.0
TABLE = "price_snapshots"
_RANGES = """
    SELECT min(time), max(time) + interval '1 second' FROM price_snapshots
    GROUP BY date_bin('7 days', time, '1970-01-01 00:00:00+00') ORDER BY 1
"""
_CONTENT = "SELECT count(*), sum(price), sum(card_id::bigint) FROM price_snapshots"
_STATISTICS = """
    SELECT sum(before_compression_total_bytes)::bigint,
           sum(before_compression_index_bytes)::bigint,
           sum(after_compression_total_bytes)::bigint,
           sum(after_compression_index_bytes)::bigint,
           count(*)
    FROM chunk_compression_stats('price_snapshots')
"""
_COMPRESSED_CHUNKS = """
    SELECT format('%I.%I', packed.schema_name, packed.table_name)::regclass::text
    FROM _timescaledb_catalog.chunk packed
    JOIN _timescaledb_catalog.chunk c ON c.compressed_chunk_id = packed.id
    JOIN _timescaledb_catalog.hypertable h ON h.id = c.hypertable_id
    WHERE h.table_name = 'price_snapshots'
"""


@dataclass(frozen=True, slots=True)
class Result:
    """Sizes in bytes, indexes included; `columns` has the compressed ones.

    `plain_bytes` is the same rows in plain PostgreSQL.
    """

    rows: int
    chunks: int
    server: str
    plain_bytes: int
    raw_bytes: int
    raw_index_bytes: int
    compressed_bytes: int
    compressed_index_bytes: int
    columns: dict[str, int]
    is_same: bool

    @property
    def ratio(self) -> float:
        return self.raw_bytes / self.compressed_bytes


def measure(scale: Fraction) -> Result:
    """Raises EngineUnavailableError when TimescaleDB cannot be had."""
    with TemporaryDirectory(prefix="bench-") as name, timescale_server() as timescale:
        home = Path(name)
        files = write_market(Market(float(scale)), home / "feeds")
        with TemporaryServers(home / "servers") as servers:
            environment = {
                **os.environ,
                "REDIS_URL": servers.redis_url,
                "MTGINTEL_DATA_DIR": str(home),
            }
            plain = {**environment, "DATABASE_URL": servers.database_url}
            manage(plain, "migrate", "-v0")
            manage(plain, "ingest", "scryfall", "--file", str(files.catalogue))
            manage(plain, "ingest", "mtgjson", "--prices", str(files.history))
            manage({**environment, "DATABASE_URL": timescale.url}, "migrate", "-v0")
            with (
                psycopg.connect(servers.database_url, autocommit=True) as source,
                psycopg.connect(timescale.url, autocommit=True) as target,
            ):
                return _compressed(source, target)


def _compressed(
    source: psycopg.Connection[Any], target: psycopg.Connection[Any]
) -> Result:
    if one(target, f"SELECT EXISTS (SELECT FROM {TABLE})"):
        raise EngineUnavailableError(
            f"{TABLE} of the TimescaleDB server has rows; give an empty database."
        )
    try:
        copy_weeks(source, target)
        for (chunk,) in target.execute(f"SELECT show_chunks('{TABLE}')").fetchall():
            target.execute("SELECT compress_chunk(%s)", [chunk])
        return _result(source, target)
    finally:
        target.execute(f"TRUNCATE {TABLE}")


def copy_weeks(
    source: psycopg.Connection[Any], target: psycopg.Connection[Any]
) -> None:
    """Every row of the one into the other, a chunk at a time."""
    for start, end in source.execute(_RANGES).fetchall():
        query = (
            f"COPY (SELECT {STORED_COLUMNS} FROM {TABLE} "
            f"WHERE time >= '{start}' AND time < '{end}') TO STDOUT (FORMAT BINARY)"
        )
        with (
            closing(source.cursor()) as reading,
            closing(target.cursor()) as writing,
            reading.copy(query) as pieces,
            writing.copy(
                f"COPY {TABLE} ({STORED_COLUMNS}) FROM STDIN (FORMAT BINARY)"
            ) as rows,
        ):
            for piece in pieces:
                rows.write(piece)


def _result(source: psycopg.Connection[Any], target: psycopg.Connection[Any]) -> Result:
    content = target.execute(_CONTENT).fetchone()
    assert content is not None  # noqa: S101 (an aggregate has a row)
    statistics = target.execute(_STATISTICS).fetchone()
    assert statistics is not None  # noqa: S101
    raw, raw_index, compressed, compressed_index, chunks = map(int, statistics)
    (plain,) = (one for one in relations(source) if one.name == TABLE)
    return Result(
        rows=content[0],
        chunks=chunks,
        server=_versions(target),
        plain_bytes=plain.table_bytes + plain.index_bytes,
        raw_bytes=raw,
        raw_index_bytes=raw_index,
        compressed_bytes=compressed,
        compressed_index_bytes=compressed_index,
        columns=_column_bytes(target),
        is_same=content == source.execute(_CONTENT).fetchone(),
    )


def _versions(connection: psycopg.Connection[Any]) -> str:
    extension = one(
        connection, "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
    )
    server = one(connection, "SHOW server_version")
    return f"TimescaleDB {extension} on PostgreSQL {server}"


def _column_bytes(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Bytes of each compressed column, the largest first."""
    total: dict[str, int] = {}
    for (chunk,) in connection.execute(_COMPRESSED_CHUNKS).fetchall():
        names = [
            name
            for (name,) in connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
                "AND attnum > 0 AND NOT attisdropped",
                [chunk],
            )
        ]
        sizes = ", ".join(f'sum(pg_column_size("{name}"))' for name in names)
        row = connection.execute(f"SELECT {sizes} FROM {chunk}").fetchone()
        for name, size in zip(names, row or (), strict=True):
            total[name] = total.get(name, 0) + int(size or 0)
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def report(result: Result) -> None:
    print(f"{result.rows:,} rows in {result.chunks} chunks, {result.server}")
    sizes = (
        ("plain PostgreSQL", result.plain_bytes),
        ("hypertable, raw", result.raw_bytes),
        ("  of it its index", result.raw_index_bytes),
        ("hypertable, compressed", result.compressed_bytes),
        ("  of it its indexes", result.compressed_index_bytes),
    )
    for name, size in sizes:
        print(f"{name:24} {size / 1e6:8.1f} MB {size / result.rows:7.1f} B/row")
    for name, size in result.columns.items():
        if size / result.rows >= 0.1:
            print(f"  {name:30} {size / result.rows:6.2f} B/row")
    verdict = "met" if result.ratio >= DUE_RATIO else "MISSED"
    print(f"{'ratio':24} {result.ratio:8.1f} >= {DUE_RATIO:.0f}: {verdict}")
    print("right" if result.is_same else "WRONG: other rows came out than went in")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=Fraction, default=Fraction(1, 16))
    parser.add_argument("--json", type=Path, help="where to write all figures")
    given = parser.parse_args()
    try:
        result = measure(given.scale)
    except EngineUnavailableError as error:
        print(f"TimescaleDB cannot be had: {error}", file=sys.stderr)
        return 1
    report(result)
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        figures = {**asdict(result), "ratio": result.ratio}
        given.json.write_text(json.dumps(figures, indent=1))
    return 0 if result.is_same else 1


if __name__ == "__main__":
    sys.exit(main())
