"""What was changed or deleted, kept for a while so that it can be taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.inventory.querysets import ChangeQuerySet


class Change(models.Model):
    """One act on somebody's lots. `lots` is how many it was of; `made_at` is also the
    `updated_at` of those that were edited, which tells whether they are still as the
    change left them."""

    class Kind(models.TextChoices):
        EDITED = "EDITED", "Edited"
        DELETED = "DELETED", "Deleted"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        # The index on owner and moment serves it.
        db_index=False,
        related_name="lot_changes",
    )
    kind = models.CharField(max_length=7, choices=Kind.choices)
    summary = models.CharField(max_length=300)
    lots = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        db_table = "lot_changes"
        ordering = ["-made_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-made_at"], name="lot_changes_newest")
        ]

    def __str__(self) -> str:
        return self.summary


class ChangedLot(models.Model):
    """A lot as it was: the row, and those of its disposals if they went with it."""

    change = models.ForeignKey(Change, models.CASCADE, related_name="changed_lots")
    lot_id = models.BigIntegerField()
    row = models.JSONField()
    disposals = models.JSONField(default=list)

    class Meta:
        db_table = "changed_lots"

    def __str__(self) -> str:
        return f"lot {self.lot_id} before {self.change}"
