"""`make run`: the servers, the database's contents, and the three application processes.

The processes themselves belong to keepers (keeper.py), which end them if we are killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from .address import Address
from .errors import EmbeddedError
from .keeper import die_with_parent
from .keeping import EVENTS_LOG, Kept, start_keeper
from .locking import opened, try_lock
from .paths import DataPaths
from .servers import Server
from .session import minimum_free_bytes, revive, servers_in_use

READY_PATH = "/api/health/ready"
READY_LIMIT = 180.0
POLL_INTERVAL = 0.25


class Interrupted(Exception):
    """Somebody wants us to stop."""


@dataclass
class Supervisor:
    """Runs everything until it is told to stop."""

    paths: DataPaths
    project: Path
    address: Address
    servers: list[Server]
    stops_with_parent: bool = False
    _parent: int = field(default_factory=os.getppid)

    def run(self) -> None:
        """Serve until Ctrl-C, SIGTERM or SIGHUP.

        Raises EmbeddedError when something is in the way.
        """
        started = time.monotonic()
        listen_for_stop()
        try:
            self.paths.make()
            with self._only_one():
                self.address.require_free()
                self.paths.require_space(minimum_free_bytes())
                self._serve(started)
        except Interrupted:
            print("Stopped.", flush=True)

    def _serve(self, started: float) -> None:
        print(f"Starting on the data in {self.paths.root} ...", flush=True)
        (self.paths.logs / EVENTS_LOG).write_text("")
        with servers_in_use(self.servers) as locks:
            self._prepare_database()
            events = Tail(self.paths.logs / EVENTS_LOG)
            with self._application(locks) as keeper:
                while not is_ready(self.address):
                    self._check(keeper, events)
                    if time.monotonic() - started > READY_LIMIT:
                        raise EmbeddedError(self._not_ready())
                self._greet(time.monotonic() - started)
                while True:
                    self._check(keeper, events)

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        with opened(self.paths.run / "supervisor") as lock:
            if not try_lock(lock):
                pid, _, url = os.read(lock, 500).decode().partition(" ")
                raise EmbeddedError(
                    f"The data directory {self.paths.root} is already served at {url} "
                    f"by process {pid}: stop that one with Ctrl-C (or `kill {pid}`), or "
                    "set MTGINTEL_DATA_DIR and PORT to have a second one."
                )
            os.ftruncate(lock, 0)
            os.write(lock, f"{os.getpid()} {self.address.url}".encode())
            yield

    def _prepare_database(self) -> None:
        """Run `manage.py prepare`, which takes our servers as they are."""
        process = subprocess.Popen(
            [sys.executable, str(self.project / "manage.py"), "prepare"],
            env=self._environment(),
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )
        try:
            while process.poll() is None:
                self._check_parent()
                time.sleep(POLL_INTERVAL / 5)
        finally:
            process.terminate()
            process.wait()
        if process.returncode != 0:
            raise EmbeddedError(
                "The database could not be prepared (see above). Nothing was started."
            )

    @contextmanager
    def _application(self, locks: list[int]) -> Iterator[subprocess.Popen[bytes]]:
        """Daphne, a Celery worker and beat, under one keeper."""
        environment = self._environment()
        keeper = start_keeper(
            self._children(),
            alive_lock=self.paths.run / "application.keeper",
            users_lock=None,
            events_log=self.paths.logs / EVENTS_LOG,
            # So that the servers outlive the processes that use them.
            pass_fds=locks,
            environment=environment,
        )
        try:
            yield keeper
        finally:
            print("Stopping ...", flush=True)
            assert keeper.stdin is not None
            keeper.stdin.close()
            keeper.wait()

    def _children(self) -> list[Kept]:
        celery = ("-m", "celery", "-A", "mtgintel")
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        host, port = self.address.host, str(self.address.port)
        return [
            self._child("web", ["-m", "daphne", "-b", host, "-p", port, ASGI]),
            # SIGQUIT hands unfinished tasks back to the queue, SIGTERM would wait.
            self._child(
                "worker",
                [*celery, "worker", "-l", "INFO", "-c", "2", *quiet],
                "SIGQUIT",
            ),
            self._child("beat", [*celery, "beat", "-l", "INFO"]),
        ]

    def _child(
        self, name: str, arguments: list[str], stop_signal: str = "SIGTERM"
    ) -> Kept:
        return Kept(
            name=name,
            command=[sys.executable, *arguments],
            log=str(self.paths.logs / f"{name}.log"),
            important=r"\b(WARNING|ERROR|CRITICAL)\b",
            stop_signal=stop_signal,
            stop_timeout=15.0,
            cwd=str(self.project),
        )

    def _environment(self) -> dict[str, str]:
        defaults = {"DJANGO_SETTINGS_MODULE": "mtgintel.settings.dev"}
        return {
            **defaults,
            **os.environ,
            "MTGINTEL_DATA_DIR": str(self.paths.root),
            "PYTHONUNBUFFERED": "1",
        }

    def _check(self, keeper: subprocess.Popen[bytes], events: Tail) -> None:
        """One round of waiting: pass on what happened, repair what can be repaired."""
        time.sleep(POLL_INTERVAL)
        for line in events.new_lines():
            print(line, flush=True)
        self._check_parent()
        if keeper.poll() is not None:
            raise EmbeddedError("The keeper of the application processes was killed.")
        for server in self.servers:
            revive(server)

    def _check_parent(self) -> None:
        if self.stops_with_parent and os.getppid() != self._parent:
            raise Interrupted

    def _not_ready(self) -> str:
        return (
            f"{self.address.url}{READY_PATH} was not ready within {READY_LIMIT:.0f} s: "
            f"the reason is in {self.paths.logs / 'web.log'} or worker.log beside it."
        )

    def _greet(self, seconds: float) -> None:
        url = self.address.url
        print(
            f"\nMTG Market Intel is ready after {seconds:.1f} s: {url}/\n"
            f"  Admin      {url}/admin/  {self._login()}\n"
            f"  API        {url}/api/docs/\n"
            "  Real data  `make ingest` fetches catalogue and prices from the public "
            "feeds\n"
            "             and replaces the demo market\n"
            f"  Logs       {self.paths.logs}\n"
            "  More       README.md, docs/\n"
            "Ctrl-C stops everything.",
            flush=True,
        )

    def _login(self) -> str:
        file = self.paths.admin_password
        if not file.exists():
            return "your own user"
        # Not into a file that somebody keeps the output in.
        shown = file.read_text().strip() if sys.stdout.isatty() else "see the file"
        return f"user admin, first password: {shown} ({file})"


ASGI = "mtgintel.asgi:application"


class Tail:
    """The lines that are added to a file from now on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()
        self._read = path.stat().st_size

    def new_lines(self) -> list[str]:
        with self._path.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._read)
            text = file.read()
            self._read = file.tell()
        return text.splitlines()


def is_ready(address: Address) -> bool:
    try:
        with urllib.request.urlopen(address.url + READY_PATH, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def listen_for_stop() -> None:
    """Have the first signal that asks us to stop raise Interrupted."""
    stop_signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(number: int, frame: FrameType | None) -> None:
        # An impatient second Ctrl-C must not break the stopping in order.
        for each in stop_signals:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted

    for each in stop_signals:
        signal.signal(each, interrupt)
