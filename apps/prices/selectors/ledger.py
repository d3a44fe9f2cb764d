"""The ledger of readings, added up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from apps.prices.models import IngestRun, QuarantinedPrice

_SUCCEEDED = Q(status=IngestRun.Status.SUCCEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTotals:
    """All readings of a source: how many ended how, and what became of their rows.

    `runs` is {status: runs}, `rows` {"written", "unchanged", "rejected"}; the moments
    are those of its last success, None without one.
    """

    source: str
    runs: dict[str, int]
    rows: dict[str, int]
    succeeded_at: datetime | None
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Unrefreshed:
    """Readings whose prices the aggregates do not show yet; seconds since the first
    of them ended."""

    runs: int
    lag_seconds: float


def source_totals() -> list[SourceTotals]:
    """By source, every one that was ever read."""
    by_status = {
        status: Count("id", filter=Q(status=status))
        for status in IngestRun.Status.values
    }
    rows: Any = (
        IngestRun.objects.order_by("source")
        .values("source")
        .annotate(
            written=Sum("rows_written"),
            unchanged=Sum("rows_unchanged"),
            rejected=Sum("rows_rejected"),
            succeeded_at=Max("finished_at", filter=_SUCCEEDED),
            newest=Max("as_of", filter=_SUCCEEDED),
            **by_status,
        )
    )
    return [
        SourceTotals(
            source=row["source"],
            runs={status: row[status] for status in IngestRun.Status.values},
            rows={kind: row[kind] for kind in ("written", "unchanged", "rejected")},
            succeeded_at=row["succeeded_at"],
            as_of=row["newest"],
        )
        for row in rows
    ]


def unrefreshed() -> Unrefreshed:
    found = IngestRun.objects.filter(
        _SUCCEEDED, dirty_from__isnull=False, refreshed_at=None
    ).aggregate(runs=Count("id"), first=Min("finished_at"))
    first = found["first"]
    lag = (timezone.now() - first).total_seconds() if first else 0.0
    return Unrefreshed(found["runs"], lag)


def held_prices() -> int:
    """Doubted prices that wait for a decision."""
    held = QuarantinedPrice.objects.doubted()
    return held.filter(status=QuarantinedPrice.Status.HELD).count()
