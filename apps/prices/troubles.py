"""What operators are told of prices: see mtgintel.core.alarms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from mtgintel.core import alarms
from mtgintel.core.alarms import Trouble

from .archive.folder import Folder
from .archive.manifest import ArchiveError
from .archive.selectors import is_archive_on
from .models import IngestRun
from .selectors import feed_statuses, freshness, is_demo_market
from .selectors.ledger import held_prices, unrefreshed

_BAD = (IngestRun.Status.FAILED, IngestRun.Status.REFUSED)
# Charts follow a reading within minutes; the longest, of 90 days, within the hour.
REFRESHED_WITHIN = timedelta(hours=1)
# Every night has its turn; one may fail.
ARCHIVED_WITHIN = timedelta(hours=50)


def stale_streams(now: datetime) -> Iterator[Trouble]:
    """Streams that had prices, and have had none for longer than their window."""
    for stream in freshness():
        if stream.as_of and stream.is_stale:
            yield Trouble(
                stream.marketplace,
                f"{stream.name}: the newest price is of "
                f"{stream.as_of:%Y-%m-%d %H:%M} UTC, older than "
                f"{stream.freshness_hours} h.",
            )


def failing_feeds(now: datetime) -> Iterator[Trouble]:
    """Feeds whose last reading failed or was refused. Why is in the ledger: an error
    may name files and addresses of ours."""
    for status in feed_statuses():
        run = status.last_run
        if run and run.status in _BAD and not status.is_running:
            word = "failed" if run.status == IngestRun.Status.FAILED else "was refused"
            yield Trouble(
                status.feed.name,
                f"{status.feed.title}: the reading of "
                f"{run.started_at:%Y-%m-%d %H:%M} UTC {word}.",
            )


def aggregates_behind(now: datetime) -> Iterator[Trouble]:
    waiting = unrefreshed()
    if waiting.lag_seconds > REFRESHED_WITHIN.total_seconds():
        yield Trouble(
            "aggregates",
            f"Charts and indices do not show {waiting.runs} readings that ended more "
            f"than {REFRESHED_WITHIN.total_seconds() / 3600:.0f} h ago.",
        )


def quarantine_full(now: datetime) -> Iterator[Trouble]:
    held = held_prices()
    if held > settings.ALARM_HELD_PRICES:
        yield Trouble("quarantine", f"{held} doubted prices wait for a decision.")


def archive_old(now: datetime) -> Iterator[Trouble]:
    if not is_archive_on() or is_demo_market():
        return
    try:
        checked_at = Folder(settings.ARCHIVE_URL).manifest().checked_at
    except ArchiveError as error:
        yield Trouble("archive", str(error))
        return
    if checked_at and now - checked_at > ARCHIVED_WITHIN:
        yield Trouble(
            "archive", f"Nothing was archived since {checked_at:%Y-%m-%d %H:%M} UTC."
        )


def register() -> None:
    alarms.register("stream", stale_streams, is_public=True)
    alarms.register("feed", failing_feeds, is_public=True)
    alarms.register("aggregates", aggregates_behind, is_public=True)
    alarms.register("quarantine", quarantine_full)
    alarms.register("archive", archive_old)
