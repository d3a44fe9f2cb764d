"""Endpoints against the bare SQL behind them, and history against a ModelSerializer.

    python -m benchmarks.endpoints --scale 1

A market made by SQL: 10,000 cards in five series over 60 days, and one card with a
daily history of 1,000 points. Requests go through Django's whole handler in this
process. "fresh" is a request after the data changed, "cached" the next one, "304" one
that knows the ETag. Ratios of one run count, not milliseconds.
"""

from __future__ import annotations

import argparse
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from mtgintel.core.embedded import TemporaryServers

CARDS = 10_000
DAYS = 60
HISTORY_POINTS = 1_000
SECONDS_PER_FIGURE = 2.0

_MAKE_SNAPSHOTS = """
    INSERT INTO price_snapshots (time, card_id, marketplace_id, condition, finish,
        language, currency, price, num_listings, total_quantity)
    SELECT date_trunc('day', now()) - d * interval '1 day', c.id, s.id, 'NEAR_MINT',
        s.finish::card_finish, 'ENGLISH', s.currency,
        100 + (hashint4(c.id) & 65535) + 10 * (hashint4(c.id * 61 + d) & 31), 5, 9
    FROM cards c, generate_series(0, %s - 1) AS d, (
        SELECT id, currency, finish FROM marketplaces,
            unnest(ARRAY['NONFOIL', 'FOIL']) AS finish
        WHERE slug IN ('tcgplayer', 'cardmarket')
           OR slug = 'cardkingdom' AND finish = 'NONFOIL'
    ) AS s
"""
_MAKE_LATEST = """
    INSERT INTO latest_prices (card_id, marketplace_id, condition, finish, language,
        currency, price, num_listings, total_quantity, as_of,
        price_1d, price_7d, price_30d)
    SELECT s.card_id, s.marketplace_id, s.condition, s.finish, s.language, s.currency,
        s.price, s.num_listings, s.total_quantity, s.time,
        s.price + 100, s.price + 50, s.price - 50
    FROM price_snapshots s
    WHERE s.time >= date_trunc('day', now())
"""
_MAKE_HISTORY = """
    INSERT INTO price_snapshots (time, card_id, marketplace_id, condition, finish,
        language, currency, price)
    SELECT date_trunc('day', now()) - d * interval '1 day', %s,
        (SELECT id FROM marketplaces WHERE slug = 'tcgplayer'), 'NEAR_MINT', 'NONFOIL',
        'ENGLISH', 'USD', 1000 + 10 * (hashint4(d) & 511)
    FROM generate_series(0, %s - 1) AS d
    ON CONFLICT DO NOTHING
"""
# What each endpoint needs of the database, as one would write it by hand.
_BARE = {
    "index": """
        SELECT bucket, sum(price_sum) / sum(price_count), sum(unique_cards),
            sum(total_volume), sum(total_snapshots)
        FROM market_index_daily
        WHERE currency = 'USD' AND bucket >= now() - interval '30 days'
        GROUP BY bucket ORDER BY bucket
    """,
    "history": """
        SELECT marketplace_id, finish, condition, language, bucket, open_price,
            high_price, low_price, close_price, avg_price, price_count
        FROM card_prices_daily WHERE card_id = %(card_id)s
        ORDER BY marketplace_id, finish, condition, language, bucket
    """,
    "card": """
        SELECT * FROM cards c
        JOIN latest_prices l ON l.card_id = c.id
        JOIN marketplaces m ON m.id = l.marketplace_id
        WHERE c.id = %(card_id)s
    """,
}


@dataclass(frozen=True, slots=True)
class Timing:
    """Median milliseconds of one thing done over and over."""

    name: str
    milliseconds: float

    @property
    def per_second(self) -> float:
        return 1000 / self.milliseconds


@dataclass(frozen=True, slots=True)
class Endpoint:
    address: str
    sql: Timing
    fresh: Timing
    cached: Timing
    not_modified: Timing


@dataclass(frozen=True, slots=True)
class Result:
    endpoints: dict[str, Endpoint]
    model_serializer: Timing

    @property
    def figures(self) -> dict[str, float]:
        """The figures that are due, and those that explain them, as ratios."""
        history = self.endpoints["history"]
        serializer = self.model_serializer.milliseconds
        ratios = {
            "history_vs_model_serializer": serializer / history.cached.milliseconds,
            "fresh_history_vs_model_serializer": serializer
            / history.fresh.milliseconds,
        }
        for name, endpoint in self.endpoints.items():
            bare = endpoint.sql.milliseconds
            ratios[f"{name}_fresh_vs_sql"] = endpoint.fresh.milliseconds / bare
            ratios[f"{name}_cached_vs_sql"] = endpoint.cached.milliseconds / bare
        return ratios


def measure(scale: float = 1) -> Result:
    """Run the whole benchmark on servers of its own."""
    with (
        TemporaryDirectory(prefix="bench-") as name,
        TemporaryServers(Path(name)) as servers,
    ):
        os.environ["DATABASE_URL"] = servers.database_url
        os.environ["REDIS_URL"] = servers.redis_url
        os.environ["MTGINTEL_DATA_DIR"] = name
        os.environ["API_READ_RATE"] = "9999999/sec"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")
        return _measure(int(CARDS * scale))


def _measure(cards: int) -> Result:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0)
    card_id = _fill(cards)
    try:
        addresses = {
            "index": "/api/market/index?period=30d",
            "history": f"/api/cards/{card_id}/history?period=all",
            "card": f"/api/cards/{card_id}",
        }
        endpoints = {
            name: _endpoint(address, partial(_ask, _BARE[name], card_id))
            for name, address in addresses.items()
        }
        return Result(endpoints, _model_serializer(card_id))
    finally:
        connections.close_all()


def _fill(cards: int) -> int:
    """Make the market; the id of the card with the long history."""
    from django.db import connection
    from django.utils import timezone

    from apps.cards.models import Card, CardSet
    from mtgintel.core import timescale

    card_set = CardSet.objects.create(code="ben", name="Bench")
    made = Card.objects.bulk_create(
        Card(
            scryfall_id=uuid.uuid4(),
            oracle_id=uuid.uuid4(),
            name=f"Card {number}",
            search_name=f"card {number}",
            card_set=card_set,
            collector_number=str(number),
            finishes=["NONFOIL", "FOIL"],
            oracle_text="Draw a card. " * 9,
        )
        for number in range(cards)
    )
    now = timezone.now()
    first = now - timedelta(days=HISTORY_POINTS)
    timescale.ensure_chunks("price_snapshots", first, now)
    with connection.cursor() as cursor:
        cursor.execute(_MAKE_SNAPSHOTS, [DAYS])
        cursor.execute(_MAKE_LATEST)
        cursor.execute(_MAKE_HISTORY, [made[0].pk, HISTORY_POINTS])
    timescale.refresh_aggregates(first, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return made[0].pk


def _ask(statement: str, card_id: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, {"card_id": card_id})
        cursor.fetchall()


def _endpoint(address: str, ask: Callable[[], object]) -> Endpoint:
    from django.test import Client

    from mtgintel.core import cache

    client = Client(SERVER_NAME="localhost")

    def get(expected: int = 200, headers: dict[str, str] | None = None) -> Any:
        response = client.get(address, headers=headers)
        if response.status_code != expected:
            raise SystemExit(f"{address}: {response.status_code} {response.content!r}")
        return response

    sql, fresh = timed("sql", ask), timed("fresh", get, before=cache.bump)
    etag = get()["ETag"]
    return Endpoint(
        address,
        sql,
        fresh,
        cached=timed("cached", get),
        not_modified=timed("304", lambda: get(304, {"If-None-Match": etag})),
    )


def _model_serializer(card_id: int) -> Timing:
    """The same rows as a plain DRF view with a ModelSerializer answers them."""
    from django.test import RequestFactory
    from rest_framework import generics, serializers

    from apps.prices.models import CardPriceDaily

    class CandleSerializer(serializers.ModelSerializer):
        class Meta:
            model = CardPriceDaily
            fields = [
                *("bucket", "marketplace", "condition", "finish", "language"),
                *("open_price", "high_price", "low_price", "close_price"),
                *("avg_price", "price_count"),
            ]

    class CandleView(generics.ListAPIView):
        authentication_classes: list[type] = []
        queryset = CardPriceDaily.objects.filter(card_id=card_id).order_by("bucket")
        serializer_class = CandleSerializer
        pagination_class = None

    view, request = CandleView.as_view(), RequestFactory().get("/")
    rows = len(view(request).data)
    if rows < HISTORY_POINTS:
        raise SystemExit(f"{rows} points where {HISTORY_POINTS} should be")
    return timed("ModelSerializer", lambda: view(request).render())


def timed(
    name: str,
    call: Callable[[], object],
    before: Callable[[], object] = lambda: None,
) -> Timing:
    """`before` is done each time and not counted."""
    before()
    call()
    times: list[float] = []
    ends_at = time.perf_counter() + SECONDS_PER_FIGURE
    while time.perf_counter() < ends_at or len(times) < 5:
        before()
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return Timing(name, median(times) * 1000)


def report(result: Result) -> None:
    print(f"{'endpoint':10} {'sql':>9} {'fresh':>9} {'cached':>9} {'304':>9}  ms")
    for name, endpoint in result.endpoints.items():
        timings = (
            endpoint.sql,
            endpoint.fresh,
            endpoint.cached,
            endpoint.not_modified,
        )
        row = " ".join(f"{timing.milliseconds:9.2f}" for timing in timings)
        print(f"{name:10} {row}")
    serializer = result.model_serializer
    print(
        f"{HISTORY_POINTS:,} rows by ModelSerializer {serializer.milliseconds:.2f} ms, "
        f"{serializer.per_second:,.0f} a second"
    )
    for name, value in result.figures.items():
        print(f"{name:36} {value:,.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1)
    given = parser.parse_args()
    report(measure(given.scale))
