"""How fast the market is read, on a database that is there already.

    DATABASE_URL=... REDIS_URL=... python -m benchmarks.market_reads --json reads.json

Every answer is asked for over HTTP from one gunicorn process: "cold" after what an
ingest does to the caches, so that it is computed, and "warm" after that. Beside it
stand the bare SQL, which is every statement that the cold answer ran, executed again by
itself, and a static file from the same process. Then 200 requests for the same cold
answer come at once; how often it was computed is told by what they asked the database.
full_scale.py runs this on its market.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from threading import Barrier
from typing import Any

from .ingest import CHECKOUT
from .sockets import free_port

CLIENTS = 4
STATIC = "/static/css/site.css"
# What is due at full scale, in milliseconds.
DUE_WARM_P99, DUE_COLD_P99 = 50, 300


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each thing is done, and how many ask at once in the stampede."""

    cold: int = 50
    warm: int = 300
    sql: int = 15
    seconds_of_load: float = 2.0
    stampede: int = 200


# To see that everything works; its figures say nothing.
BRIEF = Effort(cold=1, warm=1, sql=1, seconds_of_load=0.05, stampede=4)


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: list[float]) -> Latency:
        ordered = sorted(seconds)
        p99 = ordered[int(0.99 * (len(ordered) - 1) + 0.5)]
        return cls(round(1000 * median(ordered), 2), round(1000 * p99, 2))


@dataclass(frozen=True, slots=True)
class Read:
    """One address: its latencies, what it asks the database and how big it is."""

    address: str
    cold: Latency
    warm: Latency
    sql: Latency
    statements: int
    bytes: int
    warm_per_second: float

    @property
    def is_within_dues(self) -> bool:
        return self.warm.p99 <= DUE_WARM_P99 and self.cold.p99 <= DUE_COLD_P99


@dataclass(frozen=True, slots=True)
class Stampede:
    """`requests` at the same time: how often the answer was computed for them."""

    address: str
    requests: int
    computations: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    reads: dict[str, Read]
    static: Latency
    static_per_second: float
    stampede: Stampede


def measure(effort: Effort) -> Result:
    """All reads of the database that DATABASE_URL names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "mtgintel.settings.dev"
    # Nobody is slowed down here.
    for scope in ("READ", "SEARCH", "DOWNLOAD"):
        os.environ[f"API_{scope}_RATE"] = "9999999/sec"
    import django

    django.setup()
    addresses = _addresses()
    statements = {name: _statements(address) for name, address in addresses.items()}
    with _server(threads=CLIENTS) as port:
        reads = {
            name: _read(port, address, statements[name], effort)
            for name, address in addresses.items()
        }
        static = _times(port, STATIC, effort.warm)
        static_per_second = _load(port, STATIC, effort.seconds_of_load)
    stampede = _stampede(addresses["movers"], effort.stampede)
    return Result(reads, Latency.of(static), static_per_second, stampede)


def _addresses() -> dict[str, str]:
    """What people ask for; the card is the dearest, which all streams know."""
    from apps.prices.models import LatestPrice

    dearest = LatestPrice.objects.order_by("-price").values_list("card_id", flat=True)
    card = f"/api/cards/{dearest[0]}"
    periods = ("7d", "30d", "90d", "1y")
    return {
        **{f"index {p}": f"/api/market/index?period={p}" for p in periods},
        "average 30d": "/api/market/index?period=30d&method=average",
        "movers": "/api/market/movers?window=7d",
        "movers, filtered": "/api/market/movers?window=30d&rarity=mythic&min_price=5",
        "spreads": "/api/market/spreads",
        "overview": "/api/market/overview",
        "history 30d": f"{card}/history?period=30d",
        "history 1y": f"{card}/history?period=1y",
        "quotes": f"{card}/prices",
        "search": "/api/cards?q=card+1234",
        "autocomplete": "/api/cards/autocomplete?q=card+12",
        "signals": "/api/signals",
        "recommendations": "/api/recommendations",
        "home page": "/",
        "movers page": "/movers/",
        "card page": f"/cards/{dearest[0]}/",
    }


def _statements(address: str) -> list[str]:
    """What a cold answer asks the database."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from apps.prices.services.record import renew_caches
    from mtgintel.core.constants import Currency

    renew_caches(Currency.values)
    with CaptureQueriesContext(connection) as captured:
        response = Client(SERVER_NAME="localhost").get(address)
    if response.status_code != 200:
        raise SystemExit(f"{address}: {response.status_code} {response.content!r}")
    return [query["sql"] for query in captured.captured_queries]


@contextmanager
def _server(threads: int) -> Iterator[int]:
    """One gunicorn process; its port."""
    port = free_port()
    options = ["--workers", "1", "--threads", str(threads), "--keep-alive", "60"]
    # One that speaks only when something is wrong.
    quiet = ["--log-level", "error", "--bind", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", "mtgintel.wsgi", *options, *quiet]
    process = subprocess.Popen(command, cwd=CHECKOUT)
    try:
        _wait_until(lambda: _get(port, "/api/health/live"))
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_until(call: Callable[[], object]) -> None:
    ends_at = time.monotonic() + 60
    while True:
        try:
            call()
        except OSError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.1)
        else:
            return


def _get(port: int, address: str) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        return _ask(client, address)


def _ask(client: http.client.HTTPConnection, address: str) -> bytes:
    client.request("GET", address)
    response = client.getresponse()
    body = response.read()
    if response.status != 200:
        raise SystemExit(f"{address}: {response.status} {body[:500]!r}")
    return body


def _read(port: int, address: str, statements: list[str], effort: Effort) -> Read:
    from apps.prices.services.record import renew_caches
    from mtgintel.core.constants import Currency

    renew = partial(renew_caches, Currency.values)
    cold = _times(port, address, effort.cold, before=renew)
    warm = _times(port, address, effort.warm)
    return Read(
        address=address,
        cold=Latency.of(cold),
        warm=Latency.of(warm),
        sql=Latency.of(_sql_times(statements, effort.sql)),
        statements=len(statements),
        bytes=len(_get(port, address)),
        warm_per_second=_load(port, address, effort.seconds_of_load),
    )


def _times(
    port: int, address: str, times: int, before: Callable[[], object] = lambda: None
) -> list[float]:
    """Seconds of each request, after one that does not count."""
    found = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        _ask(client, address)
        for _ in range(times):
            before()
            started = time.perf_counter()
            _ask(client, address)
            found.append(time.perf_counter() - started)
    return found


def _sql_times(statements: list[str], times: int) -> list[float]:
    import psycopg

    found = []
    with (
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection,
        psycopg.ClientCursor(connection) as cursor,
    ):
        for _ in range(times):
            started = time.perf_counter()
            for statement in statements:
                cursor.execute(statement)
                if cursor.description:
                    cursor.fetchall()
            found.append(time.perf_counter() - started)
    return found


def _load(port: int, address: str, seconds: float) -> float:
    """Requests a second that a few clients get together."""
    ends_at = time.perf_counter() + seconds

    def ask_on(_: int) -> int:
        done = 0
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        with closing(connection) as client:
            while time.perf_counter() < ends_at:
                _ask(client, address)
                done += 1
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        return round(sum(pool.map(ask_on, range(CLIENTS))) / seconds, 1)


def _stampede(address: str, requests: int) -> Stampede:
    """In threads of this process, which can tell what each asked the database."""
    one, _ = _statements_at_once(address, 1)
    many, seconds = _statements_at_once(address, requests)
    return Stampede(address, requests, many / one, round(seconds, 3))


def _statements_at_once(address: str, requests: int) -> tuple[int, float]:
    """How many statements that many requests at once came to, after a change of the
    data, and the seconds until all were answered."""
    from django.db import connection
    from django.test import Client

    from mtgintel.core import cache

    barrier = Barrier(requests)

    def ask(_: int) -> int:
        asked: list[str] = []

        def note(execute: Any, sql: str, *rest: Any) -> Any:
            asked.append(sql)
            return execute(sql, *rest)

        barrier.wait()
        with connection.execute_wrapper(note):
            response = Client(SERVER_NAME="localhost").get(address)
        connection.close()
        if response.status_code != 200:
            raise SystemExit(f"{address}: {response.status_code}")
        return len(asked)

    cache.bump()
    started = time.perf_counter()
    with ThreadPoolExecutor(requests) as pool:
        statements = sum(pool.map(ask, range(requests)))
    return statements, time.perf_counter() - started


def report(result: dict[str, Any]) -> None:
    """`result` as as_json has it."""
    print(
        f"{'milliseconds':18} {'cold p50':>9} {'p99':>7} {'warm p50':>9} {'p99':>7} "
        f"{'SQL p50':>8} {'queries':>7} {'kB':>6} {'warm/s':>7}"
    )
    for name, read in result["reads"].items():
        cold, warm = read["cold"], read["warm"]
        print(
            f"{name:18} {cold['p50']:9.1f} {cold['p99']:7.1f} {warm['p50']:9.1f} "
            f"{warm['p99']:7.1f} {read['sql']['p50']:8.1f} {read['statements']:7} "
            f"{read['bytes'] / 1000:6.0f} {read['warm_per_second']:7,.0f}"
            f"{'' if read['is_within_dues'] else '  MISSED'}"
        )
    static, stampede = result["static"], result["stampede"]
    print(
        f"{'a static file':18} {'':17} {static['p50']:9.1f} {static['p99']:7.1f} "
        f"{'':23} {result['static_per_second']:7,.0f}"
    )
    print(
        f"{stampede['requests']} at once: computed {stampede['computations']:.1f} "
        f"times, all answered after {stampede['seconds']} s"
    )


def as_json(result: Result) -> dict[str, Any]:
    found = asdict(result)
    for name, read in result.reads.items():
        found["reads"][name]["is_within_dues"] = read.is_within_dues
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write all figures")
    parser.add_argument(
        "--brief", action="store_true", help="everything once, to see that it works"
    )
    given = parser.parse_args()
    found = as_json(measure(BRIEF if given.brief else Effort()))
    report(found)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
