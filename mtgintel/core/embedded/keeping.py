"""Starting keepers (keeper.py) and stopping them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import EmbeddedError
from .locking import is_locked, pid_in

KEEPER = Path(__file__).with_name("keeper.py")
EVENTS_LOG = "events.log"


@dataclass(frozen=True)
class Kept:
    """A process for a keeper to run."""

    name: str
    command: list[str]
    log: str
    important: str
    stop_signal: str
    stop_timeout: float
    cwd: str = "/"
    # Seconds until it is first started.
    start_after: float = 0.0
    # Whether its keeper ends when the process has never run well.
    gives_up: bool = False


def start_keeper(
    children: Sequence[Kept],
    *,
    alive_lock: Path,
    users_lock: Path | None,
    events_log: Path | None,
    pass_fds: Sequence[int] = (),
    environment: dict[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a keeper; without `users_lock` it ends when its stdin is closed."""
    told = {
        "alive_lock": str(alive_lock),
        "users_lock": str(users_lock) if users_lock else None,
        "events_log": str(events_log) if events_log else None,
        "children": [asdict(child) for child in children],
    }
    return subprocess.Popen(
        [sys.executable, "-S", "-E", str(KEEPER), json.dumps(told)],
        stdin=subprocess.DEVNULL if users_lock else subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=pass_fds,
        env=environment,
        cwd="/",
    )


def end_of_life(keeper: subprocess.Popen[bytes]) -> None:
    """Let go of a keeper that has no `users_lock`, and wait until it has ended."""
    if keeper.stdin is not None:
        keeper.stdin.close()
    keeper.wait()


def stop_keeper(alive_lock: Path, timeout: float) -> None:
    """Tell a keeper to end its processes, and wait until it has.

    Raises EmbeddedError when it is still there after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    told = False
    while is_locked(alive_lock):
        pid = pid_in(alive_lock)
        if pid and not told:
            os.kill(pid, signal.SIGTERM)
            told = True
        if time.monotonic() > deadline:
            raise EmbeddedError(f"Process {pid} does not stop: end it by hand.")
        time.sleep(0.02)
