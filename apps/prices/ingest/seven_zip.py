"""The documents of a 7z archive, unpacked beside each other.

The archives of tcgcsv are solid: to read one document, all before it have to be
unpacked. So all are at once, into a directory that goes with its holder. Files get
numbers for names: what an archive calls them leads nowhere.
"""

from __future__ import annotations

import lzma
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import py7zr
from py7zr.exceptions import ArchiveError, DecompressionBombError
from py7zr.io import Py7zIO, WriterFactory

from mtgintel.core.feeds import CorruptFeedError

MAGIC = b"7z\xbc\xaf\x27\x1c"
# A day of every game that tcgcsv mirrors is a tenth of this.
MAX_UNPACKED = 2 * 1024**3
MAX_DOCUMENTS = 100_000


class Unpacked:
    """The documents of the archive at `path`: `files` are where they lie, by name.

    Raises CorruptFeedError for an archive that is damaged, encrypted or a bomb.
    """

    def __init__(self, path: Path) -> None:
        self._directory = TemporaryDirectory(prefix="7z-")
        self._path = path
        writers = _Writers(Path(self._directory.name))
        try:
            with py7zr.SevenZipFile(path, max_extract_size=MAX_UNPACKED) as archive:
                if len(archive.list()) > MAX_DOCUMENTS:
                    raise self._damaged("it has too many documents")
                archive.extractall(factory=writers)
        except DecompressionBombError:
            raise self._damaged("it grows beyond all measure") from None
        except (
            ArchiveError,
            lzma.LZMAError,
            zlib.error,
            # What py7zr meets in the structures of a damaged archive.
            ValueError,
            TypeError,
            LookupError,
            EOFError,
            OSError,
        ) as error:
            raise self._damaged(str(error) or type(error).__name__) from None
        self.files = writers.files

    def _damaged(self, problem: str) -> CorruptFeedError:
        return CorruptFeedError(
            f"{self._path} is damaged ({problem}). Nothing of it was stored; fetch it "
            "again."
        )


class _Writers(WriterFactory):
    """Gives every document a file of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.files: dict[str, Path] = {}

    def create(self, filename: str) -> Py7zIO:
        path = self._directory / str(len(self.files))
        self.files[filename] = path
        return _Writer(path)


class _Writer(Py7zIO):
    """A file that is being written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")

    def write(self, s: bytes | bytearray) -> int:
        return self._file.write(s)

    def read(self, size: int | None = None) -> bytes:
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def flush(self) -> None:
        self._file.flush()

    def size(self) -> int:
        return self._file.seek(0, 2)

    def close(self) -> None:
        self._file.close()
