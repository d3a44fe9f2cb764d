"""How old what we know is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from django.db.models import Count, Max
from django.utils import timezone

from apps.prices.models import IngestRun, LatestPrice, Marketplace
from mtgintel.core import cache

DEMO_SOURCE = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFreshness:
    """How old the newest price of a stream is; all None for one without prices."""

    marketplace_id: int
    marketplace: str
    name: str
    side: str
    currency: str
    as_of: datetime | None
    age_seconds: int | None
    freshness_hours: int
    is_stale: bool
    price_basis: str
    website: str
    series_count: int


def freshness() -> list[StreamFreshness]:
    """Every stream in use with the age of its newest price; ages are as of now."""
    now = timezone.now()
    return [
        _freshness(stream, as_of, series_count, now)
        for stream, as_of, series_count in cache.get_or_compute(
            "prices.newest", _newest_per_stream
        )
    ]


def _newest_per_stream() -> list[tuple[Marketplace, datetime | None, int]]:
    """Every stream in use, its newest observation and its number of series."""
    rows = LatestPrice.objects.values_list("marketplace_id").annotate(
        newest=Max("as_of"), series_count=Count("*")
    )
    newest = {stream: (as_of, count) for stream, as_of, count in rows.order_by()}
    return [
        (stream, *newest.get(stream.pk, (None, 0)))
        for stream in Marketplace.objects.filter(is_active=True)
    ]


def _freshness(
    stream: Marketplace, as_of: datetime | None, series_count: int, now: datetime
) -> StreamFreshness:
    return StreamFreshness(
        marketplace_id=stream.pk,
        marketplace=stream.slug,
        name=stream.name,
        side=stream.side,
        currency=stream.currency,
        as_of=as_of,
        age_seconds=int((now - as_of).total_seconds()) if as_of else None,
        freshness_hours=stream.freshness_hours,
        is_stale=is_stale(as_of, stream.freshness_hours, now),
        price_basis=stream.price_basis,
        website=stream.website,
        series_count=series_count,
    )


def newest_observation(currency: str | None = None) -> datetime | None:
    """When the newest price (of a currency) was observed."""
    newest = newest_stream(currency)
    return newest.as_of if newest else None


def newest_stream(currency: str | None = None) -> StreamFreshness | None:
    """The stream (of a currency) with the newest price. Where that one is stale, so is
    every figure made of several streams."""
    priced = [
        (stream.as_of, not stream.is_stale, stream)
        for stream in freshness()
        if stream.as_of and currency in (None, stream.currency)
    ]
    return max(priced, key=itemgetter(0, 1))[2] if priced else None


def is_stale(as_of: datetime | None, freshness_hours: int, now: datetime) -> bool:
    return as_of is None or now - as_of > timedelta(hours=freshness_hours)


def is_demo_market() -> bool:
    """Whether what is shown was generated rather than observed."""
    return IngestRun.objects.filter(source=DEMO_SOURCE).exists()


def feed_ages() -> list[dict[str, object]]:
    """How old each stream is, for the health report."""
    return [
        {
            "marketplace": stream.marketplace,
            "as_of": stream.as_of,
            "age_seconds": stream.age_seconds,
            "is_stale": stream.is_stale,
        }
        for stream in freshness()
    ]
