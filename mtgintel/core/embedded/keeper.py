"""Runs processes for another process, and ends them when that one is gone.

Started as a file of its own (`python keeper.py '{...}'`), in its own session, and
importing the standard library only, so that it is small, starts at once and hears no
Ctrl-C. It ends its processes and itself when its lifeline breaks, which the operating
system sees to even if its owner is killed outright:

- without "users_lock": when its standard input ends (the owner holds the other end);
- with it: when it can lock that file, that is when the last user has let go of it.

SIGTERM ends it too. A process that ends by itself is started again, later and later
while it keeps failing.

It is told what to do in JSON:
    alive_lock   a file kept locked, and holding our pid, for as long as we run
    users_lock   see above, or null
    events_log   a file for what a person may want to know, or null
    children     [{name, command, cwd, log, important, stop_signal, stop_timeout,
                 start_after, gives_up}, ...]: `important` is a pattern of the log
                 lines that also become events; with `gives_up` we end if it never
                 runs well
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

LONGEST_BACK_OFF = 30.0
# A process that ran for this long was well; its earlier failures are forgotten.
STEADY_AFTER = 60.0
# One that never ran for this long, in as many attempts, may be given up.
WELL_AFTER = 5.0
ATTEMPTS = 3
POLL_INTERVAL = 0.2
KEEPERS_MARK = "--- "
LARGEST_LOG = 5_000_000
PR_SET_PDEATHSIG = 1


class Log:
    """A log file that starts afresh when it gets large; the last one is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._turn = threading.Lock()
        self._open()

    def write(self, line: str) -> None:
        with self._turn:
            if self._file.tell() > LARGEST_LOG:
                self._file.close()
                self.path.replace(f"{self.path}.1")
                self._open()
            self._file.write(line)
            self._file.flush()

    def _open(self) -> None:
        # Open as long as the keeper runs.
        self._file = self.path.open("a", encoding="utf-8", errors="replace")
        self._file.seek(0, os.SEEK_END)


class Events:
    """Lines for the person at the terminal, written by several keepers at once."""

    def __init__(self, path: str | None) -> None:
        self.path = Path(path) if path else None

    def say(self, line: str) -> None:
        if self.path:
            with self.path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(line.rstrip("\n") + "\n")


class Child:
    """One process that is to run until the keeper ends."""

    def __init__(self, told: dict[str, Any], events: Events) -> None:
        self.name: str = told["name"]
        self.command: list[str] = told["command"]
        self.cwd: str = told["cwd"]
        self.stop_signal = signal.Signals[told["stop_signal"]]
        self.stop_timeout: float = told["stop_timeout"]
        self.important = re.compile(told["important"])
        self.log = Log(Path(told["log"]))
        self.events = events
        self.process: subprocess.Popen[bytes] | None = None
        self.gives_up: bool = told["gives_up"]
        self.was_well = False
        self.failures = 0
        self.started_at = 0.0
        self.start_at = time.monotonic() + told["start_after"]

    def look_after(self) -> None:
        """Start the process when it is due, and notice when it has ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self._start(now)
        elif self.process.poll() is not None:
            self._ended(self.process, now)

    @property
    def is_hopeless(self) -> bool:
        return self.gives_up and not self.was_well and self.failures >= ATTEMPTS

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)

    def finish(self, deadline: float) -> None:
        """Wait for the process to stop, and use force when it does not."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._note(f"{self.name} did not stop in time and is killed")
        kill_group(self.process.pid)
        self.process.wait()

    def _start(self, now: float) -> None:
        self.started_at = now
        self.process = subprocess.Popen(
            self.command,
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Unsafe only if another thread could hold a lock that it needs; ours wait
            # in system calls.
            preexec_fn=die_with_parent(self.stop_signal),  # noqa: PLW1509
        )
        output = self.process.stdout
        threading.Thread(target=self._copy, args=(output,), daemon=True).start()

    def _ended(self, process: subprocess.Popen[bytes], now: float) -> None:
        kill_group(process.pid)
        self.was_well |= now - self.started_at > WELL_AFTER
        if now - self.started_at > STEADY_AFTER:
            self.failures = 0
        delay = min(LONGEST_BACK_OFF, 2.0**self.failures / 2)
        self.failures += 1
        self.start_at = now + delay
        self.process = None
        self._note(
            f"{self.name} ended ({describe(process.returncode)}) and is started again "
            f"in {delay:g} s; its log is {self.log.path}"
        )

    def _note(self, line: str) -> None:
        self.log.write(f"{KEEPERS_MARK}{line}\n")
        self.events.say(line)

    def _copy(self, output: IO[bytes]) -> None:
        for raw in output:
            line = raw.decode("utf-8", "replace")
            self.log.write(line)
            if self.important.search(line):
                self.events.say(f"{self.name}: {line}")


def kill_group(leader: int) -> None:
    """Kill what is left of a process's own session, such as its pool of workers."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def describe(returncode: int) -> str:
    if returncode < 0:
        return f"killed by {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"


def die_with_parent(stop_signal: signal.Signals) -> Any:
    """What a child does first on Linux, so that it does not outlive a killed keeper."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, int(stop_signal))


def wait_for_end(users_lock: str | None) -> None:
    """Return when the lifeline is broken."""
    if users_lock is None:
        sys.stdin.buffer.read()
        return
    descriptor = os.open(users_lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def hold(alive_lock: str) -> None:
    """Lock the file that says we run, and put our pid in it.

    The descriptor stays open on purpose: the lock ends with this process.
    """
    descriptor = os.open(alive_lock, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())


def main(told: dict[str, Any]) -> None:
    # A pipe, since a signal handler must not touch a lock that the loop may hold.
    end_noticed, end = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(end, b"."))
    hold(told["alive_lock"])

    def watch_lifeline() -> None:
        wait_for_end(told["users_lock"])
        os.write(end, b".")

    threading.Thread(target=watch_lifeline, daemon=True).start()
    events = Events(told["events_log"])
    children = [Child(each, events) for each in told["children"]]
    ending = False
    while not ending:
        for child in children:
            child.look_after()
        told_to_end = bool(select.select([end_noticed], [], [], POLL_INTERVAL)[0])
        ending = told_to_end or any(child.is_hopeless for child in children)
    now = time.monotonic()
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.finish(now + child.stop_timeout)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
