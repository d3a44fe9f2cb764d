"""Ingest against the floor: what psql needs to load the same rows into the same table.

    python -m benchmarks.ingest --points 5000000

A generated AllPrices file goes in through `manage.py ingest`, twice; then the stored
rows are dumped in the feed's own order and loaded with `\\copy` into an identical
empty table of the same server. Ratios of one run count, not seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from mtgintel.core.embedded import TemporaryServers
from mtgintel.core.embedded.postgres import binaries

from .generate_allprices import Files, generate

CHECKOUT = Path(__file__).resolve().parents[1]
STORED_COLUMNS = (
    "time, card_id, price, price_low, price_mid, price_high, price_market, "
    "num_listings, total_quantity, run_id, condition, finish, language, "
    "marketplace_id, currency"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One `manage.py ingest mtgjson` as its ledger row and the kernel saw it.

    `stored_seconds` runs from the start of the command to the commit, `seconds` to
    the last aggregate.
    """

    seconds: float
    stored_seconds: float
    peak_mb: float
    written: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Result:
    points: int
    floor_seconds: float
    fresh: Reading
    again: Reading
    dead_rows: int

    @property
    def figures(self) -> dict[str, float]:
        """The figures that are due, as ratios."""
        return {
            "fresh_stored_vs_floor": self.floor_seconds / self.fresh.stored_seconds,
            "fresh_with_aggregates_vs_floor": self.floor_seconds / self.fresh.seconds,
            "again_vs_fresh_stored": self.fresh.stored_seconds / self.again.seconds,
            "again_vs_fresh": self.fresh.seconds / self.again.seconds,
            "peak_mb": max(self.fresh.peak_mb, self.again.peak_mb),
            "dead_rows": self.dead_rows,
        }


def measure(points: int, directory: Path | None = None) -> Result:
    """Run the whole benchmark in a temporary directory."""
    with TemporaryDirectory(prefix="bench-", dir=directory) as name:
        home = Path(name)
        files = generate(points, home)
        with TemporaryServers(home / "servers") as servers:
            environment = {
                **os.environ,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "MTGINTEL_DATA_DIR": str(home),
            }
            return _measure(files, servers.database_url, environment, home)


def _measure(
    files: Files, database_url: str, environment: dict[str, str], home: Path
) -> Result:
    manage(environment, "migrate", "-v0")
    manage(environment, "ingest", "scryfall", "--file", str(files.catalogue))
    with psycopg.connect(database_url, autocommit=True) as connection:
        fresh = _read(files, connection, environment)
        again = _read(files, connection, environment)
        dead_rows = _dead_rows(connection)
        floor_seconds = floor(connection, database_url, home / "rows.pgcopy")
    return Result(files.points, floor_seconds, fresh, again, dead_rows)


def manage(environment: dict[str, str], *arguments: str) -> tuple[float, float]:
    """Run manage.py; the seconds it took and its peak memory in megabytes."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"manage.py {' '.join(arguments)} failed")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def _read(
    files: Files, connection: psycopg.Connection[Any], environment: dict[str, str]
) -> Reading:
    seconds, peak_mb = manage(
        environment, "ingest", "mtgjson", "--prices", str(files.prices)
    )
    row = connection.execute(
        "SELECT rows_written, rows_unchanged, "
        "extract(epoch FROM coalesce(refreshed_at, finished_at) - finished_at) "
        "FROM ingest_runs ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert row is not None  # noqa: S101 (the command has just made it)
    written, unchanged, refreshing = row
    return Reading(seconds, seconds - float(refreshing), peak_mb, written, unchanged)


def _dead_rows(connection: psycopg.Connection[Any]) -> int:
    # A backend reports what it did when it ends, a moment after its client.
    time.sleep(1)
    row = connection.execute(
        "SELECT sum(n_dead_tup) FROM pg_stat_user_tables WHERE relname ~ "
        "'^(price_snapshots|latest_prices|card_prices|market_index)'"
    ).fetchone()
    return int(row[0]) if row else 0


def floor(
    connection: psycopg.Connection[Any],
    database_url: str,
    file: Path,
    where: str = "true",
) -> float:
    """Seconds of psql's \\copy of the stored rows into an identical empty table."""
    with _empty_twin(connection) as table, file.open("wb") as out:
        # Card after card in an order of its own, as a feed has it.
        query = (
            f"COPY (SELECT {STORED_COLUMNS} FROM price_snapshots WHERE {where} "
            "ORDER BY hashint4(card_id), card_id, marketplace_id, finish, time) "
            "TO STDOUT (FORMAT BINARY)"
        )
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for piece in copy:
                out.write(piece)
        out.flush()
        connection.execute("CHECKPOINT")
        command = f"\\copy {table} ({STORED_COLUMNS}) FROM '{file}' (FORMAT BINARY)"
        started = time.perf_counter()
        subprocess.run(
            [binaries() / "psql", "-qX", database_url, "-c", command], check=True
        )
        return time.perf_counter() - started


@contextmanager
def _empty_twin(connection: psycopg.Connection[Any]) -> Iterator[str]:
    connection.execute(
        "CREATE TABLE floor_snapshots (LIKE price_snapshots INCLUDING ALL) "
        "PARTITION BY RANGE (time)"
    )
    parts = connection.execute(
        "SELECT relname, pg_get_expr(relpartbound, c.oid) FROM pg_inherits "
        "JOIN pg_class c ON c.oid = inhrelid "
        "WHERE inhparent = 'price_snapshots'::regclass"
    ).fetchall()
    for name, bounds in parts:
        connection.execute(
            f"CREATE TABLE floor_{name} PARTITION OF floor_snapshots {bounds}"
        )
    try:
        yield "floor_snapshots"
    finally:
        connection.execute("DROP TABLE floor_snapshots")


def report(result: Result) -> None:
    points, floor = result.points, result.floor_seconds
    print(f"{points:,} points")
    print(f"floor (psql \\copy)   {floor:7.1f} s  {points / floor:>10,.0f} rows/s")
    for name, reading in (("fresh", result.fresh), ("again", result.again)):
        print(
            f"{name}  stored {reading.stored_seconds:7.1f} s  "
            f"{points / reading.stored_seconds:>10,.0f} rows/s, with aggregates "
            f"{reading.seconds:7.1f} s, {reading.peak_mb:,.0f} MB  "
            f"({reading.written:,} written, {reading.unchanged:,} unchanged)"
        )
    for name, value in result.figures.items():
        print(f"{name:32} {value:,.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=5_000_000)
    given = parser.parse_args()
    outcome = measure(given.points)
    report(outcome)
