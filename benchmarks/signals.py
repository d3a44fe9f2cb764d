"""How long the signals of a whole market take, and how much memory.

    python -m benchmarks.signals 1/4

The market of market.py, straight into the daily prices of fresh embedded servers: week
by week as a history is read, since how rows lie on the disk decides how fast they are
read. Then `manage.py detect_signals` for its last day, again, and for the whole of its
last week. Beside the seconds stands what the command and the sessions of the server
took of the processors: that stays the same on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from mtgintel.core.embedded import TemporaryServers

from .ingest import manage
from .market import DAYS, STREAMS, Array, Market

DUE_SECONDS, DUE_PEAK_MB = 120.0, 600.0
LAST_DAY = date(2026, 3, 10)
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)
_POSTGRES_EPOCH = date(2000, 1, 1)
_DAY_MICROSECONDS = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """One `manage.py detect_signals`; `cpu_seconds` are its own and the server's."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    signals: int


@dataclass(frozen=True, slots=True)
class Result:
    scale: str
    printings: int
    points: int
    steps: list[Step]

    @property
    def is_due(self) -> bool:
        day = self.steps[0]
        seconds = DUE_SECONDS * Fraction(self.scale)
        return day.seconds <= max(seconds, 10) and day.peak_mb <= DUE_PEAK_MB


def measure(scale: Fraction) -> Result:
    """One size, on servers of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        home = Path(name)
        with TemporaryServers(home / "servers") as servers:
            environment = {
                **os.environ,
                "DATABASE_URL": servers.database_url,
                "REDIS_URL": servers.redis_url,
                "MTGINTEL_DATA_DIR": str(home),
            }
            manage(environment, "migrate", "-v0")
            os.environ.update(environment)
            market = Market(float(scale))
            points = _load(market)
            week = str(LAST_DAY - timedelta(days=6))
            steps = [
                _step(environment, home, "a day"),
                _step(environment, home, "again"),
                _step(environment, home, "a week", "--from", week),
            ]
    return Result(str(scale), market.printings, points, steps)


def _step(environment: dict[str, str], home: Path, name: str, *options: str) -> Step:
    from django.db import connection

    before = _own_seconds() + _server_seconds(home)
    seconds, peak_mb = manage(environment, "detect_signals", *options)
    cpu_seconds = _own_seconds() + _server_seconds(home) - before

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM signals")
        (signals,) = cursor.fetchone()
    return Step(name, round(seconds, 1), round(cpu_seconds, 1), round(peak_mb), signals)


def _own_seconds() -> float:
    """Processor time of the commands that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _server_seconds(home: Path) -> float:
    """Processor time of the server's sessions that have ended: Linux adds it up in
    their parent."""
    pid_file = home / "servers" / "postgres" / "data" / "postmaster.pid"
    status = Path("/proc", pid_file.read_text().split()[0], "stat").read_text()
    of_children = status.rpartition(")")[2].split()[13:15]
    return sum(map(int, of_children)) / os.sysconf("SC_CLK_TCK")


def _load(market: Market) -> int:
    """Put a market into the tables that signals are read from; how many prices."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")
    import django

    django.setup()
    from django.db import connection

    from apps.prices.models import Marketplace
    from mtgintel.core.bulk import copy_columns

    _make_cards(market.printings)
    ids = dict(Marketplace.objects.values_list("slug", "id"))
    streams = np.array([ids[stream.slug] for stream in STREAMS])
    series = _series(market)
    points = 0
    with connection.cursor() as cursor:
        _make_room(cursor)
        for days in _weeks():
            columns = _columns(series, streams, days)
            n = len(columns["card_id"].data)
            points += copy_columns(cursor, "card_prices_daily", columns, n)
        cursor.execute("VACUUM ANALYZE card_prices_daily")
        cursor.execute(
            "INSERT INTO market_index_daily (bucket, currency, finish, avg_price, "
            "min_price, max_price, price_sum, price_count, unique_cards, "
            "total_snapshots) VALUES (%s, 'USD', 'NONFOIL', 1, 1, 1, 1, 1, 1, 1)",
            [f"{LAST_DAY} 00:00+00"],
        )
    return points


def _make_cards(count: int) -> None:
    from apps.cards.models import Card

    for start in range(1, count + 1, 10_000):
        numbers = range(start, min(start + 10_000, count + 1))
        Card.objects.bulk_create(
            Card(id=n, scryfall_id=UUID(int=n), name=f"Card {n}") for n in numbers
        )


def _make_room(cursor: Any) -> None:
    from mtgintel.core.timescale import ensure_chunks

    for table in ("card_prices_daily", "market_index_daily"):
        ensure_chunks(table, _midnight(FIRST_DAY), _midnight(LAST_DAY))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _series(market: Market) -> dict[str, Array]:
    """Every series in the order of its key; `price` in thousandths, 0 where it is not
    listed."""
    parts: dict[str, list[Array]] = {
        n: [] for n in ("card", "stream", "finish", "price")
    }
    for batch in market.batches():
        parts["card"].append(batch.printing + 1)
        parts["stream"].append(batch.stream)
        parts["finish"].append(batch.finish)
        price = np.where(batch.is_listed, batch.cents * 10, 0)
        parts["price"].append(price.astype(np.int32))
    series = {name: np.concatenate(parts.pop(name)) for name in tuple(parts)}
    order = np.lexsort((series["finish"], series["stream"], series["card"]))
    return {name: column[order] for name, column in series.items()}


def _weeks() -> Iterator[range]:
    for start in range(0, DAYS, 7):
        yield range(start, min(start + 7, DAYS))


def _columns(series: dict[str, Array], streams: Array, days: range) -> dict[str, Any]:
    """The prices of some days as columns of card_prices_daily, series by series."""
    from mtgintel.core.bulk import Labels, Numbers, Same
    from mtgintel.core.constants import Finish

    price = series["price"][:, days.start : days.stop]
    row, day = np.nonzero(price)
    price = price[row, day]
    first = (FIRST_DAY - _POSTGRES_EPOCH).days + days.start
    currencies = sorted({stream.currency for stream in STREAMS})
    currency = np.array([currencies.index(stream.currency) for stream in STREAMS])
    stream = series["stream"][row]
    return {
        "bucket": Numbers((first + day) * _DAY_MICROSECONDS, ">i8"),
        "card_id": Numbers(series["card"][row]),
        "marketplace_id": Numbers(streams[stream], ">i2"),
        "condition": Labels(np.zeros(len(row), np.int8), ["NEAR_MINT"]),
        "finish": Labels(series["finish"][row], Finish.values),
        "language": Labels(np.zeros(len(row), np.int8), ["ENGLISH"]),
        "currency": Labels(currency[stream], currencies),
        **{
            f"{name}_price": Numbers(price) for name in ("open", "high", "low", "close")
        },
        "avg_price": Numbers(price, ">f8"),
        "price_sum": Numbers(price, ">i8"),
        "price_count": Same(1, ">i8"),
    }


def report(result: Result) -> None:
    size = f"{result.printings:,} printings, {result.points:,} prices"
    print(f"\nscale {result.scale}: {size}")
    for step in result.steps:
        print(
            f"  {step.name:8} {step.seconds:7.1f} s, {step.cpu_seconds:7.1f} s of "
            f"processors, {step.peak_mb:4.0f} MB, "
            f"{step.signals:9,} signals"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", nargs="?", default="1/16", help="part of the market")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON")
    given = parser.parse_args()
    result = measure(Fraction(given.size))
    report(result)
    if given.json:
        given.json.write_text(json.dumps(asdict(result), indent=2))
    return int(not result.is_due)


if __name__ == "__main__":
    raise SystemExit(main())
