"""What the core keeps in tables."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class PutOff(models.Model):
    """A range of prices that derivations in the background have yet to catch up with:
    see mtgintel.core.derived."""

    start = models.DateTimeField()
    end = models.DateTimeField()
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "put_off_derivations"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}"


class Alarm(models.Model):
    """Something operators should know of, from when it was seen until it was over: see
    mtgintel.core.alarms.

    `subject` is what of its kind it is about: a stream, a feed, a disk. `is_told`: the
    state it is in now is in a letter that was sent.
    """

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True)
    message = models.CharField(max_length=300)
    is_public = models.BooleanField()
    raised_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True)
    is_told = models.BooleanField(default=False)

    class Meta:
        db_table = "alarms"
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(over_at__isnull=True),
                name="one_standing_alarm",
            )
        ]

    def __str__(self) -> str:
        return self.message
