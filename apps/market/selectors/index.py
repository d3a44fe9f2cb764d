"""The market index: what was observed, averaged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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

_BUCKETS = {"24h": ("30min", MarketIndex30Min), "7d": ("hour", MarketIndexHourly)}
_LONGER = ("day", MarketIndexDaily)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPoint:
    """A bucket by its start. `value` is a mean price; `unique_cards` counts a
    printing once per finish; `total_volume` is None where no vendor told quantities."""

    time: datetime
    value: Decimal
    unique_cards: int
    total_volume: int | None
    total_snapshots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSeries:
    """The mean price of what was observed, bucket by bucket.

    `bucket` is 30min, hour or day. `base` is the first point's time and
    `change_percent` the change from it to the last point. A bucket in which nothing
    was observed has no point.
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
    rows = index_buckets(currency, period, timezone.now(), finish)
    points = [_point(row) for row in rows]
    first, last = (points[0], points[-1]) if points else (None, None)
    return IndexSeries(
        currency=currency,
        period=period,
        method=METHODS[0],
        bucket=_BUCKETS.get(period, _LONGER)[0],
        finish=finish,
        as_of=newest_observation(currency),
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


def _point(row: dict[str, Any]) -> IndexPoint:
    mean = (Decimal(row["total_price"]) / row["priced"]).quantize(
        Decimal(1), ROUND_HALF_UP
    )
    return IndexPoint(
        time=row["bucket"],
        value=from_thousandths(int(mean)),
        unique_cards=int(row["cards"]),
        total_volume=None if row["volume"] is None else int(row["volume"]),
        total_snapshots=int(row["snapshots"]),
    )
