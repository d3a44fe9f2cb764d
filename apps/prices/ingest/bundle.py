"""Feeds of several files: a zip or 7z archive, a folder, or one file by itself."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from mtgintel.core import feeds
from mtgintel.core.feeds import CorruptFeedError, FeedFile

from . import seven_zip

_ZIP = b"PK\x03\x04"
# No document of a feed is larger; what says so is a trap.
_MAX_DOCUMENT = 256 * 1024 * 1024


class Bundle:
    """The documents at `path` by their names; `position` is how much has been read.

    `watch` is called whenever a document has been. Raises CorruptFeedError for what
    cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.position = path, 0
        self.watch: Callable[[], None] = lambda: None
        self._archive: zipfile.ZipFile | None = None
        # Keeps the directory that `_files` are in.
        self._unpacked: seven_zip.Unpacked | None = None
        self._files: dict[str, Path] = {}
        magic = b"" if path.is_dir() else self._magic()
        if path.is_dir():
            found = sorted(one for one in path.rglob("*") if one.is_file())
            self._files = {one.relative_to(path).as_posix(): one for one in found}
        elif magic == seven_zip.MAGIC:
            self._unpacked = seven_zip.Unpacked(path)
            self._files = self._unpacked.files
        elif magic.startswith(_ZIP):
            self._archive = self._opened()
            self._sizes = {
                one.filename: one.file_size
                for one in self._archive.infolist()
                if not one.is_dir()
            }
        else:
            self._files = {path.name: path}
        if self._archive is None:
            self._sizes = {
                name: one.stat().st_size for name, one in self._files.items()
            }
        self.size = sum(self._sizes.values())
        if self._archive is not None:
            self._refuse_bomb()

    @property
    def names(self) -> list[PurePosixPath]:
        return [PurePosixPath(name) for name in self._sizes]

    def read(self, name: PurePosixPath) -> bytes:
        """The text of one document, decompressed if it is."""
        size = self._sizes[str(name)]
        if size > _MAX_DOCUMENT:
            raise CorruptFeedError(f"{name} in {self.path} is too large to be right.")
        if self._archive is not None:
            text = self._member(self._archive, str(name))
        else:
            text = b"".join(FeedFile(self._files[str(name)]).pieces())
        self.position += size
        self.watch()
        return text

    def checksum(self) -> str:
        """SHA-256 of the file, or of the names and texts in a folder."""
        if not self.path.is_dir():
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        digest = hashlib.sha256()
        for name in self._sizes:
            digest.update(name.encode() + b"\0" + (self.path / name).read_bytes())
        return digest.hexdigest()

    def _magic(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(len(seven_zip.MAGIC))
        except OSError as error:
            raise CorruptFeedError(
                f"{self.path} cannot be read: {error.strerror}"
            ) from None

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except zipfile.BadZipFile as error:
            raise self._damaged(error) from None

    def _refuse_bomb(self) -> None:
        packed = self.path.stat().st_size
        if self.size > max(feeds.ANY_RATIO_BYTES, feeds.MAX_RATIO * packed):
            raise CorruptFeedError(
                f"{self.path} grows beyond all measure when it is decompressed "
                f"({self.size:,} bytes out of {packed:,}). Nothing of it was stored."
            )

    def _member(self, archive: zipfile.ZipFile, name: str) -> bytes:
        try:
            return archive.read(name)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            # Compressed or encrypted in a way that this Python cannot undo.
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> CorruptFeedError:
        return CorruptFeedError(
            f"{self.path} is damaged ({error}). Nothing of it was stored; fetch it "
            "again."
        )
