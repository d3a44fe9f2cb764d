"""When streams changed what they measure; nothing is compared across such a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time

from apps.prices.models import SeriesBreak
from mtgintel.core import cache


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamBreak:
    """From `began_at` (00:00 UTC) on a stream's number is another; `before` and
    `after` say in words what it was and is."""

    marketplace_id: int
    marketplace: str
    marketplace_name: str
    currency: str
    began_at: datetime
    reason: str
    before: str
    after: str
    source: str


def breaks_by_marketplace() -> dict[int, list[StreamBreak]]:
    """{marketplace id: its breaks, the oldest first}; streams without one are out."""
    return cache.get_or_compute("prices.breaks", _breaks_by_marketplace)


def _breaks_by_marketplace() -> dict[int, list[StreamBreak]]:
    found: dict[int, list[StreamBreak]] = {}
    rows = SeriesBreak.objects.select_related("marketplace").order_by("began_on")
    for row in rows:
        found.setdefault(row.marketplace_id, []).append(_stream_break(row))
    return found


def _stream_break(row: SeriesBreak) -> StreamBreak:
    return StreamBreak(
        marketplace_id=row.marketplace_id,
        marketplace=row.marketplace.slug,
        marketplace_name=row.marketplace.name,
        currency=row.marketplace.currency,
        began_at=datetime.combine(row.began_on, time(), UTC),
        reason=row.reason,
        before=row.before,
        after=row.after,
        source=row.source,
    )


def breaks_of(
    marketplace_ids: Iterable[int] | None, start: datetime, end: datetime
) -> list[StreamBreak]:
    """The breaks of these streams (None: of all) that part `start` from `end`, the
    oldest first: those with start < began_at <= end."""
    known = breaks_by_marketplace()
    wanted = known if marketplace_ids is None else set(marketplace_ids) & set(known)
    found = [
        one
        for marketplace_id in wanted
        for one in known[marketplace_id]
        if start < one.began_at <= end
    ]
    return sorted(found, key=lambda one: (one.began_at, one.marketplace))
