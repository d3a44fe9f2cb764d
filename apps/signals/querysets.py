"""Row-level questions about signals."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q


class SignalQuerySet(models.QuerySet):
    def of_day(self, currency: str, day: date | None) -> SignalQuerySet:
        """None, where there is no day to speak of, has no signals."""
        return self.filter(currency=currency, day=day) if day else self.none()

    def with_card(self) -> SignalQuerySet:
        return self.select_related("card__card_set", "marketplace")

    def legal_in(self, play_format: str) -> SignalQuerySet:
        key = f"card__legalities__{play_format}"
        return self.filter(Q(**{f"{key}__in": ["legal", "restricted"]}))
