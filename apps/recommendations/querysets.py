"""Row-level questions about recommendations."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q


class RecommendationQuerySet(models.QuerySet):
    def of_market(self) -> RecommendationQuerySet:
        """What everybody may see."""
        return self.filter(tier="MARKET")

    def of_owner(self, user_id: int) -> RecommendationQuerySet:
        return self.filter(tier="OWNER", user_id=user_id)

    def of_chain(self, chain: str) -> RecommendationQuerySet:
        """That a chain of the ledger tells of."""
        _, _, user_id = chain.partition(":")
        return self.of_owner(int(user_id)) if user_id else self.of_market()

    def standing(self) -> RecommendationQuerySet:
        return self.filter(is_active=True)

    def that_stood_on(self, day: date) -> RecommendationQuerySet:
        """Issued by then, neither ended nor superseded before it was over."""
        is_open = Q(closing=None) | Q(closing__closed_on__gt=day)
        return self.filter(is_open, issued_on__lte=day, due_on__gt=day)

    def due(self, day: date) -> RecommendationQuerySet:
        """Whose horizon was over before `day`, and which are not scored yet."""
        return self.filter(due_on__lt=day, outcome=None)

    def in_full(self) -> RecommendationQuerySet:
        """With everything that a list shows of each, in one query."""
        return self.select_related(
            "card__card_set", "marketplace", "rule", "outcome", "closing"
        )


class LedgerQuerySet(models.QuerySet):
    def of_chain(self, chain: str) -> LedgerQuerySet:
        return self.filter(chain=chain).order_by("place")

    def in_full(self) -> LedgerQuerySet:
        """With all that a line's content is made of."""
        return self.select_related(
            "recommendation__marketplace",
            "recommendation__rule",
            "recommendation__outcome",
            "recommendation__closing__replaced_by",
        )
