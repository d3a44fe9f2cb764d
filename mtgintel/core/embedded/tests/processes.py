"""Processes for the tests: users of the servers of a data directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[4]

USE_SERVERS = """
import sys
from pathlib import Path
from mtgintel.core.embedded.session import servers_in_use, wanted_servers

with servers_in_use(wanted_servers(Path(sys.argv[1]), database=True, redis=True)):
    print("ready", flush=True)
    sys.stdin.read()
"""


class ServerUser:
    """A process that needs both servers of a data directory until it is told to go."""

    def __init__(
        self, data_dir: Path, python: tuple[str, ...] = (sys.executable,)
    ) -> None:
        self.process = subprocess.Popen(
            [*python, "-c", USE_SERVERS, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CHECKOUT,
            env=environment(data_dir),
        )

    def ready(self) -> ServerUser:
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            _, said = self.process.communicate()
            raise AssertionError(said)
        return self

    def go(self) -> None:
        """End in good order; returns when the process has ended."""
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """Ours, with that data directory and without servers of our own."""
    named = ("DATABASE_URL", "REDIS_URL", "CACHE_REDIS_URL", "DJANGO_SETTINGS_MODULE")
    inherited = {name: value for name, value in os.environ.items() if name not in named}
    return {**inherited, "MTGINTEL_DATA_DIR": str(data_dir), **more}


RUN_YOURSELF = """
import psycopg, subprocess, sys
subprocess.run([sys.executable, "-V"], check=True)
"""

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def python_of_nobody() -> tuple[str, ...] | None:
    """The command of an interpreter that an ordinary user can run, if root can see one.

    Ours may be below a directory that is closed to others; the system's of the same
    version, told where our packages are, does as well.
    """
    packages = sysconfig.get_path("purelib")
    told = ("env", f"PYTHONPATH={packages}:{CHECKOUT}")
    for name in (sys.executable, f"/usr/bin/python{sysconfig.get_python_version()}"):
        command = (*AS_NOBODY, *told, name)
        tried = subprocess.run(
            [*command, "-c", RUN_YOURSELF],
            capture_output=True,
            check=False,
        )
        if tried.returncode == 0:
            return command
    return None


def processes_of(data_dir: Path) -> dict[int, str]:
    """The command lines of all processes that work on a data directory."""
    found = {}
    for process in Path("/proc").iterdir():
        if not process.name.isdecimal() or int(process.name) == os.getpid():
            continue
        try:
            command = (process / "cmdline").read_bytes()
            told = command + (process / "environ").read_bytes()
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            continue
        if os.fsencode(data_dir) in told:
            found[int(process.name)] = command.replace(b"\0", b" ").decode()
    return found


def pids_running(data_dir: Path, words: str) -> set[int]:
    return {pid for pid, line in processes_of(data_dir).items() if words in line}


def kill_all(data_dir: Path) -> None:
    """What a power cut does, as far as processes go."""
    while processes := processes_of(data_dir):
        for pid in processes:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def eventually(holds: Callable[[], bool], seconds: float = 15) -> None:
    """Wait until something holds, and fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
