"""The feeds: which streams each brings, when it is read next, how it was read last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from apps.prices.models import CustomSource, IngestRun
from mtgintel.core.sql import load_sql

from .freshness import DEMO_SOURCE, is_demo_market
from .resolution import coverage_of

MAX_RUNS = 20
_HALF_MINUTE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A source of prices: the names its runs have in the ledger, and its streams.

    `lock` is the name under which one process at a time reads it. `task` reads it on
    schedule and on demand; "" where only a person or another way does.
    """

    name: str
    title: str
    sources: tuple[str, ...]
    streams: tuple[str, ...]
    lock: str
    task: str = ""


def _vendor(
    name: str, title: str, *streams: str, sources: tuple[str, ...] = ()
) -> Feed:
    return Feed(
        name=name,
        title=title,
        sources=sources or (name,),
        streams=streams,
        lock=name,
        task=f"prices.ingest_{name}",
    )


_OF_MTGJSON = (
    "tcgplayer",
    "cardkingdom",
    "cardkingdom-buylist",
    "cardmarket",
    "manapool",
    "cardhoarder",
)
FEEDS = (
    _vendor(
        "scryfall",
        "Scryfall",
        "tcgplayer",
        "cardmarket",
        "cardhoarder",
        sources=("scryfall", "scryfall-cards"),
    ),
    Feed(
        name="mtgjson-today",
        title="MTGJSON, today",
        sources=("mtgjson-today",),
        streams=_OF_MTGJSON,
        lock="mtgjson",
        task="prices.ingest_mtgjson_today",
    ),
    Feed(
        name="mtgjson",
        title="MTGJSON, 90 days",
        sources=("mtgjson", "mtgjson-identifiers"),
        streams=_OF_MTGJSON,
        lock="mtgjson",
        task="prices.ingest_mtgjson_history",
    ),
    _vendor("tcgcsv", "tcgcsv", "tcgplayer"),
    _vendor("cardkingdom", "Card Kingdom", "cardkingdom", "cardkingdom-buylist"),
    _vendor("cardmarket", "Cardmarket", "cardmarket"),
    _vendor(
        "manapool",
        "Mana Pool",
        "manapool",
        "manapool-graded",
        sources=("manapool", "manapool-variants"),
    ),
    _vendor("cardtrader", "CardTrader", "cardtrader", "cardtrader-usd"),
    _vendor("goatbots", "GoatBots", "goatbots"),
    # Exchange rates: they price nothing.
    _vendor("ecb", "European Central Bank"),
)
_OF_DEMO = (
    "tcgplayer",
    "cardkingdom",
    "cardkingdom-buylist",
    "manapool-graded",
    "cardmarket",
    "cardhoarder",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """How one reading went. `rejects` is (reason, rows), the most frequent first;
    `coverage` the share (0 to 1) of its prices whose card is known, None without any.
    """

    id: int
    source: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    as_of: datetime | None
    rows_seen: int
    rows_written: int
    rows_unchanged: int
    rows_rejected: int
    rejects: list[tuple[str, int]]
    coverage: Decimal | None
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedStatus:
    """A feed with its last run, and what that of its last success says of its rows.

    `next_run_at` is None where nothing is scheduled. `is_running`: a process reads it
    at this moment.
    """

    feed: Feed
    last_run: RunReport | None
    last_success: RunReport | None
    next_run_at: datetime | None
    is_running: bool


def known_feeds() -> list[Feed]:
    """The vendors' and the lists described in the admin; of a demo market its own, as
    nothing else is read into it."""
    if is_demo_market():
        return [
            Feed(
                name=DEMO_SOURCE,
                title="Demo market",
                sources=(DEMO_SOURCE, f"{DEMO_SOURCE}-tick"),
                streams=_OF_DEMO,
                lock=DEMO_SOURCE,
            ),
        ]
    custom = CustomSource.objects.filter(is_active=True).select_related("marketplace")
    return [*FEEDS, *(_described(source) for source in custom)]


def _described(source: CustomSource) -> Feed:
    return Feed(
        name=source.slug,
        title=source.name,
        sources=(source.slug,),
        streams=(source.marketplace.slug,),
        lock=source.slug,
    )


def feed_statuses() -> list[FeedStatus]:
    """Every feed as it is now, straight from the ledger."""
    feeds, now = known_feeds(), timezone.now()
    last, succeeded = _newest_runs(), _newest_runs(IngestRun.Status.SUCCEEDED)
    planned = {**next_runs(now), **_next_custom(now)}
    if not settings.CARDTRADER_TOKEN:
        # Its task does nothing then.
        planned.pop("prices.ingest_cardtrader", None)
    running = being_read(feed.lock for feed in feeds)
    return [
        FeedStatus(
            feed=feed,
            last_run=_newest_of(feed, last),
            last_success=_newest_of(feed, succeeded),
            next_run_at=planned.get(feed.task or feed.name),
            is_running=feed.lock in running,
        )
        for feed in feeds
    ]


def _newest_runs(status: IngestRun.Status | None = None) -> dict[str, RunReport]:
    """{source: its newest run}, of those that ended with `status` if it is given."""
    runs = IngestRun.objects.order_by("source", "-started_at", "-id")
    if status is not None:
        runs = runs.filter(status=status)
    return {run.source: run_report(run) for run in runs.distinct("source")}


def _newest_of(feed: Feed, runs: dict[str, RunReport]) -> RunReport | None:
    """The first of the feed's sources counts; the others tell of what goes with it."""
    found = [runs[source] for source in feed.sources if source in runs]
    if feed.name == DEMO_SOURCE:
        return max(found, key=lambda run: run.id, default=None)
    return found[0] if found else None


def run_report(run: IngestRun) -> RunReport:
    return RunReport(
        id=run.pk,
        source=run.source,
        status=run.status,
        started_at=run.started_at,
        finished_at=run.finished_at,
        as_of=run.as_of,
        rows_seen=run.rows_seen,
        rows_written=run.rows_written,
        rows_unchanged=run.rows_unchanged,
        rows_rejected=run.rows_rejected,
        rejects=sorted(run.rejects.items(), key=lambda one: (-one[1], one[0])),
        coverage=coverage_of(run),
        error=run.error,
    )


def recent_runs(limit: int = MAX_RUNS) -> list[RunReport]:
    """The newest runs, without the demo market's ticks."""
    runs = IngestRun.objects.exclude(source=f"{DEMO_SOURCE}-tick")
    return [run_report(run) for run in runs[:limit]]


def next_runs(now: datetime) -> dict[str, datetime]:
    """{task: when it runs next}; what is switched off in the admin is not there."""
    entries: dict[str, dict[str, Any]] = settings.CELERY_BEAT_SCHEDULE
    kept = {
        row.name: row
        for row in PeriodicTask.objects.filter(name__in=entries).select_related(
            "crontab", "interval"
        )
    }
    moments: dict[str, datetime] = {}
    for name, entry in entries.items():
        row = kept.get(name)
        if row is not None and not row.enabled:
            continue
        schedule = row.schedule if row is not None else entry["schedule"]
        if not isinstance(schedule, timedelta):
            moment = now + schedule.remaining_estimate(now)
            # The estimate is from a moment later than `now`.
            moments[entry["task"]] = (moment + _HALF_MINUTE).replace(
                second=0, microsecond=0
            )
    return moments


def _next_custom(now: datetime) -> dict[str, datetime]:
    """{slug: when a list described in the admin is due}."""
    sources = CustomSource.objects.filter(is_active=True, every_hours__isnull=False)
    return {
        source.slug: max(now, source.tried_at + timedelta(hours=source.every_hours))
        if source.tried_at
        else now
        for source in sources.exclude(url="")
        if source.every_hours
    }


def being_read(locks: Iterable[str]) -> set[str]:
    """Those of the locks on reading a feed that a process holds at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(load_sql("prices", "feeds_being_read"), {"locks": list(locks)})
        return {name for (name,) in cursor.fetchall()}
