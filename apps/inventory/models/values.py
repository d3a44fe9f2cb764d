"""What collections were worth, day by day."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mtgintel.core.constants import Currency


class PortfolioValue(models.Model):
    """What somebody's plain copies were worth at the end of a day (UTC), in thousandths
    of the currency: worked out from the lots as they were held on that day.

    `copies` are all that were held, `special` those of them that are graded, signed,
    altered, proxies or misprints and have no price. `market` is what the `priced` ones
    were worth, `estimated` of them by a multiplier; `buylist` what shops paid for the
    `bid` ones; `net` what selling the `sold` ones would have brought after fees, those
    that it does pay for. `measured` is the part of `market` that returns are computed
    of: lots whose cost and proceeds are known in the currency. `basis` names the lots,
    preferences and fees it was worked out by: a row with another basis than theirs now
    is from before an edit.
    """

    pk = models.CompositePrimaryKey("owner_id", "currency", "day")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="+"
    )
    currency = models.CharField(max_length=3, choices=Currency.choices)
    day = models.DateField()
    copies = models.BigIntegerField()
    special = models.BigIntegerField()
    priced = models.BigIntegerField()
    estimated = models.BigIntegerField()
    market = models.BigIntegerField()
    bid = models.BigIntegerField()
    buylist = models.BigIntegerField()
    sold = models.BigIntegerField()
    net = models.BigIntegerField()
    measured = models.BigIntegerField()
    basis = models.CharField(max_length=32)

    class Meta:
        db_table = "portfolio_values"
        ordering = ["day"]
