"""Panels for tests: a list per row, None where nothing was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from apps.signals.maths.detectors import Detected
from apps.signals.maths.panel import Array, Observations, Panel, calendar

TODAY = date(2026, 3, 10)
Row = Sequence[float | None]


def matrix(rows: Sequence[Row]) -> Array:
    return np.array(rows, float)


def panel(close: Sequence[Row], bid: Any = None, copies: Any = None) -> Panel:
    """Nonfoil variants of the cards 1, 2, … in the stream 1, up to TODAY."""
    prices = matrix(close)
    n, d = prices.shape
    nothing = np.full((n, d), np.nan)
    return Panel(
        currency="USD",
        days=calendar(TODAY - timedelta(days=d - 1), TODAY),
        card_ids=np.arange(1, n + 1, dtype=np.int32),
        finishes=np.zeros(n, np.int8),
        marketplace_ids=np.ones(n, np.int16),
        close=prices,
        copies=nothing if copies is None else matrix(copies),
        bid=nothing if bid is None else matrix(bid),
    )


def observations(
    *series: tuple[int, int, Row], bids: Sequence[int] = (), breaks: Any = None
) -> Observations:
    """Series of (card, stream, prices) up to TODAY; streams in the order of their
    numbers, `bids` are buylists."""
    card, stream, prices = zip(*series, strict=True)
    n, close = len(series), matrix(prices)
    streams = np.array(stream, np.int16)
    return Observations.of(
        currency="USD",
        days=calendar(TODAY - timedelta(days=close.shape[1] - 1), TODAY),
        card_ids=np.array(card, np.int32),
        finishes=np.zeros(n, np.int8),
        marketplace_ids=streams,
        places=streams.copy(),
        is_bid=np.isin(streams, bids),
        close=close,
        copies=np.full(close.shape, np.nan),
        breaks=breaks or {},
    )


def only(detected: Detected) -> dict[str, float]:
    """The one signal that was found, its values rounded."""
    assert len(detected) == 1
    return {
        "direction": int(detected.direction[0]),
        "strength": round(float(detected.strength[0]), 4),
        "confidence": round(float(detected.confidence[0]), 4),
        "observations": int(detected.observations[0]),
        **{name: round(float(of[0]), 4) for name, of in detected.values.items()},
    }
