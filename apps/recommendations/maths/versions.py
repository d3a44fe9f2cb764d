"""The rules there are. A rule whose parameters change gets the next version; the old
one stays, as advice that was given by it does."""

from __future__ import annotations

from .rules import Rule
from .scoring import SELL

_WEEK = {
    "MOMENTUM": (0.050, 0.035),
    "TREND": (0.0, 0.040),
    "BREAKOUT": (0.180, 0.0),
    "MEAN_REVERSION": (0.060, 0.0),
}
# What a week's signals are worth over a month; a quarter is not believed to bring more.
_MONTH = {kind: (3 * rise, 3 * fall) for kind, (rise, fall) in _WEEK.items()}

WEIGHING_1 = Rule(
    name="weighing",
    version=1,
    title="Weighing",
    about=(
        "Adds up what the signals let expect, and advises a trade only where that is "
        "likely to be left after fees."
    ),
    # docs/track-record.md has the figures.
    proven=frozenset({("USD", SELL, 7), ("USD", SELL, 30)}),
    weights={7: _WEEK, 30: _MONTH, 90: _MONTH},
    spread={7: 0.6, 30: 0.6, 90: 0.6},
)

RULES: dict[str, Rule] = {rule.key: rule for rule in (WEIGHING_1,)}
# The one that advises now.
CURRENT = WEIGHING_1
