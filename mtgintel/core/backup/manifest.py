"""The file that makes a directory a backup: what is in it, and of what."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime
from pathlib import Path

import msgspec

from .errors import BackupError

MANIFEST = "manifest.json"
DUMP = "database.dump"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`programs_major` is the version of the pg_dump that wrote the file, `migrations`
    the schema's, `left_out` the tables that are there without their rows."""

    made_at: datetime
    release: str
    server_major: int
    programs_major: int
    timescaledb: str | None
    migrations: list[str]
    left_out: list[str]
    bytes: int
    sha256: str


def checksum(path: Path) -> tuple[int, str]:
    """Bytes of a file and their SHA-256."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


def write(directory: Path, manifest: Manifest) -> None:
    encoded = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (directory / MANIFEST).write_bytes(encoded + b"\n")


def read(directory: Path) -> Manifest:
    """The manifest of a backup whose files are whole.

    Raises BackupError when it is no backup, or not what was written.
    """
    try:
        encoded = (directory / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(encoded, type=Manifest)
        found = checksum(directory / DUMP)
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise BackupError(
            f"{directory} is no finished backup: {missing} is missing."
        ) from None
    except msgspec.DecodeError as error:
        raise BackupError(
            f"{directory / MANIFEST} is damaged ({error}): take another backup."
        ) from None
    if found != (manifest.bytes, manifest.sha256):
        raise BackupError(
            f"{directory / DUMP} is damaged: it has {found[0]:,} bytes with the "
            f"checksum {found[1][:12]}…, and {manifest.bytes:,} with "
            f"{manifest.sha256[:12]}… were written. Take another backup."
        )
    return manifest


def settle(path: Path) -> None:
    """Have a file or a directory on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
