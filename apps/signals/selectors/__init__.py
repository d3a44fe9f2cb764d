"""Reads of signals, and of the prices they are found in."""

from .panel import load_observations, load_panels, newest_price_day
from .signals import (
    DIRECTIONS,
    ORDERINGS,
    KindCount,
    SignalsQuery,
    current_signals,
    find_signals,
    newest_signal_day,
    signal_counts,
    signals_of_card,
)

__all__ = [
    "DIRECTIONS",
    "ORDERINGS",
    "KindCount",
    "SignalsQuery",
    "current_signals",
    "find_signals",
    "load_observations",
    "load_panels",
    "newest_price_day",
    "newest_signal_day",
    "signal_counts",
    "signals_of_card",
]
