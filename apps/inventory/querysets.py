"""Row-level questions about what somebody owns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F
from django.db.models.expressions import RawSQL
from django.utils import timezone

# How long a change of lots can be undone.
UNDO_FOR = timedelta(days=1)


class OwnedQuerySet(models.QuerySet):
    """Rows that belong to somebody: whoever asks sees only their own."""

    def of(self, user: Any) -> Self:
        """The rows of a user (or of a user's id); none of somebody not signed in."""
        owner = getattr(user, "pk", user)
        return self.none() if owner is None else self.filter(owner_id=owner)


class LotQuerySet(OwnedQuerySet):
    def with_ids(self, ids: Sequence[int]) -> Self:
        """Those of these ids, of which there may be very many."""
        return self.filter(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(ids)]))

    def held(self) -> Self:
        """Lots of which something is left; `held` says how many copies."""
        return self.filter(disposed__lt=F("quantity")).annotate(
            held=F("quantity") - F("disposed")
        )


class DisposalQuerySet(models.QuerySet):
    def of(self, user: Any) -> Self:
        """The disposals of a user's lots (or of a user's id)."""
        owner = getattr(user, "pk", user)
        return self.none() if owner is None else self.filter(lot__owner_id=owner)


class ChangeQuerySet(OwnedQuerySet):
    def open(self) -> Self:
        """Changes that can still be undone."""
        return self.filter(undone_at=None, made_at__gt=timezone.now() - UNDO_FOR)


class ImportRowQuerySet(models.QuerySet):
    def in_order(self) -> Self:
        """As they stand in the file."""
        return self.order_by("position", "part")
