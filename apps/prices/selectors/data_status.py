"""The state of the data, as the Data page and its API tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, Value, When

from apps.prices.ingest.quotes import UNRESOLVED
from apps.prices.models import QuarantinedPrice
from mtgintel.core import cache

from .breaks import StreamBreak, breaks_by_marketplace
from .coverage import ReportedDays, reported_days
from .feeds import FeedStatus, feed_statuses
from .freshness import StreamFreshness, freshness

MAX_UNRESOLVED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamStatus:
    """A stream with the feeds that bring it, the newest run of these first, the days
    it reported on (None without prices) and its breaks."""

    freshness: StreamFreshness
    feeds: list[FeedStatus]
    reported: ReportedDays | None
    breaks: list[StreamBreak]
    doubted: int

    @property
    def last_feed(self) -> FeedStatus | None:
        """The feed that was read last."""
        read = [one for one in self.feeds if one.last_run]
        return read[0] if read else None

    @property
    def next_feed(self) -> FeedStatus | None:
        """The feed that is read next."""
        planned = [one for one in self.feeds if one.next_run_at]
        return min(planned, key=lambda one: one.next_run_at, default=None)  # type: ignore[arg-type,return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnresolvedRow:
    """A row whose card nobody could tell. `what` is what the feed calls it;
    `candidates` are the cards it may mean, (id, name)."""

    source: str
    reason: str
    position: str
    what: str
    candidates: list[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineCount:
    """How many doubted prices of a reason wait for a decision, how many have one."""

    reason: str
    held: int
    decided: int


def stream_statuses(feeds: list[FeedStatus] | None = None) -> list[StreamStatus]:
    """Every stream in use, the preferred ones first."""
    feeds = feed_statuses() if feeds is None else feeds
    days, breaks, doubted = reported_days(), breaks_by_marketplace(), _doubted()
    return [
        StreamStatus(
            freshness=stream,
            feeds=_bringing(stream.marketplace, feeds),
            reported=days.get(stream.marketplace_id),
            breaks=breaks.get(stream.marketplace_id, []),
            doubted=doubted.get(stream.marketplace_id, 0),
        )
        for stream in freshness()
    ]


def _bringing(slug: str, feeds: list[FeedStatus]) -> list[FeedStatus]:
    found = [one for one in feeds if slug in one.feed.streams]
    return sorted(found, key=lambda one: -(one.last_run.id if one.last_run else 0))


def _doubted() -> dict[int, int]:
    """{marketplace id: prices that wait for a decision}."""
    return cache.get_or_compute(
        "prices.doubted",
        lambda: dict(
            QuarantinedPrice.objects.doubted()
            .filter(status=QuarantinedPrice.Status.HELD)
            .order_by()
            .values_list("marketplace_id")
            .annotate(Count("id"))
        ),
    )


def quarantine_counts() -> list[QuarantineCount]:
    """Doubted prices by reason, the most frequent first."""
    return cache.get_or_compute("prices.quarantine_counts", _quarantine_counts)


def _quarantine_counts() -> list[QuarantineCount]:
    rows = (
        QuarantinedPrice.objects.doubted()
        .order_by()
        .values_list("reason", "status")
        .annotate(Count("id"))
    )
    counts: dict[str, list[int]] = {}
    for reason, status, count in rows:
        held_and_decided = counts.setdefault(reason, [0, 0])
        held_and_decided[status != QuarantinedPrice.Status.HELD] += count
    return sorted(
        (
            QuarantineCount(reason=reason, held=held, decided=decided)
            for reason, (held, decided) in counts.items()
        ),
        key=lambda one: (-one.held - one.decided, one.reason),
    )


def unresolved_rows(
    feeds: list[FeedStatus], limit: int = MAX_UNRESOLVED
) -> list[UnresolvedRow]:
    """Rows of the feeds' last good files whose card is not known, those with
    candidates first."""
    runs = [one.last_success.id for one in feeds if one.last_success]
    rows = (
        QuarantinedPrice.objects.filter(run_id__in=runs, reason__in=UNRESOLVED)
        .select_related("run")
        .annotate(
            has_candidates=Case(
                When(raw__has_key="candidates", then=Value(0)), default=Value(1)
            )
        )
        .order_by("has_candidates", "run_id", "id")
    )
    return [_unresolved(row) for row in rows[:limit]]


def _unresolved(row: QuarantinedPrice) -> UnresolvedRow:
    raw: dict[str, Any] = row.raw if isinstance(row.raw, dict) else {}
    candidates = raw.get("candidates")
    return UnresolvedRow(
        source=row.run.source,
        reason=row.reason,
        position=row.position,
        what=str(raw.get("name") or raw.get("sku") or ""),
        candidates=[
            (one["id"], one["card"])
            for one in (candidates if isinstance(candidates, list) else [])
            if isinstance(one, dict) and "id" in one and "card" in one
        ],
    )
