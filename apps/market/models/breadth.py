"""How the market and its parts stood, day by day."""

from __future__ import annotations

from django.db import models

from apps.prices.models import Marketplace
from mtgintel.core.constants import Currency, Finish
from mtgintel.core.money import PriceField


class MarketBreadth(models.Model):
    """How an index's variants stood on a day: those with a close on it, each in one
    stream (apps.market.maths.breadth).

    `slug` is that of an index, `finish` one or "" for all. Of the variants with a
    price at a window's start, `advancers` rose, `decliners` fell and `unchanged`
    stayed. `median_volatility` is of daily logarithmic returns; null where unknown.
    Computed with the method of `version`.
    """

    pk = models.CompositePrimaryKey("currency", "slug", "finish", "day")
    currency = models.CharField(max_length=3, choices=Currency.choices)
    slug = models.CharField(max_length=24)
    finish = models.CharField(max_length=7, choices=Finish.choices, blank=True)
    day = models.DateField()
    variants = models.IntegerField()
    advancers_1d = models.IntegerField()
    decliners_1d = models.IntegerField()
    unchanged_1d = models.IntegerField()
    advancers_7d = models.IntegerField()
    decliners_7d = models.IntegerField()
    unchanged_7d = models.IntegerField()
    advancers_30d = models.IntegerField()
    decliners_30d = models.IntegerField()
    unchanged_30d = models.IntegerField()
    with_mean = models.IntegerField()
    above_mean = models.IntegerField()
    with_volatility = models.IntegerField()
    median_volatility = models.FloatField(null=True)
    version = models.SmallIntegerField()

    class Meta:
        db_table = "market_breadth"


class DailyCloses(models.Model):
    """A day's Near Mint English closes of a stream, packed (maths.breadth.Part).

    What means and volatilities are computed from: a month of closes is a few dozen
    rows here and millions in `card_prices_daily`. Only of the newest days.
    """

    pk = models.CompositePrimaryKey("day", "marketplace_id")
    day = models.DateField()
    marketplace = models.ForeignKey(
        Marketplace, models.CASCADE, db_index=False, related_name="+"
    )
    packed = models.BinaryField()

    class Meta:
        db_table = "daily_closes"


class MarketTotals(models.Model):
    """How much is known of a currency's prices now; the mean is of the Near Mint
    retail and market prices."""

    currency = models.CharField(
        max_length=3, choices=Currency.choices, primary_key=True
    )
    priced_card_count = models.IntegerField()
    series_count = models.IntegerField()
    average_price = PriceField(null=True)

    class Meta:
        db_table = "market_totals"

    def __str__(self) -> str:
        return f"{self.currency}: {self.series_count} series"


class StreamVolume(models.Model):
    """What a stream shows of what is on offer: in how many of its series it tells
    listings and quantities, and their sums."""

    marketplace = models.OneToOneField(
        Marketplace, models.CASCADE, primary_key=True, related_name="+"
    )
    series_count = models.IntegerField()
    listed_count = models.IntegerField()
    listings = models.BigIntegerField()
    counted_count = models.IntegerField()
    quantity = models.BigIntegerField()

    class Meta:
        db_table = "stream_volumes"

    def __str__(self) -> str:
        return f"{self.marketplace_id}: {self.listings} listings"
