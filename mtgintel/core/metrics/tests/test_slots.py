"""What processes count is added up across forks, restarts, kills and containers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[4]
# Counts, says so, and waits to be told to end.
COUNTER = """
import os, sys
import django
django.setup()
from mtgintel.core.metrics.counted import CACHE_LOOKUPS, REQUEST_SECONDS, SOCKETS
CACHE_LOOKUPS.labels("hit").inc(int(sys.argv[1]))
REQUEST_SECONDS.labels("GET", "home").observe(0.02)
SOCKETS.set(7)
print("counted", flush=True)
if len(sys.argv) > 2:
    for _ in range(2):
        if os.fork() == 0:
            CACHE_LOOKUPS.labels("hit").inc(100)
            os._exit(0)
    os.wait(), os.wait()
    CACHE_LOOKUPS.labels("hit").inc()
    print("forked", flush=True)
sys.stdin.read()
"""
TELL = """
import django
django.setup()
from prometheus_client import CollectorRegistry, generate_latest
from mtgintel.core.metrics.exposition import Counted
registry = CollectorRegistry()
registry.register(Counted())
print(generate_latest(registry).decode())
"""


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "mtgintel.settings.test",
        "METRICS_DIR": str(tmp_path / "metrics"),
    }


@pytest.fixture
def start(environment):
    """Starts a process that counts; returns it once it has."""
    started = []

    def begin(count: int, *more: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", COUNTER, str(count), *more],
            cwd=CHECKOUT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        for _ in ("counted", *more):
            process.stdout.readline()
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def told(environment):
    """Returns {sample: value}, as another process tells them."""

    def ask() -> dict[str, float]:
        said = subprocess.run(
            [sys.executable, "-c", TELL],
            cwd=CHECKOUT,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        return {
            name: float(value)
            for name, value in re.findall(
                r"^(\w+(?:\{.*\})?) (\S+)$", said, re.MULTILINE
            )
        }

    return ask


HITS = 'mtgintel_cache_lookups_total{outcome="hit"}'
SEEN = 'mtgintel_http_request_duration_seconds_count{method="GET",route="home"}'


def files(environment) -> int:
    return len(list(Path(environment["METRICS_DIR"]).glob("counter_*.db")))


def test_processes_are_added_up(start, told):
    start(3), start(4)
    found = told()
    assert (found[HITS], found[SEEN], found["mtgintel_live_sockets"]) == (7, 2, 14)


def test_counts_outlive_their_processes_and_what_is_open_does_not(
    start, told, environment
):
    ended, killed = start(3), start(4)
    ended.terminate()
    ended.wait()
    killed.send_signal(signal.SIGKILL)
    killed.wait()

    found = told()
    assert (found[HITS], found[SEEN]) == (7, 2)
    assert found["mtgintel_live_sockets"] == 0

    start(10)
    found = told()
    assert (found[HITS], found["mtgintel_live_sockets"]) == (17, 7)
    # The slots of those that ended are used again.
    assert files(environment) == 2


def test_a_fork_counts_for_itself(start, told):
    start(3, "forked")
    found = told()
    assert (found[HITS], found["mtgintel_live_sockets"]) == (204, 7)


ON_A_FULL_DISK = """
import errno, os
import django
django.setup()
from mtgintel.core.metrics.counted import CACHE_LOOKUPS
CACHE_LOOKUPS.labels("hit").inc(5)
def fail(*_):
    raise OSError(errno.ENOSPC, "full")
os.posix_fallocate = fail
if os.fork() == 0:
    CACHE_LOOKUPS.labels("hit").inc(100)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_a_fork_that_has_no_room_for_its_counts_goes_on_without(environment, told):
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "0"
    assert "this process's metrics are lost" in done.stderr
    assert told()[HITS] == 5


def test_a_damaged_file_is_dropped_and_the_others_are_told(start, told, environment):
    start(3)
    damaged = Path(environment["METRICS_DIR"]) / "counter_77.db"
    damaged.write_bytes(b"\x00\x10\x00\x00\x00\x00\x00\x00\xff\xff\xff\x7f" + bytes(9))
    assert told()[HITS] == 3
    assert not damaged.exists()


def test_without_a_directory_a_process_tells_of_itself(told, environment):
    environment["METRICS_DIR"] = "/proc/nowhere"
    assert told()["mtgintel_live_sockets"] == 0
