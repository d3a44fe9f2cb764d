"""Where one can buy now: the streams whose prices are offers, and live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from apps.market.services.spreads import MIXED_STREAMS
from apps.prices.selectors import StreamFreshness, breaks_by_marketplace, freshness
from mtgintel.core.constants import Side


@dataclass(frozen=True, slots=True)
class LiveStream:
    """A stream that has prices of now.

    A price counts as one if it is of `live_from` or later: within the stream's
    freshness, and after it last changed what it measures (`broken_at`, None if never).
    `is_offer`: one can buy at its prices; they are not figures of past sales.
    """

    id: int
    slug: str
    name: str
    side: str
    currency: str
    live_from: datetime
    broken_at: datetime | None
    is_offer: bool


def live_streams() -> list[LiveStream]:
    """Every stream in use that is not stale, the preferred first."""
    now = timezone.now()
    breaks = {
        marketplace_id: max(one.began_at for one in found if one.began_at <= now)
        for marketplace_id, found in breaks_by_marketplace().items()
        if found[0].began_at <= now
    }
    return [
        _live(stream, breaks.get(stream.marketplace_id), now)
        for stream in freshness()
        if not stream.is_stale
    ]


def buying_streams() -> list[LiveStream]:
    """Those with offers. In a currency in which no shop is live, figures of sales
    stand in for them."""
    live = live_streams()
    with_shops = {one.currency for one in live if one.is_offer}
    return [
        one
        for one in live
        if one.is_offer or (one.currency not in with_shops and one.side == Side.MARKET)
    ]


def as_parameters(streams: list[LiveStream]) -> dict[str, Any]:
    """What sql/live_prices.sql asks for."""
    return {
        "stream_ids": [one.id for one in streams],
        "live_from": [one.live_from for one in streams],
        "broken_at": [one.broken_at for one in streams],
        "are_offers": [one.is_offer for one in streams],
    }


def _live(
    stream: StreamFreshness, broken_at: datetime | None, now: datetime
) -> LiveStream:
    fresh_from = now - timedelta(hours=stream.freshness_hours)
    return LiveStream(
        id=stream.marketplace_id,
        slug=stream.marketplace,
        name=stream.name,
        side=stream.side,
        currency=stream.currency,
        live_from=max(fresh_from, broken_at) if broken_at else fresh_from,
        broken_at=broken_at,
        is_offer=stream.side == Side.RETAIL and stream.marketplace not in MIXED_STREAMS,
    )
