"""What the core keeps in tables."""

from __future__ import annotations

from django.db import models


class PutOff(models.Model):
    """A range of prices that derivations in the background have yet to catch up with:
    see mtgintel.core.derived."""

    start = models.DateTimeField()
    end = models.DateTimeField()

    class Meta:
        db_table = "put_off_derivations"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d} to {self.end:%Y-%m-%d}"
