"""Locks between processes that the operating system lets go of when one is killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import EmbeddedError


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A descriptor to lock; closing it lets go of the lock.

    Raises EmbeddedError when the file is not ours, as after a run by root.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise EmbeddedError(
            f"{path} cannot be opened ({error.strerror}): run this as the user that "
            "the data directory belongs to, or set MTGINTEL_DATA_DIR to another one."
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it."""
    with opened(path) as descriptor:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield


def try_lock(descriptor: int, how: int = fcntl.LOCK_EX) -> bool:
    """Take a lock if nobody is in the way; a lock held before is given up if not."""
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    with opened(path) as descriptor:
        return not try_lock(descriptor)


def pid_in(path: Path) -> int | None:
    """The pid that the holder of a lock wrote into its file."""
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
