"""The chained indices, day by day."""

from __future__ import annotations

from django.db import models

from mtgintel.core.constants import Currency, Finish
from mtgintel.core.fields import EnumField


class ChainedIndex(models.Model):
    """One series: an index (apps.market.indices) in a currency, of a finish or of all.

    Its points were computed with the method of `version`.
    """

    id = models.AutoField(primary_key=True)
    slug = models.CharField(max_length=24)
    currency = models.CharField(max_length=3, choices=Currency.choices)
    finish = EnumField(
        enum_type="card_finish", choices=Finish.choices, null=True, blank=True
    )
    version = models.SmallIntegerField()

    class Meta:
        db_table = "chained_indices"
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "currency", "finish"],
                name="chained_indices_unique",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.slug, self.currency, self.finish]))


class ChainedIndexPoint(models.Model):
    """A day of an index: `level` is the day before's times `link`, 100 on the first.

    `constituents` is how many variants the link rests on, `weight` the sum of their
    capped weights in the currency's thousandths. Without constituents (the first
    day, or nothing to compare with) the link is 1 and says nothing.
    """

    pk = models.CompositePrimaryKey("index_id", "day")
    index = models.ForeignKey(
        ChainedIndex, models.CASCADE, db_index=False, related_name="points"
    )
    day = models.DateField()
    link = models.FloatField()
    level = models.FloatField()
    constituents = models.IntegerField()
    weight = models.FloatField()

    class Meta:
        db_table = "chained_index_points"
        ordering = ["day"]


class ChainedIndexBasket(models.Model):
    """What a currency's newest links rest on: `matches` holds the matched variants of
    `day` as apps.market.maths.chained packs them, some 20 bytes for each."""

    currency = models.CharField(
        max_length=3, choices=Currency.choices, primary_key=True
    )
    day = models.DateField()
    matches = models.BinaryField()

    class Meta:
        db_table = "chained_index_baskets"

    def __str__(self) -> str:
        return f"{self.currency} {self.day}"
