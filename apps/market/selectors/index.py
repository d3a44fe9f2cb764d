"""The market index: what was observed, averaged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.market.models import MarketIndex30Min, MarketIndexDaily, MarketIndexHourly
from apps.market.querysets import MarketIndexQuerySet
from apps.prices.selectors import newest_observation
from mtgintel.core import cache
from mtgintel.core.changes import percent_change
from mtgintel.core.constants import PERIODS
from mtgintel.core.money import from_thousandths

# The methods that exist; the first is the default.
METHODS = ("average",)

# How wide the buckets are.
BUCKETS = {
    "30min": timedelta(minutes=30),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_BUCKETS = {"24h": ("30min", MarketIndex30Min), "7d": ("hour", MarketIndexHourly)}
_LONGER = ("day", MarketIndexDaily)

# A bucket is compared with the others this far around it: feeds come daily.
_NEIGHBOURHOOD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPoint:
    """A bucket by its start. `value` is a mean price; `unique_cards` counts a
    printing once per finish; `total_volume` is None where no vendor told quantities.

    `is_thin`: under half as many cards as in a bucket within a day of it, so that the
    two means are not of the same market.
    """

    time: datetime
    value: Decimal
    unique_cards: int
    total_volume: int | None
    total_snapshots: int
    is_thin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSeries:
    """The mean price of what was observed, bucket by bucket.

    `bucket` is one of BUCKETS. A bucket in which nothing was observed has no point.
    Of the points that are not thin, `base` is the first one's time, `change_percent`
    the change from it to the last one, and `as_of` the last one's newest observation.
    """

    currency: str
    period: str
    method: str
    bucket: str
    finish: str | None
    as_of: datetime | None
    base: datetime | None
    change_percent: Decimal | None
    points: list[IndexPoint]

    @property
    def full_points(self) -> list[IndexPoint]:
        """Those that can be compared with one another."""
        return [point for point in self.points if not point.is_thin]


def market_index(
    currency: str = "USD", period: str = "7d", finish: str | None = None
) -> IndexSeries:
    """The average index of NEAR_MINT ENGLISH retail and market prices.

    All finishes together, or one. Periods are PERIODS and end now.
    """
    return cache.get_or_compute(
        f"market.index:{currency}:{period}:{finish}",
        lambda: _market_index(currency, period, finish),
    )


def _market_index(currency: str, period: str, finish: str | None) -> IndexSeries:
    rows = list(index_buckets(currency, period, timezone.now(), finish))
    thin = _thin(rows)
    points = [_point(row, is_thin=t) for row, t in zip(rows, thin, strict=True)]
    full = [point for point in points if not point.is_thin]
    first, last = (full[0], full[-1]) if full else (None, None)
    bucket = _BUCKETS.get(period, _LONGER)[0]
    return IndexSeries(
        currency=currency,
        period=period,
        method=METHODS[0],
        bucket=bucket,
        finish=finish,
        as_of=_as_of(currency, last.time + BUCKETS[bucket] if last else None),
        base=first.time if first else None,
        change_percent=percent_change(first.value, last.value)
        if first and last
        else None,
        points=points,
    )


def index_buckets(
    currency: str, period: str, now: datetime, finish: str | None = None
) -> QuerySet:
    """One row per bucket of the aggregate that suits the period."""
    _, model = _BUCKETS.get(period, _LONGER)
    length = PERIODS[period]
    buckets: MarketIndexQuerySet = MarketIndexQuerySet(model)
    buckets = buckets.filter(currency=currency)
    if finish:
        buckets = buckets.filter(finish=finish)
    return buckets.within(now - length if length else None, now).as_points()


def _as_of(currency: str, end: datetime | None) -> datetime | None:
    """The newest observation, or the `end` of the bucket that it came too late for."""
    newest = newest_observation(currency)
    return min(newest, end) if newest and end else newest


def _thin(rows: list[dict[str, Any]]) -> list[bool]:
    """Whether each bucket has under half the cards of one in its neighbourhood."""
    times = [row["bucket"] for row in rows]
    cards = [row["cards"] for row in rows]
    near = [
        slice(
            bisect_left(times, moment - _NEIGHBOURHOOD),
            bisect_right(times, moment + _NEIGHBOURHOOD),
        )
        for moment in times
    ]
    return [2 * own < max(cards[part]) for own, part in zip(cards, near, strict=True)]


def _point(row: dict[str, Any], *, is_thin: bool) -> IndexPoint:
    mean = (Decimal(row["total_price"]) / row["priced"]).quantize(
        Decimal(1), ROUND_HALF_UP
    )
    return IndexPoint(
        time=row["bucket"],
        value=from_thousandths(int(mean)),
        unique_cards=int(row["cards"]),
        total_volume=None if row["volume"] is None else int(row["volume"]),
        total_snapshots=int(row["snapshots"]),
        is_thin=is_thin,
    )
