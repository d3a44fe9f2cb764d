"""The market in a few figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from apps.cards.models import Card, CardSet
from apps.market.indices import COLOURS, FORMATS, INDICES, MARKET, IndexDefinition
from apps.market.models import MarketIndexDaily, MarketTotals, StreamVolume
from apps.prices.selectors import StreamFreshness, freshness, newest_stream
from mtgintel.core import cache

from .breadth import NOTHING, Breadth, Standing, standing_history, standings
from .chained import IndexSummary, index_summaries

# The newest day with observations is looked for among so many.
_ACTIVE_WITHIN = timedelta(days=14)
# What the parts of a market are told apart by.
KINDS = {
    **dict.fromkeys(FORMATS, "format"),
    **dict.fromkeys(COLOURS, "colour"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """What a stream shows of what is on offer, now: `listings` in `listed_count` of
    its series, copies (`quantity`) in `counted_count`."""

    stream: StreamFreshness
    listed_count: int
    listings: int
    counted_count: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """How many prices were observed on a day, Near Mint English retail and market
    ones, and how many copies they showed; None where no stream told."""

    day: date
    observations: int
    quantity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the market by its index, and how its variants stand; None where the
    day has none."""

    index: IndexDefinition
    kind: str
    summary: IndexSummary
    standing: Standing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Totals of the catalogue and of one currency's prices, and how the market or a
    part of it (`index`, `finish`) stands.

    The totals are of the whole currency, `average_price` over its Near Mint retail and
    market series. `is_stale`: its newest stream is. `volumes` are of the streams that
    tell listings or quantities; `activity` is of the newest day. `parts` are those of
    the whole market in that finish, `history` how it stood each day of the period, the
    oldest first.
    """

    currency: str
    index: str
    finish: str
    period: str
    as_of: datetime | None
    is_stale: bool
    card_count: int
    set_count: int
    priced_card_count: int
    series_count: int
    average_price: Decimal | None
    summary: IndexSummary | None
    standing: Standing | None
    activity: Activity | None
    volumes: list[Volume]
    parts: list[Part]
    history: list[Standing]

    @property
    def breadth_1d(self) -> Breadth:
        return self.standing.breadth_1d if self.standing else NOTHING

    @property
    def breadth_7d(self) -> Breadth:
        return self.standing.breadth_7d if self.standing else NOTHING

    @property
    def breadth_30d(self) -> Breadth:
        return self.standing.breadth_30d if self.standing else NOTHING


def overview(
    currency: str = "USD", index: str = MARKET, finish: str = "", period: str = "90d"
) -> Overview:
    """The figures of `currency`; the counts are 0 where nothing is known."""
    summaries = {one.slug: one for one in index_summaries(currency, finish or None)}
    newest = newest_stream(currency)
    scope = cache.of_currency(currency)
    return Overview(
        currency=currency,
        index=index,
        finish=finish,
        period=period,
        as_of=newest.as_of if newest else None,
        is_stale=newest is not None and newest.is_stale,
        **cache.get_or_compute(
            f"market.totals:{currency}", lambda: _totals(currency), scope=scope
        ),
        summary=summaries.get(index),
        standing=standings(currency, finish).get(index),
        activity=cache.get_or_compute(
            f"market.activity:{currency}:{finish}",
            lambda: _activity(currency, finish, newest.as_of if newest else None),
            scope=scope,
        ),
        volumes=_volumes(currency),
        parts=market_parts(currency, finish),
        history=standing_history(index, currency, finish, period),
    )


def _totals(currency: str) -> dict[str, Any]:
    known = MarketTotals.objects.filter(currency=currency).first()
    return {
        "card_count": Card.objects.present().count(),
        "set_count": CardSet.objects.count(),
        "priced_card_count": known.priced_card_count if known else 0,
        "series_count": known.series_count if known else 0,
        "average_price": known.average_price if known else None,
    }


def _activity(currency: str, finish: str, as_of: datetime | None) -> Activity | None:
    if as_of is None:
        return None
    since = as_of - _ACTIVE_WITHIN
    rows = MarketIndexDaily.objects.filter(currency=currency, bucket__gte=since)
    if finish:
        rows = rows.filter(finish=finish)
    newest = (
        rows.values("bucket")
        .annotate(observations=Sum("total_snapshots"), quantity=Sum("total_volume"))
        .order_by("-bucket")
        .first()
    )
    if newest is None:
        return None
    return Activity(
        day=newest["bucket"].astimezone(UTC).date(),
        observations=int(newest["observations"]),
        quantity=None if newest["quantity"] is None else int(newest["quantity"]),
    )


def _volumes(currency: str) -> list[Volume]:
    """Of the streams of a currency that tell any; those that tell most first."""
    told = {
        row.marketplace_id: row
        for row in cache.get_or_compute(
            "market.volumes", lambda: list(StreamVolume.objects.all())
        )
        if row.listed_count or row.counted_count
    }
    found = [
        Volume(
            stream=stream,
            listed_count=told[stream.marketplace_id].listed_count,
            listings=told[stream.marketplace_id].listings,
            counted_count=told[stream.marketplace_id].counted_count,
            quantity=told[stream.marketplace_id].quantity,
        )
        for stream in freshness()
        if stream.currency == currency and stream.marketplace_id in told
    ]
    return sorted(found, key=lambda one: -max(one.listed_count, one.counted_count))


def market_parts(currency: str = "USD", finish: str = "") -> list[Part]:
    """The market by format and by colour identity, in the order of KINDS; those that
    have an index yet."""
    summaries = {one.slug: one for one in index_summaries(currency, finish or None)}
    stands = standings(currency, finish)
    return [
        Part(
            index=INDICES[slug],
            kind=kind,
            summary=summaries[slug],
            standing=stands.get(slug),
        )
        for slug, kind in KINDS.items()
        if slug in summaries
    ]
