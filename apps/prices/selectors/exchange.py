"""What an amount is in another currency, and of when that rate is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from apps.prices.models import ExchangeRate
from mtgintel.core.constants import Currency

# The bank is closed for up to four days in a row; a rate older than this has not been
# fetched.
MAX_RATE_AGE = timedelta(days=7)
_BASE = Currency.EUR
# As far apart as the rates of two currencies may stand and still meet on a day.
_LOOK_BACK = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRate:
    """`rate` units of `quote` for one of `base` on `day`, as `source` has it.

    `is_too_old`: so old on the day it was asked for that it says nothing about it.
    """

    base: str
    quote: str
    rate: Decimal
    day: date
    source: str
    is_too_old: bool

    def converted(self, amount: Decimal) -> Decimal:
        """An amount of `base` in `quote`, not rounded."""
        return amount * self.rate


def exchange_rate(base: str, quote: str, on: date | None = None) -> DatedRate | None:
    """The newest rate of `on` (today) or before, both sides of one day.

    None where there is none: tickets have no rate. 1 between a currency and itself.
    """
    on = on or timezone.now().date()
    wanted = {base, quote} - {_BASE}
    if base == quote:
        return _dated(base, quote, {}, on, on, "")
    if Currency.TIX in wanted:
        return None
    rows = ExchangeRate.objects.filter(currency__in=wanted, day__lte=on)
    by_day: dict[date, dict[str, ExchangeRate]] = {}
    for row in rows.order_by("-day")[:_LOOK_BACK]:
        of_day = by_day.setdefault(row.day, {})
        of_day[row.currency] = row
        if len(of_day) == len(wanted):
            rates = {name: one.rate for name, one in of_day.items()}
            return _dated(base, quote, rates, row.day, on, row.source)
    return None


def _dated(
    base: str, quote: str, rates: dict[str, Decimal], day: date, on: date, source: str
) -> DatedRate:
    """Of rates per euro; a currency that is not among them is the euro, or the same."""
    one = Decimal(1)
    return DatedRate(
        base=base,
        quote=quote,
        rate=rates.get(quote, one) / rates.get(base, one),
        day=day,
        source=source,
        is_too_old=on - day > MAX_RATE_AGE,
    )
