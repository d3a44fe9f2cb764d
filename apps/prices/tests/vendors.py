"""A small catalogue of vendor ids, and what a reader makes of a fixture with it."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from apps.prices.ingest.base import (
    ABSENT_COUNT,
    ABSENT_PRICE,
    CONDITIONS,
    EXTRA_COUNTS,
    FINISH_CODE,
    FINISHES,
    LANGUAGE_CODE,
    LANGUAGES,
    PriceBlock,
    from_microseconds,
)
from apps.prices.ingest.card_index import CardIndex, Named
from apps.prices.ingest.identity import CardFacts, finish_mask
from apps.prices.ingest.mtgjson import Stream
from apps.prices.ingest.quotes import Context, FeedReader
from apps.prices.ingest.spool import Spool
from apps.prices.models import IngestRun
from mtgintel.core.constants import MARKETPLACE_CURRENCIES
from mtgintel.core.feeds import Rejects
from mtgintel.core.money import from_thousandths

FIXTURES = Path(__file__).parent / "fixtures"
READ_AT = datetime(2026, 9, 1, tzinfo=UTC)
STREAMS = {
    slug: Stream(number, currency.value)
    for number, (slug, currency) in enumerate(MARKETPLACE_CURRENCIES.items(), 1)
}
_SLUGS = {stream.marketplace_id: slug for slug, stream in STREAMS.items()}


def facts(card_id: int, *finishes: str, language: str = "ENGLISH") -> CardFacts:
    return CardFacts(card_id, finish_mask(list(finishes)), LANGUAGE_CODE[language])


def named(card: CardFacts, finish: str | None = None) -> Named:
    return Named(card, None if finish is None else FINISH_CODE[finish])


# Card n has the Scryfall id that repeats the digit n.
BOTH = facts(1, "NONFOIL", "FOIL")
ETCHED_ONLY = facts(2, "ETCHED")
OLD = facts(3, "NONFOIL")
PLAIN = facts(4, "NONFOIL")
TOKEN = facts(5, "NONFOIL", "FOIL")
PROMO = facts(6, "FOIL", language="JAPANESE")
CARDS = {
    "11111111-1111-4111-8111-111111111111": BOTH,
    "22222222-2222-4222-8222-222222222222": ETCHED_ONLY,
    "44444444-4444-4444-8444-444444444444": PLAIN,
    "55555555-5555-4555-8555-555555555555": TOKEN,
    "66666666-6666-4666-8666-666666666666": PROMO,
}


def context(
    ids: dict[str, dict[str, list[Named]]] | None = None,
    *,
    streams: dict[str, Stream] | None = None,
    at: datetime | None = None,
) -> Context:
    index = CardIndex(CARDS, ids or {})
    return Context(
        index, STREAMS if streams is None else streams, Rejects(), READ_AT, at
    )


def pieces(name: str, size: int = 97) -> Iterator[bytes]:
    """The text of a fixture in pieces that end anywhere."""
    text = (FIXTURES / name).read_bytes()
    return (text[i : i + size] for i in range(0, len(text), size))


def prices(
    reader: FeedReader, rejects: Rejects | None = None
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """(card, marketplace, finish, condition, language) -> what would be stored.

    Of a series that is there twice the first is; the other is counted in `rejects`.
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    with Spool() as spool:
        for block in reader.blocks():
            spool.add(block)
        for week in spool.weeks(rejects or Rejects()):
            for values in week.rows.tolist():
                row = dict(zip(week.rows.dtype.names or (), values, strict=True))
                series = _series(row)
                found[series] = _figures(row)
    return found


def _series(row: dict[str, int]) -> tuple[Any, ...]:
    return (
        row.pop("card_id"),
        _SLUGS[row.pop("marketplace_id")],
        FINISHES[row.pop("finish")],
        CONDITIONS[row.pop("condition")],
        LANGUAGES[row.pop("language")],
    )


def _figures(row: dict[str, int]) -> dict[str, Any]:
    """The moment, and the figures that are there."""
    found: dict[str, Any] = {"time": from_microseconds(row.pop("time"))}
    for name, value in row.items():
        if name in EXTRA_COUNTS and value != ABSENT_COUNT:
            found[name] = value
        elif name not in EXTRA_COUNTS and value != ABSENT_PRICE:
            found[name] = from_thousandths(value)
    return found


def simple(
    found: dict[tuple[Any, ...], dict[str, Any]],
) -> dict[tuple[Any, ...], Decimal]:
    """Only the price of each series."""
    return {key: row["price"] for key, row in found.items()}


def streams_and_finishes(block: PriceBlock) -> Counter[tuple[str, str]]:
    """How many rows a block has of each marketplace and finish."""
    pairs = zip(block.marketplace_id.tolist(), block.finish.tolist(), strict=True)
    return Counter((_SLUGS[stream], FINISHES[finish]) for stream, finish in pairs)


_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@cache
def catalogue(shared_data: Path) -> tuple[dict[str, dict[str, Any]], CardIndex]:
    """The real catalogue's records by Scryfall id, and an index of them all."""
    path = shared_data / "scryfall" / "default-cards.jsonl.gz"
    records: dict[str, dict[str, Any]] = {}
    cards: dict[str, CardFacts] = {}
    by_vendor: dict[str, dict[str, list[Named]]] = {
        "tcgplayer": {},
        "cardmarket": {},
        "mtgo": {},
    }
    with gzip.open(path) as file:
        for line in file:
            record = orjson.loads(line)
            if not _UUID.fullmatch(record["id"]):
                continue
            records[record["id"]] = record
            names = [name.upper() for name in record["finishes"]]
            card = cards[record["id"]] = facts(len(records), *names)
            for source, key, finish in _IDS:
                if record.get(key):
                    listed = by_vendor[source].setdefault(str(record[key]), [])
                    listed.append(named(card, finish))
    return records, CardIndex(cards, by_vendor)


_IDS = (
    ("tcgplayer", "tcgplayer_id", None),
    ("tcgplayer", "tcgplayer_etched_id", "ETCHED"),
    ("cardmarket", "cardmarket_id", None),
    ("mtgo", "mtgo_id", "NONFOIL"),
    ("mtgo", "mtgo_foil_id", "FOIL"),
)


def ledger_row(reader: FeedReader, rejects: Rejects) -> IngestRun:
    """What the ledger would say of a reading; not saved."""
    return IngestRun(
        source="a vendor",
        status=IngestRun.Status.SUCCEEDED,
        rows_seen=reader.rows,
        rejects=dict(rejects.counts),
    )
