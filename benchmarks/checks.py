"""Whether a database holds exactly what the files said: every check of full_scale.py.

Counts and sums are compared for every stream, finish and day, so that one wrong price
among millions shows. Rows that the ledger says were rejected may be missing, as many
as it says; a cell that lacks none must have the exact sum.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import psycopg

from mtgintel.core.constants import WINDOWS, Window

from .market import FINISHES, STREAMS, Array
from .market_files import Sample, Truth
from .watching import one

_FINISH_CODES = {"NONFOIL": 0, "FOIL": 1, "ETCHED": 2}
_STREAM_CODES = {stream.slug: code for code, stream in enumerate(STREAMS)}
_STORED = {finish: name for name, finish in zip(_FINISH_CODES, FINISHES, strict=True)}
# The hourly aggregate keeps 35 days; the oldest of them may be half gone.
_HOURLY_KEPT = timedelta(days=33)

_SNAPSHOTS = """
    SELECT slug, finish::text, (time AT TIME ZONE 'UTC')::date, count(*), sum(price)
    FROM price_snapshots s JOIN marketplaces m ON m.id = s.marketplace_id
    GROUP BY 1, 2, 3
"""
_CANDLES = """
    SELECT slug, finish::text, (bucket AT TIME ZONE 'UTC')::date,
           sum(price_count), sum(price_sum)
    FROM {table} s JOIN marketplaces m ON m.id = s.marketplace_id
    WHERE bucket >= %s GROUP BY 1, 2, 3
"""
_LATEST = """
    SELECT slug, finish::text, count(*), sum(price)
    FROM latest_prices l JOIN marketplaces m ON m.id = l.marketplace_id
    GROUP BY 1, 2
"""
_INDEX = """
    SELECT currency, finish::text, (bucket AT TIME ZONE 'UTC')::date,
           total_snapshots, price_sum, unique_cards
    FROM market_index_daily
"""
_SERIES = "c.scryfall_id = %s AND m.slug = %s AND s.finish = %s::card_finish"
_SAMPLE_HISTORY = f"""
    SELECT (time AT TIME ZONE 'UTC')::date, price
    FROM price_snapshots s JOIN cards c ON c.id = s.card_id
    JOIN marketplaces m ON m.id = s.marketplace_id WHERE {_SERIES} ORDER BY 1
"""
_SAMPLE_CANDLES = f"""
    SELECT (bucket AT TIME ZONE 'UTC')::date, close_price
    FROM card_prices_daily s JOIN cards c ON c.id = s.card_id
    JOIN marketplaces m ON m.id = s.marketplace_id
    WHERE {_SERIES} AND open_price = close_price AND low_price = high_price ORDER BY 1
"""
_SAMPLE_LATEST = f"""
    SELECT (as_of AT TIME ZONE 'UTC')::date, price, previous_price,
           (changed_at AT TIME ZONE 'UTC')::date,
           {", ".join(f"price_{name}" for name in WINDOWS)}
    FROM latest_prices s JOIN cards c ON c.id = s.card_id
    JOIN marketplaces m ON m.id = s.marketplace_id WHERE {_SERIES}
"""


@dataclass(frozen=True, slots=True)
class Check:
    """`detail` says what was compared, or what differed."""

    name: str
    is_right: bool
    detail: str


def checks(
    connection: psycopg.Connection[Any], truth: Truth, rejected: int
) -> list[Check]:
    """Every check, once history and next day are in; `rejected` rows are not."""
    stored = _tally(truth, connection.execute(_SNAPSHOTS))
    # Streams and finishes of which a row is held.
    lacking = (stored[0] != truth.counts).any(axis=-1)
    return [
        _compared("snapshots", stored, (truth.counts, truth.sums), rejected),
        _candles(connection, "card_prices_daily", truth, truth.days[0], rejected),
        _candles(connection, "card_prices_hourly", truth, _hourly_since(), rejected),
        _index(connection, truth, rejected),
        _latest(connection, truth, lacking, rejected),
        _partitions(connection, truth),
        _samples(connection, truth, rejected),
    ]


def _hourly_since() -> date:
    return (datetime.now(UTC) - _HOURLY_KEPT).date()


def _candles(
    connection: psycopg.Connection[Any],
    table: str,
    truth: Truth,
    since: date,
    rejected: int,
) -> Check:
    start = datetime.combine(since, time.min, UTC)
    rows = connection.execute(_CANDLES.format(table=table), [start])
    kept = np.array([day >= since for day in truth.days])
    counts, sums = _tally(truth, rows)
    return _compared(
        table,
        (counts[..., kept], sums[..., kept]),
        (truth.counts[..., kept], truth.sums[..., kept]),
        rejected,
    )


def _tally(truth: Truth, rows: Any) -> tuple[Array, Array]:
    """Counts and sums by stream, finish and day."""
    number = {day: n for n, day in enumerate(truth.days)}
    counts, sums = np.zeros_like(truth.counts), np.zeros_like(truth.sums)
    for slug, finish, day, count, total in rows:
        at = (_STREAM_CODES[slug], _FINISH_CODES[finish], number[day])
        counts[at], sums[at] = count, total
    return counts, sums


def _compared(
    name: str, stored: tuple[Array, Array], told: tuple[Array, Array], rejected: int
) -> Check:
    missing = told[0] - stored[0]
    wrong = (missing < 0) | ((missing == 0) & (stored[1] != told[1]))
    is_right = not wrong.any() and int(missing.sum()) <= rejected
    detail = (
        f"{int(stored[0].sum()):,} rows in {int((told[0] > 0).sum()):,} cells, "
        f"{int(missing.sum()):,} missing, {int(wrong.sum()):,} cells wrong"
    )
    return Check(name, is_right, detail)


def _index(connection: psycopg.Connection[Any], truth: Truth, rejected: int) -> Check:
    """The index of each currency and finish: the retail and market streams together.

    A currency with one stream has as many cards as observations.
    """
    currencies = sorted({stream.currency for stream in STREAMS})
    streams_of = {
        currency: [
            code
            for code, stream in enumerate(STREAMS)
            if stream.currency == currency and stream.side != "buylist"
        ]
        for currency in currencies
    }
    told_counts, told_sums = (
        np.stack([of[streams_of[currency]].sum(axis=0) for currency in currencies])
        for of in (truth.counts, truth.sums)
    )
    number = {day: n for n, day in enumerate(truth.days)}
    counts, sums = np.zeros_like(told_counts), np.zeros_like(told_sums)
    miscounted = 0
    for currency, finish, day, count, total, cards in connection.execute(_INDEX):
        at = (currencies.index(currency), _FINISH_CODES[finish], number[day])
        counts[at], sums[at] = count, total
        miscounted += len(streams_of[currency]) == 1 and cards != count
    check = _compared(
        "market_index_daily", (counts, sums), (told_counts, told_sums), rejected
    )
    detail = f"{check.detail}, {miscounted:,} with another number of cards"
    return Check(check.name, check.is_right and not miscounted, detail)


def _latest(
    connection: psycopg.Connection[Any], truth: Truth, lacking: Array, rejected: int
) -> Check:
    """Where a row is held it may be a last price: only the count is sure there."""
    counts, sums = np.zeros_like(truth.last_counts), np.zeros_like(truth.last_sums)
    for slug, finish, count, total in connection.execute(_LATEST):
        at = (_STREAM_CODES[slug], _FINISH_CODES[finish])
        counts[at], sums[at] = count, total
    sums = np.where(lacking, truth.last_sums, sums)
    told = (truth.last_counts, truth.last_sums)
    return _compared("latest_prices", (counts, sums), told, rejected)


def _partitions(connection: psycopg.Connection[Any], truth: Truth) -> Check:
    weeks = len({(day - date(1970, 1, 1)).days // 7 for day in truth.days})
    made = one(
        connection,
        "SELECT count(*) FROM pg_inherits "
        "WHERE inhparent = 'price_snapshots'::regclass",
    )
    return Check("partitions", made == weeks, f"{made} of {weeks} weeks")


def _samples(connection: psycopg.Connection[Any], truth: Truth, rejected: int) -> Check:
    """Some series row by row, as they are stored, in candles and as latest price."""
    differing = [
        f"{sample.slug} {sample.finish} of {sample.scryfall_id}: {what}"
        for sample in truth.samples
        if sample.prices
        for what in _differences(connection, sample)
    ]
    detail = "; ".join(differing[:3]) or f"{len(truth.samples)} series row by row"
    return Check("samples", len(differing) <= min(rejected, 3), detail)


def _differences(connection: psycopg.Connection[Any], sample: Sample) -> Iterator[str]:
    key = [sample.scryfall_id, sample.slug, _STORED[sample.finish]]
    for query in (_SAMPLE_HISTORY, _SAMPLE_CANDLES):
        rows = dict(connection.execute(query, key).fetchall())
        if rows != sample.prices:
            yield f"{len(rows)} points, not the {len(sample.prices)} of the file"
    latest = connection.execute(_SAMPLE_LATEST, key).fetchone()
    if latest != latest_of(sample.prices):
        yield f"{latest}, not {latest_of(sample.prices)}"


def latest_of(prices: dict[date, int]) -> tuple[Any, ...]:
    """What latest_prices says of a series, the slow way: as_of, price, previous
    price, day of the change, and the price of each window."""
    as_of = max(prices)
    price = prices[as_of]
    others = [day for day in prices if prices[day] != price]
    previous = changed = None
    if others:
        previous = prices[max(others)]
        changed = min(day for day in prices if day > max(others))
    references = [_reference(prices, as_of, window) for window in WINDOWS.values()]
    return (as_of, price, previous, changed, *references)


def _reference(prices: dict[date, int], as_of: date, window: Window) -> int | None:
    newest = as_of - window.length
    oldest = newest - window.tolerance
    days = [day for day in prices if oldest <= day <= newest]
    return prices[max(days)] if days else None
