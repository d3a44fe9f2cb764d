"""Every write about signals."""

from .detect import SignalUpdate, catch_up_signals, detect_signals
from .outcomes import catch_up_outcomes, judge_signals

__all__ = [
    "SignalUpdate",
    "catch_up_outcomes",
    "catch_up_signals",
    "detect_signals",
    "judge_signals",
]
