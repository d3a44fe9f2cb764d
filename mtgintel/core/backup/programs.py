"""PostgreSQL's own programs, in a version that understands the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from mtgintel.core.embedded import EmbeddedError
from mtgintel.core.embedded.postgres import binaries

from .errors import BackupError

_NAMES = ("pg_dump", "pg_restore", "psql")
# Where Debian keeps the versions that are not on the PATH.
_OF_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Programs:
    """pg_dump, pg_restore and psql of one major version."""

    directory: Path
    major: int

    def command(self, name: str, *arguments: str) -> list[str]:
        """`name` with arguments, on the database of the settings."""
        return [str(self.directory / name), *arguments, *_where()[0]]

    def apart(self, name: str, *arguments: str) -> list[str]:
        """`name` with arguments, on no database."""
        return [str(self.directory / name), *arguments]


def programs(major: int) -> Programs:
    """Those for a server of version `major`: its own, or the next newer ones.

    Raises BackupError when there are only older ones, or none.
    """
    found = sorted(_installed(), key=lambda one: one.major)
    for one in found:
        if one.major >= major:
            return one
    have = f"only those of {found[-1].major} are here" if found else "none are here"
    raise BackupError(
        f"PostgreSQL {major} needs pg_dump, pg_restore and psql of version {major} or "
        f"newer, and {have}: install them (on Debian: postgresql-client-{major})."
    )


def environment() -> dict[str, str]:
    """What the programs need to log in, the password among it."""
    return {**os.environ, **_where()[1]}


def _where() -> tuple[list[str], dict[str, str]]:
    client = connection.client
    (_, *arguments), env = client.settings_to_cmd_args_env(connection.settings_dict, [])
    return arguments, env or {}


def _installed() -> Iterator[Programs]:
    for directory in _directories():
        if all((directory / name).is_file() for name in _NAMES):
            said = subprocess.run(
                [directory / "pg_dump", "--version"],
                capture_output=True,
                text=True,
                check=False,
            ).stdout
            if version := re.search(r"\) (\d+)", said):
                yield Programs(directory, int(version[1]))


def _directories() -> Iterator[Path]:
    # An installation that has a server elsewhere does without ours.
    with suppress(EmbeddedError):
        yield binaries()
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).parent
    yield from _OF_DEBIAN.glob("*/bin")
