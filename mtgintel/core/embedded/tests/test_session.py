"""Servers shared by processes that come, go and are killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import redis

from mtgintel.core import embedded
from mtgintel.core.embedded import EmbeddedError
from mtgintel.core.embedded.paths import DataPaths
from mtgintel.core.embedded.session import in_use, servers_in_use, wanted_servers
from mtgintel.core.embedded.valkey import Valkey

from .processes import (
    ServerUser,
    eventually,
    kill_all,
    pids_running,
    processes_of,
)

pytestmark = pytest.mark.process

# How a server's own command line reads, and none of its keeper's.
POSTMASTER = "bin/postgres -D "
VALKEY = "valkey-server unixsocket:"


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A directory with a short path: pytest's own are too deep for a socket."""
    with TemporaryDirectory(prefix="mtg-") as directory:
        try:
            yield Path(directory)
        finally:
            kill_all(Path(directory))


def test_servers_run_for_the_duration_of_their_user(data_dir: Path) -> None:
    user = ServerUser(data_dir).ready()
    answers = (query(data_dir, "SELECT 1"), redis_of(data_dir).ping())
    user.go()

    assert answers == (1, True)
    assert processes_of(data_dir) == {}


def test_a_second_user_keeps_the_servers_of_the_first(data_dir: Path) -> None:
    first = ServerUser(data_dir).ready()
    server = pids_running(data_dir, POSTMASTER)
    second = ServerUser(data_dir).ready()

    first.go()

    assert query(data_dir, "SELECT 1") == 1
    assert pids_running(data_dir, POSTMASTER) == server
    second.go()
    assert processes_of(data_dir) == {}


def test_users_that_come_together_share_one_server(data_dir: Path) -> None:
    users = [ServerUser(data_dir) for _ in range(4)]

    for user in users:
        user.ready()

    assert len(pids_running(data_dir, POSTMASTER)) == 1
    assert len(pids_running(data_dir, VALKEY)) == 1
    for user in users:
        user.go()
    assert processes_of(data_dir) == {}


def test_a_user_that_comes_while_the_servers_stop_has_new_ones(data_dir: Path) -> None:
    for _ in range(3):
        leaving = ServerUser(data_dir).ready()
        leaving.process.stdin.close()
        coming = ServerUser(data_dir).ready()
        assert query(data_dir, "SELECT 1") == 1
        leaving.process.wait()
        assert query(data_dir, "SELECT 1") == 1
        coming.go()
    assert processes_of(data_dir) == {}


def test_a_killed_user_leaves_no_server_behind(data_dir: Path) -> None:
    user = ServerUser(data_dir).ready()

    user.kill()

    eventually(lambda: processes_of(data_dir) == {})
    log = (data_dir / "logs" / "postgres.log").read_text()
    assert log.rstrip().endswith("database system is shut down")


def test_a_killed_user_does_not_stop_the_servers_of_another(data_dir: Path) -> None:
    first = ServerUser(data_dir).ready()
    second = ServerUser(data_dir).ready()

    first.kill()

    assert query(data_dir, "SELECT 1") == 1
    second.go()
    assert processes_of(data_dir) == {}


@pytest.mark.parametrize(
    ("name", "words"), [("postgres", POSTMASTER), ("valkey", VALKEY)]
)
def test_a_killed_server_is_started_again_and_its_log_says_so(
    data_dir: Path, name: str, words: str
) -> None:
    user = ServerUser(data_dir).ready()
    (server,) = pids_running(data_dir, words)

    os.kill(server, signal.SIGKILL)

    eventually(lambda: pids_running(data_dir, words) - {server} != set())
    eventually(lambda: serves(data_dir))
    log = data_dir / "logs" / f"{name}.log"
    line = f"{name} ended (killed by SIGKILL) and is started again in 0.5 s"
    assert log.read_text().count(f"--- {line}") == 1
    assert line in (data_dir / "logs" / "events.log").read_text()
    user.go()


def test_nothing_committed_is_lost_when_everything_is_killed(data_dir: Path) -> None:
    ServerUser(data_dir).ready()
    query(data_dir, "CREATE TABLE kept AS SELECT generate_series(1, 20000) AS n")
    redis_of(data_dir).set("queued", "task")
    with psycopg.connect(embedded.database_url(data_dir)) as connection:
        connection.execute("INSERT INTO kept SELECT -1 FROM generate_series(1, 50)")
        # The append-only file is synced every second; written it is at once.
        kill_all(data_dir)
        with pytest.raises(psycopg.OperationalError):
            connection.commit()

    user = ServerUser(data_dir).ready()

    assert query(data_dir, "SELECT count(*) FROM kept") == 20_000
    assert query(data_dir, "SELECT count(*) FROM kept WHERE n = -1") == 0
    assert redis_of(data_dir).get("queued") == b"task"
    user.go()


def test_a_pid_file_that_names_a_living_stranger_is_no_hindrance(
    data_dir: Path,
) -> None:
    ServerUser(data_dir).ready()
    kill_all(data_dir)
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    # What a reboot does: the number belongs to somebody else now.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    user = ServerUser(data_dir).ready()

    assert query(data_dir, "SELECT 1") == 1
    user.go()


def test_a_server_that_lost_its_keeper_is_replaced(data_dir: Path) -> None:
    ServerUser(data_dir).ready()
    query(data_dir, "CREATE TABLE kept AS SELECT 1 AS n")
    for keeper in pids_running(data_dir, "keeper.py"):
        os.kill(keeper, signal.SIGKILL)

    user = ServerUser(data_dir).ready()

    assert query(data_dir, "SELECT n FROM kept") == 1
    assert len(pids_running(data_dir, POSTMASTER)) == 1
    user.go()


def test_data_of_another_major_version_is_one_sentence(data_dir: Path) -> None:
    cluster = data_dir / "postgres" / "data"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("16\n")
    (postgres,) = wanted_servers(data_dir, database=True, redis=False)

    with pytest.raises(EmbeddedError) as caught, in_use(postgres):
        pass

    assert str(caught.value) == (
        f"{cluster} holds data of PostgreSQL 16, and this version brings PostgreSQL "
        "18: move that directory away to start anew, or dump it with PostgreSQL 16 "
        "first and load the dump afterwards."
    )
    assert [each.name for each in cluster.iterdir()] == ["PG_VERSION"]
    assert processes_of(data_dir) == {}


def test_a_server_that_does_not_start_says_its_last_words(data_dir: Path) -> None:
    cluster = data_dir / "postgres" / "data"
    with servers_in_use(wanted_servers(data_dir, database=True, redis=False)):
        pass
    (cluster / "global" / "pg_control").unlink()
    (postgres,) = wanted_servers(data_dir, database=True, redis=False)

    with pytest.raises(EmbeddedError) as caught, in_use(postgres):
        pass

    control = cluster / "global" / "pg_control"
    assert str(caught.value) == (
        f'PostgreSQL did not start (but could not open file "{control}": No such file '
        f"or directory): more is in {data_dir}/logs/postgres.log."
    )
    eventually(lambda: processes_of(data_dir) == {})


def test_too_little_space_starts_nothing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTGINTEL_MIN_FREE_MB", str(10**9))

    with pytest.raises(EmbeddedError, match="1000000000 MB are needed"):
        in_use(Valkey(DataPaths(data_dir))).__enter__()

    assert {each.name for each in data_dir.iterdir()} == {"run", "logs"}


def test_the_settings_of_both_servers_are_as_meant(data_dir: Path) -> None:
    user = ServerUser(data_dir).ready()
    url = embedded.database_url(data_dir)
    with psycopg.connect(url) as connection:
        wanted = {
            "fsync": "on",
            "synchronous_commit": "on",
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "jit": "off",
            "shared_buffers": "256MB",
            "work_mem": "64MB",
            "max_wal_size": "4GB",
            "TimeZone": "UTC",
        }
        found = {
            name: connection.execute(f"SHOW {name}").fetchone()[0] for name in wanted
        }
        database = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    server = redis_of(data_dir)
    policy = {
        name: server.config_get(name)[name]
        for name in ("port", "appendonly", "appendfsync", "maxmemory-policy")
    }
    user.go()

    assert found == wanted
    assert database == ("b", "C.UTF-8", "UTF8")
    assert policy == {
        "port": "0",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
    }


def query(data_dir: Path, sql: str) -> object:
    """Run one statement in a transaction of its own; its first value if it has one."""
    with psycopg.connect(embedded.database_url(data_dir)) as connection:
        cursor = connection.execute(sql)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def redis_of(data_dir: Path) -> redis.Redis:
    return redis.Redis.from_url(embedded.redis_url(data_dir))


def serves(data_dir: Path) -> bool:
    try:
        return query(data_dir, "SELECT 1") == 1 and bool(redis_of(data_dir).ping())
    except (psycopg.OperationalError, redis.ConnectionError):
        return False
