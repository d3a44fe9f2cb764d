"""`make run` as a newcomer meets it: it starts, serves, survives and stops."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mtgintel.core.embedded.tests.processes import (
    CHECKOUT,
    environment,
    eventually,
    kill_all,
    pids_running,
    processes_of,
)
from tests.patience import within

pytestmark = pytest.mark.process

SUPERVISOR = "-m mtgintel.core.embedded"
WEB, WORKER, BEAT = "-m mtgintel.core.live.server", "mtgintel worker", "mtgintel beat"
# Seconds, with the machine to itself.
FIRST_START_LIMIT = 60
LATER_START_LIMIT = 10


@dataclass
class Run:
    """One `make run`."""

    process: subprocess.Popen[str]
    data_dir: Path
    url: str
    said: list[str]

    def until_ready(self) -> float:
        """Read what it says up to its greeting; the seconds that took."""
        started = time.monotonic()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("Ctrl-C stops everything"):
                return time.monotonic() - started
        raise AssertionError("".join(self.said))

    def get(self, path: str) -> int:
        try:
            address = self.url + path
            with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def serves(self) -> bool:
        try:
            return self.get("/api/health/ready") == 200
        except OSError:
            return False

    def pids(self, words: str) -> set[int]:
        """The processes with these words in their command line, once there are any."""
        eventually(lambda: pids_running(self.data_dir, words) != set())
        return pids_running(self.data_dir, words)

    def stop(self) -> str:
        """Ask it to stop, as `kill` does; what it says from then on."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate(timeout=60)[0]


def make_run(data_dir: Path, port: int, **more: str) -> subprocess.Popen[str]:
    """Start it on the packages that run these tests, without installing any."""
    return subprocess.Popen(
        [
            *("make", "--silent", "run", f"VENV={sys.prefix}"),
            f"--assume-old={sys.prefix}/.installed-for-running",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=CHECKOUT,
        env=environment(data_dir, PORT=str(port), **more),
    )


def start(data_dir: Path, port: int) -> Run:
    process = make_run(data_dir, port)
    return Run(process, data_dir, f"http://127.0.0.1:{port}", [])


def refused(data_dir: Path, port: int, **more: str) -> str:
    """What a start says that cannot be; it fails, and shows no traceback."""
    process = make_run(data_dir, port, **more)
    said, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in said
    return said


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A data directory that has had its first start. Its path is short: see paths."""
    with TemporaryDirectory(prefix="mtg-run-") as directory:
        try:
            yield Path(directory) / "data"
        finally:
            kill_all(Path(directory))


@pytest.fixture(scope="module")
def first_start(data_dir: Path) -> float:
    """The seconds until the first start was ready, stopped again since."""
    run = start(data_dir, free_port())
    seconds = run.until_ready()
    assert run.stop().splitlines() == ["Stopping ...", "Stopped."]
    return seconds


@pytest.fixture(scope="module")
def runs(data_dir: Path, first_start: float) -> Iterator[list[Run]]:
    """The runs so far, of which the last may still be going."""
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.stop()


@pytest.fixture
def running(runs: list[Run], data_dir: Path) -> Run:
    """A run that is going: the last test's, unless that one stopped it."""
    if not runs or runs[-1].process.poll() is not None:
        runs.append(start(data_dir, free_port()))
        runs[-1].until_ready()
    return runs[-1]


def test_the_first_start_is_ready_in_time(first_start: float, data_dir: Path) -> None:
    assert within(first_start, FIRST_START_LIMIT)
    assert processes_of(data_dir) == {}


def test_a_later_start_is_ready_sooner(first_start: float, data_dir: Path) -> None:
    assert first_start
    seconds = []
    # The better of two: the machine may be busy with something else.
    for _ in range(2):
        run = start(data_dir, free_port())
        seconds.append(run.until_ready())
        run.stop()

    assert within(min(seconds), LATER_START_LIMIT)


def test_it_serves_and_says_where_and_how_to_go_on(running: Run) -> None:
    greeting = "".join(running.said)

    assert running.get("/api/health/ready") == 200
    assert running.get("/admin/login/") == 200
    assert running.get("/static/admin/css/base.css") == 200
    assert f"{running.url}/admin/  user admin" in greeting
    assert "`make ingest`" in greeting
    password = (running.data_dir / "admin-password").read_text().strip()
    # What we read is no terminal, and may be kept by somebody.
    assert password not in greeting


def test_the_admin_password_is_random_private_and_right(running: Run) -> None:
    file = running.data_dir / "admin-password"
    password = file.read_text().strip()
    check = (
        "import sys; from django.contrib.auth.models import User;"
        "user = User.objects.get(username='admin');"
        f"is_right = user.check_password({password!r}) and user.is_superuser;"
        "sys.stdout.write(str(is_right))"
    )

    said = manage(running, "shell", "--no-imports", "-c", check)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(password) >= 40
    assert said == "True"


def test_a_command_uses_the_running_servers_and_leaves_them_running(
    running: Run,
) -> None:
    before = pids_running(running.data_dir, "bin/postgres -D ")

    manage(running, "showmigrations", "cards")

    assert pids_running(running.data_dir, "bin/postgres -D ") == before
    assert running.serves()


@pytest.mark.parametrize(
    ("name", "words"), [("web", WEB), ("worker", WORKER), ("beat", BEAT)]
)
def test_a_process_that_is_killed_is_started_again(
    running: Run, name: str, words: str
) -> None:
    before = running.pids(words)

    for pid in before:
        os.kill(pid, signal.SIGKILL)

    eventually(lambda: bool(pids_running(running.data_dir, words) - before))
    eventually(running.serves, 30)
    log = (running.data_dir / "logs" / f"{name}.log").read_text()
    assert f"--- {name} ended (killed by SIGKILL) and is started again" in log


@pytest.mark.parametrize("victim", ["make", "supervisor"])
def test_killing_what_started_everything_leaves_no_process(
    running: Run, victim: str
) -> None:
    if victim == "make":
        pid = running.process.pid
    else:
        (pid,) = pids_running(running.data_dir, SUPERVISOR)

    os.kill(pid, signal.SIGKILL)

    running.process.wait()
    eventually(lambda: processes_of(running.data_dir) == {}, 30)
    log = (running.data_dir / "logs" / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


def test_it_starts_again_after_everything_was_killed(running: Run) -> None:
    kept = manage(running, "shell", "--no-imports", "-c", COUNT_ADMINS)
    kill_all(running.data_dir)

    again = start(running.data_dir, free_port())
    seconds = again.until_ready()

    assert manage(again, "shell", "--no-imports", "-c", COUNT_ADMINS) == kept == "1"
    again.stop()
    assert seconds < 2 * LATER_START_LIMIT


def test_the_terminal_shows_that_a_process_was_started_again(running: Run) -> None:
    for beat in running.pids(BEAT):
        os.kill(beat, signal.SIGKILL)
    events = running.data_dir / "logs" / "events.log"
    eventually(lambda: "beat ended" in events.read_text())

    said = running.stop()

    assert "\nbeat ended (killed by SIGKILL) and is started again in" in "\n" + said


def test_ctrl_c_stops_everything_in_order(running: Run) -> None:
    (pid,) = pids_running(running.data_dir, SUPERVISOR)

    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGINT)

    said, _ = running.process.communicate(timeout=60)
    assert said.splitlines()[-2:] == ["Stopping ...", "Stopped."]
    assert running.process.returncode == 0
    assert processes_of(running.data_dir) == {}
    events = (running.data_dir / "logs" / "events.log").read_text()
    # Nobody lost a server that was still needed.
    assert "ERROR" not in events


def test_a_second_one_on_the_same_data_is_refused(running: Run) -> None:
    (pid,) = pids_running(running.data_dir, SUPERVISOR)

    said = refused(running.data_dir, free_port())

    assert said.splitlines()[0] == (
        f"The data directory {running.data_dir} is already served at {running.url} by "
        f"process {pid}: stop that one with Ctrl-C (or `kill {pid}`), or set "
        "MTGINTEL_DATA_DIR and PORT to have a second one."
    )
    assert running.serves()


def test_a_busy_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = refused(tmp_path, port)

    assert said.startswith(f"Port {port} on 127.0.0.1 is busy: stop what uses it, or ")


def test_a_data_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    said = refused(tmp_path / "file" / "data", free_port())

    assert said.startswith(
        f"The data directory {tmp_path}/file/data cannot be written (Not a directory): "
    )


def test_a_disk_that_is_too_full_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, free_port(), MTGINTEL_MIN_FREE_MB=str(10**9))

    assert f"MB are free for the data directory {tmp_path}, and at least" in said


def test_data_of_another_postgresql_is_refused(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres" / "data"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("17\n")

    said = refused(tmp_path, free_port())

    assert f"{cluster} holds data of PostgreSQL 17, and this version brings" in said
    assert processes_of(tmp_path) == {}


COUNT_ADMINS = (
    "import sys; from django.contrib.auth.models import User;"
    "sys.stdout.write(str(User.objects.filter(is_superuser=True).count()))"
)


def manage(run: Run, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=environment(run.data_dir),
        check=True,
    ).stdout
