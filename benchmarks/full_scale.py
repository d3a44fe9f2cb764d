"""The whole market at full scale: a fresh load, the day after, and both once more.

    python -m benchmarks.full_scale --sizes 1/16 1/4 1 --json full_scale.json

110,000 printings in six streams over 90 days, about 45 million points (market.py), go
through `manage.py ingest` on fresh embedded servers; then the next day's file of about
700,000 points; then the same day and the same history again. What is stored is
compared with what the files said (checks.py): the program fails when it differs, not
when it is slow. The floor is psql's \\copy of the stored rows of some whole weeks into
an identical empty table of the same server. Ratios of one run count, not seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from mtgintel.core.embedded import TemporaryServers

from . import market_reads
from .checks import Check, checks
from .ingest import CHECKOUT, floor, manage
from .market import Market
from .market_files import MarketFiles, Truth, write_market
from .watching import Relation, StageClock, dead_rows, one, relations, wal_position

SIZES = ("1/16", "1/4", "1")
# What is due at scale 1.
DUE_STORED_VS_FLOOR = 0.7
DUE_FRESH_SECONDS = 15 * 60
DUE_CYCLE_SECONDS = 60
DUE_PEAK_MB = 600
# Disk that a point takes for a while: stored, in two aggregates, and for the floor.
_BYTES_PER_POINT = 700
# Weeks that the floor is measured on; two numbers show whether it is linear in rows.
_FLOOR_WEEKS = (2, 4)
_EPOCH = date(1970, 1, 1)
# How fast a smaller market is read says nothing of one that size.
_FEWEST_TO_READ = 100_000
# The ledger's stage that is part of the cycle, whatever comes after it.
ROLL_UPS = "roll-ups"
_LEDGER = """
    SELECT rows_seen, rows_written, rows_unchanged, rows_rejected,
           extract(epoch FROM coalesce(refreshed_at, finished_at) - finished_at)::float,
           stage_seconds
    FROM ingest_runs ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One `manage.py ingest`, as the kernel, the ledger and the server saw it.

    `seconds` is the whole command; `stored_seconds` what it took from its start to
    the commit, aggregates not counted; `derived_seconds` what indices, moves and the
    like took after the roll-ups, by name. `stages` has seconds by what the server was
    asked to do.
    """

    name: str
    seconds: float
    stored_seconds: float
    peak_mb: float
    wal_bytes: int
    seen: int
    written: int
    unchanged: int
    rejected: int
    stages: dict[str, float]
    derived_seconds: dict[str, float]
    dead_rows: dict[str, int]

    @property
    def cycle_seconds(self) -> float:
        """Stage, diff, insert, latest prices with their windows, roll-ups."""
        return self.seconds - sum(self.derived_seconds.values())

    @property
    def wal_bytes_per_row(self) -> float:
        return self.wal_bytes / max(self.written, 1)


@dataclass(frozen=True, slots=True)
class Floor:
    """psql's \\copy of `rows` rows, which are `weeks` whole weeks."""

    weeks: int
    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        return self.rows / self.seconds


@dataclass(frozen=True, slots=True)
class SizeResult:
    scale: str
    points: int
    next_points: int
    catalogue_seconds: float
    wal_level: str
    steps: list[Step]
    floors: list[Floor] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    database_bytes: int = 0
    checks: list[Check] = field(default_factory=list)
    # What market_reads.py says.
    reads: dict[str, Any] = field(default_factory=dict)

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    @property
    def figures(self) -> dict[str, float]:
        """What is due, and what explains it."""
        fresh, day = self.step("fresh"), self.step("next day")
        figures = {
            "fresh_rows_per_second": fresh.written / fresh.stored_seconds,
            "fresh_seconds": fresh.seconds,
            "fresh_seconds_per_million": fresh.seconds / self.points * 1e6,
            "cycle_seconds": day.cycle_seconds,
            "cycle_and_derived_seconds": day.seconds,
            "cycle_seconds_per_million": day.cycle_seconds / self.next_points * 1e6,
            "peak_mb": max(step.peak_mb for step in self.steps),
            "wal_bytes_per_row": fresh.wal_bytes_per_row,
            "cycle_wal_bytes_per_row": day.wal_bytes_per_row,
        }
        if self.floors:
            # The largest sample is the nearest to all of it.
            floor_rate = self.floors[-1].rows_per_second
            figures["floor_rows_per_second"] = floor_rate
            figures["fresh_stored_vs_floor"] = (
                figures["fresh_rows_per_second"] / floor_rate
            )
        return figures


def measure(
    scale: Fraction,
    *,
    wal_level: str = "minimal",
    only_new: bool = False,
    with_reads: bool = True,
) -> SizeResult:
    """One size, on servers of its own. `only_new`: neither re-runs nor floor."""
    with TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        home = Path(name)
        _require_space(home, scale)
        market = Market(float(scale))
        files = write_market(market, home / "feeds")
        servers = stack.enter_context(_servers(home / "servers", wal_level))
        url = servers.database_url
        run = _Run(files, url, _environment(servers, home))
        run.prepare()
        run.ingest("fresh", files.history)
        if not only_new:
            # Right after what it is compared with: the machine is never the same.
            run.measure_floors(home)
        run.ingest("next day", files.next_day, "--today")
        if not only_new:
            run.ingest("next day again", files.next_day, "--today")
            run.ingest("fresh again", files.history)
        with psycopg.connect(url, autocommit=True) as connection:
            reads = run.reads(home) if with_reads else {}
            return run.result(connection, str(scale), reads)


def _require_space(directory: Path, scale: Fraction) -> None:
    needed = int(45_000_000 * scale) * _BYTES_PER_POINT
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise SystemExit(
            f"Scale {scale} takes about {needed / 1e9:.0f} GB in {directory}, where "
            f"{free / 1e9:.0f} GB are free; name another directory in TMPDIR."
        )


def _servers(directory: Path, wal_level: str) -> TemporaryServers:
    """Fresh servers; another write-ahead log than their own is set beforehand."""
    if wal_level != "minimal":
        with (
            TemporaryServers(directory) as servers,
            psycopg.connect(servers.database_url, autocommit=True) as connection,
        ):
            connection.execute(f"ALTER SYSTEM SET wal_level = '{wal_level}'")
    return TemporaryServers(directory)


def _environment(servers: TemporaryServers, home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "MTGINTEL_DATA_DIR": str(home),
    }


class _Run:
    """The commands of one size, one after the other."""

    def __init__(
        self, files: MarketFiles, database_url: str, environment: dict[str, str]
    ) -> None:
        self._files, self._url, self._environment = files, database_url, environment
        self._steps: list[Step] = []
        self._floors: list[Floor] = []
        self._catalogue_seconds = 0.0

    def prepare(self) -> None:
        """Tables and catalogue."""
        manage(self._environment, "migrate", "-v0")
        catalogue = str(self._files.catalogue)
        self._catalogue_seconds, _ = manage(
            self._environment, "ingest", "scryfall", "--file", catalogue
        )

    def ingest(self, name: str, file: Path, *options: str) -> None:
        command = ("ingest", "mtgjson", "--prices", str(file), *options)
        with psycopg.connect(self._url, autocommit=True) as connection:
            before = wal_position(connection)
            with StageClock(self._url) as clock:
                seconds, peak_mb = manage(self._environment, *command)
            wal_bytes = wal_position(connection) - before
            row = connection.execute(_LEDGER).fetchone()
            assert row is not None  # noqa: S101 (the command has just made it)
            seen, written, unchanged, rejected, after, stages = row
            stages.pop(ROLL_UPS, None)
            dead = dead_rows(connection)
        step = Step(
            name=name,
            seconds=seconds,
            # The ledger's row is written in the transaction: its commit comes later.
            stored_seconds=seconds - after + clock.seconds.get("commit", 0),
            peak_mb=peak_mb,
            wal_bytes=wal_bytes,
            seen=seen,
            written=written,
            unchanged=unchanged,
            rejected=rejected,
            stages=clock.seconds,
            derived_seconds=stages,
            dead_rows=dead,
        )
        self._steps.append(step)

    def measure_floors(self, home: Path) -> None:
        """The floor on some of the whole weeks of the history, the newest first."""
        numbers = sorted({(day - _EPOCH).days // 7 for day in self._files.truth.days})
        with psycopg.connect(self._url, autocommit=True) as connection:
            for weeks in _FLOOR_WEEKS:
                start = _EPOCH + timedelta(days=7 * numbers[1:-1][-weeks])
                end = _EPOCH + timedelta(days=7 * numbers[-2] + 7)
                where = f"time >= '{start}' AND time < '{end}'"
                question = f"SELECT count(*) FROM price_snapshots WHERE {where}"
                rows = one(connection, question)
                seconds = floor(connection, self._url, home / "rows.pgcopy", where)
                self._floors.append(Floor(weeks, rows, seconds))

    def reads(self, home: Path) -> dict[str, Any]:
        """What market_reads.py measures."""
        figures = home / "reads.json"
        command = [sys.executable, "-m", "benchmarks.market_reads"]
        command += ["--json", str(figures)]
        if self._files.truth.history_points < _FEWEST_TO_READ:
            command.append("--brief")
        # They are told as tables at the end, with everything else.
        with (home / "reads.log").open("w+") as log:
            done = subprocess.run(
                command,
                cwd=CHECKOUT,
                env=self._environment,
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode:
            raise SystemExit((home / "reads.log").read_text()[-5_000:])
        found: dict[str, Any] = json.loads(figures.read_text())
        return found

    def result(
        self, connection: psycopg.Connection[Any], scale: str, reads: dict[str, Any]
    ) -> SizeResult:
        truth = self._files.truth
        return SizeResult(
            scale,
            truth.history_points,
            truth.next_points,
            self._catalogue_seconds,
            one(connection, "SHOW wal_level"),
            self._steps,
            relations=relations(connection),
            database_bytes=one(
                connection, "SELECT pg_database_size(current_database())"
            ),
            checks=[
                *ledger_checks(self._steps, truth),
                *checks(connection, truth, held_rows(self._steps, truth)),
            ],
            reads=reads,
            floors=self._floors,
        )


def ledger_checks(steps: list[Step], truth: Truth) -> list[Check]:
    """Every row of a file is accounted for, and a file read again changes nothing.

    A row that the quality gate held may come in with a later file that explains it.
    """
    found = []
    held = 0
    for step in steps:
        told = truth.next_points if "day" in step.name else truth.history_points
        released = step.written + step.unchanged + step.rejected - told
        is_right = step.seen == told and 0 <= released <= held
        if step.name.endswith("again"):
            is_right = is_right and step.written == 0
        held += step.rejected - released
        detail = (
            f"{step.written:,} written, {step.unchanged:,} unchanged, "
            f"{step.rejected:,} rejected of {told:,}, {released:,} released"
        )
        found.append(Check(step.name, is_right, detail))
    return found


def held_rows(steps: list[Step], truth: Truth) -> int:
    """How many rows of the two files are not stored at the end."""
    told = truth.history_points + truth.next_points
    return told - sum(step.written for step in steps)


def report(result: SizeResult) -> None:
    """One size as tables."""
    print(
        f"\nscale {result.scale}: {result.points:,} points and {result.next_points:,} "
        f"the day after; catalogue {result.catalogue_seconds:.1f} s; "
        f"wal_level {result.wal_level}"
    )
    print(
        f"{'step':15} {'seconds':>8} {'stored':>8} {'rows/s':>10} {'MB':>6} "
        f"{'WAL B/row':>9} {'written':>12} {'unchanged':>12} {'rejected':>8}"
    )
    for step in result.steps:
        print(
            f"{step.name:15} {step.seconds:8.1f} {step.stored_seconds:8.1f} "
            f"{step.seen / step.stored_seconds:10,.0f} {step.peak_mb:6,.0f} "
            f"{step.wal_bytes_per_row if step.written else 0:9,.0f} "
            f"{step.written:12,} {step.unchanged:12,} {step.rejected:8,}"
        )
    for step in result.steps:
        stages = ", ".join(
            f"{name} {seconds:.1f}"
            for name, seconds in step.stages.items()
            if seconds >= step.seconds / 100
        )
        print(f"{step.name:15} {stages}; dead rows {step.dead_rows or 0}")
        derived = ", ".join(f"{n} {s:.1f}" for n, s in step.derived_seconds.items())
        print(f"{'':15} derived after it: {derived or 'nothing'}")
    for one_floor in result.floors:
        print(
            f"floor of {one_floor.weeks} weeks {one_floor.seconds:8.1f} s "
            f"{one_floor.rows_per_second:10,.0f} rows/s of {one_floor.rows:,}"
        )
    _report_sizes(result)
    if result.reads:
        market_reads.report(result.reads)
    for check in result.checks:
        print(f"{'right' if check.is_right else 'WRONG'}  {check.name}: {check.detail}")


def _report_sizes(result: SizeResult) -> None:
    print(f"{'table':22} {'partitions':>10} {'table MB':>9} {'index MB':>9}")
    for relation in result.relations:
        print(
            f"{relation.name:22} {relation.partitions:10} "
            f"{relation.table_bytes / 1e6:9,.0f} {relation.index_bytes / 1e6:9,.0f}"
        )
    print(f"{'database':22} {'':10} {result.database_bytes / 1e6:9,.0f}")


def report_growth(results: list[SizeResult]) -> None:
    """Seconds per million points of each size: the same, if growth is linear."""
    print("\ngrowth: seconds per million points")
    names = [step.name for step in results[0].steps]
    print(f"{'scale':8} {'points':>12} " + " ".join(f"{name:>15}" for name in names))
    for result in results:
        each = " ".join(
            f"{step.seconds / step.seen * 1e6:15.2f}" for step in result.steps
        )
        print(f"{result.scale:8} {result.points:12,} {each}")


def report_dues(result: SizeResult) -> None:
    """What is due, of the largest size."""
    figures = result.figures
    dues = (
        ("fresh_stored_vs_floor", ">=", DUE_STORED_VS_FLOOR),
        ("fresh_seconds", "<=", DUE_FRESH_SECONDS),
        ("cycle_seconds", "<=", DUE_CYCLE_SECONDS),
        ("peak_mb", "<=", DUE_PEAK_MB),
    )
    print(f"\ndue at scale 1, here {result.scale}")
    for name, sign, due in dues:
        value = figures[name]
        is_met = value >= due if sign == ">=" else value <= due
        print(f"{name:24} {value:10,.2f} {sign} {due}: {'met' if is_met else 'MISSED'}")


def as_json(results: list[SizeResult]) -> str:
    return json.dumps(
        [{**asdict(result), "figures": result.figures} for result in results], indent=1
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=Fraction, default=SIZES)
    parser.add_argument("--json", type=Path, help="where to write all figures")
    given = parser.parse_args()
    sizes = [Fraction(size) for size in given.sizes]
    logged = measure(sizes[0], wal_level="replica", only_new=True, with_reads=False)
    report(logged)
    results = []
    for size in sizes:
        results.append(measure(size))
        report(results[-1])
        if given.json:
            given.json.parent.mkdir(parents=True, exist_ok=True)
            given.json.write_text(as_json([logged, *results]))
    report_growth(results)
    report_dues(results[-1])
    every = [check for result in [logged, *results] for check in result.checks]
    return 0 if all(check.is_right for check in every) else 1


if __name__ == "__main__":
    sys.exit(main())
