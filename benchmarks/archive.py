"""A day into the archive and back, against the floor: psql's COPY of the same rows.

    python -m benchmarks.archive --rows 700000

A generated day goes in through `manage.py ingest`; the floor reads its rows as they are
stored to a file, without names or order. Ratios of one run count, not seconds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from mtgintel.core.embedded import TemporaryServers
from mtgintel.core.embedded.postgres import binaries

from .generate_allprices import generate

CHECKOUT = Path(__file__).resolve().parents[1]
_COLUMNS = (
    "time, card_id, marketplace_id, condition, finish, language, currency, price, "
    "price_low, price_mid, price_high, price_market, num_listings, total_quantity"
)


@dataclass(frozen=True, slots=True)
class Command:
    """One `manage.py` from start to end, start of Python and Django in it."""

    seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Result:
    """`again` finds the day archived: what every command costs before it writes."""

    rows: int
    floor: Command
    floor_bytes: int
    archived: Command
    archived_bytes: int
    again: Command
    restored: Command


def measure(rows: int) -> Result:
    """Run the whole benchmark in a temporary directory."""
    with TemporaryDirectory(prefix="bench-") as name:
        home = Path(name)
        day = datetime.now(UTC).date() - timedelta(days=2)
        files = generate(rows, home, day, days=1)
        with TemporaryServers(home / "servers") as servers:
            environment = {
                **os.environ,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "MTGINTEL_DATA_DIR": str(home),
                "ARCHIVE_URL": str(home / "archive"),
            }
            _manage(environment, "migrate", "-v0")
            _manage(environment, "ingest", "scryfall", "--file", str(files.catalogue))
            _manage(environment, "ingest", "mtgjson", "--prices", str(files.prices))
            return _measure(environment, home)


def _measure(environment: dict[str, str], home: Path) -> Result:
    url, dump = environment["DATABASE_URL"], home / "rows.pgcopy"
    copy = (
        f"\\copy (SELECT {_COLUMNS} FROM price_snapshots) TO '{dump}' (FORMAT BINARY)"
    )
    floor = _run([str(binaries() / "psql"), "-qX", url, "-c", copy], environment)
    archived = _manage(environment, "archive")
    files = list((home / "archive/prices").glob("*.parquet"))
    again = _manage(environment, "archive", "--from", "1993-08-05")
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM price_snapshots").fetchone()
        connection.execute("TRUNCATE price_snapshots, latest_prices")
    restored = _manage(environment, "restore_archive")
    return Result(
        rows=int(row[0]) if row else 0,
        floor=floor,
        floor_bytes=dump.stat().st_size,
        archived=archived,
        archived_bytes=sum(file.stat().st_size for file in files),
        again=again,
        restored=restored,
    )


def _manage(environment: dict[str, str], *arguments: str) -> Command:
    return _run([sys.executable, "manage.py", *arguments], environment)


def _run(command: list[str], environment: dict[str, str]) -> Command:
    started = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return Command(time.perf_counter() - started, usage.ru_maxrss / 1024)


def report(result: Result) -> None:
    print(f"{result.rows:,} rows of one day")
    for name, command in (
        ("floor (psql \\copy to)", result.floor),
        ("archive", result.archived),
        ("archive, unchanged", result.again),
        ("restore_archive", result.restored),
    ):
        print(
            f"{name:24} {command.seconds:7.1f} s "
            f"{result.rows / command.seconds:>10,.0f} rows/s {command.peak_mb:6,.0f} MB"
        )
    print(
        f"archive_vs_floor         {result.floor.seconds / result.archived.seconds:.2f}"
    )
    print(f"parquet_bytes_per_row    {result.archived_bytes / result.rows:.2f}")
    print(f"copy_bytes_per_row       {result.floor_bytes / result.rows:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=700_000)
    report(measure(parser.parse_args().rows))
