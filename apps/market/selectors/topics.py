"""What the followers of the market's live topics see."""

from __future__ import annotations

from typing import Any

from apps.prices.selectors import StreamFreshness, freshness
from mtgintel.core.constants import Currency
from mtgintel.core.money import money_text

from .index import IndexPoint, market_index
from .movers import DIRECTIONS, Mover, movers
from .overview import Breadth, overview

TOPIC_PERIOD = "30d"
TOPIC_POINTS = 30
TOPIC_MOVERS = 5


def market_topic_snapshot(key: str) -> dict[str, Any] | None:
    """The index of a currency, its last points; None for no currency of ours."""
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
        "points": [_point(point) for point in points[-TOPIC_POINTS:]],
    }


def dashboard_topic_snapshot(key: str) -> dict[str, Any] | None:
    """Overview, movers and freshness of a currency; None for no currency of ours."""
    if key not in Currency.values:
        return None
    figures, index = overview(key), market_index(key, TOPIC_PERIOD)
    last = index.full_points[-1] if index.full_points else None
    return {
        "currency": key,
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
        },
        **{
            direction: [
                _mover(mover)
                for mover in movers(key, direction=direction, limit=TOPIC_MOVERS)
            ]
            for direction in DIRECTIONS
        },
        "freshness": [
            _stream(stream) for stream in freshness() if stream.currency == key
        ],
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
        "as_of": _iso(mover.quote.as_of),
        "price": money_text(mover.now),
        "then": money_text(mover.then),
        "change_percent": _number(mover.change_percent),
        "flags": list(mover.flags),
    }


def _stream(stream: StreamFreshness) -> dict[str, Any]:
    return {
        "marketplace": stream.marketplace,
        "side": stream.side,
        "as_of": _iso(stream.as_of),
        "is_stale": stream.is_stale,
    }
