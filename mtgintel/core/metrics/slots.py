"""Where processes keep what they counted, so that any of them can tell it for all.

Each process writes into files of its own, in one directory for all processes on the
same data directory, containers included. The files belong to a slot: the first number
nobody holds the lock of. Whoever takes the slot of a process that ended counts on from
where that one was. So no count is ever lost or falls, nothing needs to be cleaned up,
and there are never more files than processes were running at one time. Process numbers
would not do: two containers have the same.
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

logger = logging.getLogger(__name__)

# Reserved when the file is made: growing one on a full disk would kill the process.
FILE_BYTES = 1 << 20
# What a process counts in; the first part of its files' names. Numbers of what is open
# now ("live") are worth nothing once the process is gone.
_LIVE = "gauge_livesum"
_KINDS = ("counter", "histogram", _LIVE)
# Where the library looks for the directory.
_WRITE_TO = "PROMETHEUS_MULTIPROC_DIR"
DAMAGED = (RuntimeError, ValueError, struct.error)


class Slots:
    """The slots of one directory, one of which is this process's."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._number = -1
        self._pid = 0
        self._lock = -1
        self._apart: TemporaryDirectory[str] | None = None

    def number(self) -> int:
        """This process's slot; another one after a fork.

        Raises OSError when there cannot be any. A fork that gets none, of a process
        that has one, counts where nobody looks rather than fail at its work.
        """
        if self._pid != os.getpid():
            try:
                self._take()
            except OSError as error:
                if self._number < 0:
                    raise
                logger.warning("this process's metrics are lost: %s", error)
                self._apart = TemporaryDirectory(prefix="mtgintel-metrics-")
                os.environ[_WRITE_TO] = self._apart.name
        return self._number

    def files(self) -> list[str]:
        """Every file that counts: all but what is open in processes that are gone."""
        return [
            str(file)
            for file in self.directory.glob("*.db")
            if not file.name.startswith(_LIVE) or self._is_taken(_slot_of(file))
        ]

    def drop_damaged(self) -> None:
        """Remove files that a crash of the machine left half written."""
        for file in self.directory.glob("*.db"):
            if not _is_whole(file):
                logger.warning("%s is damaged: its counts begin at 0 again", file)
                file.unlink(missing_ok=True)

    def _take(self) -> None:
        self._pid = os.getpid()
        if self._lock >= 0:
            os.close(self._lock)  # that of the process we were forked from
            self._lock = -1
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock, self._number = self._first_free()
        self._prepare_files()

    def _first_free(self) -> tuple[int, int]:
        """(lock, number) of the first slot nobody holds."""
        return next(
            (lock, number)
            for number in count()
            if (lock := self._try(number, fcntl.LOCK_EX)) is not None
        )

    def _prepare_files(self) -> None:
        (self.directory / f"{_LIVE}_{self._number}.db").unlink(missing_ok=True)
        for kind in _KINDS:
            file = self.directory / f"{kind}_{self._number}.db"
            if file.exists() and not _is_whole(file):
                file.unlink()
            with file.open("ab") as opened:
                os.posix_fallocate(opened.fileno(), 0, FILE_BYTES)

    def _is_taken(self, number: int) -> bool:
        lock = self._try(number, fcntl.LOCK_SH)
        if lock is not None:
            os.close(lock)
        return lock is None

    def _try(self, number: int, how: int) -> int | None:
        """The open lock of a slot; None while another process holds it."""
        path = self.directory / f"slot-{number}.lock"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock


def shared_by(directory: str) -> Slots | None:
    """Have everything that is counted from now on kept in `directory`.

    None when it is "", or cannot be written: then a process counts for itself alone.
    """
    if not directory:
        return None
    slots = Slots(Path(directory))
    os.environ[_WRITE_TO] = directory
    try:
        values.ValueClass = values.MultiProcessValue(slots.number)  # type: ignore[no-untyped-call]
    except OSError as error:
        logger.warning("metrics are not shared between processes: %s", error)
        return None
    return slots


def _slot_of(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def _is_whole(file: Path) -> bool:
    try:
        for _ in MmapedDict.read_all_values_from_file(file):  # type: ignore[no-untyped-call]
            pass
    except DAMAGED:
        return False
    return True
