"""Days out of the archive, into the database: the one way prices get in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from itertools import groupby

import numpy as np
from django.conf import settings
from django.db import transaction

from apps.cards.models import Card
from apps.prices.archive.days import bounds, start_of
from apps.prices.archive.folder import Folder
from apps.prices.archive.manifest import (
    ArchivedDay,
    ArchivedMarketplace,
    ArchiveError,
    Manifest,
)
from apps.prices.archive.parquet import (
    LABELS,
    PRICES,
    DayColumns,
    batches,
    columns_of,
    read_cards,
)
from apps.prices.archive.selectors import SOURCE
from apps.prices.ingest.base import Array, PriceBlock, microseconds
from apps.prices.ingest.identity import cards_by_scryfall_id
from apps.prices.ingest.spool import CHUNK_US, Spool
from apps.prices.models import IngestRun, Marketplace
from apps.prices.selectors import is_demo_market
from apps.prices.services.record import store
from apps.prices.services.runs import feed_run, heal_refreshes, source_lock
from mtgintel.core.constants import Currency
from mtgintel.core.feeds import Progress, Reject, Rejects
from mtgintel.core.money import MAX_THOUSANDTHS

from .export import LOCK

logger = logging.getLogger(__name__)

QUIET = Progress()
# Chunks of the hypertable per transaction: few enough to keep on the disk meanwhile,
# enough that latest prices are not made over and over.
_WEEKS = 13


@dataclass(slots=True)
class Restored:
    """What a restore did: a run per quarter of a year; `refused` names the days whose
    files are gone or damaged, with the reason."""

    runs: list[IngestRun] = field(default_factory=list)
    days: int = 0
    refused: list[str] = field(default_factory=list)


def restore_archive(
    *,
    url: str | None = None,
    first: date | None = None,
    last: date | None = None,
    progress: Progress = QUIET,
) -> Restored:
    """Store the archive's prices that the database does not have.

    What the database was told by a feed stands where the archive says otherwise. The
    catalogue must be there: a price of an unknown card is rejected and counted. A day
    whose file is damaged is refused and nothing of it stored. Raises ArchiveError,
    BusySourceError while another process is at the archive.
    """
    source = url or settings.ARCHIVE_URL
    if not source:
        raise ArchiveError("The archive is off: ARCHIVE_URL is empty; name one by url.")
    if is_demo_market() or not Card.objects.exists():
        raise ArchiveError(
            "Prices need their cards: read the catalogue first (manage.py ingest "
            "scryfall). It takes the place of a demo market."
        )
    heal_refreshes()
    with source_lock(LOCK):
        return Restore(Folder(source), progress).days(first, last)


class Restore:
    """An archive on its way into this database. The caller holds the lock."""

    def __init__(self, folder: Folder, progress: Progress) -> None:
        self.folder = folder
        self.manifest = folder.manifest()
        self.progress = progress
        self.outcome = Restored()
        self.bytes_read = self.bytes_total = 0

    def days(self, first: date | None, last: date | None) -> Restored:
        """Restore from the `first` day to the `last`, both of them too."""
        wanted = [
            entry
            for day, entry in sorted(self.manifest.days.items())
            if (first is None or day >= first) and (last is None or day <= last)
        ]
        if not wanted:
            raise ArchiveError(f"{self.folder.url} has no days to restore.")
        _make_marketplaces(self.manifest.marketplaces)
        self.reader = Reader(_names(self.folder, self.manifest))
        self.bytes_total = sum(day.bytes for day in wanted)
        for batch in _by_quarter(wanted):
            self._restore(batch)
        return self.outcome

    def _restore(self, days: list[ArchivedDay]) -> None:
        """The days of one batch, in one transaction."""
        uri = f"{self.folder.url} {days[0].day}..{days[-1].day}"
        with feed_run(source=SOURCE, uri=uri) as run, Spool() as spool:
            rejects = Rejects()
            # Older than what any feed said of these days: theirs stands.
            run.as_of = start_of(days[0].day) - timedelta(microseconds=1)
            for day in days:
                self._spool(day, spool, run, rejects)
            self.progress.storing(spool.rows)
            with transaction.atomic():
                store(spool, run=run, rejects=rejects)
            self.progress.finished()
        self.outcome.runs.append(run)

    def _spool(
        self, day: ArchivedDay, spool: Spool, run: IngestRun, rejects: Rejects
    ) -> None:
        """A day's rows, all of them or none."""
        try:
            with self.folder.verified(day) as file:
                pieces = [columns_of(batch) for batch in batches(file, as_codes=True)]
        except ArchiveError as error:
            self.outcome.refused.append(str(error))
            return
        for columns in pieces:
            spool.add(self.reader.block(day.day, columns, rejects))
        self.outcome.days += 1
        self.bytes_read += day.bytes
        run.rows_seen += sum(map(len, pieces))
        run.bytes_total = run.bytes_read = run.bytes_read + day.bytes
        self.progress.reading(self.bytes_read, self.bytes_total, run.rows_seen)


class Reader:
    """Archived rows with this database's ids; what has none is rejected."""

    def __init__(self, names: dict[str, dict[str, str]]) -> None:
        self.names = names
        self.cards = cards_by_scryfall_id()
        self.streams = {
            slug: (pk, Currency.values.index(currency))
            for slug, pk, currency in Marketplace.objects.values_list(
                "slug", "id", "currency"
            )
        }

    def block(self, day: date, columns: DayColumns, rejects: Rejects) -> PriceBlock:
        """What can be stored of a piece of a day."""
        numbers = columns.numbers
        card = self._cards(columns)
        stream = np.array([self.streams.get(slug, (-1, -1)) for slug in columns.slugs])
        marketplace, currency = stream.reshape(-1, 2)[columns.marketplace].T
        left = np.ones(len(columns), bool)
        for reason, is_bad in (
            ("unknown card", card < 0),
            ("unknown marketplace", marketplace < 0),
            ("currency contradicts the marketplace", currency != columns.currency),
            ("unknown label", np.any([numbers[name] < 0 for name in LABELS], axis=0)),
            ("not a price", _is_no_price(numbers)),
            ("misdated", _is_of_another_day(numbers["time"], day)),
        ):
            self._reject(reason, is_bad & left, columns, rejects)
            left &= ~is_bad
        return PriceBlock(
            card_id=card[left],
            marketplace_id=marketplace[left],
            **{name: values[left] for name, values in numbers.items()},
        )

    def _cards(self, columns: DayColumns) -> Array:
        """The card of each row, -1 where this catalogue has none."""
        found = (self.cards.get(one) for one in columns.scryfall_ids)
        ids = np.array([-1 if facts is None else facts.id for facts in found], np.int64)
        return ids[columns.scryfall]

    def _reject(
        self, reason: str, is_bad: Array, columns: DayColumns, rejects: Rejects
    ) -> None:
        """Count rows, with an example of each card there are some of."""
        places, counts = np.unique(columns.scryfall[is_bad], return_counts=True)
        for place, rows in zip(places.tolist(), counts.tolist(), strict=True):
            scryfall_id = columns.scryfall_ids[place]
            raw = {"scryfall_id": scryfall_id, **self.names.get(scryfall_id, {})}
            rejects.add(Reject(reason, position=scryfall_id, raw=raw), rows)


def _is_no_price(numbers: dict[str, Array]) -> Array:
    """Rows with no price, or a figure that is more than a column holds."""
    is_bad = numbers["price"] <= 0
    for name in PRICES:
        is_bad |= (numbers[name] < 0) | (numbers[name] > MAX_THOUSANDTHS)
    return is_bad


def _is_of_another_day(times: Array, day: date) -> Array:
    start, end = map(microseconds, bounds(day))
    return (times < start) | (times >= end)


def _by_quarter(days: list[ArchivedDay]) -> Iterator[list[ArchivedDay]]:
    """Days in order, some weeks of the hypertable at a time."""

    def quarter(day: ArchivedDay) -> int:
        return microseconds(start_of(day.day)) // (_WEEKS * CHUNK_US)

    for _, batch in groupby(days, key=quarter):
        yield list(batch)


def _names(folder: Folder, manifest: Manifest) -> dict[str, dict[str, str]]:
    """What the cards of the archive are called, to say which are unknown here."""
    if manifest.cards is None:
        return {}
    try:
        with folder.verified(manifest.cards) as file:
            return read_cards(file)
    except ArchiveError as error:
        logger.warning("unknown cards will have no names: %s", error)
        return {}


def _make_marketplaces(archived: list[ArchivedMarketplace]) -> None:
    """The streams of the archive that this database has not, as they were."""
    for one in archived:
        Marketplace.objects.get_or_create(slug=one.slug, defaults=asdict(one))
