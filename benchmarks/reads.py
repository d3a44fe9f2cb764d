"""How long the reads of the pages take on a database that is there already.

    DATABASE_URL=... python -m benchmarks.reads

Prints a JSON object of milliseconds, each the median of a few, the cache emptied
before each. full_scale.py runs it on its market.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from functools import partial
from statistics import median

TIMES = 3


def measure() -> dict[str, float]:
    """Milliseconds by what was asked for."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mtgintel.settings.dev")
    import django

    django.setup()
    from apps.market.selectors import market_index, movers
    from apps.prices.models import LatestPrice
    from apps.prices.selectors import card_history, freshness
    from mtgintel.core.constants import WINDOWS

    dearest = LatestPrice.objects.order_by("-price").values_list("card_id", flat=True)
    card_id = dearest[0]
    reads: dict[str, Callable[[], object]] = {
        f"movers {window}": partial(movers, "USD", window=window) for window in WINDOWS
    }
    reads["index 90d"] = partial(market_index, "USD", period="90d")
    reads["history 90d"] = partial(card_history, card_id, period="90d")
    reads["freshness"] = freshness
    return {name: _milliseconds(read) for name, read in reads.items()}


def _milliseconds(read: Callable[[], object]) -> float:
    from mtgintel.core import cache

    times = []
    for _ in range(TIMES):
        cache.bump()
        started = time.perf_counter()
        read()
        times.append(time.perf_counter() - started)
    return round(median(times) * 1000, 1)


if __name__ == "__main__":
    print(json.dumps(measure()))
