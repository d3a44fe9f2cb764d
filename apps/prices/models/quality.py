"""What was kept out of the prices, and why."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from apps.cards.models import Card

from .runs import IngestRun
from .streams import Marketplace


class QuarantinedPrice(models.Model):
    """A row of a feed that did not become a price, and why."""

    class Status(models.TextChoices):
        HELD = "HELD", "Held"
        RELEASED = "RELEASED", "Released"
        CONFIRMED = "CONFIRMED", "Confirmed bad"

    run = models.ForeignKey(IngestRun, models.CASCADE, related_name="quarantined")
    reason = models.CharField(max_length=60)
    detail = models.CharField(max_length=500, blank=True)
    # Where in the file: a key, a line number or a byte offset, as the feed has it.
    position = models.CharField(max_length=120, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    card = models.ForeignKey(
        Card, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    marketplace = models.ForeignKey(
        Marketplace, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.HELD)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "quarantined_prices"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.reason} at {self.position}"
