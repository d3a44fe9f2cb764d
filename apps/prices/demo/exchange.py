"""What a euro is in dollars on the demo market: a rate for every day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from apps.prices.ingest.ecb import Rate

from .chance import seeds, wander

_LEVEL, _MOVE = 1.08, 0.004
_EPOCH = date(1970, 1, 1)


def euro_rates(first: date, last: date) -> list[Rate]:
    """The rate of each day from `first` to `last`, always the same ones."""
    days = np.arange((first - _EPOCH).days, (last - _EPOCH).days + 1)
    course = wander(seeds(["euro in dollars"]), days, "rate")[:, 0]
    return [
        Rate("USD", _EPOCH + timedelta(days=int(day)), Decimal(f"{rate:.4f}"))
        for day, rate in zip(days, _LEVEL * np.exp(_MOVE * course), strict=True)
    ]
