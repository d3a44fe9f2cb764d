"""The market index: chained from day to day, or what was observed, averaged."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.market.indices import MARKET, index_name
from apps.market.models import MarketIndex30Min, MarketIndexDaily, MarketIndexHourly
from apps.market.querysets import MarketIndexQuerySet
from apps.prices.selectors import newest_observation, newest_stream
from mtgintel.core import cache
from mtgintel.core.changes import percent_change
from mtgintel.core.constants import PERIODS
from mtgintel.core.money import from_thousandths

from .chained import index_base, levels_from

# The methods that exist. The first is the default where it has points.
CHAINED, AVERAGE = METHODS = ("chained", "average")

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
_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPoint:
    """A bucket by its start. `value` is a level (chained; 100 on the base day) or a
    mean price. `unique_cards` counts a printing once per finish: the constituents of
    a link, or what the mean is over. `total_volume` is None where no vendor told
    quantities.

    `is_thin`: under half as many cards as in a bucket within a day of it, so that the
    two are not of the same market. `is_provisional`: the day is not over.
    """

    time: datetime
    value: Decimal
    unique_cards: int
    total_volume: int | None
    total_snapshots: int
    is_thin: bool = False
    is_provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSeries:
    """An index over a period, bucket by bucket.

    `index` is its slug, `method` one of METHODS, `bucket` one of BUCKETS. A bucket in
    which nothing was observed has no point. Of the points that are not thin,
    `change_percent` is the change from the first to the last, and `as_of` the last
    one's newest observation; `is_stale`: the currency's newest stream is. `base` is
    the day on which a chained index stood at 100, or the first such point's time.
    """

    index: str = MARKET
    currency: str
    period: str
    method: str
    bucket: str
    finish: str | None
    as_of: datetime | None
    is_stale: bool
    base: datetime | None
    change_percent: Decimal | None
    points: list[IndexPoint]

    @property
    def full_points(self) -> list[IndexPoint]:
        """Those that can be compared with one another."""
        return [point for point in self.points if not point.is_thin]

    @property
    def is_chained(self) -> bool:
        return self.method == CHAINED

    @property
    def name(self) -> str:
        return index_name(self.index)

    @property
    def unit(self) -> str:
        """The currency of the values; "" for levels, which have none."""
        return "" if self.is_chained else self.currency


def market_index(
    currency: str = "USD",
    period: str = "7d",
    finish: str | None = None,
    method: str | None = None,
    index: str = MARKET,
) -> IndexSeries:
    """An index of NEAR_MINT ENGLISH retail and market prices.

    `index` is a slug of apps.market.indices; all finishes together, or one. Periods
    are PERIODS and end now. Without a method the chained index, or the average where
    that has no points. The average is of the whole market only.
    """
    return cache.get_or_compute(
        f"market.index:{currency}:{period}:{finish}:{method}:{index}",
        lambda: _market_index(currency, period, finish, method, index),
        scope=cache.of_currency(currency),
    )


def _market_index(
    currency: str, period: str, finish: str | None, method: str | None, index: str
) -> IndexSeries:
    if method != AVERAGE:
        chained = _chained(currency, period, finish, index)
        if chained.points or chained.base or method == CHAINED or index != MARKET:
            return chained
    return _average(currency, period, finish)


def _chained(currency: str, period: str, finish: str | None, index: str) -> IndexSeries:
    today = timezone.now().astimezone(UTC).date()
    length = PERIODS[period]
    base = index_base(index, currency, finish)
    start = today - length if length else None
    levels = levels_from(base, index, start, today, currency, finish) if base else []
    times = [datetime.combine(one.day, time(), UTC) for one in levels]
    thin = _thin(times, [one.constituents for one in levels])
    points = [
        IndexPoint(
            time=moment,
            value=one.level.quantize(_HUNDREDTH, ROUND_HALF_UP),
            unique_cards=one.constituents,
            total_volume=None,
            total_snapshots=one.constituents,
            # The first day of all has nothing to be compared with.
            is_thin=is_thin and one.day != base,
            is_provisional=one.day == today,
        )
        for moment, one, is_thin in zip(times, levels, thin, strict=True)
    ]
    full = [one for one, point in zip(levels, points, strict=True) if not point.is_thin]
    return IndexSeries(
        index=index,
        currency=currency,
        period=period,
        method=CHAINED,
        bucket="day",
        finish=finish,
        as_of=_as_of(currency, _midnight_after(full[-1].day) if full else None),
        is_stale=is_stale(currency),
        base=datetime.combine(base, time(), UTC) if base else None,
        change_percent=percent_change(full[0].level, full[-1].level) if full else None,
        points=points,
    )


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def _average(currency: str, period: str, finish: str | None) -> IndexSeries:
    rows = list(index_buckets(currency, period, timezone.now(), finish))
    thin = _thin([row["bucket"] for row in rows], [row["cards"] for row in rows])
    points = [_point(row, is_thin=t) for row, t in zip(rows, thin, strict=True)]
    full = [point for point in points if not point.is_thin]
    first, last = (full[0], full[-1]) if full else (None, None)
    bucket = _BUCKETS.get(period, _LONGER)[0]
    return IndexSeries(
        currency=currency,
        period=period,
        method=AVERAGE,
        bucket=bucket,
        finish=finish,
        as_of=_as_of(currency, last.time + BUCKETS[bucket] if last else None),
        is_stale=is_stale(currency),
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


def is_stale(currency: str) -> bool:
    """Whether even the newest price in a currency is older than it should be."""
    newest = newest_stream(currency)
    return newest is not None and newest.is_stale


def _as_of(currency: str, end: datetime | None) -> datetime | None:
    """The newest observation, or the `end` of the bucket that it came too late for."""
    newest = newest_observation(currency)
    return min(newest, end) if newest and end else newest


def _thin(times: Sequence[datetime], cards: Sequence[int]) -> list[bool]:
    """Whether each bucket has under half the cards of one in its neighbourhood."""
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
