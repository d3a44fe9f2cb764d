"""Price lists that somebody has described in the admin: set up, tried out, read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone

from apps.prices.ingest.custom import Reader
from apps.prices.ingest.layout import VENDOR_IDS, Layout
from apps.prices.ingest.print_index import PrintIndex, load_print_index
from apps.prices.ingest.quotes import IN_CENTS, IN_UNITS, Context
from apps.prices.ingest.records import MAX_BYTES
from apps.prices.models import CustomSource, IngestRun, Marketplace
from mtgintel.core import cache
from mtgintel.core.constants import Currency
from mtgintel.core.feeds import IngestError, Progress
from mtgintel.core.http import FeedClient
from mtgintel.core.security.redaction import without_secrets

from .feeds import QUIET
from .vendors import Vendor, VendorFile, ingest_file

# Fields that can only be looked up by what is written on the cards.
_WRITTEN = ("set_code", "set_name", "collector_number", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFacts:
    """What a marketplace is; `side` and `currency` stay as they were made."""

    side: str
    currency: str
    price_basis: str
    freshness_hours: int
    website: str


@transaction.atomic
def configure_source(*, source: CustomSource, stream: StreamFacts) -> CustomSource:
    """Save a source, with a marketplace of its own that is shown while it is active."""
    try:
        marketplace = source.marketplace
    except ObjectDoesNotExist:
        marketplace = Marketplace(
            slug=source.slug, side=stream.side, currency=stream.currency
        )
    marketplace.name = marketplace.vendor = source.name
    marketplace.price_basis = stream.price_basis
    marketplace.freshness_hours = stream.freshness_hours
    marketplace.website = stream.website
    marketplace.is_active = source.is_active
    marketplace.save()
    source.marketplace = marketplace
    before = CustomSource.objects.filter(pk=source.pk).first()
    source.save()
    if before is not None and before.upload and before.upload != source.upload:
        storage, name = before.upload.storage, str(before.upload.name)
        transaction.on_commit(partial(storage.delete, name), robust=True)
    transaction.on_commit(cache.bump, robust=True)
    return source


def custom_sources(*, is_scheduled: bool = False) -> list[str]:
    """The slugs of all sources, or of those that can be fetched unasked."""
    found = CustomSource.objects.all()
    if is_scheduled:
        found = found.filter(is_active=True).exclude(url="")
    return list(found.values_list("slug", flat=True))


def ingest_custom(
    *,
    slug: str,
    file: VendorFile,
    at: datetime | None = None,
    force: bool = False,
    progress: Progress = QUIET,
) -> IngestRun:
    """Read a file of a source and store what is new in it; see ingest_vendor."""
    source = _active(slug)
    return ingest_file(
        name=slug,
        vendor=vendor_of(source),
        file=file,
        at=at,
        force=force,
        progress=progress,
    )


def fetch_custom(
    *,
    slug: str,
    url: str | None = None,
    at: datetime | None = None,
    force: bool = False,
    progress: Progress = QUIET,
) -> list[IngestRun]:
    """Fetch a source's list, or that at `url`, and read it.

    A list that has not changed was confirmed to hold: it is read as of now.
    """
    source = _active(slug)
    file = download(source, url or source.url)
    run = ingest_custom(slug=slug, file=file, at=at, force=force, progress=progress)
    return [run]


def read_now(*, source: CustomSource) -> IngestRun:
    """Read the uploaded file or, where there is none, the address; tried once."""
    file = uploaded(source) or refetched(source)
    return ingest_custom(slug=source.slug, file=file)


def fetch_due_sources(*, now: datetime | None = None) -> dict[str, int]:
    """Read what is due by its schedule: rows written by source.

    A source that fails is asked again when it is due again; its error stands with it.
    """
    now = now or timezone.now()
    written = {}
    for source in _due(now):
        source.tried_at, source.error = now, ""
        try:
            (run,) = fetch_custom(slug=source.slug)
        except IngestError as error:
            source.error = str(error)
        else:
            written[source.slug] = run.rows_written
        source.save(update_fields=["tried_at", "error"])
    return written


def _due(now: datetime) -> Iterator[CustomSource]:
    slugs = custom_sources(is_scheduled=True)
    for source in CustomSource.objects.filter(slug__in=slugs):
        if source.every_hours is None:
            continue
        next_at = source.tried_at and source.tried_at + timedelta(
            hours=source.every_hours
        )
        if next_at is None or next_at <= now:
            yield source


def _active(slug: str) -> CustomSource:
    source = CustomSource.objects.select_related("marketplace").get(slug=slug)
    if not source.is_active:
        raise IngestError(
            f"{slug} is not active: look at its preview in the admin, then tick it."
        )
    return source


def uploaded(source: CustomSource) -> VendorFile | None:
    """The file that was uploaded for a source, if it is there."""
    path = Path(source.upload.path) if source.upload else None
    if path is None or not path.exists():
        return None
    return VendorFile(path, f"upload: {path.name}")


def download(source: CustomSource, url: str, attempts: int = 3) -> VendorFile:
    """A list from its address. Raises IngestError, also for one that is not public."""
    if not url:
        raise IngestError(f"{source} has neither an address nor an uploaded file.")
    is_free = settings.FEED_ALLOW_PRIVATE_ADDRESSES
    with FeedClient(attempts=attempts, public_only=not is_free) as client:
        found = client.download(url, _directory(source, url), max_bytes=MAX_BYTES)
    return VendorFile(found.path, without_secrets(url), read_at=timezone.now())


def refetched(source: CustomSource) -> VendorFile:
    """The list as it is at the address now, tried once. Raises IngestError."""
    return download(source, source.url, attempts=1)


def downloaded(source: CustomSource) -> VendorFile | None:
    """What was fetched last from a source's address."""
    directory = _directory(source, source.url)
    files = directory.iterdir() if directory.is_dir() else ()
    kept = [one for one in files if one.suffix not in (".state", ".part")]
    return VendorFile(kept[0], without_secrets(source.url)) if kept else None


def _directory(source: CustomSource, url: str) -> Path:
    """A place for each address: what came from another is no list of this one."""
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    return Path(settings.FEED_DOWNLOAD_DIR) / "custom" / source.slug / name


def vendor_of(source: CustomSource) -> Vendor:
    """How the lists of a source are read. Raises IngestError if that is not said."""
    layout = layout_of(source)
    problems = layout.problems()
    if problems:
        raise IngestError(f"{source}: {' '.join(problems.values())}")
    mapped = {key for key, column in layout.columns.items() if column}

    def reader(pieces: Iterator[bytes], context: Context) -> Reader:
        prints = PrintIndex()
        if mapped.intersection(_WRITTEN):
            prints = load_print_index(
                context.cards.by_scryfall_id,
                with_digital=layout.currency == Currency.TIX,
            )
        return Reader(pieces, context, layout, prints)

    ids = tuple(VENDOR_IDS[key] for key in VENDOR_IDS if key in mapped)
    return Vendor(ids, reader)


def layout_of(source: CustomSource) -> Layout:
    is_cents = source.unit == CustomSource.Unit.CENTS
    return Layout(
        marketplace=source.marketplace.slug,
        currency=source.marketplace.currency,
        columns=source.columns,
        is_json=source.file_format == CustomSource.Format.JSON,
        records_path=source.records_path,
        delimiter=source.delimiter,
        encoding=source.encoding,
        decimal_mark=source.decimal_mark,
        unit=IN_CENTS if is_cents else IN_UNITS,
        finish=source.finish,
        condition=source.condition,
        condition_scale=source.condition_scale,
        language=source.language,
        zero_is_absent=source.zero_is_absent,
    )
