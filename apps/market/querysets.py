"""Row-level questions about index buckets."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Sum


class MarketIndexQuerySet(models.QuerySet):
    def within(self, start: datetime | None, end: datetime) -> MarketIndexQuerySet:
        buckets = self.filter(bucket__lte=end)
        return buckets.filter(bucket__gte=start) if start else buckets

    def as_points(self) -> models.QuerySet:
        """One row per bucket: sums over the finishes, never averages of averages."""
        return (
            self.values("bucket")
            .annotate(
                total_price=Sum("price_sum"),
                priced=Sum("price_count"),
                cards=Sum("unique_cards"),
                volume=Sum("total_volume"),
                snapshots=Sum("total_snapshots"),
            )
            .order_by("bucket")
        )
