"""`make run`: first the servers, then the database's contents, then the application.

The processes belong to keepers (keeper.py), which end them if we are killed.
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
from .application import Application
from .errors import EmbeddedError
from .keeper import die_with_parent
from .keeping import EVENTS_LOG, end_of_life, start_keeper
from .locking import opened, try_lock
from .paths import DataPaths
from .servers import Server
from .session import minimum_free_bytes, revive, servers_in_use

READY_PATH = "/api/health/ready"
READY_LIMIT = 180.0
POLL_INTERVAL = 0.25


class StopRequest(Exception):  # noqa: N818
    """Somebody wants us to stop; not an error."""


@dataclass
class Supervisor:
    """Runs everything until it is told to stop."""

    application: Application
    servers: list[Server]
    stops_with_parent: bool = False
    _parent: int = field(default_factory=os.getppid)

    @property
    def paths(self) -> DataPaths:
        return self.application.paths

    @property
    def address(self) -> Address:
        return self.application.address

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
        except StopRequest:
            print("Stopped.", flush=True)

    def _serve(self, started: float) -> None:
        print(f"Starting on the data in {self.paths.root} ...", flush=True)
        events = Tail(self.paths.logs / EVENTS_LOG)
        with servers_in_use(self.servers) as locks:
            self._prepare_database()
            with self._application(locks, events) as keeper:
                give_up_at = time.monotonic() + READY_LIMIT
                while reason := why_not_ready(self.address):
                    # Asking costs the processor something, too.
                    time.sleep(POLL_INTERVAL)
                    self._check(keeper, events)
                    if time.monotonic() > give_up_at:
                        raise EmbeddedError(self._never_ready(reason))
                print(self._greeting(time.monotonic() - started), flush=True)
                while True:
                    self._check(keeper, events)

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        with opened(self.paths.run / "supervisor") as lock:
            if not try_lock(lock):
                pid, _, url = os.read(lock, 500).decode().partition(" ")
                raise EmbeddedError(
                    f"The data directory {self.paths.root} is already served at {url} "
                    f"by process {pid}: stop that one with Ctrl-C (or `kill {pid}`), "
                    "or set MTGINTEL_DATA_DIR and PORT to have a second one."
                )
            os.ftruncate(lock, 0)
            os.write(lock, f"{os.getpid()} {self.address.url}".encode())
            yield

    def _prepare_database(self) -> None:
        """Run `manage.py prepare`, which takes our servers as they are."""
        process = subprocess.Popen(
            self.application.prepare_command(),
            env=self.application.environment(),
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
                "The database could not be prepared, for the reason above: put that "
                "right and start again."
            )

    @contextmanager
    def _application(
        self, locks: list[int], events: Tail
    ) -> Iterator[subprocess.Popen[bytes]]:
        keeper = start_keeper(
            self.application.processes(),
            alive_lock=self.paths.run / "application.keeper",
            users_lock=None,
            events_log=self.paths.logs / EVENTS_LOG,
            # So that the servers outlive the processes that use them.
            pass_fds=locks,
            environment=self.application.environment(),
        )
        try:
            yield keeper
        finally:
            events.print_new()
            print("Stopping ...", flush=True)
            end_of_life(keeper)

    def _check(self, keeper: subprocess.Popen[bytes], events: Tail) -> None:
        """One round of waiting: pass on what happened, repair what can be repaired."""
        time.sleep(POLL_INTERVAL)
        events.print_new()
        self._check_parent()
        if keeper.poll() is not None:
            raise EmbeddedError(
                "The process that looks after web, worker and beat was killed: start "
                "again."
            )
        for server in self.servers:
            revive(server)

    def _check_parent(self) -> None:
        if self.stops_with_parent and os.getppid() != self._parent:
            raise StopRequest

    def _never_ready(self, reason: str) -> str:
        return (
            f"{self.address.url}{READY_PATH} was not ready within {READY_LIMIT:.0f} s "
            f"({reason}): more is in web.log and worker.log of {self.paths.logs}."
        )

    def _greeting(self, seconds: float) -> str:
        url = self.address.url
        return (
            f"\nMTG Market Intel is ready after {seconds:.1f} s: {url}/\n"
            f"  Admin      {url}/admin/  {self._login()}\n"
            f"  API        {url}/api/docs/\n"
            "  Real data  `make ingest` fetches catalogue and prices from the public\n"
            "             feeds; a demo market makes way for them\n"
            f"  Logs       {self.paths.logs}\n"
            "  More       README.md, docs/\n"
            "Ctrl-C stops everything."
        )

    def _login(self) -> str:
        file = self.paths.admin_password
        if not file.exists():
            return "your own user"
        # Output that goes into a file would keep it for others to read.
        shown = file.read_text().strip() if sys.stdout.isatty() else "see the file"
        return f"user admin, first password: {shown} ({file})"


class Tail:
    """A file, begun afresh, whose new lines are shown on the terminal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        path.write_text("")

    def print_new(self) -> None:
        with self._path.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._read)
            print(file.read(), end="", flush=True)
            self._read = file.tell()


def why_not_ready(address: Address) -> str:
    """What the application answers when it is not ready; empty when it is."""
    url = address.url + READY_PATH
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as error:
        return error.read(500).decode("utf-8", "replace") or str(error)
    except OSError as error:
        return str(error)
    return ""


def listen_for_stop() -> None:
    """Have the first signal that asks us to stop raise StopRequest."""
    stop_signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        # An impatient second Ctrl-C must not break the stopping in order.
        for each in stop_signals:
            signal.signal(each, signal.SIG_IGN)
        raise StopRequest

    for each in stop_signals:
        signal.signal(each, interrupt)
