"""What complete sets cost, day by day."""

from __future__ import annotations

from django.db import models

from apps.cards.models import CardSet
from mtgintel.core.constants import Currency


class SetValue(models.Model):
    """A day of a set in one currency: of its cards, or (`is_foil`) of its foils.

    `value` sums the Near Mint English prices of the `priced` of its `cards`, in
    thousandths; `carried` of them were last seen up to two days with prices before.
    `matched` of them cost `matched_before` on the day with prices before and
    `matched_now` on this one, in the same streams. `level` is the day before's times
    the quotient of the two, 100 on the day `since`, from which on every day can be
    compared with the one before it. Computed by the method of `version`.
    """

    pk = models.CompositePrimaryKey("card_set_id", "currency", "is_foil", "day")
    card_set = models.ForeignKey(
        CardSet, models.CASCADE, db_index=False, related_name="values"
    )
    currency = models.CharField(max_length=3, choices=Currency.choices)
    is_foil = models.BooleanField()
    day = models.DateField()
    value = models.BigIntegerField()
    cards = models.IntegerField()
    priced = models.IntegerField()
    carried = models.IntegerField()
    matched = models.IntegerField()
    matched_now = models.BigIntegerField()
    matched_before = models.BigIntegerField()
    level = models.FloatField()
    since = models.DateField()
    version = models.SmallIntegerField()

    class Meta:
        db_table = "set_values"
        ordering = ["day"]
        # What an update replaces: the days of a currency from one on.
        indexes = [models.Index(fields=["currency", "day"], name="set_values_days")]
