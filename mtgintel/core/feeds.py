"""Feed files: their bytes, what is wrong with them, and what is rejected in them."""

from __future__ import annotations

import gzip
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

PIECE = 4 * 1024 * 1024
_GZIP = b"\x1f\x8b"
# Text of prices shrinks to a tenth or a fiftieth. What claims to have shrunk more than
# this, and is larger than that, is a trap.
MAX_RATIO = 250
ANY_RATIO_BYTES = 32 * 1024**2
# No feed is larger when it is decompressed; the largest has about 1.2 GB.
MAX_TEXT_BYTES = 16 * 1024**3
# No record of a feed is larger, whatever stands around it.
MAX_RECORD_BYTES = 16 * 1024**2
# Rejected rows that are kept to be looked at: of all reasons, and of any one.
MAX_SAMPLES = 1_000
MAX_SAMPLES_PER_REASON = 250
# A price dated further ahead than this (time zones, clocks that differ) is misdated: it
# would be the latest until its day came.
FURTHEST_AHEAD = timedelta(days=2)


class IngestError(Exception):
    """A feed could not be taken in; the message says what, where and what to do."""


class CorruptFeedError(IngestError):
    """The file is cut off or is not what it should be; nothing of it is stored."""


class RefusedFeedError(IngestError):
    """A whole and readable file that is too poor to replace what there is."""


class BusySourceError(IngestError):
    """Another process is reading this source now."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that did not become a price."""

    reason: str
    position: str = ""
    detail: str = ""
    raw: Any = None
    card_id: int | None = None
    marketplace_id: int | None = None


@dataclass(slots=True)
class Rejects:
    """Counts every reject by reason and keeps some of them to be looked at."""

    counts: Counter[str] = field(default_factory=Counter)
    samples: list[Reject] = field(default_factory=list)
    _kept: Counter[str] = field(default_factory=Counter)

    def add(self, reject: Reject, rows: int = 1) -> None:
        """Count `rows` rows that `reject` describes."""
        self.counts[reject.reason] += rows
        self._kept[reject.reason] += 1
        if (
            len(self.samples) < MAX_SAMPLES
            and self._kept[reject.reason] <= MAX_SAMPLES_PER_REASON
        ):
            self.samples.append(reject)

    @property
    def total(self) -> int:
        return self.counts.total()


class Progress:
    """Told how far a reading is; this one keeps quiet."""

    def reading(self, done: int, total: int, rows: int) -> None:
        """`done` of `total` bytes of the file are read, with `rows` rows so far."""

    def storing(self, rows: int) -> None:
        """The file is whole; its rows are being stored."""

    def finished(self) -> None:
        """The run is over, well or not."""


class FeedFile:
    """A file to read once, from its start.

        for piece in FeedFile(path).pieces(): ...

    `position` is how many bytes of the file itself have been read, for progress.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self.size = os.fstat(file.fileno()).st_size
        except OSError as error:
            raise CorruptFeedError(f"{path} cannot be read: {error.strerror}") from None
        self.position = 0

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        """The decompressed bytes. Raises CorruptFeedError where the file is cut off."""
        with self.path.open("rb") as raw:
            magic = raw.read(2)
            raw.seek(0)
            try:
                if magic == _GZIP:
                    with gzip.open(raw) as stream:
                        yield from self._read(stream, raw, size)
                else:
                    yield from self._read(raw, raw, size)
            except EOFError:
                raise CorruptFeedError(
                    f"{self.path} is cut off: its compressed data has no end. "
                    "Nothing of it was stored; fetch it again."
                ) from None
            except (gzip.BadGzipFile, zlib.error) as error:
                raise CorruptFeedError(
                    f"{self.path} is damaged ({error}). Nothing of it was stored; "
                    "fetch it again."
                ) from None

    def _read(
        self, stream: IO[bytes] | gzip.GzipFile, raw: IO[bytes], size: int
    ) -> Iterator[bytes]:
        done = 0
        while piece := stream.read(size):
            self.position = raw.tell()
            done += len(piece)
            if done > MAX_TEXT_BYTES or (
                done > ANY_RATIO_BYTES and done > MAX_RATIO * self.position
            ):
                raise CorruptFeedError(
                    f"{self.path} grows beyond all measure when it is decompressed "
                    f"({done:,} bytes out of {self.position:,}). Nothing of it was "
                    "stored."
                )
            yield piece


def lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lines of a stream, without their ends; the last may have none."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        require_record(rest)
    if rest:
        yield rest


def require_record(text: bytes) -> None:
    """Raise CorruptFeedError when the `text` of one record is longer than any is."""
    if len(text) > MAX_RECORD_BYTES:
        raise CorruptFeedError(
            f"A record of the file has more than {MAX_RECORD_BYTES:,} bytes; it begins "
            f"with {text[:60].decode(errors='replace')!r}. Nothing of the file was "
            "stored."
        )
