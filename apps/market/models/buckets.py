"""Index buckets kept by the database itself."""

from __future__ import annotations

from django.db import models

from mtgintel.core.constants import Currency, Finish
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField


class MarketIndexBucket(models.Model):
    """The mean of what was observed in a bucket, per currency and finish.

    NEAR_MINT ENGLISH observations of every retail and market stream; buylists are
    left out, they are another price. `unique_cards` counts printings, `total_volume`
    sums the quantities vendors showed, `price_sum` / `price_count` add up across
    finishes and buckets where averages do not. Read-only: an aggregate.
    """

    bucket = models.DateTimeField()
    currency = models.CharField(max_length=3, choices=Currency.choices)
    finish = EnumField(enum_type="card_finish", choices=Finish.choices)
    avg_price = models.FloatField()
    min_price = PriceField()
    max_price = PriceField()
    price_sum = models.BigIntegerField()
    price_count = models.BigIntegerField()
    total_volume = models.BigIntegerField(null=True)
    unique_cards = models.BigIntegerField()
    total_snapshots = models.BigIntegerField()

    class Meta:
        abstract = True


class MarketIndex30Min(MarketIndexBucket):
    pk = models.CompositePrimaryKey("bucket", "currency", "finish")

    class Meta:
        db_table = "market_index_30min"
        managed = False


class MarketIndexHourly(MarketIndexBucket):
    pk = models.CompositePrimaryKey("bucket", "currency", "finish")

    class Meta:
        db_table = "market_index_hourly"
        managed = False


class MarketIndexDaily(MarketIndexBucket):
    pk = models.CompositePrimaryKey("bucket", "currency", "finish")

    class Meta:
        db_table = "market_index_daily"
        managed = False
