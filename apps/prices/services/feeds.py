"""Feed files in: what `manage.py ingest` and the scheduled tasks call."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from apps.cards.services import (
    Catalogue,
    import_cards,
    import_sets,
    import_vendor_ids,
    objects_of_list,
    read_catalogue,
)
from apps.prices.ingest.identity import (
    cards_by_mtgjson_uuid,
    cards_by_scryfall_id,
)
from apps.prices.ingest.mtgjson import IdentifierReader, PriceReader, Stream
from apps.prices.ingest.scryfall import CardPrices, stamped_at
from apps.prices.ingest.spool import Spool
from apps.prices.models import IngestRun, Marketplace
from mtgintel.core import cache
from mtgintel.core.feeds import (
    FeedFile,
    Progress,
    RefusedFeedError,
    Rejects,
)

from .migrations import apply_migrations
from .record import drop_demo_market, store
from .runs import (
    feed_run,
    finish,
    heal_refreshes,
    list_refused,
    refuse_if_poor,
    source_lock,
)

QUIET = Progress()
# How often the ledger row of a running ingest is brought up to date.
_LEDGER_SECONDS = 2.0


def streams() -> dict[str, Stream]:
    """Active marketplaces by slug."""
    rows = Marketplace.objects.filter(is_active=True)
    return {row.slug: Stream(row.pk, row.currency) for row in rows}


def ingest_mtgjson_prices(
    *,
    path: Path,
    is_today: bool = False,
    force: bool = False,
    progress: Progress = QUIET,
    uri: str = "",
) -> IngestRun:
    """Read an AllPrices or AllPricesToday file and store what is new in it.

    All of it is stored or nothing. Raises CorruptFeedError for a file that is cut
    off, RefusedFeedError for one with too little in it (`force` takes it all the
    same), BusySourceError while another process reads MTGJSON.
    """
    source = "mtgjson-today" if is_today else "mtgjson"
    heal_refreshes()
    with (
        source_lock("mtgjson"),
        feed_run(source=source, uri=uri or str(path)) as run,
        Spool() as spool,
    ):
        rejects = Rejects()
        feed = _opened(run, path)
        reader = PriceReader(
            watched(feed, run, progress, lambda: reader.rows),
            cards=cards_by_mtgjson_uuid(),
            streams=streams(),
            rejects=rejects,
        )
        for block in reader.blocks():
            spool.add(block)
        run.as_of = reader.as_of or timezone.now()
        run.rows_seen = reader.rows
        _note_read(run, feed, rejects)
        refuse_if_poor(run, spool.rows, force=force)
        progress.storing(spool.rows)
        with transaction.atomic():
            store(spool, run=run, rejects=rejects)
        progress.finished()
    return run


def ingest_mtgjson_identifiers(
    *, path: Path, progress: Progress = QUIET, uri: str = ""
) -> IngestRun:
    """Read AllIdentifiers: which printing each MTGJSON uuid is, and vendors' ids."""
    with (
        source_lock("mtgjson"),
        feed_run(source="mtgjson-identifiers", uri=uri or str(path)) as run,
    ):
        rejects = Rejects()
        feed = _opened(run, path)
        reader = IdentifierReader(
            watched(feed, run, progress, lambda: reader.rows),
            cards=cards_by_scryfall_id(),
            rejects=rejects,
        )
        found = [
            (one.card_id, one.source, one.external_id, one.finish)
            for one in reader.ids()
        ]
        run.as_of = reader.as_of
        run.rows_seen = reader.rows
        _note_read(run, feed, rejects)
        refuse_if_poor(run, reader.usable, force=True)
        with transaction.atomic():
            added = import_vendor_ids(rows=found)
            run.rows_written = min(added, reader.usable)
            run.rows_unchanged = reader.usable - run.rows_written
            finish(run, rejects)
        progress.finished()
    return run


def ingest_scryfall(  # noqa: PLR0913 (by keyword only, most with a default)
    *,
    path: Path,
    sets: bytes | None = None,
    migrations: bytes | None = None,
    at: datetime | None = None,
    force: bool = False,
    progress: Progress = QUIET,
    uri: str = "",
) -> list[IngestRun]:
    """Read a Scryfall bulk file: the catalogue, and the prices in it.

    In one transaction; the first time, the demo market goes in it. `sets` and
    `migrations` are the texts of Scryfall's lists. Returns the catalogue's run and,
    if the file has prices or had them before, the prices' run, which may be REFUSED
    while the catalogue is taken. `at` is the moment the file is of; by default the
    one in its name, else its modification time.
    """
    heal_refreshes()
    with (
        source_lock("scryfall"),
        feed_run(source="scryfall-cards", uri=uri or str(path)) as run,
        Catalogue() as catalogue,
    ):
        rejects, price_rejects = Rejects(), Rejects()
        feed = _opened(run, path)
        run.as_of = at or stamped_at(uri or path.name) or modified_at(path)
        prices = CardPrices(streams(), price_rejects)
        pieces = watched(feed, run, progress, lambda: run.rows_seen)
        for card in read_catalogue(pieces, catalogue, rejects):
            run.rows_seen += 1
            if card is not None:
                prices.add(card)
        _note_read(run, feed, rejects)
        refuse_if_poor(run, len(catalogue), force=True)
        progress.storing(len(catalogue))
        with transaction.atomic():
            if drop_demo_market():
                transaction.on_commit(partial(cache.bump), robust=True)
            _store_catalogue(run, catalogue, sets, migrations, rejects)
            price_run = _store_prices(run, prices, force=force)
        progress.finished()
    return [run] if price_run is None else [run, price_run]


def _store_catalogue(
    run: IngestRun,
    catalogue: Catalogue,
    sets: bytes | None,
    migrations: bytes | None,
    rejects: Rejects,
) -> None:
    if sets is not None:
        import_sets(nodes=objects_of_list(sets))
    counts = import_cards(catalogue=catalogue)
    migrated = 0
    if migrations is not None:
        migrated = apply_migrations(nodes=objects_of_list(migrations), run=run)
    run.rows_written = counts.inserted + counts.updated
    run.rows_unchanged = counts.unchanged
    finish(run, rejects)
    if run.rows_written or migrated:
        transaction.on_commit(partial(cache.bump), robust=True)


def _store_prices(
    catalogue_run: IngestRun, prices: CardPrices, *, force: bool
) -> IngestRun | None:
    """The prices of the file as a run of their own, refused if they are too few."""
    had_before = IngestRun.objects.filter(
        source="scryfall", status=IngestRun.Status.SUCCEEDED
    )
    if not prices.rows and not had_before.exists():
        return None
    run = IngestRun.objects.create(
        source="scryfall",
        uri=catalogue_run.uri,
        checksum=catalogue_run.checksum,
        as_of=catalogue_run.as_of,
        bytes_total=catalogue_run.bytes_total,
        bytes_read=catalogue_run.bytes_read,
        rows_seen=prices.rows,
    )
    try:
        refuse_if_poor(run, len(prices), force=force)
    except RefusedFeedError as error:
        run.status, run.error = IngestRun.Status.REFUSED, str(error)
        run.finished_at = timezone.now()
        run.save()
        list_refused(run)
        return run
    assert run.as_of is not None  # noqa: S101 (the catalogue's run has one)
    with Spool() as spool:
        spool.add(prices.block(cards_by_scryfall_id(), run.as_of))
        store(spool, run=run, rejects=prices.rejects)
    return run


def _opened(run: IngestRun, path: Path) -> FeedFile:
    feed = FeedFile(path)
    run.bytes_total = feed.size
    run.save(update_fields=["bytes_total"])
    return feed


def watched(
    feed: FeedFile, run: IngestRun, progress: Progress, rows: Callable[[], int]
) -> Iterator[bytes]:
    """The pieces of a file, with word of how far it is after each."""
    next_note = time.monotonic() + _LEDGER_SECONDS
    for piece in feed.pieces():
        yield piece
        progress.reading(feed.position, feed.size, rows())
        if time.monotonic() >= next_note:
            next_note = time.monotonic() + _LEDGER_SECONDS
            IngestRun.objects.filter(pk=run.pk).update(
                bytes_read=feed.position, rows_seen=rows()
            )


def _note_read(run: IngestRun, feed: FeedFile, rejects: Rejects) -> None:
    """A whole file was read: its size, its checksum, what was wrong in it."""
    run.bytes_read = feed.size
    run.rows_rejected = rejects.total
    run.rejects = dict(rejects.counts.most_common())
    with feed.path.open("rb") as file:
        run.checksum = hashlib.file_digest(file, "sha256").hexdigest()
    run.save()


def modified_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
