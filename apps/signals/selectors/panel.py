"""The stored prices as panels: what every detector reads.

    for panel in load_panels(date(2026, 3, 10), "USD"):
        KINDS["TREND"](panel)

    for observed in load_observations(first, last, ["USD"]):
        for day in ...:
            observed.upto(day)

Over a range of days the second reads each price once instead of once per day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import psycopg
from django.db.models import Max

from apps.cards.models import Card
from apps.market.models import MarketIndexDaily
from apps.prices.models import Marketplace, SeriesBreak
from apps.signals.maths.panel import LOOKBACK, Array, Observations, Panel, calendar
from mtgintel.core.constants import Currency, Side
from mtgintel.core.money import SCALE
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

# Cells of a matrix (series by days) that are in memory at once: eight bytes each, in
# half a dozen matrices.
CELLS = 4_000_000
# Series that a printing has, in all streams and finishes.
_SERIES_PER_CARD = 6
_PRICE_BITS = 31
_DAY = timedelta(days=1)
_DAY_MICROSECONDS = 86_400_000_000
_EPOCH = np.datetime64("2000-01-01", "D")
_Columns = dict[str, Array]


def load_panels(
    day: date,
    currency: str,
    lookback: int = LOOKBACK,
    card_ids: Sequence[int] | None = None,
) -> Iterator[Panel]:
    """What was known at the end of `day`, some thousand cards at a time.

    Of all cards, or of `card_ids`. Batches without a variant are left out.
    """
    for observed in load_observations(day, day, [currency], lookback, card_ids):
        panel = observed.upto(day, lookback)
        if len(panel):
            yield panel


def load_observations(
    first: date,
    last: date,
    currencies: Sequence[str] = tuple(Currency.values),
    lookback: int = LOOKBACK,
    card_ids: Sequence[int] | None = None,
) -> Iterator[Observations]:
    """Everything that panels of the days `first` to `last` rest on, each price once.

    Some thousand cards at a time, and of those one currency after another; fewer cards
    the longer the range. Cards without a price are left out.
    """
    streams = _Streams.load(currencies)
    days = calendar(first - lookback * _DAY, last)
    ids = sorted(card_ids) if card_ids is not None else _all_cards()
    size = max(CELLS // (len(days) * _SERIES_PER_CARD), 1)
    for batch in (ids[at : at + size] for at in range(0, len(ids), size)):
        wanted = batch if card_ids is not None else None
        yield from _observations(days, streams, batch[0], batch[-1], wanted)


def load_windows(
    windows: Sequence[tuple[date, date]],
    currencies: Sequence[str] = tuple(Currency.values),
) -> Iterator[tuple[range, str, list[Observations | None]]]:
    """The prices of several windows of days beside each other.

    Some thousand cards at a time (the range of their ids), and of those one currency
    after another; None for a window without a price of them.
    """
    streams = _Streams.load(currencies)
    calendars = [calendar(first, last) for first, last in windows]
    ids = _all_cards()
    size = max(CELLS // (sum(map(len, calendars)) * _SERIES_PER_CARD), 1)
    for batch in (ids[at : at + size] for at in range(0, len(ids), size)):
        found = [
            {
                one.currency: one
                for one in _observations(days, streams, batch[0], batch[-1], None)
            }
            for days in calendars
        ]
        for currency in currencies:
            cards = range(batch[0], batch[-1] + 1)
            yield cards, currency, [one.get(currency) for one in found]


def newest_price_day() -> date | None:
    """The last day that has a price an index may use; None without prices."""
    newest = MarketIndexDaily.objects.aggregate(Max("bucket"))["bucket__max"]
    return newest.astimezone(UTC).date() if newest else None


def _all_cards() -> list[int]:
    return list(Card.objects.order_by("id").values_list("id", flat=True))


@dataclass(frozen=True, slots=True)
class _Streams:
    """Of some currencies: {id: (currency, place in the order of preference, whether it
    is a buylist)} and {id: days on which it became another}."""

    of: dict[int, tuple[str, int, bool]]
    breaks: dict[int, list[date]]

    @classmethod
    def load(cls, currencies: Sequence[str]) -> _Streams:
        """Those no longer in use too: they have a past."""
        rows = Marketplace.objects.filter(currency__in=currencies)
        streams = {
            one.pk: (one.currency, place, one.side == Side.BUYLIST)
            for place, one in enumerate(rows.order_by("preference", "id"))
        }
        breaks: dict[int, list[date]] = {}
        for found in SeriesBreak.objects.filter(marketplace__in=rows):
            breaks.setdefault(found.marketplace_id, []).append(found.began_on)
        return cls(streams, breaks)


def _observations(
    days: Array,
    streams: _Streams,
    first_card: int,
    last_card: int,
    card_ids: list[int] | None,
) -> Iterator[Observations]:
    start, end = days[0].item(), days[-1].item() + _DAY
    rows = _read(
        {
            "start": datetime.combine(start, time(), UTC),
            "end": datetime.combine(end, time(), UTC),
            "first_card": first_card,
            "last_card": last_card,
            "card_ids": card_ids,
            "marketplace_ids": list(streams.of),
        }
    )
    by_currency: dict[str, list[_Columns]] = {}
    for stream, finish, *packed in rows:
        currency, place, is_bid = streams.of[stream]
        block = _block(days, *packed)
        n = len(block["card_ids"])
        block["finishes"] = np.full(n, finish, np.int8)
        block["marketplace_ids"] = np.full(n, stream, np.int16)
        block["places"] = np.full(n, place, np.int16)
        block["is_bid"] = np.full(n, is_bid)
        by_currency.setdefault(currency, []).append(block)
    for currency in sorted(by_currency):
        blocks = by_currency.pop(currency)
        columns = {
            name: np.concatenate([block.pop(name) for block in blocks])
            for name in tuple(blocks[0])
        }
        yield Observations.of(
            currency=currency, days=days, breaks=streams.breaks, **columns
        )


def _read(parameters: dict[str, Any]) -> list[tuple[int, int, bytes, bytes, bytes]]:
    """Marketplace, finish, and the packed columns of the statement."""
    # Django's cursors bring bytes as text, twice as long. Not prepared: the plan is to
    # know which chunks the days are in.
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        statement = load_sql("signals", "observations")
        cursor.execute(statement, parameters, prepare=False, binary=True)
        return cursor.fetchall()


def _block(calendar: Array, prices: bytes, days: bytes, copies: bytes) -> _Columns:
    """A stream's series in one finish as matrices, a row per card."""
    packed = np.frombuffer(prices, ">i8").astype(np.int64)
    cards, row = np.unique(packed >> _PRICE_BITS, return_inverse=True)
    day = _EPOCH + np.frombuffer(days, ">i8") // _DAY_MICROSECONDS
    column = (day - calendar[0]).astype(np.int64)
    shape = (len(cards), len(calendar))
    close, on_offer = np.full(shape, np.nan), np.full(shape, np.nan)
    close[row, column] = (packed & ((1 << _PRICE_BITS) - 1)) / SCALE
    told = np.frombuffer(copies, ">i4").astype(np.int64) - 1
    tells = told >= 0
    on_offer[row[tells], column[tells]] = told[tells]
    return {"card_ids": cards.astype(np.int32), "close": close, "copies": on_offer}
