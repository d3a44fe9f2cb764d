"""Feeds from their servers: what to fetch, and whether it is new."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from apps.prices.models import IngestRun
from mtgintel.core.feeds import CorruptFeedError, IngestError, Progress
from mtgintel.core.http import FeedClient, FetchError

from .custom import custom_sources, fetch_custom
from .exchange import fetch_rates
from .feeds import (
    QUIET,
    ingest_mtgjson_identifiers,
    ingest_mtgjson_prices,
    ingest_scryfall,
)
from .runs import fetching
from .vendor_live import configured_vendors, fetch_vendor

SCRYFALL = "https://api.scryfall.com"
MTGJSON = "https://mtgjson.com/api/v5"
_BULK_TYPE = "default_cards"
# Scryfall's lists have a few pages; a server that never ends is not followed.
_MAX_PAGES = 100
_SHA256 = re.compile(rb"[0-9a-f]{64}")


def fetch_scryfall(
    *,
    url: str | None = None,
    at: datetime | None = None,
    force: bool = False,
    progress: Progress = QUIET,
) -> list[IngestRun]:
    """Fetch the catalogue with sets, migrations and prices, and read it."""
    with fetching("scryfall-cards", url or SCRYFALL), FeedClient() as client:
        if url is None:
            listed_url, listed_at = bulk_file(client.json(f"{SCRYFALL}/bulk-data"))
            url, at = listed_url, at or listed_at
        download = client.download(url, _directory())
        sets = orjson.dumps(_pages(client, f"{SCRYFALL}/sets"))
        migrations = orjson.dumps(_pages(client, f"{SCRYFALL}/migrations"))
    return ingest_scryfall(
        path=download.path,
        sets=sets,
        migrations=migrations,
        at=at,
        force=force,
        progress=progress,
        uri=url,
    )


def bulk_file(listing: Any) -> tuple[str, datetime | None]:
    """Where the default cards are and of when, from either form of the listing.

    Files of JSON lines (`jsonl_download_uri`) took the place of arrays
    (`download_uri`) in July 2026. Raises IngestError for another shape.
    """
    data = listing.get("data", [listing]) if isinstance(listing, dict) else []
    for node in data:
        if isinstance(node, dict) and node.get("type") == _BULK_TYPE:
            uri = node.get("jsonl_download_uri") or node.get("download_uri")
            if uri:
                return uri, _moment(node.get("updated_at"))
    raise IngestError(
        f"Scryfall's bulk listing has no {_BULK_TYPE} with a download address; its "
        "form has changed."
    )


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else None


def _pages(client: FeedClient, url: str) -> list[Any]:
    """All objects of a paged list."""
    found: list[Any] = []
    for _ in range(_MAX_PAGES):
        page = client.json(url)
        if not isinstance(page, dict) or not isinstance(page.get("data"), list):
            raise FetchError(f"{url} did not answer with a list.")
        found += page["data"]
        url = page.get("next_page") or ""
        if not page.get("has_more") or not url:
            break
    return found


def fetch_mtgjson(
    *,
    url: str | None = None,
    is_today: bool = False,
    force: bool = False,
    progress: Progress = QUIET,
) -> list[IngestRun]:
    """Fetch identifiers and prices from MTGJSON, or prices from `url`, and read them.

    A file that is the same as the last time is not sent again; it is read again, for
    the catalogue may know more cards by now.
    """
    name = "AllPricesToday" if is_today else "AllPrices"
    source = "mtgjson-today" if is_today else "mtgjson"
    if url is not None:
        with fetching(source, url), FeedClient() as client:
            path = _fetched(client, url, checked=False)
        return [
            ingest_mtgjson_prices(
                path=path, is_today=is_today, force=force, progress=progress, uri=url
            )
        ]
    with fetching(source, MTGJSON), FeedClient() as client:
        identifiers = _fetched(client, f"{MTGJSON}/AllIdentifiers.json.gz")
        prices = _fetched(client, f"{MTGJSON}/{name}.json.gz")
    return [
        ingest_mtgjson_identifiers(
            path=identifiers,
            progress=progress,
            uri=f"{MTGJSON}/AllIdentifiers.json.gz",
        ),
        ingest_mtgjson_prices(
            path=prices,
            is_today=is_today,
            force=force,
            progress=progress,
            uri=f"{MTGJSON}/{name}.json.gz",
        ),
    ]


def _fetched(client: FeedClient, url: str, *, checked: bool = True) -> Path:
    """Download a file and verify it against the checksum published beside it."""
    download = client.download(url, _directory())
    if checked:
        published = _SHA256.search(client.text(f"{url}.sha256").lower())
        if published is None or published[0].decode() != download.sha256:
            raise CorruptFeedError(
                f"{url} does not have the checksum published for it; nothing was "
                "stored. It may be being replaced: try again in some minutes."
            )
    return download.path


def fetch_all(
    *, force: bool = False, progress: Progress = QUIET
) -> Iterator[IngestRun]:
    """Every feed, its runs as they end: the catalogue first, then prices (all history
    the first time) and exchange rates. CardTrader is left out without a token, a list
    described in the admin while it is not active or has no address.

    A feed that fails does not keep the next from being read; the errors are raised as
    one at the end.
    """
    is_today = IngestRun.objects.filter(
        source="mtgjson", status=IngestRun.Status.SUCCEEDED
    ).exists()
    fetches: list[Callable[..., list[IngestRun]]] = [
        fetch_scryfall,
        partial(fetch_mtgjson, is_today=is_today),
        fetch_rates,
        *(partial(fetch_vendor, source=source) for source in configured_vendors()),
        *(
            partial(fetch_custom, slug=slug)
            for slug in custom_sources(is_scheduled=True)
        ),
    ]
    errors: list[IngestError] = []
    for fetch in fetches:
        try:
            yield from fetch(force=force, progress=progress)
        except IngestError as error:
            errors.append(error)
    if errors:
        raise IngestError(" ".join(str(error) for error in errors))


def _directory() -> Path:
    return Path(settings.FEED_DOWNLOAD_DIR)
