"""The ledger of readings."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class IngestRun(models.Model):
    """One reading of one feed file, from its first byte to its last bucket."""

    class Status(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        SUCCEEDED = "SUCCEEDED", "Succeeded"
        REFUSED = "REFUSED", "Refused"
        FAILED = "FAILED", "Failed"

    source = models.CharField(max_length=40)
    status = models.CharField(
        max_length=9, choices=Status.choices, default=Status.RUNNING
    )
    uri = models.CharField(max_length=500, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    bytes_total = models.BigIntegerField(null=True, blank=True)
    bytes_read = models.BigIntegerField(default=0)
    rows_seen = models.BigIntegerField(default=0)
    rows_written = models.BigIntegerField(default=0)
    rows_unchanged = models.BigIntegerField(default=0)
    rows_rejected = models.BigIntegerField(default=0)
    # {reason: number of rows}
    rejects = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    # The range of `time` whose aggregates must be refreshed: [dirty_from, dirty_to].
    # Kept until it is done, so that a crash after the commit loses no bucket.
    dirty_from = models.DateTimeField(null=True, blank=True)
    dirty_to = models.DateTimeField(null=True, blank=True)
    refreshed_at = models.DateTimeField(null=True, blank=True)
    # {what was brought up to date after the commit: seconds it took}
    stage_seconds = models.JSONField(default=dict, blank=True)

    class Meta:
        db_table = "ingest_runs"
        ordering = ["-started_at", "-id"]
        get_latest_by = "started_at"

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"
