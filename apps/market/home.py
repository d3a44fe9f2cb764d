"""What the market page shows: all of it follows one choice of currency, format and
finish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from apps.prices.selectors import freshness
from mtgintel.core import cache
from mtgintel.core.charts import DAY, Line, Stroke, strokes
from mtgintel.core.constants import Currency
from mtgintel.core.panels import panels_of

from .charts import index_chart, spark
from .forms import MarketForm
from .indices import COLOURS, MARKET
from .selectors import (
    CHAINED,
    DIRECTIONS,
    IndexSummary,
    Standing,
    index_summaries,
    market_index,
    movers,
    overview,
    spreads,
)
from .selectors.heat import hot_sets
from .selectors.topics import TOPIC_MOVERS

HISTORY_PERIOD = "90d"
SPREADS = 5
_CENT = Decimal("0.01")
# From which change in percent on a set has its shade, either way.
SHADES = (Decimal("0.5"), Decimal(2), Decimal(5))


@dataclass(frozen=True, slots=True)
class Tile:
    """An index as a card; `key` is what live updates find its figures by."""

    index: IndexSummary
    strokes: list[Stroke]
    key: str


def home_page(form: MarketForm) -> dict[str, Any]:
    """The whole page. `slug` is the index of the chosen format, `version` the state of
    the data, which is read first: what changes while we read is news later."""
    version = cache.data_version()
    currency, finish = form.chosen("currency"), form.chosen("finish")
    slug = form.chosen("format") or MARKET
    figures = overview(currency, slug, finish, HISTORY_PERIOD)
    return {
        "version": version,
        "form": form,
        "currency": currency,
        "finish": finish,
        "slug": slug,
        "index_key": _key(slug, finish),
        "overview": figures,
        "tiles": _tiles(currency, finish),
        "parts": [(part, _key(part.index.slug, finish)) for part in figures.parts],
        "history": figures.history[::-1],
        "above_mean": above_mean_strokes(figures.history),
        "spreads": spreads(currency=currency, finish=finish, min_net=_CENT)[:SPREADS],
        "sets": [(one, shade(one.change_7d)) for one in hot_sets(currency)],
        "streams": freshness(),
        "panels": panels_of("home", currency=currency),
        **_index(form, slug),
        **_movers(form),
    }


def _key(slug: str, finish: str) -> str:
    return f"{slug}:{finish}" if finish else slug


def _index(form: MarketForm, slug: str) -> dict[str, Any]:
    currency, finish = form.chosen("currency"), form.chosen("finish") or None
    period, method = form.chosen("period"), form.chosen("method")
    # There is an average of the whole market only.
    chosen = CHAINED if slug != MARKET else None if method == CHAINED else method
    index = market_index(currency, period, finish, chosen, slug)
    others = {
        other: market_index(other, period, finish, CHAINED if chosen else None, slug)
        for other in Currency.values
        if other != currency
    }
    return {"index": index, "chart": index_chart(index), "others": others}


def _movers(form: MarketForm) -> dict[str, Any]:
    window = form.chosen("window")
    wanted = {name: form.chosen(name) for name in ("format", "finish")}
    found = {
        direction: movers(
            form.chosen("currency"),
            window=window,
            direction=direction,
            limit=TOPIC_MOVERS,
            **wanted,
        )
        for direction in DIRECTIONS
    }
    return {"window": window, "movers": found, "is_narrowed": any(wanted.values())}


def _tiles(currency: str, finish: str) -> list[Tile]:
    """Every named index but the colours', which have a table."""
    return [
        Tile(one, spark(one), _key(one.slug, finish))
        for one in index_summaries(currency, finish or None)
        if one.slug not in COLOURS
    ]


def above_mean_strokes(stands: list[Standing]) -> list[Stroke]:
    """The share above its 30-day mean, day by day, as a line without axes."""
    known = [one for one in stands if one.above_mean_percent is not None]
    line = Line(
        key="above_mean",
        label="Above their 30-day mean",
        ink=1,
        dash=0,
        times=[datetime.combine(one.day, time(), UTC) for one in known],
        values=[one.above_mean_percent or Decimal() for one in known],
    )
    return strokes([line], DAY)


def shade(percent: Decimal | None) -> str:
    """up-1 to up-3, down-1 to down-3, or flat."""
    size = sum(abs(percent) >= bound for bound in SHADES) if percent is not None else 0
    if percent is None or not size:
        return "flat"
    return f"{'up' if percent > 0 else 'down'}-{size}"
