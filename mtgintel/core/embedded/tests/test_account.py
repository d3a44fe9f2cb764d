"""PostgreSQL for whoever starts it: root, root without namespaces, anybody else."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from mtgintel.core import embedded
from mtgintel.core.embedded import TemporaryServers

from .processes import ServerUser, kill_all, processes_of, python_of_nobody

pytestmark = pytest.mark.process

NOBODY = 65534

IS_ROOT = os.geteuid() == 0
PYTHON_OF_NOBODY = python_of_nobody() if IS_ROOT else None
# Only root can be somebody else, so only root's run has more than one.
USERS = {"ourselves": (sys.executable,)}
if PYTHON_OF_NOBODY:
    USERS["an ordinary user"] = PYTHON_OF_NOBODY
ROOTS_WAYS = ["namespace", "unprivileged account"] if IS_ROOT else ["plain"]


@pytest.fixture
def closed_dir() -> Iterator[Path]:
    """A directory that nobody but its owner can enter."""
    with TemporaryDirectory(prefix="mtg-") as directory:
        try:
            yield Path(directory)
        finally:
            kill_all(Path(directory))


@pytest.mark.parametrize("who", USERS)
def test_servers_run_for_a_user_below_a_directory_closed_to_others(
    closed_dir: Path, who: str
) -> None:
    data_dir = closed_dir / "below" / "data"
    data_dir.mkdir(parents=True)
    if who == "an ordinary user":
        for path in (closed_dir, data_dir.parent, data_dir):
            os.chown(path, NOBODY, NOBODY)

    user = ServerUser(data_dir, USERS[who]).ready()
    with psycopg.connect(embedded.database_url(data_dir)) as connection:
        answer = connection.execute("SELECT 1").fetchone()
    user.go()

    assert answer == (1,)
    owner = closed_dir.stat().st_uid
    owners = {path.stat().st_uid for path in (data_dir / "postgres").rglob("*")}
    assert owners == {owner}
    assert processes_of(data_dir) == {}


@pytest.mark.parametrize("way", ROOTS_WAYS)
def test_a_cluster_is_started_again_in_whatever_way_is_left(
    closed_dir: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "unprivileged account":
        programs = closed_dir / "programs"
        programs.mkdir()
        # As in a container that forbids user namespaces.
        (programs / "unshare").write_text("#!/bin/sh\nexit 1\n")
        (programs / "unshare").chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")

    for start in (1, 2):
        user = ServerUser(closed_dir).ready()
        with psycopg.connect(embedded.database_url(closed_dir)) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS starts (n int)")
            connection.execute("INSERT INTO starts VALUES (%s)", [start])
            rows = connection.execute("SELECT n FROM starts ORDER BY n").fetchall()
        user.go()
        assert rows == [(n,) for n in range(1, start + 1)]

    owner = (closed_dir / "postgres" / "data").stat().st_uid
    assert owner == (NOBODY if way == "unprivileged account" else os.geteuid())


def test_temporary_servers_start_and_stop_and_forget(tmp_path: Path) -> None:
    with TemporaryServers(tmp_path) as servers:
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        assert processes_of(tmp_path)
        servers.restart_redis()
    assert processes_of(tmp_path) == {}
    shutil.rmtree(tmp_path)
