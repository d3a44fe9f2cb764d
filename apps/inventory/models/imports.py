"""Files of a collection, and what became of each of their rows."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.cards.models import Card
from apps.inventory.querysets import ImportRowQuerySet, OwnedQuerySet


class ImportBatch(models.Model):
    """One file, from its upload to its holdings, and back again.

    `checksum` is of the text, so the same file is the same batch however it is named;
    `repeat` counts the times its owner wanted it once more all the same. `text` is the
    file while somebody may still want it read another way; empty afterwards. `options`
    are what the owner said about it: {columns: {field: place}, has_header, currency,
    delimiter}. `done` of `rows` are through the step at hand.
    """

    class Status(models.TextChoices):
        UPLOADED = "UPLOADED", "Waiting to be matched"
        MAPPING = "MAPPING", "Waiting for its columns to be named"
        PREVIEW = "PREVIEW", "Ready to look at"
        COMMITTING = "COMMITTING", "Being imported"
        COMMITTED = "COMMITTED", "Imported"
        CANCELLED = "CANCELLED", "Cancelled"
        UNDONE = "UNDONE", "Undone"
        FAILED = "FAILED", "Failed"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="import_batches"
    )
    format = models.CharField(max_length=24, blank=True, default="")
    filename = models.CharField(max_length=200, blank=True, default="")
    checksum = models.CharField(max_length=64)
    repeat = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(blank=True, default="")
    options = models.JSONField(default=dict, blank=True)
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.UPLOADED
    )
    is_commit_wanted = models.BooleanField(default=False)
    is_cancel_wanted = models.BooleanField(default=False)
    rows = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    matched = models.PositiveIntegerField(default=0)
    ambiguous = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    present = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "import_batches"
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "import batches"
        constraints = [
            # The same file twice adds nothing, also when both come at once.
            models.UniqueConstraint(
                fields=["owner", "checksum", "repeat"],
                condition=~Q(status__in=["CANCELLED", "UNDONE", "FAILED"]),
                name="import_batches_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.filename or 'pasted text'} #{self.pk}"


class ImportRow(models.Model):
    """One holding that a file speaks of; a row with foils and nonfoils is two.

    `raw` is the row as it stands there, [[heading, cell]] without empty cells. `entry`
    holds the columns of the lot it is to become, empty where it could not be read.
    `basis` says what told the card. `candidates` are ids of cards to choose from, the
    likeliest first. `reason` says what is wrong, or what of a good row was left out.
    """

    class Outcome(models.TextChoices):
        MATCHED = "MATCHED", "Matched"
        AMBIGUOUS = "AMBIGUOUS", "To be chosen"
        REJECTED = "REJECTED", "Rejected"
        PRESENT = "PRESENT", "There already"
        SKIPPED = "SKIPPED", "Left out"
        IMPORTED = "IMPORTED", "Imported"

    class Basis(models.TextChoices):
        ID = "ID", "By its id"
        NUMBER = "NUMBER", "By set and number"
        SET = "SET", "By set and name"
        NAME = "NAME", "By its name"
        CHOSEN = "CHOSEN", "Chosen by you"

    # The index on batch and outcome serves it.
    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, db_index=False, related_name="import_rows"
    )
    position = models.PositiveIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    basis = models.CharField(
        max_length=6, choices=Basis.choices, blank=True, default=""
    )
    reason = models.CharField(max_length=300, blank=True, default="")
    raw = models.JSONField(default=list)
    entry = models.JSONField(default=dict)
    # Rows come by the ten thousand and their cards were just read from the table.
    card = models.ForeignKey(
        Card,
        models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    candidates = ArrayField(models.IntegerField(), default=list)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        db_table = "import_rows"
        ordering = ["batch", "position", "part"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "position", "part"], name="import_rows_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["batch", "outcome", "position"], name="import_rows_outcome"
            )
        ]

    def __str__(self) -> str:
        return f"row {self.position} of {self.batch}"
