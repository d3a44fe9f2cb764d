"""What money is worth in other money."""

from __future__ import annotations

from django.db import models


class ExchangeRate(models.Model):
    """A reference rate: `rate` units of `currency` for one euro on `day`.

    `source` is who says so: "ecb", or "demo" for those of the demo market.
    """

    pk = models.CompositePrimaryKey("currency", "day")
    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=15, decimal_places=6)
    source = models.CharField(max_length=40)

    class Meta:
        db_table = "exchange_rates"
