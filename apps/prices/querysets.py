"""Row-level questions about prices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import Case, F, Q, Value, When
from timescale.db.models.querysets import TimescaleQuerySet

from mtgintel.core.constants import Condition, Language, Side


class PriceSnapshotQuerySet(TimescaleQuerySet):
    """Raw observations; `time_bucket` comes with it on both engines."""


class LatestPriceQuerySet(models.QuerySet):
    def for_card(self, card_id: int) -> LatestPriceQuerySet:
        return self.filter(card_id=card_id)

    def of_streams_in_use(self) -> LatestPriceQuerySet:
        """With the marketplace joined; streams switched off in the admin are out."""
        return self.select_related("marketplace").filter(marketplace__is_active=True)

    def matching(self, **wanted: str | None) -> LatestPriceQuerySet:
        """Filtered by the columns that are given: currency, condition, finish,
        language, marketplace__side, marketplace__slug."""
        return self.filter(**{name: value for name, value in wanted.items() if value})

    def preferred_first(self) -> LatestPriceQuerySet:
        return self.order_by(
            "marketplace__preference",
            "marketplace__slug",
            "finish",
            "condition",
            "language",
        )

    def that_stand_for_a_card(
        self, currency: str, own_language: F | None = None
    ) -> LatestPriceQuerySet:
        """What a list may show for a card: Near Mint, in English or `own_language`
        (the printing's, by default), what one pays and not what a shop pays."""
        own_language = own_language or F("card__language")
        return (
            self.filter(
                Q(language=Language.ENGLISH) | Q(language=own_language),
                currency=currency,
                condition=Condition.NEAR_MINT,
                marketplace__is_active=True,
            )
            .exclude(marketplace__side=Side.BUYLIST)
            .annotate(
                is_translation=Case(
                    When(language=own_language, then=Value(0)), default=Value(1)
                )
            )
        )

    def one_per_card(self) -> LatestPriceQuerySet:
        """After `that_stand_for_a_card`: nonfoil before foil before etched, then by the
        stream's preference, the printing's own language before English."""
        return self.order_by(
            "card_id",
            "finish",
            "marketplace__preference",
            "marketplace_id",
            "is_translation",
        ).distinct("card_id")

    def of_cards(self, card_ids: Iterable[int]) -> LatestPriceQuerySet:
        return self.filter(card_id__in=list(card_ids))


class QuarantinedPriceQuerySet(models.QuerySet):
    def doubted(self) -> QuarantinedPriceQuerySet:
        """Rows that were read well: they have an identity and a price."""
        return self.filter(time__isnull=False)

    def between(self, start: datetime, end: datetime) -> QuarantinedPriceQuerySet:
        """Doubted prices of [start, end)."""
        return self.filter(time__gte=start, time__lt=end)


class PriceOverrideQuerySet(models.QuerySet):
    def standing(self) -> PriceOverrideQuerySet:
        return self.filter(revoked_at=None)

    def overlapping(self, start: datetime, end: datetime) -> PriceOverrideQuerySet:
        """In force at some moment of [start, end)."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=start), valid_from__lt=end)
