"""Small markets of one currency: observations for rules to judge."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from apps.signals.maths.panel import Observations, calendar

FIRST = date(2026, 1, 1)


def day(number: int) -> date:
    """The day so many after the first."""
    return FIRST + timedelta(days=number)


def observations(close: Any, currency: str = "USD", **changes: Any) -> Observations:
    """Of one stream, 1, a card a row (numbered from 1), nonfoil, a column a day."""
    close = np.array(close, float)
    n, days = close.shape
    columns = {
        "currency": currency,
        "days": calendar(FIRST, day(days - 1)),
        "card_ids": np.arange(1, n + 1),
        "finishes": np.zeros(n, np.int8),
        "marketplace_ids": np.ones(n, np.int16),
        "places": np.zeros(n, np.int16),
        "is_bid": np.zeros(n, bool),
        "close": close,
        "copies": np.full(close.shape, 20.0),
        "breaks": {},
    }
    return Observations.of(**columns | changes)


def falling(days: int = 60, start: float = 40.0, rate: float = 0.99) -> list[float]:
    """A price that falls by the same share every day, a little unevenly."""
    unevenly = np.random.default_rng(7).normal(0, 0.003, days)
    return np.round(start * rate ** np.arange(days) * np.exp(unevenly), 2).tolist()
