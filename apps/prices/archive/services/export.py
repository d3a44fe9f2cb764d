"""Days out of the database, into the archive."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.utils import timezone

from apps.prices.archive.days import bounds, day_of, start_of
from apps.prices.archive.folder import Folder, sha256_of
from apps.prices.archive.manifest import ArchivedDay, ArchivedFile, ArchiveError
from apps.prices.archive.parquet import (
    DayWriter,
    Streams,
    merged,
    table_of,
    write_cards,
)
from apps.prices.archive.rows import rows_of
from apps.prices.archive.selectors import (
    DayState,
    card_names,
    database_name,
    days_held,
    days_touched,
    marketplaces,
    states_of,
)
from apps.prices.ingest.base import from_microseconds
from apps.prices.models import Marketplace
from apps.prices.selectors import is_demo_market
from apps.prices.services.runs import source_lock
from mtgintel.core import cache
from mtgintel.core.feeds import FURTHEST_AHEAD
from mtgintel.core.timescale import retention_cutoff

logger = logging.getLogger(__name__)

TABLE = "price_snapshots"
LOCK = "archive"
# So much before the last look we look again: a run notes its end a little before it
# commits, and prices may be dated ahead, of days that were not over then.
_OVERLAP = FURTHEST_AHEAD + timedelta(days=1)


@dataclass(slots=True)
class Exported:
    """What an export did. `unchanged` days were in the archive as they are; `failed`
    says which could not be written, and why."""

    days: list[ArchivedDay] = field(default_factory=list)
    unchanged: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(day.rows for day in self.days)

    @property
    def bytes(self) -> int:
        return sum(day.bytes for day in self.days)


def archive_prices(
    *, first: date | None = None, last: date | None = None, url: str | None = None
) -> Exported:
    """Write the days whose prices are not in the archive as they are now.

    Without `first` and `last` those that were written to since the last look, up to
    yesterday: today is not over. Raises ArchiveError for a place that does not
    answer or a demo market, BusySourceError while another process is at the archive.
    """
    target = url or settings.ARCHIVE_URL
    if not target:
        raise ArchiveError("The archive is off: ARCHIVE_URL is empty.")
    if is_demo_market():
        raise ArchiveError("This is the demo market; its prices are not archived.")
    with source_lock(LOCK):
        export = Export(Folder(target))
        if first is None and last is None:
            return export.changed()
        end = bounds(last)[1] if last else _today()
        return export.days(days_held(start_of(first) if first else None, end))


class Export:
    """An archive and this database. The caller holds the lock."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.manifest = folder.manifest()
        self.database = database_name()
        self.streams = Streams(dict(Marketplace.objects.values_list("id", "slug")))

    def changed(self) -> Exported:
        """Write the days that changed since the last look, and note the look."""
        now, today = timezone.now(), _today()
        checked_at = self.manifest.checked_at
        if checked_at is None or self.manifest.database != self.database:
            states: Iterable[DayState] = days_held(None, today)
        else:
            touched = days_touched(checked_at - _OVERLAP)
            states = states_of({day for day in touched if day < today.date()})
        exported = self.days(states)
        if not exported.failed:
            self.manifest.database, self.manifest.checked_at = self.database, now
            self.folder.write_manifest(self.manifest)
        return exported

    def days(self, states: Iterable[DayState]) -> Exported:
        """Write those of the days that are not archived as they are."""
        exported = Exported()
        for state in states:
            if self.is_archived(state):
                exported.unchanged += 1
                continue
            try:
                exported.days.append(self._write(state))
            except ArchiveError as error:
                logger.error("%s is not archived: %s", state.day, error)  # noqa: TRY400
                exported.failed.append(f"{state.day}: {error}")
        if exported.days:
            self._write_names()
            # Whoever lists the archive's files should see the new ones.
            cache.bump()
        return exported

    def is_archived(self, state: DayState) -> bool:
        """Whether the archive has the day as this database has it."""
        found = self.manifest.days.get(state.day)
        return (
            found is not None
            and found.database == self.database
            and found.fingerprint == state.fingerprint
        )

    def has_file(self, day: date) -> bool:
        """Whether the day's file is where the manifest says, in its full length."""
        return self.folder.has(self.manifest.days[day])

    def _write(self, state: DayState) -> ArchivedDay:
        before = self.manifest.days.get(state.day)
        with TemporaryDirectory() as directory:
            file = Path(directory) / "day.parquet"
            writer = self._read(state, file)
            held = writer.rows
            if before is not None and not self._replaces(state, before):
                both = Path(directory) / "merged.parquet"
                with self.folder.verified(before) as older:
                    writer = merged(older, file, both, state.day)
                file = both
            written = self._entry(state, file, writer, is_merged=writer.rows > held)
            self.folder.put(file, written.path)
        self.manifest.days[state.day] = written
        self.folder.write_manifest(self.manifest)
        self.folder.keep_only(written.path, of=f"prices/{state.day}.")
        return written

    def _read(self, state: DayState, file: Path) -> DayWriter:
        with DayWriter(file, state.day) as writer:
            for rows in rows_of(state.day):
                writer.add(table_of(rows, self.streams))
        if writer.rows < state.rows:
            logger.warning(
                "%s has %s prices of cards that do not exist; they are not archived",
                state.day,
                state.rows - writer.rows,
            )
        return writer

    def _replaces(self, state: DayState, before: ArchivedDay) -> bool:
        """Whether the database's rows are all there is of a day.

        Not of a day that another database wrote, or of which retention has dropped
        rows, and not if it lost more than half of them: what is in the archive alone
        is kept there.
        """
        dropped_before = retention_cutoff(TABLE) or datetime.min.replace(tzinfo=UTC)
        return (
            before.database == self.database
            and not before.is_merged
            and start_of(state.day) >= dropped_before
            and state.rows * 2 >= before.rows
        )

    def _entry(
        self, state: DayState, file: Path, writer: DayWriter, *, is_merged: bool
    ) -> ArchivedDay:
        if writer.min_us is None or writer.max_us is None:
            raise ArchiveError("none of its prices has a card.")
        checksum = sha256_of(file)
        return ArchivedDay(
            path=f"prices/{state.day}.{checksum[:12]}.parquet",
            rows=writer.rows,
            bytes=file.stat().st_size,
            sha256=checksum,
            written_at=timezone.now(),
            day=state.day,
            min_time=from_microseconds(writer.min_us),
            max_time=from_microseconds(writer.max_us),
            database=self.database,
            fingerprint=state.fingerprint,
            is_merged=is_merged,
        )

    def _write_names(self) -> None:
        """What cards and marketplaces are called, for those who have only the files."""
        known = {one.slug: one for one in self.manifest.marketplaces}
        known |= {one.slug: one for one in marketplaces()}
        self.manifest.marketplaces = [known[slug] for slug in sorted(known)]
        with TemporaryDirectory() as directory:
            file = Path(directory) / "cards.parquet"
            rows = write_cards(file, card_names())
            checksum = sha256_of(file)
            before = self.manifest.cards
            if before is None or before.sha256 != checksum:
                self.manifest.cards = ArchivedFile(
                    path=f"cards.{checksum[:12]}.parquet",
                    rows=rows,
                    bytes=file.stat().st_size,
                    sha256=checksum,
                    written_at=timezone.now(),
                )
                self.folder.put(file, self.manifest.cards.path)
        self.folder.write_manifest(self.manifest)
        if self.manifest.cards is not None:
            self.folder.keep_only(self.manifest.cards.path, of="cards.")


def _today() -> datetime:
    """The day that is not over yet."""
    return start_of(day_of(timezone.now()))
