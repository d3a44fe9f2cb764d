"""What sealed products cost."""

from __future__ import annotations

from django.db import models

from apps.cards.models import SealedProduct
from mtgintel.core.money import PriceField

from .streams import Marketplace


class SealedPrice(models.Model):
    """The price of a sealed product in one stream on a day (UTC), in its currency.

    The newest file of a day counts. `price_low` is the lowest listing, where the feed
    has one. A few thousand rows a day: a plain table.
    """

    pk = models.CompositePrimaryKey("product_id", "marketplace_id", "day")
    product = models.ForeignKey(
        SealedProduct, models.CASCADE, db_index=False, related_name="prices"
    )
    marketplace = models.ForeignKey(
        Marketplace, models.CASCADE, db_index=False, related_name="+"
    )
    day = models.DateField()
    as_of = models.DateTimeField()
    price = PriceField()
    price_low = PriceField(null=True)

    class Meta:
        db_table = "sealed_prices"
        ordering = ["day"]
