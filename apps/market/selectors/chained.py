"""The chained indices as they are stored: levels, changes, constituents."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Min

from apps.market.indices import MARKET
from apps.market.models import ChainedIndex, ChainedIndexBasket, ChainedIndexPoint
from mtgintel.core.constants import Currency

_EXACT = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class IndexLevel:
    """A day of an index: its level (100 on its first day), and how many variants the
    link from the days before rests on; 0 on the first day only."""

    day: date
    level: Decimal
    constituents: int


def index_levels(
    slug: str = MARKET,
    start: date | None = None,
    end: date | None = None,
    currency: str = Currency.USD,
    finish: str | None = None,
) -> list[IndexLevel]:
    """The levels of an index on the days of [start, end], oldest first.

    Days without a link have none. Of two days the change is their levels' quotient;
    the last day is provisional until it is over.
    """
    series = ChainedIndex.objects.filter(slug=slug, currency=currency, finish=finish)
    points = ChainedIndexPoint.objects.filter(index__in=series)
    if start:
        points = points.filter(day__gte=start)
    if end:
        points = points.filter(day__lte=end)
    base = index_base(slug, currency, finish)
    return [
        IndexLevel(day, _decimal(level), constituents)
        for day, level, constituents in points.order_by("day").values_list(
            "day", "level", "constituents"
        )
        if constituents or day == base
    ]


def index_base(
    slug: str = MARKET, currency: str = Currency.USD, finish: str | None = None
) -> date | None:
    """The day on which an index stands at 100; None for one without points."""
    series = ChainedIndex.objects.filter(slug=slug, currency=currency, finish=finish)
    points = ChainedIndexPoint.objects.filter(index__in=series)
    base: date | None = points.aggregate(first=Min("day"))["first"]
    return base


def newest_index_day() -> datetime | None:
    """Where an update has to go on: the start of the earliest of the days on which
    the currencies' indices end. None where there are none."""
    days = ChainedIndexBasket.objects.aggregate(first=Min("day"))["first"]
    return datetime.combine(days, time(), UTC) if days else None


def _decimal(level: float) -> Decimal:
    return Decimal(level).quantize(_EXACT, ROUND_HALF_UP)
