"""The daily closes that the chained indices are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from django.db import connection
from django.db.models import QuerySet

from apps.market.maths.chained import Array, Closes
from apps.market.models import MarketIndexDaily
from apps.prices.models import Marketplace, SeriesBreak
from mtgintel.core.bulk import read_columns
from mtgintel.core.constants import Currency, Side
from mtgintel.core.sql import load_sql

from .members import variants

# The rows of that many days fit in memory where 600,000 series have prices: those of
# a new day and the days it is compared with.
_BATCH = timedelta(days=4)
_DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)
_COLUMNS = {
    "day": ">i4",
    "card": ">i4",
    "marketplace": ">i2",
    "finish": ">i2",
    "price": ">i4",
}


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
        rows = _rows(batch[0], batch[-1], streams)
        day_of_row = rows["day"]
        for day in batch:
            chosen = rows[day_of_row == (day - _EPOCH).days]
            yield day, _by_currency(chosen, streams)


def _rows(first: date, last: date, streams: Streams) -> Array:
    """Columns of both days and all between."""
    bounds = {
        "start": midnight(first),
        "end": midnight(last + _DAY),
        "marketplace_ids": [i for ids in streams.ids.values() for i in ids],
    }
    with connection.cursor() as cursor:
        return read_columns(
            cursor, load_sql("market", "closes"), bounds, _COLUMNS, pieces="day"
        )


def _by_currency(rows: Array, streams: Streams) -> dict[str, Closes]:
    found = {}
    for currency, ids in streams.ids.items():
        place = np.full(max([*ids, rows["marketplace"].max(initial=0)]) + 1, -1)
        place[ids] = range(len(ids))
        stream = place[rows["marketplace"]]
        own = rows[stream >= 0]
        if len(own):
            variant = variants(own["card"], own["finish"])
            price = own["price"].astype(np.int32)
            found[currency] = Closes.of(variant, stream[stream >= 0], price)
    return found
