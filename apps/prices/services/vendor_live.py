"""The feeds of single vendors from their servers, each by its vendor's rules."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from apps.prices.ingest import (
    cardkingdom,
    cardmarket,
    cardtrader,
    goatbots,
    manapool,
    tcgcsv,
)
from apps.prices.ingest.bundle import Bundle
from apps.prices.ingest.quotes import read_moment
from apps.prices.models import IngestRun
from mtgintel.core.feeds import IngestError, Progress
from mtgintel.core.http import FeedClient, FetchError, part_of

from .feeds import QUIET
from .runs import fetching
from .vendors import VENDORS, VendorFile, ingest_vendor

# tcgcsv asks for 100 to 150 ms between requests; CardTrader answers ten a second.
_TCGCSV_PACE = 0.15
_CARDTRADER_PACE = 0.12


def fetch_vendor(
    *,
    source: str,
    url: str | None = None,
    at: datetime | None = None,
    force: bool = False,
    progress: Progress = QUIET,
) -> list[IngestRun]:
    """Fetch the feed of one of VENDORS and read it; `url` instead of its usual place.

    Returns no run where the server has nothing that was not read before.
    """
    fetch = _of_address if url else _FETCHES[source]
    files = fetch(source, url or "")
    runs = []
    while (file := _next(files, source, url or "")) is not None:
        runs.append(
            ingest_vendor(
                source=source, file=file, at=at, force=force, progress=progress
            )
        )
    return runs


def _next(files: Iterator[VendorFile], source: str, url: str) -> VendorFile | None:
    """One more file of a source, fetched now; None when that was all."""
    with fetching(source, url):
        return next(files, None)


def configured_vendors() -> list[str]:
    """The sources that can be fetched: CardTrader's only with a token."""
    return [
        source
        for source in VENDORS
        if source != cardtrader.SOURCE or settings.CARDTRADER_TOKEN
    ]


def _of_address(source: str, url: str) -> Iterator[VendorFile]:
    with FeedClient(accepts_pages=source == cardkingdom.SOURCE) as client:
        yield VendorFile(client.download(url, _directory(source)).path, url)


def _fetch_cardkingdom(source: str, _: str) -> Iterator[VendorFile]:
    yield from _of_address(source, cardkingdom.URL)


def _fetch_goatbots(source: str, _: str) -> Iterator[VendorFile]:
    """The day's prices and what the ids are, in one archive."""
    with FeedClient() as client:
        found = [
            client.download(url, _directory(source)).path
            for url in (goatbots.URL, goatbots.DEFINITIONS_URL)
        ]
    path = _directory(source) / "goatbots.zip"
    with _archive(path) as add:
        for bundle in map(Bundle, found):
            for name in bundle.names:
                add(str(name), bundle.read(name))
    yield VendorFile(path, goatbots.URL)


def _fetch_manapool(source: str, _: str) -> Iterator[VendorFile]:
    yield from _of_address(source, manapool.URL)
    yield from _of_address(source, manapool.VARIANTS_URL)


def _fetch_cardmarket(source: str, _: str) -> Iterator[VendorFile]:
    with FeedClient() as client:
        guide = client.download(cardmarket.URL, _directory(source))
        products = client.download(cardmarket.PRODUCTS_URL, _directory(source))
        sealed = client.download(cardmarket.SEALED_URL, _directory(source))
    yield VendorFile(guide.path, cardmarket.URL, products.path, sealed=sealed.path)


def _fetch_tcgcsv(source: str, _: str) -> Iterator[VendorFile]:
    """Every set's prices and products, unless the day's were read before: a file may
    be asked for once in 24 hours."""
    base = f"{tcgcsv.BASE}/tcgplayer/{tcgcsv.MAGIC}"
    with FeedClient(pace=_TCGCSV_PACE) as client:
        written = client.text(f"{tcgcsv.BASE}/last-updated.txt")
        if _was_read(source, read_moment(written.decode("ascii", "replace").strip())):
            return
        groups = _numbers(_results(client.json(f"{base}/groups")), "groupId")
        path = _directory(source) / "tcgcsv.zip"
        with _archive(path) as add:
            add("last-updated.txt", written)
            for group in groups:
                for name in ("prices", "products"):
                    text = client.text(f"{base}/{group}/{name}")
                    add(f"{tcgcsv.MAGIC}/{group}/{name}", text)
    yield VendorFile(path, base)


def _fetch_cardtrader(source: str, _: str) -> Iterator[VendorFile]:
    if not settings.CARDTRADER_TOKEN:
        raise IngestError(
            "CardTrader answers only with a token: set CARDTRADER_TOKEN to the one in "
            "your account's API settings."
        )
    api = cardtrader.API
    token = {"Authorization": f"Bearer {settings.CARDTRADER_TOKEN}"}
    with FeedClient(pace=_CARDTRADER_PACE, headers=token) as client:
        listed = _objects(client.json(f"{api}/expansions"))
        expansions = [one for one in listed if one.get("game_id") == cardtrader.MAGIC]
        path = _directory(source) / "cardtrader.zip"
        with _archive(path) as add:
            for number in _numbers(expansions, "id"):
                query = f"expansion_id={number}"
                add(
                    f"blueprints/{number}.json",
                    client.text(f"{api}/blueprints/export?{query}"),
                )
                add(
                    f"marketplace/{number}.json",
                    client.text(f"{api}/marketplace/products?{query}"),
                )
    yield VendorFile(path, f"{api}/marketplace/products")


_FETCHES: dict[str, Callable[[str, str], Iterator[VendorFile]]] = {
    cardkingdom.SOURCE: _fetch_cardkingdom,
    cardmarket.SOURCE: _fetch_cardmarket,
    tcgcsv.SOURCE: _fetch_tcgcsv,
    manapool.SOURCE: _fetch_manapool,
    cardtrader.SOURCE: _fetch_cardtrader,
    goatbots.SOURCE: _fetch_goatbots,
}


def _was_read(source: str, written_at: datetime | None) -> bool:
    """Whether a file of that moment, or a later one, was stored."""
    if written_at is None:
        return False
    return IngestRun.objects.filter(
        source=source, status=IngestRun.Status.SUCCEEDED, as_of__gte=written_at
    ).exists()


def _results(answer: Any) -> list[dict[str, Any]]:
    return _objects(answer.get("results") if isinstance(answer, dict) else None)


def _objects(answer: Any) -> list[dict[str, Any]]:
    if not isinstance(answer, list):
        raise FetchError(
            f"This is not the list we asked for: {orjson.dumps(answer)!r:.80}."
        )
    return [one for one in answer if isinstance(one, dict)]


def _numbers(nodes: list[dict[str, Any]], key: str) -> list[int]:
    """The ids in a list; only numbers, for they become part of an address."""
    return [node[key] for node in nodes if isinstance(node.get(key), int)]


@contextmanager
def _archive(path: Path) -> Iterator[Callable[[str, bytes], None]]:
    """An archive at `path` that is there only once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with part_of(path) as part:
        part.truncate(0)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file:
            yield file.writestr
        Path(part.name).replace(path)


def _directory(source: str) -> Path:
    return Path(settings.FEED_DOWNLOAD_DIR) / source
