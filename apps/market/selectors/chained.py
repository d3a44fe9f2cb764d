"""The chained indices as they are stored: levels, changes, constituents."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from django.db.models import Min, QuerySet

from apps.cards.models import CardSet
from apps.market.indices import INDICES, MARKET, IndexDefinition, set_code
from apps.market.maths.breadth import volatility
from apps.market.models import ChainedIndex, ChainedIndexBasket, ChainedIndexPoint
from mtgintel.core import cache
from mtgintel.core.changes import percent_change
from mtgintel.core.constants import WINDOWS, Currency, Window
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

RECENT_DAYS = timedelta(days=30)
# Over which an index's changes are told: a year besides those of a price.
SUMMARY_WINDOWS = {
    **WINDOWS,
    "1y": Window("1y", timedelta(days=365), timedelta(days=30)),
}
_EXACT = Decimal("0.000001")
_HUNDREDTH = Decimal("0.01")


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
    base = index_base(slug, currency, finish)
    return levels_from(base, slug, start, end, currency, finish) if base else []


def levels_from(
    base: date,
    slug: str,
    start: date | None,
    end: date | None,
    currency: str,
    finish: str | None,
) -> list[IndexLevel]:
    """The same of an index whose base is known."""
    points = _points(slug, currency, finish)
    if start:
        points = points.filter(day__gte=start)
    if end:
        points = points.filter(day__lte=end)
    rows = points.order_by("day").values_list("day", "level", "constituents")
    return [
        IndexLevel(day, _decimal(level), constituents)
        for day, level, constituents in rows
        if constituents or day == base
    ]


def index_base(
    slug: str = MARKET, currency: str = Currency.USD, finish: str | None = None
) -> date | None:
    """The day on which an index stands at 100; None for one without points."""
    points = _points(slug, currency, finish)
    base: date | None = points.aggregate(first=Min("day"))["first"]
    return base


def _points(slug: str, currency: str, finish: str | None) -> QuerySet:
    series = ChainedIndex.objects.filter(slug=slug, currency=currency, finish=finish)
    return ChainedIndexPoint.objects.filter(index__in=series)


def newest_index_day() -> datetime | None:
    """Where an update has to go on: the start of the earliest of the days on which
    the currencies' indices end. None where there are none."""
    days = ChainedIndexBasket.objects.aggregate(first=Min("day"))["first"]
    return datetime.combine(days, time(), UTC) if days else None


def _decimal(level: float) -> Decimal:
    return Decimal(level).quantize(_EXACT, ROUND_HALF_UP)


def volatility_of(days: list[date], levels: list[float]) -> float | None:
    """The standard deviation of the daily logarithmic returns of these levels, the
    days ascending; None of too few."""
    if not days:
        return None
    numbers = np.array([day.toordinal() for day in days])
    closes = np.zeros((int(numbers[-1] - numbers[0]) + 1, 1))
    closes[numbers - numbers[0], 0] = levels
    found = float(volatility(closes)[0])
    return None if np.isnan(found) else found


def percent_of(share: float | None) -> Decimal | None:
    return None if share is None else (100 * Decimal(share)).quantize(_HUNDREDTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSummary:
    """An index in one currency: its newest level and how it moved.

    The changes are in percent, None without a level at the window's start. `recent`
    are the levels of the last RECENT_DAYS, oldest first; `volatility_percent` is the
    standard deviation of their daily logarithmic returns, None of too few.
    """

    slug: str
    name: str
    about: str
    day: date
    level: Decimal
    constituents: int
    change_1d: Decimal | None
    change_7d: Decimal | None
    change_30d: Decimal | None
    change_90d: Decimal | None
    change_1y: Decimal | None
    volatility_percent: Decimal | None
    recent: list[tuple[date, Decimal]]


def index_summaries(
    currency: str = Currency.USD, finish: str | None = None
) -> list[IndexSummary]:
    """The named indices that have points, the whole market first; of all finishes
    together, or of one."""
    return cache.get_or_compute(
        f"market.indices:{currency}:{finish}",
        lambda: _summaries(currency, finish),
        scope=cache.of_currency(currency),
    )


def _summaries(currency: str, finish: str | None) -> list[IndexSummary]:
    longest = max(
        window.length + window.tolerance for window in SUMMARY_WINDOWS.values()
    )
    newest = newest_day(currency)
    if newest is None:
        return []
    points = ChainedIndexPoint.objects.filter(
        index__currency=currency,
        index__finish=finish,
        index__slug__in=list(INDICES),
        day__gte=newest - longest,
        constituents__gt=0,
    ).order_by("day")
    levels: dict[str, list[tuple[date, float, int]]] = {}
    for slug, day, level, count in points.values_list(
        "index__slug", "day", "level", "constituents"
    ):
        levels.setdefault(slug, []).append((day, level, count))
    return [_summary(INDICES[slug], levels[slug]) for slug in INDICES if slug in levels]


def _summary(
    one: IndexDefinition, points: list[tuple[date, float, int]]
) -> IndexSummary:
    days = [day for day, *_ in points]
    day, level, constituents = points[-1]
    changes = {
        f"change_{name}": _change(days, points, window)
        for name, window in SUMMARY_WINDOWS.items()
    }
    recent = points[bisect_left(days, day - RECENT_DAYS) :]
    spread = volatility_of([then for then, *_ in recent], [one for _, one, _ in recent])
    return IndexSummary(
        slug=one.slug,
        name=one.name,
        about=one.about,
        day=day,
        level=_decimal(level),
        constituents=constituents,
        volatility_percent=percent_of(spread),
        recent=[(then, _decimal(value)) for then, value, _ in recent],
        **changes,
    )


def _change(
    days: list[date], points: list[tuple[date, float, int]], window: Window
) -> Decimal | None:
    """Since the nearest level at or before the window's start, within its tolerance."""
    start = days[-1] - window.length
    place = bisect_right(days, start) - 1
    if place < 0 or days[place] < start - window.tolerance:
        return None
    return percent_change(_decimal(points[place][1]), _decimal(points[-1][1]))


def newest_day(currency: str) -> date | None:
    """The day of the newest links of a currency."""
    baskets = ChainedIndexBasket.objects.filter(currency=currency)
    return baskets.values_list("day", flat=True).first()


def is_index(slug: str) -> bool:
    """Whether there is such an index: a named one, or of a set that we know."""
    code = set_code(slug)
    if code is None:
        return slug in INDICES
    # PostgreSQL takes no NUL, not even to compare with.
    return code.isprintable() and CardSet.objects.filter(code=code).exists()


def set_name(slug: str) -> str:
    """Of which set an index is, in words. Raises CardSet.DoesNotExist."""
    return CardSet.objects.get(code=set_code(slug)).name


@dataclass(frozen=True, slots=True)
class SetSummary:
    """The index of a set in one currency: its newest level and how it moved."""

    slug: str
    code: str
    name: str
    released_on: date | None
    day: date
    level: Decimal
    constituents: int
    change_7d: Decimal | None
    change_30d: Decimal | None


def set_summaries(currency: str = Currency.USD) -> list[SetSummary]:
    """The indices of sets, the newest set first."""
    return cache.get_or_compute(
        f"market.sets:{currency}",
        lambda: _set_summaries(currency),
        scope=cache.of_currency(currency),
    )


def _set_summaries(currency: str) -> list[SetSummary]:
    windows: dict[str, Any] = {
        f"{bound}_{name}": WINDOWS[name].length
        + (WINDOWS[name].tolerance if bound == "oldest" else timedelta())
        for name in ("7d", "30d")
        for bound in ("length", "oldest")
    }
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("market", "set_indices"), {"currency": currency} | windows
        )
        rows = cursor.fetchall()
    return [
        SetSummary(
            *(slug, code, name, released_on, day),
            _decimal(level),
            constituents,
            *(
                percent_change(_decimal(then), _decimal(level)) if then else None
                for then in (week, month)
            ),
        )
        for slug, code, name, released_on, day, level, constituents, week, month in rows
    ]
