"""Where an archive lies: a local folder, or whatever else fsspec can open."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from . import manifest as contents
from .manifest import ArchivedFile, ArchiveError, Manifest

_PIECE = 1024 * 1024


class Folder:
    """The files under a URL: a path, `file://`, `memory://`, `s3://bucket/prefix` …

    Everything raises ArchiveError where the place does not answer.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        with self._named():
            self._fs, root = fsspec.core.url_to_fs(url)
        self._root = root.rstrip("/")

    def manifest(self) -> Manifest:
        """What is here; nothing, if nobody wrote here before."""
        with self._named():
            try:
                text = self._fs.cat_file(self._path(contents.NAME))
            except FileNotFoundError:
                return Manifest()
        return contents.decode(text, f"{self.url}/{contents.NAME}")

    def write_manifest(self, manifest: Manifest) -> None:
        with TemporaryDirectory() as directory:
            local = Path(directory) / contents.NAME
            local.write_bytes(contents.encode(manifest))
            self.put(local, contents.NAME)

    def put(self, local: Path, path: str) -> None:
        """Copy a file here: under another name first, so that nobody reads half."""
        target = self._path(path)
        part = f"{target}.part"
        with self._named():
            self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
            with local.open("rb") as source, self._fs.open(part, "wb") as out:
                shutil.copyfileobj(source, out, _PIECE)
                self._settle(out)
            self._fs.mv(part, target)

    def open(self, path: str) -> Any:
        """A file, to be read from where one likes."""
        with self._named():
            return self._fs.open(self._path(path), "rb")

    def has(self, file: ArchivedFile) -> bool:
        """Whether the file is there in its full length."""
        with self._named():
            try:
                info = self._fs.info(self._path(file.path))
            except FileNotFoundError:
                return False
        return info["size"] == file.bytes

    def keep_only(self, path: str, *, of: str) -> None:
        """Remove the files whose paths begin with `of` but for `path`: what it
        replaces, and what a crash left behind."""
        with self._named():
            for found in self._fs.glob(self._path(f"{of}*")):
                if not str(found).endswith(f"/{path}"):
                    self._fs.rm_file(found)

    @contextmanager
    def verified(self, file: ArchivedFile) -> Iterator[Path]:
        """A copy of a file, once its size and checksum are what the manifest says.

        Raises ArchiveError, which names the file, for one that is gone or damaged.
        """
        with TemporaryDirectory() as directory:
            copy = Path(directory) / file.name
            try:
                with self.open(file.path) as source, copy.open("wb") as out:
                    shutil.copyfileobj(source, out, _PIECE)
            except FileNotFoundError:
                raise ArchiveError(f"{file.path} is missing from {self.url}.") from None
            self._require_whole(file, copy)
            yield copy

    def _require_whole(self, file: ArchivedFile, copy: Path) -> None:
        size = copy.stat().st_size
        if size != file.bytes:
            raise ArchiveError(
                f"{file.path} has {size} bytes instead of {file.bytes}: it is cut off "
                "or another file. Nothing of it was stored."
            )
        if sha256_of(copy) != file.sha256:
            raise ArchiveError(
                f"{file.path} is damaged: its checksum is not the manifest's. Nothing "
                "of it was stored."
            )

    def _path(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _settle(self, out: IO[bytes]) -> None:
        """On a local disk, wait until it is really there: the database's own rows go
        once they are in the archive."""
        if isinstance(self._fs, LocalFileSystem):
            out.flush()
            os.fsync(out.fileno())

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say which archive an error is of. A missing file is the caller's to name."""
        try:
            yield
        except FileNotFoundError:
            raise
        except (OSError, ImportError, ValueError) as error:
            raise ArchiveError(f"The archive at {self.url}: {error}") from error


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
