"""What a printing's prices were, as JSON that PostgreSQL built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.utils import timezone

from apps.prices.models import CardPriceDaily
from mtgintel.core.constants import PERIODS
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

from .breaks import StreamBreak, breaks_of

# More than this a chart cannot show, and a response should not carry.
MAX_POINTS = 1000
# Before any price; TimescaleDB wants a finite range to exclude chunks by.
BEGINNING = datetime(1993, 8, 5, tzinfo=UTC)

# What a period can be shown in; the first is what "auto" means. Hourly candles are
# kept for about a month.
INTERVALS: dict[str, tuple[str, ...]] = {
    "24h": ("hour", "day", "raw"),
    "7d": ("hour", "day", "raw"),
    "30d": ("day", "hour"),
    "90d": ("day",),
    "1y": ("day",),
    "all": ("day",),
}
_STATEMENTS = {
    "raw": ("history_raw", ""),
    "hour": ("history_buckets", "card_prices_hourly"),
    "day": ("history_buckets", "card_prices_daily"),
    "week": ("history_weeks", ""),
}


class IntervalError(ValueError):
    """An interval that the period is not kept in."""


class SeriesFilter(TypedDict, total=False):
    """Which series; None or absent is all of them."""

    marketplace: str | None
    currency: str | None
    condition: str | None
    finish: str | None
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardHistory:
    """`series_json` is an array of {marketplace, currency, condition, finish,
    language, as_of, is_stale, time[], open[], high[], low[], close[], avg[], count[]}:
    money as strings, times as ISO 8601, at most MAX_POINTS elements each. `interval` is
    the width of a point; `as_of` the newest observation of the printing, in a series
    that of the series. `breaks` of these streams part the period: nothing is to be
    compared, and no line to be drawn, across one.
    """

    card_id: int
    period: str
    interval: str
    start: datetime
    end: datetime
    as_of: datetime | None
    series_json: str
    breaks: list[StreamBreak]

    @property
    def series(self) -> list[dict[str, Any]]:
        return json.loads(self.series_json)


def card_history(
    card_id: int,
    *,
    period: str = "30d",
    interval: str = "auto",
    **wanted: Unpack[SeriesFilter],
) -> CardHistory:
    """The history of a printing over the `period` that ends now.

    `period` is one of PERIODS, `interval` auto, raw, hour or day. Raises
    IntervalError for an interval that the period cannot be shown in. What is all
    there is and spans more than MAX_POINTS days comes in weeks.
    """
    now = timezone.now()
    length = PERIODS[period]
    start = now - length if length else BEGINNING
    width = chart_width(card_id, period, interval, now)
    statement, parameters = history_query(
        card_id, interval=width, start=start, end=now, **wanted
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        series_json, as_of, streams = cursor.fetchone()
    return CardHistory(
        card_id=card_id,
        period=period,
        interval=width,
        start=start,
        end=now,
        as_of=as_of,
        series_json=series_json,
        breaks=breaks_of(streams, start, now),
    )


def history_query(
    card_id: int,
    *,
    interval: str,
    start: datetime,
    end: datetime,
    **wanted: Unpack[SeriesFilter],
) -> tuple[str, dict[str, Any]]:
    """The statement behind `card_history` and its parameters."""
    points, parameters = points_query(
        card_id, interval=interval, start=start, end=end, **wanted
    )
    return load_sql("prices", "card_history").replace("{points}", points), parameters


def points_query(
    card_id: int,
    *,
    interval: str,
    start: datetime,
    end: datetime,
    **wanted: Unpack[SeriesFilter],
) -> tuple[str, dict[str, Any]]:
    """The part of it that gives the points of every series, and its parameters."""
    name, aggregate = _STATEMENTS[interval]
    points = (
        load_sql("prices", name)
        .replace("{aggregate}", aggregate)
        .replace("{series_filter}", load_sql("prices", "series_filter"))
    )
    parameters = {
        "card_id": card_id,
        "start": start,
        "end": end,
        "max_points": MAX_POINTS,
        **{key: wanted.get(key) for key in SeriesFilter.__annotations__},
    }
    return points, parameters


def aggregate_of(width: str) -> str:
    """The table that points of a width are read from."""
    if width == "week":
        return "card_prices_daily"
    return _STATEMENTS[width][1] or "price_snapshots"


def chart_width(card_id: int, period: str, interval: str, now: datetime) -> str:
    """How wide the points are: raw, hour, day or week. Raises IntervalError."""
    width = _interval(period, interval)
    if PERIODS[period] is None and _is_longer_than(
        card_id, now - timedelta(days=MAX_POINTS)
    ):
        return "week"
    return width


def _interval(period: str, interval: str) -> str:
    allowed = INTERVALS[period]
    if interval == "auto":
        return allowed[0]
    if interval not in allowed:
        message = f"period {period} comes in: auto, {', '.join(allowed)}"
        raise IntervalError(message)
    return interval


def _is_longer_than(card_id: int, moment: datetime) -> bool:
    return CardPriceDaily.objects.filter(card_id=card_id, bucket__lt=moment).exists()
