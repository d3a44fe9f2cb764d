"""What collections are compared with: the chained index of the currency."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from apps.market.selectors import index_levels
from mtgintel.core import cache
from mtgintel.core.changes import percent_change

# How much older a level may be than the day it stands for, as for a month's change.
TOLERANCE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The levels of the index of the whole market, its days ascending."""

    days: list[date]
    levels: list[Decimal]

    @classmethod
    def of(cls, currency: str) -> Benchmark:
        return cache.get_or_compute(
            f"inventory.benchmark:{currency}", lambda: cls._read(currency)
        )

    @classmethod
    def _read(cls, currency: str) -> Benchmark:
        levels = index_levels(currency=currency)
        return cls([one.day for one in levels], [one.level for one in levels])

    def at(self, day: date) -> Decimal | None:
        """The nearest level at or before a day; None where that is too old."""
        place = bisect_right(self.days, day) - 1
        if place < 0 or self.days[place] < day - TOLERANCE:
            return None
        return self.levels[place]

    def change(self, start: date, end: date | None = None) -> Decimal | None:
        """In percent from a day to a later one, the newest by default."""
        if not self.days or start > (end or self.days[-1]):
            return None
        return percent_change(self.at(start), self.at(end or self.days[-1]))

    def change_over(self, length: timedelta) -> Decimal | None:
        """In percent over the newest days."""
        return self.change(self.days[-1] - length) if self.days else None
