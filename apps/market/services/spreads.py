"""Which gaps between prices are open, found anew after each ingest."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import permutations
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.prices.selectors import DatedRate, exchange_rate
from mtgintel.core.constants import Currency
from mtgintel.core.money import MAX_THOUSANDTHS, to_thousandths
from mtgintel.core.sql import load_sql

# Streams whose one price is of any condition: there is nothing like them to compare.
MIXED_STREAMS = ["manapool"]
# Cards are sold for money in two regions, each with a currency. Tickets are of another
# world.
REGIONS = (Currency.USD, Currency.EUR)
# Buylists differ by some percent, regions by a fifth, about as much as trading between
# them costs: below that a gap is the usual state, and there are as many as cards.
MIN_GAP_PERCENT = 10
MIN_REGION_PERCENT = 20
MIN_REGION_PRICE = Decimal(1)


@transaction.atomic
def update_spreads(*, now: datetime | None = None) -> int:
    """Find all gaps in the latest prices; how many are open.

    One that was open stays the same row, one that is gone is closed with the moment it
    was last seen, one that is back begins a new row.
    """
    now = now or timezone.now()
    rates = _usable_rates(now)
    parameters: dict[str, Any] = {
        "now": now,
        "mixed": MIXED_STREAMS,
        "min_gap": MIN_GAP_PERCENT,
        "min_region": MIN_REGION_PERCENT,
        "min_region_price": to_thousandths(MIN_REGION_PRICE),
        "max_price": MAX_THOUSANDTHS,
        "asks_in": [rate.quote for rate in rates],
        "bids_in": [rate.base for rate in rates],
        "rates": [rate.rate for rate in rates],
        "rate_on": rates[0].day if rates else None,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('spreads'))")
        # As common table expressions, of unknown size, they would be looped over.
        for name in ("spread_legs", "found_spreads"):
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            cursor.execute(load_sql("market", name), parameters)
            cursor.execute(f"ANALYZE {name}")
        cursor.execute(load_sql("market", "close_spreads"))
        cursor.execute(load_sql("market", "merge_spreads"), parameters)
        open_count: int = cursor.rowcount
        cursor.execute("DELETE FROM spread_counts")
        cursor.execute(load_sql("market", "count_spreads"), parameters)
    return open_count


def _usable_rates(now: datetime) -> list[DatedRate]:
    """What a bid in one region's money is in the other's; none without a fresh rate."""
    found = [
        exchange_rate(bid, ask, on=now.date()) for ask, bid in permutations(REGIONS, 2)
    ]
    return [rate for rate in found if rate is not None and not rate.is_too_old]
