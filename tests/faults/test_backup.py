"""A backup comes back as it was, or not at all."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from mtgintel.core.backup import LEFT_OUT
from mtgintel.core.embedded import TemporaryServers
from mtgintel.core.embedded.tests.processes import CHECKOUT, environment
from tests.faults import state
from tests.faults.processes import Fault, Session, Workshop

pytestmark = pytest.mark.process

_TABLES = """
    SELECT quote_ident(nspname) || '.' || quote_ident(relname)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname IN ('public', 'timescale_compat') AND relkind IN ('r', 'p')
    ORDER BY 1
"""
_CHECKSUM = """
    SELECT count(*), md5(string_agg(line, E'\\n' ORDER BY line COLLATE "C"))
    FROM (SELECT to_jsonb(one)::text AS line FROM {} one) lines
"""
# What tables look like, and what runs by itself.
_SHAPE = """
    SELECT relname, relkind::text, pg_get_expr(relpartbound, oid)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname, 'function', prosrc FROM pg_proc
    WHERE pronamespace IN (
        SELECT oid FROM pg_namespace WHERE nspname IN ('public', 'timescale_compat')
    )
    UNION ALL SELECT conname, contype::text, pg_get_constraintdef(oid)
    FROM pg_constraint
    UNION ALL SELECT sequencename, 'next', last_value::text FROM pg_sequences
    ORDER BY 1, 2, 3
"""
SESSION = (
    "INSERT INTO django_session VALUES ('of-somebody', 'signed in', now() + '1 day')"
)


def everything(session: Session) -> dict[str, object]:
    """Every table's rows and checksum, and the shape of them all."""
    tables = [name for (name,) in session.execute(_TABLES).fetchall()]
    rows = {name: session.execute(_CHECKSUM.format(name)).fetchone() for name in tables}
    return {**rows, "shape": session.execute(_SHAPE).fetchall()}


@pytest.fixture(scope="module")
def backup(workshop: Workshop, tmp_path_factory) -> Iterator[tuple[Path, dict]]:
    """A backup of the market, and what it is of."""
    with workshop.database() as name:
        with workshop.session(name) as session:
            session.execute(SESSION)
            was = everything(session)
        said = made(workshop, name, tmp_path_factory.mktemp("backups"))
        assert was["public.django_session"][0] == 1
        was["public.django_session"] = (0, None)
        yield said, was


def made(workshop: Workshop, name: str, directory: Path) -> Path:
    said = workshop.manage(name, "backup", directory).succeed()
    (where,) = directory.iterdir()
    assert said.startswith(f"{where}: ")
    return where


@pytest.fixture
def empty(workshop: Workshop) -> Iterator[str]:
    """The name of a database that nothing is in."""
    with workshop.session() as session:
        session.execute("CREATE DATABASE nothing")
    yield "nothing"
    with workshop.session() as session:
        session.execute("DROP DATABASE nothing WITH (FORCE)")


@contextmanager
def copied(backup: Path, to: Path) -> Iterator[Path]:
    """A copy to be damaged; nothing of it is written back."""
    copy = to / backup.name
    copy.mkdir()
    for file in backup.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    yield copy


def test_it_comes_back_whole_on_an_empty_server(backup, tmp_path):
    where, was = backup

    with TemporaryServers(tmp_path) as servers:
        told = environment(
            tmp_path / "data",
            DATABASE_URL=servers.database_url,
            REDIS_URL=servers.redis_url,
        )
        done = subprocess.run(
            [sys.executable, "manage.py", "restore", where],
            cwd=CHECKOUT,
            env=told,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        with psycopg.connect(servers.database_url) as session:
            assert everything(session) == was
            assert session.execute(
                "SELECT count(*) > 0 FROM price_snapshots"
            ).fetchone() == (True,)

    assert done.stdout.startswith("Restored: the database of 20")
    assert "migrate" not in done.stdout


def test_what_is_restored_goes_on(backup, workshop, empty, prices):
    """An ingest into the restored database is the same as into the first."""
    where, _ = backup
    workshop.manage(empty, "restore", where).succeed()
    workshop.manage(empty, "ingest", "mtgjson", "--prices", prices).succeed()

    expected = workshop.undisturbed("mtgjson", "--prices", prices)
    with workshop.session(empty) as session:
        assert state.state(session) == expected


def test_it_is_made_for_its_owner_only_and_says_what_is_left_out(backup):
    where, _ = backup
    assert re.fullmatch(r"mtgintel-\d{8}T\d{6}Z", where.name)
    assert where.stat().st_mode & 0o777 == 0o700
    assert sorted(one.name for one in where.iterdir()) == [
        "database.dump",
        "manifest.json",
    ]
    assert json.loads((where / "manifest.json").read_text())["left_out"] == LEFT_OUT


def _cut(copy: Path) -> str:
    dump = copy / "database.dump"
    os.truncate(dump, dump.stat().st_size // 2)
    return "database.dump is damaged: it has "


def _altered(copy: Path) -> str:
    dump = copy / "database.dump"
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(content)
    return "database.dump is damaged: it has "


def _half_a_manifest(copy: Path) -> str:
    manifest = copy / "manifest.json"
    os.truncate(manifest, manifest.stat().st_size // 2)
    return "manifest.json is damaged ("


def _without_manifest(copy: Path) -> str:
    """What a copy is until it is finished."""
    (copy / "manifest.json").unlink()
    return "is no finished backup: manifest.json is missing."


def _without_dump(copy: Path) -> str:
    (copy / "database.dump").unlink()
    return "is no finished backup: database.dump is missing."


def _told(copy: Path, **changes: object) -> None:
    path = copy / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _of_a_newer_release(copy: Path) -> str:
    _told(copy, release="9.0.0", migrations=["cards.0001_initial", "cards.9999_later"])
    return "(migration cards.9999_later): restore it with that release."


def _of_a_newer_server(copy: Path) -> str:
    _told(copy, server_major=99)
    return "The backup is of PostgreSQL 99 and the server is 18"


def _of_another_engine(copy: Path) -> str:
    _told(copy, timescaledb="2.23.0")
    return "is of TimescaleDB 2.23.0 and the server has PostgreSQL without TimescaleDB"


def _of_another_programs(copy: Path) -> str:
    _told(copy, programs_major=99)
    return "PostgreSQL 99 needs pg_dump, pg_restore and psql of version 99 or newer"


@pytest.mark.parametrize(
    "damage",
    [
        *(_cut, _altered, _half_a_manifest, _without_manifest, _without_dump),
        *(_of_a_newer_release, _of_a_newer_server, _of_another_engine),
        _of_another_programs,
    ],
)
def test_what_is_damaged_or_does_not_fit_is_refused(
    damage: Callable[[Path], str], backup, fault: Fault, tmp_path
):
    where, _ = backup
    was = everything(fault.session)
    with copied(where, tmp_path) as copy:
        complaint = damage(copy)
        said = fault.workshop.manage(
            fault.database, "restore", "--replace", copy
        ).fail()

    assert complaint in said
    assert everything(fault.session) == was


def test_a_database_with_something_in_it_is_left_alone(backup, fault: Fault):
    where, _ = backup
    was = everything(fault.session)

    said = fault.workshop.manage(fault.database, "restore", where).fail()

    assert f"The database {fault.database} is not empty (" in said
    assert said.endswith("or give --replace to lose what it holds.")
    assert everything(fault.session) == was


def test_it_is_replaced_when_that_is_said(backup, fault: Fault):
    where, was = backup
    fault.session.execute("CREATE TABLE somebody_s (mine text)")
    fault.session.execute("DELETE FROM latest_prices")
    fault.session.execute(
        "INSERT INTO put_off_derivations VALUES (7, now(), now(), now())"
    )

    fault.workshop.manage(fault.database, "restore", "--replace", where).succeed()

    assert everything(fault.session) == was


def test_a_table_in_use_is_not_waited_for(backup, fault: Fault):
    where, _ = backup
    was = everything(fault.session)

    with fault.workshop.session(fault.database) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM cards")
        said = fault.workshop.manage(
            fault.database, "restore", "--replace", where
        ).fail()

    assert "Nothing was restored: ERROR:  canceling statement due to lock" in said
    assert said.endswith("If the site is running, stop it first.")
    assert everything(fault.session) == was


def test_without_room_there_is_no_backup(fault: Fault, tmp_path):
    """Neither a half one nor what it was made from stays."""
    full = tmp_path / "full"
    full.write_text("a file, not a directory")

    said = fault.workshop.manage(fault.database, "backup", full).fail()

    assert said == (
        f"CommandError: The backup cannot be written to {full}: File exists."
    )
    assert full.read_text() == "a file, not a directory"


def test_a_backup_that_fails_leaves_nothing(fault: Fault, tmp_path):
    keeper = fault.workshop.session(fault.database)
    keeper.execute("BEGIN")
    keeper.execute("LOCK TABLE cards IN ACCESS EXCLUSIVE MODE")
    backup = fault.workshop.manage(fault.database, "backup", tmp_path)
    fault.until_waiting(backup)
    fault.end_sessions()

    assert "pg_dump failed, and nothing is kept: " in backup.fail()
    assert list(tmp_path.iterdir()) == []
    keeper.close()


def test_a_killed_backup_is_none(fault: Fault, tmp_path):
    keeper = fault.workshop.session(fault.database)
    keeper.execute("BEGIN")
    keeper.execute("LOCK TABLE cards IN ACCESS EXCLUSIVE MODE")
    backup = fault.workshop.manage(fault.database, "backup", tmp_path)
    fault.until_waiting(backup)
    backup.kill()
    keeper.close()

    (unfinished,) = tmp_path.iterdir()
    assert unfinished.name.startswith(".unfinished-")
    (draft,) = unfinished.iterdir()
    said = fault.workshop.manage(fault.database, "restore", "--replace", draft).fail()
    assert "is no finished backup: manifest.json is missing." in said


def test_a_statement_that_fails_leaves_the_database_empty(backup, workshop, empty):
    """The file is as it was written, and the server refuses a part of it."""
    where, _ = backup
    with workshop.session(empty) as session:
        session.execute(
            "CREATE FUNCTION time_bucket(interval, timestamptz) RETURNS timestamptz "
            "LANGUAGE sql RETURN $2"
        )
        was = everything(session)
        said = workshop.manage(empty, "restore", where).fail()

        assert 'Nothing was restored: ERROR:  function "time_bucket" already' in said
        assert everything(session) == was
