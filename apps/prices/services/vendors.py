"""The feeds of single vendors: a file in, prices stored, what is unknown explained."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.cards.models import Card
from apps.cards.querysets import fold_name
from apps.prices.ingest import (
    cardkingdom,
    cardmarket,
    cardtrader,
    goatbots,
    manapool,
    tcgcsv,
)
from apps.prices.ingest.bundle import Bundle
from apps.prices.ingest.card_index import load_card_index
from apps.prices.ingest.quotes import Context, FeedReader
from apps.prices.ingest.sealed import read_cardmarket_list
from apps.prices.ingest.spool import Spool
from apps.prices.models import IngestRun
from mtgintel.core.feeds import FeedFile, Progress, Rejects

from .feeds import QUIET, modified_at, streams, watched
from .record import store
from .runs import feed_run, heal_refreshes, refuse_if_poor, source_lock
from .sealed import import_sealed_products, record_sealed_prices

# How many cards of the same name a rejected row is shown with.
_MAX_CANDIDATES = 10
# A text that a row may bring into the ledger.
_MAX_TEXT = 500


@dataclass(frozen=True, slots=True)
class Vendor:
    """How the feed of one source is read; `identifiers` are whose ids it carries.

    `is_bundle`: it has several documents, in an archive or a folder.
    """

    identifiers: tuple[str, ...]
    reader: Callable[[Any, Context], FeedReader]
    is_bundle: bool = False


VENDORS = {
    cardkingdom.SOURCE: Vendor(cardkingdom.IDENTIFIERS, cardkingdom.Reader),
    cardmarket.SOURCE: Vendor(cardmarket.IDENTIFIERS, cardmarket.Reader),
    tcgcsv.SOURCE: Vendor(tcgcsv.IDENTIFIERS, tcgcsv.Reader, is_bundle=True),
    manapool.SOURCE: Vendor(manapool.IDENTIFIERS, manapool.Reader),
    cardtrader.SOURCE: Vendor(
        cardtrader.IDENTIFIERS, cardtrader.Reader, is_bundle=True
    ),
    goatbots.SOURCE: Vendor(goatbots.IDENTIFIERS, goatbots.Reader, is_bundle=True),
}


@dataclass(frozen=True, slots=True)
class VendorFile:
    """A file of a source: where it is and where it came from.

    `products` is Cardmarket's product list, for the names of what is unknown, `sealed`
    its list of what is no single. `read_at` is when it was fetched, by default its
    modification time.
    """

    path: Path
    uri: str = ""
    products: Path | None = None
    read_at: datetime | None = None
    sealed: Path | None = None


def ingest_vendor(
    *,
    source: str,
    file: VendorFile,
    at: datetime | None = None,
    force: bool = False,
    progress: Progress = QUIET,
) -> IngestRun:
    """Read a file of one of VENDORS and store what is new in it.

    All of it is stored or nothing. `at` is the moment its prices held, by default what
    the file says, else its modification time. Raises CorruptFeedError for a file that
    is cut off or another's, RefusedFeedError for one with too little in it (`force`
    takes it all the same), BusySourceError while another process reads the source.
    """
    return ingest_file(
        name=source,
        run_source=_run_source(source, file.path),
        vendor=VENDORS[source],
        file=file,
        at=at,
        force=force,
        progress=progress,
    )


def ingest_file(  # noqa: PLR0913 (by keyword only, most with a default)
    *,
    name: str,
    vendor: Vendor,
    file: VendorFile,
    run_source: str = "",
    at: datetime | None = None,
    force: bool = False,
    progress: Progress = QUIET,
) -> IngestRun:
    """Read a file as `vendor` says, for the source of this name; see ingest_vendor.

    `run_source` is what the ledger calls it, if not by its name.
    """
    heal_refreshes()
    with (
        source_lock(name),
        feed_run(source=run_source or name, uri=file.uri or str(file.path)) as run,
        Spool() as spool,
    ):
        rejects = Rejects()
        feed = Bundle(file.path) if vendor.is_bundle else FeedFile(file.path)
        context = Context(
            load_card_index(vendor.identifiers),
            streams(),
            rejects,
            file.read_at or modified_at(file.path),
            at,
        )
        reader = _reader(vendor, feed, context, run, progress)
        for block in reader.blocks():
            spool.add(block)
        _note_read(run, feed, reader, rejects)
        if file.products is not None:
            cardmarket.name_products(FeedFile(file.products).pieces(), rejects)
        _describe(rejects)
        refuse_if_poor(run, spool.rows, force=force)
        progress.storing(spool.rows)
        with transaction.atomic():
            store(spool, run=run, rejects=rejects)
            if file.sealed is not None:
                listed = read_cardmarket_list(FeedFile(file.sealed))
                import_sealed_products(records=listed)
            record_sealed_prices(quotes=context.sealed, as_of=reader.as_of)
        progress.finished()
    return run


def _run_source(source: str, path: Path) -> str:
    """Files that are not to be compared with each other have sources of their own."""
    if source == manapool.SOURCE and path.is_file() and manapool.has_variants(path):
        return manapool.VARIANTS_SOURCE
    return source


def _reader(
    vendor: Vendor,
    feed: Bundle | FeedFile,
    context: Context,
    run: IngestRun,
    progress: Progress,
) -> FeedReader:
    """The vendor's reader, which tells `progress` how far it is."""
    if isinstance(feed, FeedFile):
        pieces = watched(feed, run, progress, lambda: reader.rows)
        reader = vendor.reader(pieces, context)
    else:
        feed.watch = lambda: progress.reading(feed.position, feed.size, reader.rows)
        reader = vendor.reader(feed, context)
    return reader


def _note_read(
    run: IngestRun, feed: Bundle | FeedFile, reader: FeedReader, rejects: Rejects
) -> None:
    """A whole file was read: of when it is, its size, what was wrong in it."""
    run.as_of, run.rows_seen = reader.as_of, reader.rows
    run.bytes_total = run.bytes_read = feed.size
    run.rows_rejected = rejects.total
    run.rejects = dict(rejects.counts.most_common())
    if isinstance(feed, Bundle):
        run.checksum = feed.checksum()
    else:
        with feed.path.open("rb") as file:
            run.checksum = hashlib.file_digest(file, "sha256").hexdigest()
    run.save()


def _describe(rejects: Rejects) -> None:
    """Show the cards that the rejected rows we keep may have meant.

    Those an id names, or where it names none, those of the same name.
    """
    raws = [one.raw for one in rejects.samples if isinstance(one.raw, dict)]
    for raw in raws:
        raw.update(_storable(raw))
    ids = {card_id for raw in raws for card_id in raw.get("candidates", ())}
    names = {fold_name(raw["name"]) for raw in raws if raw.get("name")}
    by_id, by_name = _descriptions(ids, names)
    for raw in raws:
        found = [by_id[one] for one in raw.get("candidates", ()) if one in by_id]
        if not found and raw.get("name"):
            found = by_name.get(fold_name(raw["name"]), [])
        if found:
            raw["candidates"] = found[:_MAX_CANDIDATES]


def _descriptions(
    ids: set[int], names: set[str]
) -> tuple[dict[int, dict[str, Any]], dict[str, list[dict[str, Any]]]]:
    """Cards by id and by folded name, as the ledger shows them."""
    by_id: dict[int, dict[str, Any]] = {}
    by_name: dict[str, list[dict[str, Any]]] = {}
    cards = Card.objects.filter(Q(id__in=ids) | Q(search_name__in=names))
    for card in cards.select_related("card_set").order_by("-released_on", "id"):
        by_id[card.pk] = {
            "id": card.pk,
            "card": str(card),
            "finishes": card.finishes,
        }
        by_name.setdefault(card.search_name, []).append(by_id[card.pk])
    return by_id, by_name


def _storable(value: Any) -> Any:
    """`value` without what the database takes in no text, and not without end."""
    if isinstance(value, dict):
        return {str(_storable(key)): _storable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")[:_MAX_TEXT]
    return value
