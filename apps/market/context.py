"""What the frame of every page shows: how fresh prices are, what moves, colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.http import HttpRequest

from apps.prices.selectors import freshness, is_demo_market
from apps.settings.selectors import asked_of, preferences_for
from mtgintel.core import derived
from mtgintel.core.constants import Currency
from mtgintel.core.theme import THEMES, theme_of
from mtgintel.core.version import VERSION

from .selectors import Mover, movers
from .selectors.index import is_stale
from .selectors.movers import DIRECTIONS

TICKER_MOVERS = 5


@dataclass(frozen=True, slots=True)
class MarketStatus:
    """When the newest price was observed, and how many streams are up to date."""

    as_of: datetime | None
    fresh: int
    total: int

    @property
    def state(self) -> str:
        """fresh, partly, stale or empty."""
        if self.as_of is None:
            return "empty"
        if self.fresh == self.total:
            return "fresh"
        return "partly" if self.fresh else "stale"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. What asks the database does so when a template uses it."""
    return {
        "theme": lambda: preferences_for(request).theme or theme_of(request),
        "preferences": lambda: preferences_for(request),
        "themes": THEMES,
        "version": VERSION,
        # Asked once, however often a page mentions it.
        "is_demo_market": cache(is_demo_market),
        "is_catching_up": derived.is_behind,
        "market_status": market_status,
        "is_currency_stale": lambda: is_stale(ticker_currency(request)),
        "ticker_currency": ticker_currency(request),
        "ticker": ticker(ticker_currency(request)),
    }


def market_status() -> MarketStatus:
    """Of the streams that have prices at all."""
    moments = [
        (stream.as_of, stream.is_stale) for stream in freshness() if stream.as_of
    ]
    return MarketStatus(
        as_of=max((as_of for as_of, _ in moments), default=None),
        fresh=sum(not is_stale for _, is_stale in moments),
        total=len(moments),
    )


def ticker_currency(request: HttpRequest) -> str:
    """The currency the page is in, dollars if it is in none."""
    asked = asked_of(request).get("currency")
    return asked if asked in Currency.values else Currency.USD.value


def ticker(currency: str) -> Callable[[], list[Mover]]:
    """The day's largest gainers and losers, in turn."""

    def alternating() -> list[Mover]:
        gainers, losers = (
            movers(currency, direction=direction)[:TICKER_MOVERS]
            for direction in DIRECTIONS
        )
        turns = max(len(gainers), len(losers))
        return [
            mover
            for turn in range(turns)
            for mover in (*gainers[turn : turn + 1], *losers[turn : turn + 1])
        ]

    return alternating
