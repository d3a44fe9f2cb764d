"""What an archive holds, in words: one entry per day, checked by size and checksum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import msgspec

from mtgintel.core.feeds import IngestError

NAME = "manifest.json"
FORMAT = "mtgintel-price-archive"
VERSION = 1


class ArchiveError(IngestError):
    """The archive cannot be read or written; the message says where and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A file of the archive; `path` is relative to its folder and names the content:
    another content is another name."""

    path: str
    rows: int
    bytes: int
    sha256: str
    written_at: datetime

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedDay(ArchivedFile):
    """One UTC day's prices, and the state of the database they were read from.

    `fingerprint` stands for the rows of the day in `database`; where that differs
    now, the day was written to since. `is_merged`: the file also holds rows that the
    database did not have.
    """

    day: date
    min_time: datetime
    max_time: datetime
    database: str
    fingerprint: str
    is_merged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedMarketplace:
    """A price stream as it has to be made again where it is unknown."""

    slug: str
    name: str
    vendor: str
    side: str
    currency: str
    price_basis: str
    freshness_hours: int
    preference: int
    website: str


@dataclass(slots=True, kw_only=True)
class Manifest:
    """The table of contents. `checked_at` is when `database` was last looked through
    for days that changed."""

    format: str = FORMAT
    version: int = VERSION
    database: str = ""
    checked_at: datetime | None = None
    marketplaces: list[ArchivedMarketplace] = field(default_factory=list)
    cards: ArchivedFile | None = None
    days: dict[date, ArchivedDay] = field(default_factory=dict)

    def files(self) -> Iterator[ArchivedFile]:
        """The cards first, then the days as they are listed."""
        if self.cards is not None:
            yield self.cards
        yield from self.days.values()


def encode(manifest: Manifest) -> bytes:
    """JSON with the days in order, for people to read as well."""
    ordered = {day: manifest.days[day] for day in sorted(manifest.days)}
    manifest.days = ordered
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def decode(text: bytes, where: str) -> Manifest:
    """Raises ArchiveError for what is no manifest, or one of a later version."""
    try:
        heading = msgspec.json.decode(text, type=dict)
        if heading.get("format") != FORMAT:
            raise ArchiveError(f"{where} is not the manifest of a price archive.")
        if heading.get("version") != VERSION:
            raise ArchiveError(
                f"{where} is of version {heading.get('version')}, this program knows "
                f"version {VERSION}; read it with the program that wrote it."
            )
        manifest = msgspec.json.decode(text, type=Manifest)
    except msgspec.DecodeError as error:
        raise ArchiveError(f"{where} is damaged: {error}") from None
    for file in manifest.files():
        _require_inside(file.path, where)
    return manifest


def _require_inside(path: str, where: str) -> None:
    """No file of an archive lies outside its folder."""
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ArchiveError(f"{where} names {path}, which is outside the archive.")
