"""The daily closes that the chained indices are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import psycopg
from django.db.models import QuerySet

from apps.market.maths.chained import Array, Closes
from apps.market.models import MarketIndexDaily
from apps.prices.models import Marketplace, SeriesBreak
from mtgintel.core.constants import Currency, Side
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

from .members import variants

# The rows of that many days fit in memory where 600,000 series have prices: those of
# a new day and the days it is compared with.
_BATCH = timedelta(days=4)
_DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)
_PRICE_BITS = 31
# What a day has of one stream in one finish: (marketplace id, finish, packed cards and
# prices).
_Part = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Streams:
    """The streams an index may use, {currency: ids in order of preference}, and the
    days on which a stream became another."""

    ids: dict[str, list[int]]
    breaks: dict[int, list[date]]

    @classmethod
    def load(cls) -> Streams:
        """All but buylists; those no longer in use have a past as well."""
        ids: dict[str, list[int]] = {currency: [] for currency in Currency.values}
        rows = Marketplace.objects.exclude(side=Side.BUYLIST)
        for stream in rows.order_by("preference", "id"):
            ids[stream.currency].append(stream.pk)
        breaks: dict[int, list[date]] = {}
        for one in SeriesBreak.objects.all():
            breaks.setdefault(one.marketplace_id, []).append(one.began_on)
        return cls(ids, breaks)

    def broken(self, currency: str, earlier: date, day: date) -> Array:
        """The places of the streams that became another after `earlier`, by `day`."""
        return np.array(
            [
                place
                for place, stream_id in enumerate(self.ids[currency])
                if any(earlier < one <= day for one in self.breaks.get(stream_id, ()))
            ],
            np.int64,
        )


def days_since(currency: str, day: date) -> list[date]:
    """The days from `day` on that have a price of the currency an index may use."""
    return _days(_buckets(currency).filter(bucket__gte=midnight(day)))


def days_before(currency: str, day: date, count: int) -> list[date]:
    """The last `count` such days before `day`, oldest first."""
    buckets = _buckets(currency).filter(bucket__lt=midnight(day))
    return _days(buckets.reverse()[:count])[::-1]


def _buckets(currency: str) -> QuerySet:
    rows = MarketIndexDaily.objects.filter(currency=currency)
    return rows.values_list("bucket", flat=True).distinct().order_by("bucket")


def _days(buckets: QuerySet) -> list[date]:
    return [bucket.astimezone(UTC).date() for bucket in buckets]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def closes_of(
    days: Sequence[date], streams: Streams
) -> Iterator[tuple[date, dict[str, Closes]]]:
    """The closes of each of `days` (oldest first) by currency, a few at a time."""
    waiting = list(days)
    while waiting:
        end = waiting[0] + _BATCH
        batch = [day for day in waiting if day < end]
        waiting = waiting[len(batch) :]
        parts = _parts(batch[0], batch[-1], streams)
        for day in batch:
            yield day, _by_currency(parts.pop(day, []), streams)


def _parts(first: date, last: date, streams: Streams) -> dict[date, list[_Part]]:
    """Those of both days and all between."""
    bounds = {
        "start": midnight(first),
        "end": midnight(last + _DAY),
        "marketplace_ids": [i for ids in streams.ids.values() for i in ids],
    }
    found: dict[date, list[_Part]] = {}
    # Django's cursors bring bytes as text, twice as many digits. Not prepared: the plan
    # is to know which chunks the days are in.
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        cursor.execute(load_sql("market", "closes"), bounds, prepare=False, binary=True)
        for day, *part in cursor:
            found.setdefault(_EPOCH + day * _DAY, []).append(tuple(part))
    return found


def _by_currency(parts: Sequence[_Part], streams: Streams) -> dict[str, Closes]:
    found = {}
    for currency, ids in streams.ids.items():
        own = [part for part in parts if part[0] in ids]
        if own:
            found[currency] = _closes(own, ids)
    return found


def _closes(parts: Sequence[_Part], ids: list[int]) -> Closes:
    variant, stream, price = [], [], []
    for marketplace_id, finish, packed in parts:
        rows = np.frombuffer(packed, ">i8").astype(np.int64)
        variant.append(variants(rows >> _PRICE_BITS, finish))
        stream.append(np.full(len(rows), ids.index(marketplace_id)))
        price.append((rows & ((1 << _PRICE_BITS) - 1)).astype(np.int32))
    return Closes.of(*(np.concatenate(one) for one in (variant, stream, price)))
