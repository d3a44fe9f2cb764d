"""Servers to break, and `manage.py ingest` as a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from mtgintel.core.embedded import TemporaryServers
from mtgintel.core.embedded.keeper import WELL_AFTER
from mtgintel.core.embedded.paths import DataPaths
from mtgintel.core.embedded.postgres import DATABASE, USER, Postgres, binaries
from mtgintel.core.embedded.tests.processes import CHECKOUT, environment, eventually
from tests.faults import market, state

Session = psycopg.Connection[Any]
# How long anything may take on a busy machine.
PATIENCE = 60
# With write-ahead files of this size a table can be larger than they are: a limit on
# the size of files then stops the table and not the log.
WAL_FILE_MEGABYTES = 1


@dataclass(frozen=True)
class Ended:
    """What a process said, and how it ended; below zero: by which signal."""

    code: int
    said: str
    complained: str


class Ingest:
    """One `manage.py …`, running. It is waited for by who forked it: see forks.py."""

    def __init__(self, files: Path, number: int) -> None:
        self._files, self._number = files, number
        eventually(lambda: self._file("pid").exists(), PATIENCE)
        self.pid = int(self._file("pid").read_text())

    @property
    def has_ended(self) -> bool:
        return self._file("code").exists()

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.end().code == -signal.SIGKILL

    def end(self) -> Ended:
        """Wait for it."""
        eventually(lambda: self.has_ended, PATIENCE)
        return Ended(
            int(self._file("code").read_text()),
            self._file("said").read_text(),
            self._file("complained").read_text(),
        )

    def _file(self, what: str) -> Path:
        return self._files / f"{self._number}.{what}"

    def succeed(self) -> str:
        """Wait for it; what it said."""
        ended = self.end()
        assert ended.code == 0, ended
        return ended.said

    def fail(self) -> str:
        """Wait for it to fail with one sentence, which is returned."""
        ended = self.end()
        assert ended.code == 1, ended
        assert "Traceback" not in ended.complained, ended.complained
        lines = ended.complained.splitlines()
        (sentence,) = (line for line in lines if line.startswith("CommandError: "))
        return sentence


class Workshop:
    """Servers, files and databases for one fault after the other."""

    def __init__(
        self, directory: Path, servers: TemporaryServers, forks: subprocess.Popen[str]
    ) -> None:
        self.directory, self.servers, self._forks = directory, servers, forks
        self.files, self._said = directory / "files", directory / "said"
        for folder in (self.files, self._said, directory / "tmp"):
            folder.mkdir()
        self._databases = self._commands = 0
        self._was_well = False
        self._undisturbed: dict[tuple[Any, ...], state.State] = {}

    def write(self, name: str, content: bytes) -> Path:
        path = self.files / name
        path.write_bytes(content)
        return path

    def manage(self, database: str, *arguments: str | Path, **more: str) -> Ingest:
        """Start `manage.py …` on one of the databases."""
        assert self._forks.stdin is not None
        self._commands += 1
        told = {
            "number": self._commands,
            "arguments": [str(one) for one in arguments],
            "database": database,
            "environment": more,
            "directory": str(self._said),
        }
        self._forks.stdin.write(json.dumps(told) + "\n")
        self._forks.stdin.flush()
        return Ingest(self._said, self._commands)

    def session(self, database: str = "postgres") -> Session:
        """A session that sees what every other has committed."""
        url = self.servers.database_url.replace(f"/{DATABASE}?", f"/{database}?")
        return psycopg.connect(url, autocommit=True)

    def prepare(self) -> None:
        """Make the database that every other is a copy of: a catalogue and its
        history so far."""
        with self.session() as session:
            # As in earnest, and unlike other servers of tests: what is committed
            # outlives a stop at once.
            session.execute(f"ALTER ROLE {USER} SET synchronous_commit = on")
        self.manage(DATABASE, "migrate", "--verbosity", "0").succeed()
        cards = self.write("cards.jsonl", market.catalogue())
        known = self.write("known.json", market.all_prices(market.KNOWN_DAYS))
        moment = market.FIRST_DAY.isoformat()
        self.manage(
            DATABASE, "ingest", "scryfall", "--file", cards, "--at", moment
        ).succeed()
        self.manage(DATABASE, "ingest", "mtgjson", "--prices", known).succeed()

    @contextmanager
    def database(self) -> Iterator[str]:
        """A copy of it, as a name."""
        self._databases += 1
        name = f"copy_{self._databases}"
        with self.session() as session:
            # The other strategy forgets after a crash which numbers of a sequence were
            # given out in the copy.
            session.execute(
                f"CREATE DATABASE {name} TEMPLATE {DATABASE} STRATEGY file_copy"
            )
        yield name
        with self.session() as session:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def undisturbed(self, *arguments: str | Path) -> state.State:
        """What the database holds after `manage.py ingest …` in peace."""
        if arguments not in self._undisturbed:
            with self.database() as name:
                self.manage(name, "ingest", *arguments).succeed()
                with self.session(name) as session:
                    self._undisturbed[arguments] = state.state(session)
        return self._undisturbed[arguments]

    @property
    def temporary_files(self) -> list[str]:
        return sorted(one.name for one in (self.directory / "tmp").iterdir())

    def postmaster(self) -> int:
        """The process id of PostgreSQL itself; 0 while it is not running."""
        pid_file = Postgres(DataPaths(self.directory)).cluster / "postmaster.pid"
        try:
            return int(pid_file.read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return 0

    def stop_postgres_at_once(self) -> None:
        """`pg_ctl stop -m immediate`; its keeper starts it again. Returns when it
        has recovered."""
        eventually(self._has_been_well, PATIENCE)
        old = self.postmaster()
        os.kill(old, signal.SIGQUIT)
        eventually(lambda: self.postmaster() not in (0, old), PATIENCE)
        eventually(self._answers, PATIENCE)

    def _has_been_well(self) -> bool:
        """A server that has never run for a while is given up by its keeper."""
        if not self._was_well:
            question = "SELECT extract(epoch FROM now() - pg_postmaster_start_time())"
            with self.session() as session:
                ((seconds,),) = session.execute(question).fetchall()
            self._was_well = seconds > WELL_AFTER + 1
        return self._was_well

    def _answers(self) -> bool:
        try:
            self.session().close()
        except psycopg.OperationalError:
            return False
        return True


class Fault:
    """One disturbed ingest on a database of its own, and its repetition."""

    def __init__(self, workshop: Workshop, database: str) -> None:
        self.workshop, self.database = workshop, database
        self.session = workshop.session(database)
        self.before = state.stored(self.session)
        (self._runs_before,) = self.session.execute(
            "SELECT max(id) FROM ingest_runs"
        ).fetchone() or (0,)

    def ingest(self, *arguments: str | Path, **more: str) -> Ingest:
        return self.workshop.manage(self.database, "ingest", *arguments, **more)

    @contextmanager
    def paused(self, ingest: Ingest, holding: str) -> Iterator[int]:
        """`ingest` waits for what the statement `holding` locks; the process id of
        its database session."""
        with self.workshop.session(self.database) as keeper:
            keeper.execute("BEGIN")
            keeper.execute(holding)
            yield self.until_waiting(ingest)

    @contextmanager
    def interrupted(self, ingest: Ingest, holding: str) -> Iterator[None]:
        """The same for a fault that ends the session that holds the lock as well."""
        keeper = self.workshop.session(self.database)
        keeper.execute("BEGIN")
        keeper.execute(holding)
        self.until_waiting(ingest)
        yield
        keeper.close()

    def end_sessions(self) -> None:
        """End those that wait, as an administrator does."""
        self.session.execute(f"SELECT pg_terminate_backend(pid) FROM ({WAITING}) found")

    def until_waiting(self, ingest: Ingest, *, sessions: int = 1) -> int:
        found: list[int] = []

        def waits() -> bool:
            assert not ingest.has_ended, ingest.end()
            found[:] = [pid for (pid,) in self.session.execute(WAITING).fetchall()]
            return len(found) >= sessions

        eventually(waits, PATIENCE)
        return found[0]

    def reconnect(self) -> None:
        self.session.close()
        self.session = self.workshop.session(self.database)

    def until_alone(self) -> None:
        """A killed process's session ends when it notices."""
        eventually(lambda: not state.left_over(self.session), PATIENCE)

    def nothing_changed(self) -> None:
        assert state.stored(self.session) == self.before

    def ledger(self, source: str = "mtgjson") -> list[tuple[str, str]]:
        """The runs since the database was copied."""
        return state.ledger(self.session, source, self._runs_before)

    def heals(self, *arguments: str | Path) -> None:
        """Ingesting again gives what an undisturbed ingest gives, and all is tidy."""
        expected = self.workshop.undisturbed(*arguments)
        self.ingest(*arguments).succeed()
        self.as_undisturbed(expected)

    def as_undisturbed(self, expected: state.State) -> None:
        assert state.state(self.session) == expected
        self.until_alone()
        assert self.workshop.temporary_files == []


WAITING = (
    "SELECT pid FROM pg_stat_activity "
    "WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def lock(table: str) -> str:
    """What to hold for an ingest to wait before it uses a table."""
    return f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"


@contextmanager
def workshop_in(directory: Path) -> Iterator[Workshop]:
    postgres = Postgres(DataPaths(directory.resolve()), throwaway=True)
    postgres.paths.make()
    postgres.prepare()
    subprocess.run(
        [
            *postgres.account.prefix,
            str(binaries() / "pg_resetwal"),
            f"--wal-segsize={WAL_FILE_MEGABYTES}",
            str(postgres.cluster),
        ],
        check=True,
        capture_output=True,
        cwd="/",
    )
    with TemporaryServers(directory) as servers, _forks(directory, servers) as forks:
        workshop = Workshop(directory, servers, forks)
        workshop.prepare()
        yield workshop


@contextmanager
def _forks(
    directory: Path, servers: TemporaryServers
) -> Iterator[subprocess.Popen[str]]:
    """The process that the commands are forked off; its temporary files are apart."""
    told = environment(
        directory / "data",
        DATABASE_URL=servers.database_url,
        REDIS_URL=servers.redis_url,
        TMPDIR=str(directory / "tmp"),
        DJANGO_SETTINGS_MODULE="mtgintel.settings.dev",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.forks"],
        stdin=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
        env=told,
    )
    with process:
        yield process


def wait_for(holds: Callable[[], bool]) -> None:
    """As `eventually`, for what passes within milliseconds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
