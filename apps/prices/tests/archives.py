"""A market to archive, and what a database holds of one."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import numpy as np
from django.db import connection

from apps.cards.models import Card
from apps.prices.ingest.base import (
    CONDITIONS,
    EXTRA_COUNTS,
    EXTRA_PRICES,
    LANGUAGES,
    PriceBlock,
    microseconds,
)
from apps.prices.models import IngestRun, Marketplace
from apps.prices.services import record_prices
from apps.prices.tests.factories import make_card
from tests.engines.aggregates import empty_aggregates

FIRST_DAY = date(2026, 2, 20)
STREAMS = ("cardkingdom", "cardkingdom-buylist", "cardmarket", "goatbots")


def start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def nth_day(n: int) -> date:
    return FIRST_DAY + timedelta(days=n)


def make_market(cards: int = 40) -> list[Card]:
    """Cards whose ids are in another order than their Scryfall ids."""
    return [
        make_card(
            f"Card {n}",
            scryfall_id=uuid.uuid5(uuid.NAMESPACE_OID, str(n)),
            collector_number=str(n),
        )
        for n in range(cards)
    ]


def market_block(cards: list[Card], days: list[date], seed: int = 1) -> PriceBlock:
    """Every card in every stream, several conditions, finishes and languages, at a
    moment of each day; prices move by a few percent and streams agree, half of the
    optional figures are absent."""
    chance = np.random.default_rng(seed)
    ids = [card.pk for card in cards]
    streams = list(
        Marketplace.objects.filter(slug__in=STREAMS)
        .order_by("slug")
        .values_list("id", flat=True)
    )
    buylists = list(
        Marketplace.objects.filter(side="BUYLIST").values_list("id", flat=True)
    )
    starts = [microseconds(start_of(day)) for day in days]
    grid = np.array(np.meshgrid(ids, streams, [0, 1], starts)).reshape(4, -1)
    card, stream, finish, start = grid
    n = len(card)
    # Odd microseconds: nothing of a time may be lost.
    time = start + stream * 3_600_000_000 + card % 60 * 1_000_001
    base = 1_500 + card * 997 % 50_000
    share = np.where(np.isin(stream, buylists), 0.6, 1)
    numbers = {
        name: np.where(chance.random(n) < 0.5, absent, chance.integers(1, 9_999_999, n))
        for names, absent in ((EXTRA_PRICES, 0), (EXTRA_COUNTS, -1))
        for name in names
    }
    return PriceBlock(
        card_id=card.astype(np.int32),
        marketplace_id=stream.astype(np.int16),
        condition=(card % len(CONDITIONS)).astype(np.int16),
        finish=finish.astype(np.int16),
        language=(card % len(LANGUAGES)).astype(np.int16),
        time=time,
        price=(base * share * chance.uniform(0.97, 1.03, n)).astype(np.int32),
        **numbers,
    )


def record_market(
    cards: list[Card], days: int, *, seed: int = 1, from_day: int = 0
) -> IngestRun:
    block = market_block(cards, [nth_day(from_day + n) for n in range(days)], seed)
    return record_prices(block, source="test")


def empty_prices() -> None:
    """As a new database is, but for the catalogue."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE price_snapshots, latest_prices")
        cursor.execute("TRUNCATE ingest_runs CASCADE")
    empty_aggregates()


SNAPSHOTS = (
    "time, card_id, marketplace_id, condition, finish, language, currency, price, "
    "price_low, price_mid, price_high, price_market, num_listings, total_quantity"
)
LATEST = SNAPSHOTS.replace("time", "as_of") + (
    ", previous_price, changed_at, price_1d, price_7d, price_30d, price_90d"
)
CANDLES = (
    "bucket, card_id, marketplace_id, condition, finish, language, open_price, "
    "high_price, low_price, close_price, price_sum, price_count"
)


def checksums() -> dict[str, tuple[int, str]]:
    """Rows and an ordered checksum of each table; who wrote them aside."""
    found = {}
    with connection.cursor() as cursor:
        for table, columns in (
            ("price_snapshots", SNAPSHOTS),
            ("latest_prices", LATEST),
            ("card_prices_daily", CANDLES),
        ):
            cursor.execute(
                f"SELECT count(*), md5(string_agg(row::text, '|' ORDER BY row::text)) "
                f"FROM (SELECT {columns} FROM {table}) row"
            )
            found[table] = cursor.fetchone()
    return found
