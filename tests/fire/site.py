"""The site as `make run` runs it, with commands beside it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from mtgintel.core.embedded.paths import DataPaths
from mtgintel.core.embedded.postgres import DATABASE, Postgres
from mtgintel.core.embedded.session import servers_in_use, wanted_servers
from mtgintel.core.embedded.tests.processes import (
    CHECKOUT,
    environment,
    eventually,
    kill_all,
    pids_running,
    processes_of,
)

SUPERVISOR = [sys.executable, "-m", "mtgintel.core.embedded"]
# What the command line of each process holds that somebody may kill.
PARTS = {
    "web": "-m mtgintel.core.live.server",
    "worker": "mtgintel worker",
    "beat": "mtgintel beat",
    "valkey": "valkey-server",
}
GREETING = "Ctrl-C stops everything"
# How long anything may take on a busy machine.
PATIENCE = 180

Session = psycopg.Connection[Any]


class Site:
    """One data directory, and the processes that work on it."""

    def __init__(self, data_dir: Path, **more: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.socket_url = f"ws://127.0.0.1:{self.port}/api/ws"
        self.environment = environment(
            data_dir,
            PORT=str(self.port),
            HOST="127.0.0.1",
            DJANGO_SETTINGS_MODULE="mtgintel.settings.dev",
            **more,
        )
        self.supervisor: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Returns when it is ready."""
        self.supervisor = subprocess.Popen(
            SUPERVISOR,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=CHECKOUT,
            env=self.environment,
        )
        assert self.supervisor.stdout is not None
        said = []
        for line in self.supervisor.stdout:
            said.append(line)
            if line.startswith(GREETING):
                return
        raise AssertionError("".join(said))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Everything, in order; the exit code."""
        if self.supervisor is None:
            return 0
        self.supervisor.send_signal(how)
        self.supervisor.communicate(timeout=PATIENCE)
        code, self.supervisor = self.supervisor.returncode, None
        return code

    @property
    def processes(self) -> dict[int, str]:
        return processes_of(self.data_dir)

    def pids(self, part: str) -> set[int]:
        """The processes of a part; those of the worker's pool count as well."""
        if part == "postgres":
            return {self._postmaster()} - {0}
        return pids_running(self.data_dir, PARTS[part])

    def kill(self, part: str) -> float:
        """As the kernel does when memory runs out; the moment it was done."""
        before = self.pids(part)
        assert before
        killed_at = time.time()
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: bool(self.pids(part) - before), PATIENCE)
        return killed_at

    def serves(self) -> bool:
        try:
            address = f"{self.url}/api/health/ready"
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310
                return True
        except OSError:
            return False

    def log(self, name: str) -> str:
        return (self.data_dir / "logs" / f"{name}.log").read_text(errors="replace")

    # --- Beside it ------------------------------------------------------------------

    @contextmanager
    def servers(self) -> Iterator[None]:
        """PostgreSQL and Valkey without the rest."""
        with servers_in_use(wanted_servers(self.data_dir, database=True, redis=True)):
            yield

    def session(self, database: str = DATABASE) -> Session:
        """A session that sees what every other has committed."""
        url = Postgres(DataPaths(self.data_dir)).url
        named = url.replace(f"/{DATABASE}?", f"/{database}?")
        return psycopg.connect(named, autocommit=True)

    def begin(self, *arguments: str | Path, database: str = DATABASE) -> Command:
        """Start `manage.py …`."""
        url = Postgres(DataPaths(self.data_dir)).url
        named = url.replace(f"/{DATABASE}?", f"/{database}?")
        # What is cached is of the site's own database: others go without.
        elsewhere = {"DATABASE_URL": named, "REDIS_URL": "unix:///nowhere?db=0"}
        more = {} if database == DATABASE else elsewhere
        return Command([str(one) for one in arguments], {**self.environment, **more})

    def manage(self, *arguments: str | Path, database: str = DATABASE) -> str:
        """Run `manage.py …`; what it says."""
        return self.begin(*arguments, database=database).succeed()

    def answer(self, path: str) -> Any:
        """The JSON of an address."""
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:  # noqa: S310
            return json.loads(answer.read())

    def clear(self) -> None:
        """Nothing is left running."""
        if self.supervisor is not None:
            self.stop()
        kill_all(self.data_dir)

    def _postmaster(self) -> int:
        pid_file = Postgres(DataPaths(self.data_dir)).cluster / "postmaster.pid"
        try:
            return int(pid_file.read_text().split()[0])
        except (FileNotFoundError, IndexError, ValueError):
            return 0


class Command:
    """One `manage.py …`, running."""

    def __init__(self, arguments: list[str], told: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env=told,
        )

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    def end(self) -> tuple[int, str, str]:
        """Its exit code, what it said and what it complained of."""
        said, complained = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said, complained

    def succeed(self) -> str:
        code, said, complained = self.end()
        assert code == 0, complained
        return said


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
