"""Loading a backup: all of it in one transaction, or nothing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from django.db import connection

from mtgintel.core import cache

from . import database, manifest
from .errors import BackupError
from .manifest import Manifest
from .programs import Programs, environment, programs

_BEGIN = b"BEGIN;\n"
# Everything of ours is in these two; the dump makes what it needs again. Who waits for
# readers of the old tables would wait for ever while the site runs.
_EMPTY = b"""
SET LOCAL lock_timeout = '5s';
SET LOCAL client_min_messages = warning;
DROP SCHEMA IF EXISTS timescale_compat CASCADE;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
"""
_COMMIT = b"\nCOMMIT;\n"
_PIECE = 1 << 20


@dataclass(frozen=True)
class Restored:
    """What came back; `migrations_to_do` are those that this code has on top of it."""

    manifest: Manifest
    migrations_to_do: list[str]


def restore(directory: Path, *, replace: bool = False) -> Restored:
    """Load a backup into the database of the settings, which has to be empty.

    With `replace` what it holds goes in the same transaction. Raises BackupError when
    the backup is damaged or does not fit, and then nothing has changed.
    """
    found = manifest.read(directory)
    _require_fit(found)
    _require_room(found, replace=replace)
    tools = programs(max(database.server_major(), found.programs_major))
    connection.close()
    with _timescale_restoring(found):
        _load(tools, directory / manifest.DUMP, replace=replace)
    # What was computed of the former contents.
    cache.bump()
    return Restored(found, database.missing_migrations(found.migrations))


def _require_fit(found: Manifest) -> None:
    unknown = database.unknown_migrations(found.migrations)
    if unknown:
        raise BackupError(
            f"The backup is of release {found.release}, whose tables this code does "
            f"not know (migration {unknown[0]}): restore it with that release."
        )
    here = database.server_major()
    if here < found.server_major:
        raise BackupError(
            f"The backup is of PostgreSQL {found.server_major} and the server is "
            f"{here}: restore it on {found.server_major} or newer."
        )
    engine = database.timescaledb(or_on_offer=found.timescaledb is not None)
    if engine != found.timescaledb:
        raise BackupError(
            f"The backup is of {_named(found.timescaledb)} and the server has "
            f"{_named(engine)}: their tables are stored differently. Restore it on a "
            "server like the one it was made on."
        )


def _named(timescaledb: str | None) -> str:
    if timescaledb:
        return f"TimescaleDB {timescaledb}"
    return "PostgreSQL without TimescaleDB"


def _require_room(found: Manifest, *, replace: bool) -> None:
    held = database.tables()
    if not held:
        return
    name = connection.settings_dict["NAME"]
    if found.timescaledb:
        raise BackupError(
            f"The database {name} is not empty ({len(held)} tables), and TimescaleDB "
            "cannot be replaced inside a transaction: make an empty database of that "
            "name first."
        )
    if not replace:
        raise BackupError(
            f"The database {name} is not empty ({len(held)} tables): name an empty one "
            "in DATABASE_URL, or give --replace to lose what it holds."
        )


@contextmanager
def _timescale_restoring(found: Manifest) -> Iterator[None]:
    """TimescaleDB leaves its own catalogue alone while it is loaded."""
    if not found.timescaledb:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS timescaledb SCHEMA public")
        cursor.execute("SELECT public.timescaledb_pre_restore()")
    connection.close()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT public.timescaledb_post_restore()")


def _load(tools: Programs, dump: Path, *, replace: bool) -> None:
    """pg_restore's statements into psql; committed when both came to their end."""
    with TemporaryFile() as complaints:
        with (
            subprocess.Popen(
                tools.apart(
                    *("pg_restore", "--no-owner", "--no-privileges"),
                    *("--file=-", str(dump)),
                ),
                stdout=subprocess.PIPE,
                stderr=complaints,
            ) as reader,
            subprocess.Popen(
                tools.command(
                    *("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
                ),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                env=environment(),
            ) as writer,
        ):
            # It ends at once when it refuses a statement; its exit code says so.
            with suppress(BrokenPipeError):
                _hand_over(reader, writer, _BEGIN + (_EMPTY if replace else b""))
            if writer.stdin is not None:
                with suppress(BrokenPipeError):
                    writer.stdin.close()
            reader.terminate()
            writer.wait()
        if writer.returncode or reader.returncode:
            raise BackupError(
                f"Nothing was restored: {_first_complaint(complaints)}. If the site "
                "is running, stop it first."
            )


def _hand_over(
    reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes], before: bytes
) -> None:
    """Everything, and the commit only behind all of it."""
    if reader.stdout is None or writer.stdin is None:
        raise ValueError("both processes need a pipe")
    writer.stdin.write(before)
    shutil.copyfileobj(reader.stdout, writer.stdin, _PIECE)
    if reader.wait() == 0:
        writer.stdin.write(_COMMIT)


def _first_complaint(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    lines = complaints.read().decode(errors="replace").splitlines()
    return next((line for line in lines if "ERROR" in line or "error" in line), "") or (
        lines[0] if lines else "the programs said nothing"
    )
