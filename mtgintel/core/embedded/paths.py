"""Where everything of a data directory lives."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError

# A unix socket's address holds 104 bytes on macOS and 108 on Linux, with the
# ending zero; ".s.PGSQL.5432" is the longest file name of ours.
LONGEST_SOCKET_DIR = 103 - len("/.s.PGSQL.5432")

# Not tempfile.gettempdir(): two terminals with different TMPDIR must agree.
SHORT_SOCKET_ROOT = Path("/tmp")  # noqa: S108

MINIMUM_FREE_BYTES = 500 * 1000 * 1000


@dataclass(frozen=True)
class DataPaths:
    """The files of one data directory. Making one touches no disk."""

    root: Path

    @property
    def run(self) -> Path:
        """Locks, one set per server."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def admin_password(self) -> Path:
        return self.root / "admin-password"

    @property
    def secret_key(self) -> Path:
        return self.root / "secret-key"

    def server(self, name: str) -> Path:
        """The directory of one server: its data and, normally, its socket."""
        return self.root / name

    def socket_dir(self, name: str) -> Path:
        """Where the server's socket is: with its data, or in a short private place.

        A socket's whole path is limited to about 100 bytes, so a data directory deep
        in a tree gets a directory under /tmp whose name follows from its own.
        """
        beside_data = self.server(name) / "socket"
        if len(os.fsencode(beside_data)) <= LONGEST_SOCKET_DIR:
            return beside_data
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return SHORT_SOCKET_ROOT / f"mtgintel-{digest}-{name}"

    def make(self) -> None:
        """Make the directories that every server needs.

        Raises EmbeddedError when the data directory cannot be written.
        """
        with said_in_a_sentence(self.root):
            for directory in (self.run, self.logs):
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                # Existing directories can belong to a file system mounted read-only.
                probe = directory / f".probe-{os.getpid()}"
                probe.touch()
                probe.unlink()

    def require_space(self, minimum: int = MINIMUM_FREE_BYTES) -> None:
        """Raise EmbeddedError when fewer than `minimum` bytes are free."""
        free = shutil.disk_usage(self.root).free
        if free < minimum:
            raise EmbeddedError(
                f"Only {free // 1_000_000} MB are free for the data directory "
                f"{self.root}, and at least {minimum // 1_000_000} MB are needed: "
                "free some space, or set MTGINTEL_DATA_DIR to a directory on a "
                "larger disk."
            )


@contextmanager
def said_in_a_sentence(root: Path) -> Iterator[None]:
    """Turn a failure to write below the data directory into an EmbeddedError."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise EmbeddedError(
                f"No space is left for the data directory {root}: free some, or set "
                "MTGINTEL_DATA_DIR to a directory on a larger disk."
            ) from error
        raise EmbeddedError(
            f"The data directory {root} cannot be written ({error.strerror}): make it "
            "writable for this user, or set MTGINTEL_DATA_DIR to a directory that is."
        ) from error


def make_private(directory: Path, owners: set[int]) -> None:
    """Make a directory that only its owner can enter.

    Raises EmbeddedError when it exists and belongs to somebody else: in a shared place
    like /tmp another user could have put it there.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
        raise EmbeddedError(
            f"{directory} belongs to another user: remove it, or set "
            "MTGINTEL_DATA_DIR to a shorter path."
        )
    if stat.S_IMODE(status.st_mode) != 0o700:
        directory.chmod(0o700)


def read_or_create_secret(path: Path, root: Path) -> str:
    """The secret kept in `path`; a new random one the first time.

    Only the owner can read the file. Two processes that come first together agree: the
    one whose file is there first wins.
    """
    with said_in_a_sentence(root):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip()
