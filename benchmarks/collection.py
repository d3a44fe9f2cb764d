"""A large collection: its list, its value and its chart, and working its days out.

    python -m benchmarks.collection --scale 1

50,000 lots of 30,000 printings, priced in two streams and bought by a shop, over 90
days; made by SQL on servers of its own. "fresh" is a request after the data changed,
"warm" the next one; beside them stands the least SQL that has the same prices. "cold"
days are worked out from lots and prices, as after an import; the page itself reads kept
ones. Ratios of one run count, not milliseconds.
"""

from __future__ import annotations

import argparse
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as midnight
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mtgintel.core.embedded import TemporaryServers

from .endpoints import Timing, timed

LOTS = 50_000
PRINTINGS = 30_000
DAYS = 90
DUE_MILLISECONDS = 300.0
_DAY = timedelta(days=1)

_STREAMS = "('tcgplayer', 'manapool', 'cardkingdom-buylist')"
_MAKE_DAYS = f"""
    INSERT INTO card_prices_daily (bucket, card_id, marketplace_id, condition, finish,
        language, currency, open_price, high_price, low_price, close_price, avg_price,
        price_sum, price_count)
    SELECT %(first)s::timestamptz + d * interval '1 day', c.id, m.id, 'NEAR_MINT',
        'NONFOIL', 'ENGLISH', 'USD', p.price, p.price, p.price, p.price, p.price,
        p.price, 1
    FROM generate_series(%(from)s, %(to)s) AS d
    CROSS JOIN cards c
    CROSS JOIN (SELECT id, side FROM marketplaces WHERE slug IN {_STREAMS}) AS m
    CROSS JOIN LATERAL (
        SELECT (100 + (hashint4(c.id) & 65535) + 10 * (hashint4(c.id * 61 + d) & 31))
            / CASE m.side WHEN 'BUYLIST' THEN 2 ELSE 1 END AS price
    ) AS p
    ORDER BY c.id, m.id, d
"""
_MAKE_LATEST = """
    INSERT INTO latest_prices (card_id, marketplace_id, condition, finish, language,
        currency, price, as_of, price_7d, price_30d)
    SELECT card_id, marketplace_id, condition, finish, language, currency, close_price,
        bucket, close_price + 50, close_price - 50
    FROM card_prices_daily WHERE bucket = %(today)s
"""
_MAKE_MARKET = """
    INSERT INTO market_index_daily (bucket, currency, finish, avg_price, min_price,
        max_price, price_sum, price_count, unique_cards, total_snapshots)
    SELECT DISTINCT bucket, 'USD', 'NONFOIL'::card_finish, 1, 1, 1, 1, 1, 1, 1
    FROM card_prices_daily WHERE card_id = (SELECT min(id) FROM cards)
"""
_MAKE_LOTS = """
    INSERT INTO lots (key, owner_id, card_id, finish, condition, language, quantity,
        disposed, unit_cost, cost_currency, acquired_on, source, binder, tags, notes,
        for_trade, grade, is_signed, is_altered, is_proxy, is_misprint, created_at,
        updated_at)
    SELECT gen_random_uuid(), %(owner)s, (SELECT min(id) FROM cards) + n %% %(cards)s,
        'NONFOIL', (CASE n %% 5 WHEN 0 THEN 'LIGHTLY_PLAYED' ELSE 'NEAR_MINT' END)
        ::card_condition, 'ENGLISH', 1 + n %% 4, 0,
        CASE WHEN n %% 3 > 0 THEN 500 + n END, CASE WHEN n %% 3 > 0 THEN 'USD' ELSE ''
        END, (%(today)s::timestamptz)::date - n %% 120, '', '', '{}', '', 0, '', false,
        false, false, false, now(), now()
    FROM generate_series(1, %(lots)s) AS n
"""
# The least that has the same prices: one stream, no grades, no order.
_BARE = {
    "list": """
        SELECT l.id, l.card_id, c.name, l.quantity, p.price, p.price * l.quantity AS v
        FROM lots l JOIN cards c ON c.id = l.card_id
        JOIN latest_prices p ON p.card_id = l.card_id AND p.finish = l.finish
            AND p.condition = 'NEAR_MINT' AND p.marketplace_id = %(stream)s
        WHERE l.owner_id = %(owner)s ORDER BY v DESC, l.id LIMIT 50
    """,
    "value": """
        SELECT sum(p.price::bigint * l.quantity), count(*)
        FROM lots l
        JOIN latest_prices p ON p.card_id = l.card_id AND p.finish = l.finish
            AND p.condition = 'NEAR_MINT' AND p.marketplace_id = %(stream)s
        WHERE l.owner_id = %(owner)s
    """,
    "chart": """
        SELECT day, market, copies FROM portfolio_values
        WHERE owner_id = %(owner)s AND currency = 'USD' ORDER BY day
    """,
}
_BARE_DAYS = """
    SELECT p.bucket, sum(p.close_price::bigint * l.quantity)
    FROM lots l
    JOIN card_prices_daily p ON p.card_id = l.card_id AND p.finish = l.finish
        AND p.condition = 'NEAR_MINT' AND p.marketplace_id = %(stream)s
        AND p.bucket >= l.acquired_on
    WHERE l.owner_id = %(owner)s AND p.bucket >= %(first)s AND p.bucket <= %(last)s
    GROUP BY p.bucket
"""
_ADDRESSES = {
    "list": "/api/inventory?page_size=50",
    "value": "/api/inventory/value",
    "chart": "/api/inventory/history?period=90d",
    "page": "/portfolio/?period=90d",
}


@dataclass(frozen=True, slots=True)
class Read:
    """One thing asked for; `sql` is the least that has the same prices, None for the
    page, which is all of them together."""

    fresh: Timing
    warm: Timing
    sql: Timing | None


@dataclass(frozen=True, slots=True)
class Replay:
    """`days` worked out from lots and prices, in seconds, beside one statement over the
    same prices of one stream."""

    days: int
    seconds: float
    sql_seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    lots: int
    printings: int
    reads: dict[str, Read]
    replays: list[Replay]

    @property
    def is_due(self) -> bool:
        warm = (read.warm.milliseconds for read in self.reads.values())
        return max(warm) <= DUE_MILLISECONDS


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
        return _measure(int(LOTS * scale), int(PRINTINGS * scale))


def _measure(lots: int, printings: int) -> Result:
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    call_command("migrate", verbosity=0)
    owner = _fill(lots, printings)
    try:
        replays = [_replay(owner, 1), _replay(owner, DAYS)]
        _keep(owner)
        reads = {
            name: _read(owner, name, address) for name, address in _ADDRESSES.items()
        }
        return Result(lots, printings, reads, replays)
    finally:
        connections.close_all()


def _today() -> datetime:
    return datetime.combine(datetime.now(UTC).date(), midnight(), UTC)


def _fill(lots: int, printings: int) -> Any:
    """Make the market and the collection; its owner."""
    from django.contrib.auth.models import User
    from django.db import connection

    from apps.cards.models import Card, CardSet
    from mtgintel.core import timescale

    sets = CardSet.objects.bulk_create(
        CardSet(code=f"b{number}", name=f"Bench {number}") for number in range(100)
    )
    Card.objects.bulk_create(
        (
            Card(
                scryfall_id=uuid.uuid4(),
                oracle_id=uuid.uuid4(),
                name=f"Card {number}",
                search_name=f"card {number}",
                card_set=sets[number % 100],
                collector_number=str(number),
                rarity=("common", "uncommon", "rare", "mythic")[number % 4],
                color_identity=["WUBRG"[number % 5]],
                finishes=["NONFOIL"],
            )
            for number in range(printings)
        ),
        batch_size=5_000,
    )
    owner = User.objects.create_user("bench")
    today = _today()
    first = today - (DAYS - 1) * _DAY
    for table in ("card_prices_daily", "market_index_daily"):
        timescale.ensure_chunks(table, first, today)
    facts: dict[str, Any] = {
        "first": first,
        "today": today,
        "owner": owner.pk,
        "cards": printings,
        "lots": lots,
    }
    with connection.cursor() as cursor:
        for start in range(0, DAYS, 7):
            days = {"from": start, "to": min(start + 7, DAYS) - 1}
            cursor.execute(_MAKE_DAYS, facts | days)
        for statement in (_MAKE_LATEST, _MAKE_MARKET, _MAKE_LOTS):
            cursor.execute(statement, facts)
        cursor.execute("VACUUM ANALYZE")
    return owner


def _replay(owner: Any, days: int) -> Replay:
    from apps.inventory.selectors.history import replayed

    last = _today()
    first = last - (days - 1) * _DAY
    wanted = [(first + n * _DAY).date() for n in range(days)]
    seconds = _seconds(lambda: replayed(owner, "USD", wanted))
    bounds = {"first": first, "last": last}
    sql_seconds = _seconds(lambda: _ask(_BARE_DAYS, owner, bounds))
    return Replay(days, seconds, sql_seconds)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _keep(owner: Any) -> None:
    from apps.inventory.services.history import fill_values

    fill_values(user_id=owner.pk)


def _ask(statement: str, owner: Any, more: dict[str, Any] | None = None) -> None:
    from django.db import connection

    from apps.prices.models import Marketplace

    stream = Marketplace.objects.get(slug="tcgplayer").pk
    parameters = {"owner": owner.pk, "stream": stream, **(more or {})}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        cursor.fetchall()


def _read(owner: Any, name: str, address: str) -> Read:
    from django.test import Client

    from mtgintel.core import cache

    client = Client(SERVER_NAME="localhost")
    client.force_login(owner)

    def get() -> None:
        response = client.get(address)
        if response.status_code != 200:
            raise SystemExit(f"{address}: {response.status_code} {response.content!r}")

    bare = _BARE.get(name)
    return Read(
        fresh=timed("fresh", get, before=cache.bump),
        warm=timed("warm", get),
        sql=timed("sql", lambda: _ask(bare, owner)) if bare else None,
    )


def report(result: Result) -> None:
    print(f"{result.lots:,} lots of {result.printings:,} printings, {DAYS} days")
    print(f"{'':8} {'sql':>9} {'fresh':>9} {'warm':>9}  ms   {'fresh/sql':>9}")
    for name, read in result.reads.items():
        bare = f"{read.sql.milliseconds:9.1f}" if read.sql else f"{'':9}"
        fresh, warm = read.fresh.milliseconds, read.warm.milliseconds
        ratio = f"{fresh / read.sql.milliseconds:9.1f}" if read.sql else ""
        print(f"{name:8} {bare} {fresh:9.1f} {warm:9.1f}       {ratio}")
    for one in result.replays:
        days = f"{one.days} day{'' if one.days == 1 else 's'} cold"
        print(
            f"{days:14} {one.seconds:7.2f} s, one stream by bare SQL "
            f"{one.sql_seconds:.2f} s, {one.seconds / one.sql_seconds:.1f} ×"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1)
    result = measure(parser.parse_args().scale)
    report(result)
    return int(not result.is_due)


if __name__ == "__main__":
    raise SystemExit(main())
