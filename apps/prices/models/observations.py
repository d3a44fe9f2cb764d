"""What was observed: raw, latest, and in candles."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.cards.models import Card
from apps.prices.querysets import LatestPriceQuerySet, PriceSnapshotQuerySet
from mtgintel.core.constants import Condition, Currency, Finish, Language
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField

from .runs import IngestRun
from .streams import Marketplace


class PriceKey(models.Model):
    """What identifies a series: printing, stream, condition, finish, language.

    No database-level foreign keys: they cost a bulk load four times its speed.
    Ids are checked when a quote's identity is resolved.
    """

    card = models.ForeignKey(
        Card, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    marketplace = models.ForeignKey(
        Marketplace,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    condition = EnumField(
        enum_type="card_condition",
        choices=Condition.choices,
        default=Condition.NEAR_MINT,
    )
    finish = EnumField(
        enum_type="card_finish", choices=Finish.choices, default=Finish.NONFOIL
    )
    language = EnumField(
        enum_type="card_language", choices=Language.choices, default=Language.ENGLISH
    )
    currency = models.CharField(max_length=3, choices=Currency.choices)

    class Meta:
        abstract = True


class PriceObservation(PriceKey):
    """The figures a vendor gave at one moment; what is absent is null, never 0."""

    price = PriceField()
    price_low = PriceField(null=True, blank=True)
    price_mid = PriceField(null=True, blank=True)
    price_high = PriceField(null=True, blank=True)
    price_market = PriceField(null=True, blank=True)
    num_listings = models.IntegerField(null=True, blank=True)
    total_quantity = models.IntegerField(null=True, blank=True)
    run = models.ForeignKey(
        IngestRun,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        null=True,
        related_name="+",
    )
    is_foil = models.GeneratedField(
        expression=~Q(finish=Finish.NONFOIL),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        abstract = True


class PriceSnapshot(PriceObservation):
    """One stored observation. Hypertable on `time`, 7-day chunks.

    `time` is when the vendor says the price held, not when it was fetched.
    """

    pk = models.CompositePrimaryKey(
        "time", "card_id", "marketplace_id", "condition", "finish", "language"
    )
    time = models.DateTimeField()

    objects = PriceSnapshotQuerySet.as_manager()  # type: ignore[django-manager-missing]

    class Meta:
        db_table = "price_snapshots"


class LatestPrice(PriceObservation):
    """The newest observation of a series, with what it is compared with.

    `previous_price` is the last different price, in force until `changed_at`.
    `price_1d` … `price_90d` are the nearest observations at or before `as_of` less
    the window, within its tolerance (core.constants.WINDOWS); null without one.
    """

    pk = models.CompositePrimaryKey(
        "card_id", "marketplace_id", "condition", "finish", "language"
    )
    as_of = models.DateTimeField()
    previous_price = PriceField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    price_1d = PriceField(null=True, blank=True)
    price_7d = PriceField(null=True, blank=True)
    price_30d = PriceField(null=True, blank=True)
    price_90d = PriceField(null=True, blank=True)

    objects = LatestPriceQuerySet.as_manager()  # type: ignore[django-manager-missing]

    class Meta:
        db_table = "latest_prices"


class PriceBucket(PriceKey):
    """A candle of one series; `bucket` is its start. Read-only: an aggregate.

    `price_sum` and `price_count` let coarser buckets be computed without averaging
    averages; `avg_price` is their quotient in thousandths.
    """

    bucket = models.DateTimeField()
    open_price = PriceField()
    high_price = PriceField()
    low_price = PriceField()
    close_price = PriceField()
    avg_price = models.FloatField()
    price_sum = models.BigIntegerField()
    price_count = models.BigIntegerField()
    total_quantity = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class CardPriceHourly(PriceBucket):
    pk = models.CompositePrimaryKey(
        "bucket", "card_id", "marketplace_id", "condition", "finish", "language"
    )

    class Meta:
        db_table = "card_prices_hourly"
        managed = False


class CardPriceDaily(PriceBucket):
    pk = models.CompositePrimaryKey(
        "bucket", "card_id", "marketplace_id", "condition", "finish", "language"
    )

    class Meta:
        db_table = "card_prices_daily"
        managed = False
