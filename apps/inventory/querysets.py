"""Row-level questions about what somebody owns."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F


class OwnedQuerySet(models.QuerySet):
    """Rows that belong to somebody: whoever asks sees only their own."""

    def of(self, user: Any) -> Self:
        """The rows of a user (or of a user's id); none of somebody not signed in."""
        owner = getattr(user, "pk", user)
        return self.none() if owner is None else self.filter(owner_id=owner)


class LotQuerySet(OwnedQuerySet):
    def held(self) -> Self:
        """Lots of which something is left; `held` says how many copies."""
        return self.filter(disposed__lt=F("quantity")).annotate(
            held=F("quantity") - F("disposed")
        )


class ImportRowQuerySet(models.QuerySet):
    def in_order(self) -> Self:
        """As they stand in the file."""
        return self.order_by("position", "part")
