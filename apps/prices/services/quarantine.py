"""What a person decides about doubted prices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.prices.models import IngestRun, PriceSnapshot, QuarantinedPrice
from apps.prices.querysets import QuarantinedPriceQuerySet

from .hearing import IDENTITY, block_of_doubted
from .restate import restate

SOURCE = "release"

_Status = QuarantinedPrice.Status


@transaction.atomic
def release_prices(*, ids: Iterable[int], by: User, why: str = "") -> int:
    """Let doubted prices become prices as they were read; how many.

    What depends on them is derived again. Rows that were never read well, those that
    are released already and those an override keeps out stay as they are.
    """
    rows = _locked(ids).exclude(status=_Status.RELEASED)
    found = list(rows.filter(Q(override=None) | Q(override__revoked_at__isnull=False)))
    if not found:
        return 0
    _decide(found, _Status.RELEASED, by=by, why=why)
    restate(run=_run(found), add=block_of_doubted(found))
    return len(found)


@transaction.atomic
def confirm_bad(*, ids: Iterable[int], by: User, why: str = "") -> int:
    """Keep doubted prices out for good, whenever they are read again; how many.

    One that became a price meanwhile is taken out again.
    """
    found = list(_locked(ids).exclude(status=_Status.CONFIRMED))
    if not found:
        return 0
    stored = [snapshot for row in found for snapshot in _stored(row)]
    _decide(found, _Status.CONFIRMED, by=by, why=why)
    if stored:
        restate(run=_run(found), remove=stored)
    return len(found)


def _locked(ids: Iterable[int]) -> QuarantinedPriceQuerySet:
    # Only the rows themselves: what they point to may be null.
    return (
        QuarantinedPrice.objects.select_for_update(of=("self",))
        .doubted()
        .filter(pk__in=list(ids), card__isnull=False, marketplace__isnull=False)
        .select_related("run")
        .order_by("id")
    )


def _decide(rows: list[QuarantinedPrice], status: str, *, by: User, why: str) -> None:
    QuarantinedPrice.objects.filter(pk__in=[row.pk for row in rows]).update(
        status=status, decided_by=by, decided_at=timezone.now(), decision=why[:200]
    )


def _run(rows: list[QuarantinedPrice]) -> IngestRun:
    """As new as the files the rows are from: a newer one's correction stands."""
    as_of = max((row.run.as_of for row in rows if row.run.as_of), default=None)
    return IngestRun.objects.create(source=SOURCE, as_of=as_of)


def _stored(row: QuarantinedPrice) -> Iterable[PriceSnapshot]:
    names = (*IDENTITY, "time", "price")
    at: dict[str, Any] = {name: getattr(row, name) for name in names}
    return PriceSnapshot.objects.filter(**at)
