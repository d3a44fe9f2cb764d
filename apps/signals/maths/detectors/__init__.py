"""The kinds of signals, each found by a pure function of a panel.

    for slug, kind in KINDS.items():
        detected = kind(panel)

A detector answers for the panel's last day. It says nothing where there is too little
to go by, and the same of a price in cents as of one in dollars.
"""

from .base import Detected, Kind, Parameter, Unit, Value
from .breakout import BREAKOUT
from .buylist_pressure import BUYLIST_PRESSURE
from .mean_reversion import MEAN_REVERSION
from .momentum import MOMENTUM
from .spread_compression import SPREAD_COMPRESSION
from .supply import SUPPLY
from .trend import TREND
from .volatility import VOLATILITY

KINDS: dict[str, Kind] = {
    kind.slug: kind
    for kind in (
        MOMENTUM,
        TREND,
        BREAKOUT,
        MEAN_REVERSION,
        VOLATILITY,
        SUPPLY,
        BUYLIST_PRESSURE,
        SPREAD_COMPRESSION,
    )
}

__all__ = ["KINDS", "Detected", "Kind", "Parameter", "Unit", "Value"]
