"""Every write about signals."""

from .detect import SignalUpdate, catch_up_signals, detect_signals

__all__ = ["SignalUpdate", "catch_up_signals", "detect_signals"]
