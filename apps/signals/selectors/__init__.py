"""Reads of signals, and of the prices they are found in."""

from .panel import load_observations, load_panels, load_windows, newest_price_day
from .record import KindRecord, signal_record
from .signals import (
    DIRECTIONS,
    ORDERINGS,
    DayCount,
    KindCount,
    SignalsQuery,
    counts_by_day,
    current_signals,
    find_signals,
    newest_signal_day,
    signal_counts,
    signals_of_card,
)

__all__ = [
    "DIRECTIONS",
    "ORDERINGS",
    "DayCount",
    "KindCount",
    "KindRecord",
    "SignalsQuery",
    "counts_by_day",
    "current_signals",
    "find_signals",
    "load_observations",
    "load_panels",
    "load_windows",
    "newest_price_day",
    "newest_signal_day",
    "signal_counts",
    "signal_record",
    "signals_of_card",
]
