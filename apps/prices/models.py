"""Price streams, their observations, and the record of how each one got in."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.cards.models import Card
from mtgintel.core.constants import Condition, Currency, Finish, Language, Side
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField

from .querysets import LatestPriceQuerySet, PriceSnapshotQuerySet


class Marketplace(models.Model):
    """One price stream: a vendor and a side, in exactly one currency.

    `price_basis` says in words what the number is. An observation older than
    `freshness_hours` makes the stream stale.
    """

    id = models.SmallAutoField(primary_key=True)
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    vendor = models.CharField(max_length=40)
    side = models.CharField(max_length=8, choices=Side.choices)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    price_basis = models.CharField(max_length=200)
    freshness_hours = models.IntegerField(default=48)
    # Lower comes first where one figure has to stand for a card.
    preference = models.SmallIntegerField(default=100)
    website = models.URLField(blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "marketplaces"
        ordering = ["preference", "slug"]

    def __str__(self) -> str:
        return self.name


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
        "IngestRun",
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

    objects = LatestPriceQuerySet.as_manager()

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


class IngestRun(models.Model):
    """One reading of one feed file, from its first byte to its last bucket."""

    class Status(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        SUCCEEDED = "SUCCEEDED", "Succeeded"
        REFUSED = "REFUSED", "Refused"
        FAILED = "FAILED", "Failed"

    source = models.CharField(max_length=40)
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.RUNNING
    )
    uri = models.CharField(max_length=500, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    bytes_total = models.BigIntegerField(null=True, blank=True)
    bytes_read = models.BigIntegerField(default=0)
    rows_seen = models.BigIntegerField(default=0)
    rows_written = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    # {reason: number of rows}
    rejects = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    # The range of `time` whose aggregates must be refreshed: [dirty_from, dirty_to].
    # Kept until it is done, so that a crash after the commit loses no bucket.
    dirty_from = models.DateTimeField(null=True, blank=True)
    dirty_to = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "ingest_runs"
        ordering = ["-started_at", "-id"]
        get_latest_by = "started_at"

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"


class QuarantinedPrice(models.Model):
    """A row of a feed that did not become a price, and why."""

    class Status(models.TextChoices):
        HELD = "HELD", "Held"
        RELEASED = "RELEASED", "Released"
        CONFIRMED = "CONFIRMED", "Confirmed bad"

    run = models.ForeignKey(IngestRun, models.CASCADE, related_name="quarantined")
    reason = models.CharField(max_length=60)
    detail = models.CharField(max_length=500, blank=True)
    # Where in the file: a key, a line number or a byte offset, as the feed has it.
    position = models.CharField(max_length=120, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    card = models.ForeignKey(
        Card, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    marketplace = models.ForeignKey(
        Marketplace, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.HELD)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "quarantined_prices"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reason} at {self.position}"
