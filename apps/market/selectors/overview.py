"""The market in a few figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Avg, Count, F, Q

from apps.cards.models import Card, CardSet
from apps.prices.models import LatestPrice
from apps.prices.selectors import newest_stream
from mtgintel.core import cache
from mtgintel.core.constants import Condition, Side
from mtgintel.core.money import from_thousandths


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadth:
    """How many series rose, fell or stayed over a window; those without a price at
    its start are in none of the three."""

    advancers: int
    decliners: int
    unchanged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Totals of the catalogue, and of one currency's prices.

    `average_price` and the breadths are over Near Mint retail and market series.
    `is_stale`: its newest stream is.
    """

    currency: str
    as_of: datetime | None
    is_stale: bool
    card_count: int
    set_count: int
    priced_card_count: int
    series_count: int
    average_price: Decimal | None
    breadth_1d: Breadth
    breadth_7d: Breadth


def overview(currency: str = "USD") -> Overview:
    """The figures of `currency`; the counts are 0 where nothing is known."""
    return cache.get_or_compute(
        f"market.overview:{currency}", lambda: _overview(currency)
    )


def _overview(currency: str) -> Overview:
    prices = LatestPrice.objects.filter(currency=currency)
    totals = prices.aggregate(series=Count("*"), cards=Count("card_id", distinct=True))
    asked = prices.filter(condition=Condition.NEAR_MINT).exclude(
        marketplace__side=Side.BUYLIST
    )
    figures = asked.aggregate(average=Avg("price"), **_moves("1d"), **_moves("7d"))
    newest = newest_stream(currency)
    return Overview(
        currency=currency,
        as_of=newest.as_of if newest else None,
        is_stale=newest is not None and newest.is_stale,
        card_count=Card.objects.present().count(),
        set_count=CardSet.objects.count(),
        priced_card_count=totals["cards"],
        series_count=totals["series"],
        average_price=_mean(figures["average"]),
        breadth_1d=_breadth(figures, "1d"),
        breadth_7d=_breadth(figures, "7d"),
    )


def _moves(window: str) -> dict[str, Count]:
    then = F(f"price_{window}")
    return {
        f"advancers_{window}": Count("price", filter=Q(price__gt=then)),
        f"decliners_{window}": Count("price", filter=Q(price__lt=then)),
        f"unchanged_{window}": Count("price", filter=Q(price=then)),
    }


def _breadth(figures: dict[str, int], window: str) -> Breadth:
    return Breadth(
        advancers=figures[f"advancers_{window}"],
        decliners=figures[f"decliners_{window}"],
        unchanged=figures[f"unchanged_{window}"],
    )


def _mean(thousandths: float | None) -> Decimal | None:
    return None if thousandths is None else from_thousandths(round(thousandths))
