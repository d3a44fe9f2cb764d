"""Making a backup: whole under its name, or not there."""

from __future__ import annotations

import subprocess
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.utils import timezone

from mtgintel.core.version import VERSION

from . import database
from .errors import BackupError
from .manifest import DUMP, MANIFEST, Manifest, checksum, settle, write
from .programs import Programs, environment, programs

# Whoever restores a database lets nobody in who had signed out since.
LEFT_OUT = ["django_session", "usersessions_usersession"]


def back_up(directory: Path) -> Path:
    """Write a backup of the database below `directory`; where it is.

    It is one moment of the database, whatever is written meanwhile. Raises BackupError,
    and leaves nothing, when the database cannot be read or the files not be written.
    """
    made_at = timezone.now()
    where = directory / f"mtgintel-{made_at:%Y%m%dT%H%M%SZ}"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".unfinished-", dir=directory) as unfinished:
            draft = Path(unfinished) / where.name
            draft.mkdir(mode=0o700)
            write(draft, _filled(draft, made_at))
            for path in (draft / DUMP, draft / MANIFEST, draft):
                settle(path)
            draft.rename(where)
        settle(directory)
    except OSError as error:
        raise BackupError(
            f"The backup cannot be written to {directory}: {error.strerror}."
        ) from error
    return where


def _filled(draft: Path, made_at: datetime) -> Manifest:
    """Dump the database into `draft`; what is in it."""
    major = database.server_major()
    tools = programs(major)
    timescaledb, migrations = database.timescaledb(), database.applied_migrations()
    _dump(tools, draft / DUMP)
    size, digest = checksum(draft / DUMP)
    return Manifest(
        made_at=made_at,
        release=VERSION,
        server_major=major,
        programs_major=tools.major,
        timescaledb=timescaledb,
        migrations=migrations,
        left_out=LEFT_OUT,
        bytes=size,
        sha256=digest,
    )


def _dump(tools: Programs, path: Path) -> None:
    done = subprocess.run(
        tools.command(
            "pg_dump",
            *("--format=custom", f"--file={path}", "--no-owner", "--no-privileges"),
            *(f"--exclude-table-data={name}" for name in LEFT_OUT),
        ),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"pg_dump failed, and nothing is kept: {done.stderr.strip()}")
