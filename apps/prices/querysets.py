"""Row-level questions about prices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from timescale.db.models.querysets import TimescaleQuerySet

if TYPE_CHECKING:
    from .models import LatestPrice


class PriceSnapshotQuerySet(TimescaleQuerySet):
    """Raw observations; `time_bucket` comes with it on both engines."""


class LatestPriceQuerySet(models.QuerySet["LatestPrice"]):
    def for_card(self, card_id: int) -> LatestPriceQuerySet:
        return self.filter(card_id=card_id)
