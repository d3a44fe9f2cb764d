"""Alarms that belong to no app: what is put off for too long, the disk, backups."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from django.conf import settings

from mtgintel.settings.env import DATA_DIR

from . import alarms, derived
from .alarms import Trouble
from .backup.manifest import MANIFEST, Manifest

# Ranges are worked off within minutes; the first reading of 90 days takes longest.
DERIVED_WITHIN = timedelta(hours=1)


def derivations_behind(now: datetime) -> Iterator[Trouble]:
    waiting, seconds = derived.backlog()
    if seconds > DERIVED_WITHIN.total_seconds():
        yield Trouble(
            "derived",
            "Signals and advice have been behind the prices for more than "
            f"{DERIVED_WITHIN.total_seconds() / 3600:.0f} h ({waiting} ranges wait).",
        )


def disk_filling(now: datetime) -> Iterator[Trouble]:
    free = shutil.disk_usage(DATA_DIR).free
    if free < settings.ALARM_FREE_BYTES:
        yield Trouble(
            "disk",
            f"Only {free // 1_000_000} MB are free on the disk of the data directory.",
        )


def backup_old(now: datetime) -> Iterator[Trouble]:
    """Nothing without a directory of backups: perhaps they are made otherwise."""
    directory = Path(settings.BACKUP_DIR)
    if not directory.is_dir():
        return
    newest = newest_backup(directory)
    if newest is None:
        yield Trouble("backup", f"There is no finished backup in {directory}.")
    elif now - newest > timedelta(hours=settings.BACKUP_MAX_AGE_HOURS):
        yield Trouble("backup", f"The newest backup is of {newest:%Y-%m-%d %H:%M} UTC.")


def newest_backup(directory: Path) -> datetime | None:
    """When the newest one that was finished was made; whether it is whole, `restore`
    finds out."""
    made = []
    for file in directory.glob(f"[!.]*/{MANIFEST}"):
        with suppress(msgspec.DecodeError, FileNotFoundError):
            made.append(msgspec.json.decode(file.read_bytes(), type=Manifest).made_at)
    return max(made, default=None)


def register() -> None:
    alarms.register("derivations", derivations_behind, is_public=True)
    alarms.register("disk", disk_filling)
    alarms.register("backup", backup_old)
