"""The order in which everything was said, sealed line by line."""

from __future__ import annotations

from django.db import models

from apps.recommendations.querysets import LedgerQuerySet

from .calls import Recommendation

MARKET_CHAIN = "market"


class LedgerLine(models.Model):
    """An issue, a closing or a score: line `place` (from 1) of `chain`.

    `hash` seals its content and, through the hash of the line before, all that came
    before it (apps.recommendations.maths.chain). What is for everybody is one chain;
    each owner's advice is a chain of its own.
    """

    class Event(models.TextChoices):
        ISSUED = "ISSUED", "Issued"
        CLOSED = "CLOSED", "Closed"
        SCORED = "SCORED", "Scored"

    chain = models.CharField(max_length=24)
    place = models.BigIntegerField()
    event = models.CharField(max_length=6, choices=Event.choices)
    recommendation = models.ForeignKey(
        Recommendation, models.CASCADE, related_name="lines"
    )
    hash = models.CharField(max_length=64)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        db_table = "recommendation_ledger"
        ordering = ["chain", "place"]
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "place"], name="recommendation_ledger_place"
            )
        ]

    def __str__(self) -> str:
        return f"{self.chain} {self.place}"


def chain_of(user_id: int | None) -> str:
    """The chain of an owner's advice; without one, that of everybody's."""
    return MARKET_CHAIN if user_id is None else f"owner:{user_id}"
