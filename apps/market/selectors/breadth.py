"""How the market and its parts stand, and stood, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from apps.market.indices import MARKET
from apps.market.models import MarketBreadth
from mtgintel.core import cache
from mtgintel.core.constants import PERIODS

from .chained import percent_of

_TENTH = Decimal("0.1")
# How far back the newest day that can be compared with its neighbours is looked for.
_NEIGHBOURHOOD = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadth:
    """How many variants rose, fell or stayed over a window; those without a price at
    its start are in none of the three."""

    advancers: int
    decliners: int
    unchanged: int


NOTHING = Breadth(advancers=0, decliners=0, unchanged=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an index's variants stood on a day: printings in a finish, each by the
    preferred stream that has its price.

    `above_mean` of the `with_mean` that have a 30-day mean are above it.
    `volatility_percent` is the median of the standard deviations of daily logarithmic
    returns over 30 days, of `with_volatility` variants; None of none.
    `is_provisional`: the day is not over.
    """

    slug: str
    finish: str
    day: date
    variants: int
    breadth_1d: Breadth
    breadth_7d: Breadth
    breadth_30d: Breadth
    with_mean: int
    above_mean: int
    with_volatility: int
    volatility_percent: Decimal | None
    is_provisional: bool

    @property
    def above_mean_percent(self) -> Decimal | None:
        if not self.with_mean:
            return None
        share = Decimal(100 * self.above_mean) / self.with_mean
        return share.quantize(_TENTH, ROUND_HALF_UP)


def standings(currency: str, finish: str = "") -> dict[str, Standing]:
    """By slug, how each index stands: on the newest day that is not thin.

    A day is thin where under half as many variants have a price as on the day of the
    last week that has the most: a few feeds so far are not the market.
    """
    return cache.get_or_compute(
        f"market.standings:{currency}:{finish}",
        lambda: _standings(currency, finish),
        scope=cache.of_currency(currency),
    )


def _standings(currency: str, finish: str) -> dict[str, Standing]:
    own = MarketBreadth.objects.filter(currency=currency, finish=finish)
    whole = own.filter(slug=MARKET).order_by("-day")
    newest = whole.values_list("day", flat=True).first()
    if newest is None:
        return {}
    near = dict(
        whole.filter(day__gt=newest - _NEIGHBOURHOOD).values_list("day", "variants")
    )
    day = max(day for day, variants in near.items() if not _is_thin(variants, near))
    return {row.slug: _standing(row) for row in own.filter(day=day)}


def _is_thin(variants: int, near: dict[date, int]) -> bool:
    return 2 * variants < max(near.values())


def standing_history(
    slug: str, currency: str, finish: str = "", period: str = "90d"
) -> list[Standing]:
    """How an index stood on each day of a period that ends now, oldest first."""
    rows = MarketBreadth.objects.filter(slug=slug, currency=currency, finish=finish)
    length = PERIODS[period]
    if length:
        today = timezone.now().astimezone(UTC).date()
        rows = rows.filter(day__gte=today - length)
    return cache.get_or_compute(
        f"market.standing_history:{slug}:{currency}:{finish}:{period}",
        lambda: [_standing(row) for row in rows.order_by("day")],
        scope=cache.of_currency(currency),
    )


def _standing(row: MarketBreadth) -> Standing:
    return Standing(
        slug=row.slug,
        finish=row.finish,
        day=row.day,
        variants=row.variants,
        **{
            f"breadth_{window}": Breadth(
                advancers=getattr(row, f"advancers_{window}"),
                decliners=getattr(row, f"decliners_{window}"),
                unchanged=getattr(row, f"unchanged_{window}"),
            )
            for window in ("1d", "7d", "30d")
        },
        with_mean=row.with_mean,
        above_mean=row.above_mean,
        with_volatility=row.with_volatility,
        volatility_percent=percent_of(row.median_volatility),
        is_provisional=row.day == timezone.now().astimezone(UTC).date(),
    )
