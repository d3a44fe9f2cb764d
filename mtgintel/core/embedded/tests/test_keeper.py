"""The process that keeps others running and ends them with its owner."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtgintel.core.embedded.keeper import LARGEST_LOG, Log, describe
from mtgintel.core.embedded.keeping import Kept, end_of_life, start_keeper
from mtgintel.core.embedded.locking import is_locked

from .processes import eventually, kill_all, processes_of

pytestmark = pytest.mark.process


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    kill_all(tmp_path)


def keep(
    directory: Path, script: str, *, stop_timeout: float = 10, gives_up: bool = False
) -> subprocess.Popen[bytes]:
    """A keeper of one process, a shell script that knows its directory as $0."""
    child = Kept(
        name="child",
        command=["/bin/sh", "-c", script, str(directory)],
        log=str(directory / "child.log"),
        important="ERROR",
        stop_signal="SIGTERM",
        stop_timeout=stop_timeout,
        gives_up=gives_up,
    )
    return start_keeper(
        [child],
        alive_lock=directory / "alive",
        users_lock=None,
        events_log=directory / "events.log",
    )


def test_a_process_that_fails_is_started_again_later_and_later(
    directory: Path,
) -> None:
    keeper = keep(directory, 'echo started >> "$0/starts"; exit 3')

    eventually(lambda: lines(directory / "events.log", at_least=3))
    end_of_life(keeper)

    said = (directory / "events.log").read_text().splitlines()[:3]
    log = directory / "child.log"
    assert said == [
        f"child ended (exit code 3) and is started again in {delay} s; its log is {log}"
        for delay in ("0.5", "1", "2")
    ]


def test_a_process_that_never_runs_well_can_be_given_up(directory: Path) -> None:
    keeper = keep(directory, "exit 3", gives_up=True)

    keeper.wait(timeout=15)

    assert len((directory / "events.log").read_text().splitlines()) == 3


def test_the_important_lines_of_a_log_are_events_too(directory: Path) -> None:
    keeper = keep(directory, "echo one; echo ERROR two >&2; exec sleep 60")

    eventually(lambda: lines(directory / "events.log", at_least=1))
    end_of_life(keeper)

    assert (directory / "child.log").read_text() == "one\nERROR two\n"
    assert (directory / "events.log").read_text() == "child: ERROR two\n"


def test_the_whole_family_of_a_process_ends_with_the_owner(directory: Path) -> None:
    script = 'sh -c "sleep 60; : $0" & sh -c "sleep 60; : $0"; : '
    program = (
        "import sys, time; from pathlib import Path;"
        "from mtgintel.core.embedded.tests.test_keeper import keep;"
        "keeper = keep(Path(sys.argv[1]), sys.argv[2]); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program, str(directory), script],
        cwd=Path(__file__).parents[4],
        env=os.environ | {"PYTHONPATH": "."},
    )
    eventually(lambda: len(processes_of(directory)) >= 5)

    owner.kill()
    owner.wait()

    eventually(lambda: processes_of(directory) == {})


def test_a_process_that_does_not_stop_is_killed(directory: Path) -> None:
    script = 'trap "" TERM; touch "$0/deaf"; while :; do sleep 1; done'
    keeper = keep(directory, script, stop_timeout=0.5)
    eventually((directory / "deaf").exists)

    end_of_life(keeper)

    assert processes_of(directory) == {}
    said = (directory / "events.log").read_text()
    assert said == "child did not stop in time and is killed\n"


def test_a_keeper_is_known_by_its_lock(directory: Path) -> None:
    keeper = keep(directory, "exec sleep 60")
    eventually(lambda: is_locked(directory / "alive"))

    assert (directory / "alive").read_text() == str(keeper.pid)
    end_of_life(keeper)
    assert not is_locked(directory / "alive")


def test_a_log_starts_afresh_when_it_is_large(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    log = Log(path)

    log.write("x" * LARGEST_LOG + "\n")
    log.write("first of the next\n")
    log.write("second of the next\n")

    assert path.read_text() == "first of the next\nsecond of the next\n"
    assert (tmp_path / "web.log.1").stat().st_size == LARGEST_LOG + 1


@pytest.mark.parametrize(
    ("returncode", "words"), [(0, "exit code 0"), (-9, "killed by SIGKILL")]
)
def test_how_a_process_ended_is_said_in_words(returncode: int, words: str) -> None:
    assert describe(returncode) == words


def lines(path: Path, *, at_least: int) -> bool:
    return path.exists() and len(path.read_text().splitlines()) >= at_least
