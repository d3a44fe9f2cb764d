"""What the database holds day by day, and what the archive offers to download."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.urls import reverse

from apps.cards.models import Card
from apps.prices.models import IngestRun, Marketplace
from mtgintel.core import cache
from mtgintel.core.sql import load_sql

from .days import bounds, day_of, days_between, spans, start_of
from .folder import Folder
from .manifest import (
    ArchivedDay,
    ArchivedFile,
    ArchivedMarketplace,
)

# The source of the runs of a restore.
SOURCE = "archive"
# How long a download page may speak of a file that was replaced.
_LISTING_SECONDS = 60


@dataclass(frozen=True, slots=True)
class DayState:
    """What the database holds of a UTC day: a count, and what it changes with."""

    day: date
    rows: int
    fingerprint: str


def is_archive_on() -> bool:
    return bool(settings.ARCHIVE_URL)


def database_name() -> str:
    """What tells this database from another, through dumps and restores: the moment
    its first migration ran."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(applied) FROM django_migrations")
        (born_at,) = cursor.fetchone()
    return born_at.isoformat()


def days_held(start: datetime | None, end: datetime) -> list[DayState]:
    """The days with prices from `start` (or the first) to before `end`, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("prices", "archive_days"),
            {"start": start or "-infinity", "end": end},
        )
        return [DayState(*row) for row in cursor.fetchall()]


def days_touched(since: datetime) -> set[date]:
    """Days inside the dirty range of a run that ended since; not those of a restore,
    which come from the archive.

    More than were written to: a range may be long and have a few days in it.
    """
    ranges = IngestRun.objects.filter(
        status=IngestRun.Status.SUCCEEDED, finished_at__gte=since
    ).exclude(Q(dirty_from=None) | Q(source=SOURCE))
    return {
        day
        for first, last in ranges.values_list("dirty_from", "dirty_to")
        if first and last
        for day in days_between(day_of(first), day_of(last))
    }


def states_of(days: set[date]) -> Iterator[DayState]:
    """The states of those of the days that have prices, in order."""
    for first, last in spans(days):
        yield from days_held(start_of(first), bounds(last)[1])


def marketplaces() -> list[ArchivedMarketplace]:
    """Every stream of this database, by slug."""
    names = [each.name for each in fields(ArchivedMarketplace)]
    rows = Marketplace.objects.order_by("slug").values(*names)
    return [ArchivedMarketplace(**row) for row in rows]


def card_names() -> Iterator[tuple[str | None, ...]]:
    """(scryfall_id, name, set, number, language) of every card, by id."""
    rows = (
        Card.objects.order_by("scryfall_id")
        .values_list(
            "scryfall_id", "name", "card_set__code", "collector_number", "language"
        )
        .iterator(chunk_size=10_000)
    )
    for scryfall_id, *names in rows:
        yield (str(scryfall_id), *names)


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkListing:
    """What there is to download: days newest first, and what their words mean.

    `rows` and `bytes` are of all days together; `as_of` is when a file was last
    written.
    """

    is_kept: bool = False
    as_of: datetime | None = None
    rows: int = 0
    bytes: int = 0
    cards: ArchivedFile | None = None
    days: list[ArchivedDay] = field(default_factory=list)
    marketplaces: list[ArchivedMarketplace] = field(default_factory=list)

    def file(self, path: str) -> ArchivedFile | None:
        """The file of exactly this path, if the archive has it."""
        files = [*self.days, *([self.cards] if self.cards else [])]
        return next((file for file in files if file.path == path), None)

    def address(self, file: ArchivedFile) -> str:
        """Where a visitor gets a file."""
        if settings.ARCHIVE_PUBLIC_URL:
            return f"{settings.ARCHIVE_PUBLIC_URL}/{file.path}"
        return reverse("bulk:file", args=[file.path])

    def current(self, name: str) -> ArchivedFile | None:
        """The file that `cards.parquet` or `2026-03-10.parquet` stands for now."""
        if name == "cards.parquet":
            return self.cards
        found = (day for day in self.days if f"{day.day}.parquet" == name)
        return next(found, None)


def bulk_listing() -> BulkListing:
    """The archive as a visitor may see it. Raises ArchiveError."""
    if not is_archive_on():
        return BulkListing()
    return cache.get_or_compute(
        f"bulk-listing:{settings.ARCHIVE_URL}", _listing, timeout=_LISTING_SECONDS
    )


def _listing() -> BulkListing:
    manifest = Folder(settings.ARCHIVE_URL).manifest()
    days = sorted(manifest.days.values(), key=lambda day: day.day, reverse=True)
    return BulkListing(
        is_kept=True,
        as_of=max((file.written_at for file in manifest.files()), default=None),
        rows=sum(day.rows for day in days),
        bytes=sum(day.bytes for day in days),
        cards=manifest.cards,
        days=days,
        marketplaces=manifest.marketplaces,
    )
