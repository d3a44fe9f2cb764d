"""Prices a person sets, and takes back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from apps.prices.ingest.base import (
    CONDITION_CODE,
    FINISH_CODE,
    LANGUAGE_CODE,
    PriceBlock,
    microseconds,
)
from apps.prices.ingest.screening import OVERRIDDEN
from apps.prices.models import (
    IngestRun,
    PriceOverride,
    PriceSnapshot,
    QuarantinedPrice,
)
from mtgintel.core.money import to_thousandths

from .hearing import IDENTITY, block_of_doubted
from .restate import restate

SOURCE = "override"
_FIGURES = (
    "price_low",
    "price_mid",
    "price_high",
    "price_market",
    "num_listings",
    "total_quantity",
)

_Status = QuarantinedPrice.Status


class OverrideRevokedError(Exception):
    """The override was revoked before."""


@transaction.atomic
def add_override(*, override: PriceOverride) -> PriceOverride:
    """Set a price by hand, or that there is none, from now on above every feed's.

    Stored prices of its time leave the history for the quarantine. Raises
    ValidationError for what PriceOverride.clean refuses.
    """
    override.currency = override.marketplace.currency
    override.full_clean()
    override.save()
    run = IngestRun.objects.create(source=SOURCE, as_of=timezone.now())
    stored = list(_in_its_time(override))
    _set_aside(override, stored, run)
    add = None if override.price is None else _block(override)
    restate(run=run, remove=stored, add=add)
    return override


@transaction.atomic
def revoke_override(*, override: PriceOverride, by: User, reason: str) -> PriceOverride:
    """End an override: what it kept out comes back, and its price goes.

    Raises OverrideRevokedError if that was done before.
    """
    override = PriceOverride.objects.select_for_update().get(pk=override.pk)
    if override.revoked_at:
        raise OverrideRevokedError(f"{override} is revoked already.")
    override.revoked_at, override.revoked_by = timezone.now(), by
    override.revoke_reason = reason
    override.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
    own = PriceSnapshot.objects.filter(
        **_identity(override),
        time=override.valid_from,
        run_id__in=IngestRun.objects.filter(source=SOURCE).values("id"),
    )
    kept_out = override.kept_out.exclude(status=_Status.RELEASED)
    returning = list(kept_out.filter(card__isnull=False))
    kept_out.update(
        status=_Status.RELEASED,
        decided_at=override.revoked_at,
        decided_by=by,
        decision="the override was revoked",
    )
    restate(
        run=IngestRun.objects.create(source=SOURCE, as_of=override.revoked_at),
        remove=list(own),
        add=block_of_doubted(returning) if returning else None,
    )
    return override


def _identity(override: PriceOverride) -> dict[str, Any]:
    return {name: getattr(override, name) for name in IDENTITY}


def _in_its_time(override: PriceOverride) -> Any:
    stored = PriceSnapshot.objects.filter(
        **_identity(override), time__gte=override.valid_from
    )
    if override.valid_to:
        stored = stored.filter(time__lt=override.valid_to)
    return stored.order_by("time")


def _set_aside(
    override: PriceOverride, stored: list[PriceSnapshot], run: IngestRun
) -> None:
    """Keep stored prices in the quarantine while the override stands; `run` stands in
    where the one that brought a price is gone."""
    status = _Status.CONFIRMED if override.price is None else _Status.HELD
    decided: dict[str, Any] = {"status": status, "override": override}
    if override.price is None:
        decided |= {"decided_by": override.author, "decided_at": timezone.now()}
    known = {
        (row.time, row.price): row.pk
        for row in QuarantinedPrice.objects.doubted().filter(
            **_identity(override), time__in=[row.time for row in stored]
        )
    }
    again = [known[row.time, row.price] for row in stored if _at(row) in known]
    QuarantinedPrice.objects.filter(pk__in=again).update(
        reason=OVERRIDDEN, decision="", **decided
    )
    runs = IngestRun.objects.in_bulk({row.run_id for row in stored if row.run_id})
    QuarantinedPrice.objects.bulk_create(
        QuarantinedPrice(
            **_identity(override),
            run=runs.get(row.run_id, run),
            reason=OVERRIDDEN,
            currency=row.currency,
            time=row.time,
            price=row.price,
            **{name: getattr(row, name) for name in _FIGURES},
            **decided,
        )
        for row in stored
        if _at(row) not in known
    )


def _block(override: PriceOverride) -> PriceBlock:
    assert override.price is not None  # noqa: S101 (the caller has seen to it)
    values = {
        "card_id": override.card_id,
        "marketplace_id": override.marketplace_id,
        "condition": CONDITION_CODE[override.condition],
        "finish": FINISH_CODE[override.finish],
        "language": LANGUAGE_CODE[override.language],
        "time": microseconds(override.valid_from),
        "price": to_thousandths(override.price),
    }
    return PriceBlock(
        **{name: np.array([value], np.int64) for name, value in values.items()}
    )


def _at(row: PriceSnapshot) -> tuple[datetime, Any]:
    return row.time, row.price
