"""Price streams and what changed about them."""

from __future__ import annotations

from django.db import models

from mtgintel.core.constants import Currency, Side


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


class SeriesBreak(models.Model):
    """A stream changed what it measures: from `began_on` (00:00 UTC) on, its prices
    are not compared with those before.

    `before` and `after` say in words what the number was and is; `source` is the feed
    that changed, where it was one of several.
    """

    marketplace = models.ForeignKey(
        Marketplace, models.CASCADE, related_name="series_breaks"
    )
    began_on = models.DateField()
    reason = models.CharField(max_length=300)
    before = models.CharField(max_length=200)
    after = models.CharField(max_length=200)
    source = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "series_breaks"
        ordering = ["-began_on", "marketplace"]
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "began_on"], name="one_break_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.marketplace}, {self.began_on:%Y-%m-%d}"
