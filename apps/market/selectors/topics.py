"""What the followers of the market's live topics see.

A message carries all that the open pages show of the whole market, so that they patch
themselves: what it does not carry they have to fetch.
"""

from __future__ import annotations

from typing import Any

from apps.prices.selectors import StreamFreshness, freshness
from mtgintel.core import cache
from mtgintel.core.constants import PERIODS, WINDOWS, Currency
from mtgintel.core.money import money_text

from .breadth import Breadth, Standing, standings
from .chained import IndexSummary, index_summaries
from .heat import hot_sets
from .index import IndexPoint, market_index
from .movers import DIRECTIONS, Mover, movers
from .overview import overview

TOPIC_PERIOD = "30d"
TOPIC_POINTS = 30
# As many as the market page shows.
TOPIC_MOVERS = 5


def market_topic_snapshot(key: str) -> dict[str, Any] | None:
    """The index of a currency, its last points and its change over each period; None
    for no currency of ours."""
    if key not in Currency.values:
        return None
    index = market_index(key, TOPIC_PERIOD)
    points = index.full_points
    last = points[-1] if points else None
    return {
        "index": index.index,
        "currency": index.currency,
        "period": index.period,
        "method": index.method,
        "bucket": index.bucket,
        "as_of": _iso(index.as_of),
        "is_stale": index.is_stale,
        "value": money_text(last.value) if last else None,
        "change_percent": _number(index.change_percent),
        "changes": _changes(key) if index.is_chained else {},
        "points": [_point(point) for point in points[-TOPIC_POINTS:]],
    }


def _changes(currency: str) -> dict[str, float | None]:
    return {
        period: _number(market_index(currency, period).change_percent)
        for period in PERIODS
    }


def dashboard_topic_snapshot(key: str) -> dict[str, Any] | None:
    """Overview, indices, sets, movers and freshness of a currency; None for no
    currency of ours. `version` names the state of the data; `gainers` and `losers` are
    of a day, those of the longer windows are among the `movers`."""
    if key not in Currency.values:
        return None
    version = cache.data_version()
    figures, index = overview(key), market_index(key, TOPIC_PERIOD)
    last = index.full_points[-1] if index.full_points else None
    by_window = {window: _movers(key, window) for window in WINDOWS}
    return {
        "currency": key,
        "version": version,
        "as_of": _iso(figures.as_of),
        "is_stale": figures.is_stale,
        "index": {
            "method": index.method,
            "value": money_text(last.value) if last else None,
            "change_percent": _number(index.change_percent),
        },
        "overview": {
            "card_count": figures.card_count,
            "set_count": figures.set_count,
            "priced_card_count": figures.priced_card_count,
            "series_count": figures.series_count,
            "average_price": money_text(figures.average_price),
            "breadth_1d": _breadth(figures.breadth_1d),
            "breadth_7d": _breadth(figures.breadth_7d),
            "breadth_30d": _breadth(figures.breadth_30d),
            "observations": figures.activity.observations if figures.activity else None,
        },
        "indices": _indices(key),
        "sets": [
            {"code": one.code, "change_7d": _number(one.change_7d)}
            for one in hot_sets(key)
        ],
        **by_window.pop("1d"),
        "movers": by_window,
        "freshness": [
            _stream(stream) for stream in freshness() if stream.currency == key
        ],
    }


def _movers(currency: str, window: str) -> dict[str, list[dict[str, Any]]]:
    return {
        direction: [
            _mover(mover)
            for mover in movers(
                currency, window=window, direction=direction, limit=TOPIC_MOVERS
            )
        ]
        for direction in DIRECTIONS
    }


def _indices(currency: str) -> list[dict[str, Any]]:
    """Every named index, all its finishes: where it is, and how its variants stand."""
    summaries = {one.slug: one for one in index_summaries(currency)}
    stands = standings(currency)
    return [
        {"index": slug, **_summary(summaries[slug]), **_standing(stands.get(slug))}
        for slug in summaries
    ]


def _summary(one: IndexSummary) -> dict[str, Any]:
    return {
        "day": one.day.isoformat(),
        "value": money_text(one.level),
        "constituents": one.constituents,
        "volatility": _number(one.volatility_percent),
        **{
            name: _number(getattr(one, name))
            for name in ("change_1d", "change_7d", "change_30d", "change_1y")
        },
    }


def _standing(one: Standing | None) -> dict[str, Any]:
    if one is None:
        return {"standing": None}
    return {
        "standing": {
            "day": one.day.isoformat(),
            "variants": one.variants,
            "breadth_1d": _breadth(one.breadth_1d),
            "breadth_7d": _breadth(one.breadth_7d),
            "breadth_30d": _breadth(one.breadth_30d),
            "above_mean": one.above_mean,
            "with_mean": one.with_mean,
            "volatility": _number(one.volatility_percent),
        }
    }


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _number(percent: Any) -> float | None:
    return None if percent is None else float(percent)


def _point(point: IndexPoint) -> dict[str, Any]:
    return {
        "time": _iso(point.time),
        "value": money_text(point.value),
        "unique_cards": point.unique_cards,
    }


def _breadth(breadth: Breadth) -> dict[str, int]:
    return {
        "advancers": breadth.advancers,
        "decliners": breadth.decliners,
        "unchanged": breadth.unchanged,
    }


def _mover(mover: Mover) -> dict[str, Any]:
    return {
        "card_id": mover.card.pk,
        "name": mover.card.name,
        "set": mover.card.set_code,
        "collector_number": mover.card.collector_number,
        "marketplace": mover.quote.marketplace,
        "marketplace_name": mover.quote.marketplace_name,
        "finish": mover.quote.finish,
        "language": _foreign(mover),
        "as_of": _iso(mover.quote.as_of),
        "price": money_text(mover.now),
        "then": money_text(mover.then),
        "change_percent": _number(mover.change_percent),
        "flags": list(mover.flags),
    }


def _foreign(mover: Mover) -> str | None:
    """The language of a price that is not of the printing's own."""
    language = mover.quote.language
    return language if language != mover.card.language else None


def _stream(stream: StreamFreshness) -> dict[str, Any]:
    return {
        "marketplace": stream.marketplace,
        "side": stream.side,
        "as_of": _iso(stream.as_of),
        "is_stale": stream.is_stale,
    }
