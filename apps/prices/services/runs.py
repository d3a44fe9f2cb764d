"""The ledger: one IngestRun per reading of a feed."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from time import perf_counter

import psycopg
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.utils import timezone

from apps.prices.models import IngestRun, QuarantinedPrice
from mtgintel.core import cache, derived
from mtgintel.core.feeds import (
    BusySourceError,
    CorruptFeedError,
    IngestError,
    RefusedFeedError,
    Reject,
    Rejects,
)
from mtgintel.core.timescale import refresh_aggregates

from .outcome import DirtyRange

logger = logging.getLogger(__name__)

# Files further apart in time are different markets.
COMPARABLE = timedelta(days=30)
# Below this many rows a file is somebody's own, not a vendor's market: it is not
# compared with the one before.
SMALLEST_MARKET = 1_000
# A vendor that sends the same bytes for longer than this has stopped renewing them.
RENEWED_WITHIN = timedelta(days=2)
REFUSED = "file refused"
ROLL_UPS = "roll-ups"

_Status = IngestRun.Status
# The database went away, was restarted or has no room left.
_DATABASE_FAILED = (
    OperationalError,
    InterfaceError,
    InternalError,
    # COPY is psycopg's own, and so are its errors.
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
)
_DISK_IS_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def source_lock(source: str) -> Iterator[None]:
    """Only one process reads a source at a time.

    Raises BusySourceError when another does. The lock goes with the connection, so
    a killed process leaves none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_lock(hashtext('ingest'), hashtext(%s))", [source]
        )
        if not cursor.fetchone()[0]:
            raise BusySourceError(
                f"{source} is being read by another process; wait for it to end, "
                "its progress is in the admin under ingest runs."
            )
    try:
        yield
    finally:
        # A session that broke has let go of it.
        with suppress(*_DATABASE_FAILED), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_unlock(hashtext('ingest'), hashtext(%s))", [source]
            )


@contextmanager
def feed_run(*, source: str, uri: str = "", **values: object) -> Iterator[IngestRun]:
    """A ledger row for the duration of a reading; an error is written down in it.

    The block sets the counts and calls `finish`; it holds the source's lock.
    """
    _close_abandoned(source)
    run = IngestRun.objects.create(source=source, uri=uri[-500:], **values)
    try:
        yield run
    except RefusedFeedError as error:
        _close(run, _Status.REFUSED, str(error))
        list_refused(run)
        raise
    except _DATABASE_FAILED as error:
        raise _fail(run, f"The database failed ({_first_line(error)}).") from error
    except RecursionError as error:
        deep = CorruptFeedError(
            f"{run.uri or run.source} has a record that is nested too deeply to be "
            "one. Nothing of it was stored."
        )
        _close(run, _Status.FAILED, str(deep))
        raise deep from error
    except OSError as error:
        if error.errno not in _DISK_IS_FULL:
            _close(run, _Status.FAILED, str(error) or type(error).__name__)
            raise
        raise _fail(
            run,
            f"No room for the rows while they are read ({error.strerror}): free some "
            "in the directory for temporary files, or name another in TMPDIR.",
        ) from error
    except BaseException as error:
        _close(run, _Status.FAILED, str(error) or type(error).__name__)
        raise


@contextmanager
def fetching(source: str, uri: str = "") -> Iterator[None]:
    """For the time before there is a file to read: an error is written down as well."""
    try:
        yield
    except IngestError as error:
        IngestRun.objects.create(
            source=source,
            uri=uri[-500:],
            status=_Status.FAILED,
            error=str(error),
            finished_at=timezone.now(),
        )
        raise


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _fail(run: IngestRun, cause: str) -> IngestError:
    """Write down why a run failed; the same for whoever started it."""
    nothing = f"{cause} Nothing of {run.uri or run.source} was stored; ingest it again."
    try:
        is_stored = not _close(run, _Status.FAILED, nothing)
    except _DATABASE_FAILED as error:
        logger.warning("run %s is not closed in the ledger: %s", run.pk, error)
        return IngestError(
            f"{cause} Ingest {run.uri or run.source} again: what is stored already "
            "is not written twice."
        )
    if is_stored:
        return IngestError(
            f"{cause} The prices of {run.uri or run.source} are stored; the next "
            "ingest brings the charts up to date with them."
        )
    return IngestError(nothing)


def _close_abandoned(source: str) -> None:
    """Runs of a source whose process ended without a word; we hold its lock."""
    IngestRun.objects.filter(source=source, status=_Status.RUNNING).update(
        status=_Status.FAILED,
        error="The process ended before the file did.",
        finished_at=timezone.now(),
    )


def _close(run: IngestRun, status: IngestRun.Status, error: str) -> bool:
    """Unless the run is committed already: then what failed came after it.

    Whether it was still open.
    """
    if not connection.in_atomic_block and not connection.is_usable():
        connection.close()
    closed = IngestRun.objects.filter(pk=run.pk, status=_Status.RUNNING).update(
        status=status, error=error, finished_at=timezone.now()
    )
    run.refresh_from_db()
    return bool(closed)


def finish(run: IngestRun, rejects: Rejects) -> None:
    """Write the outcome down, in the transaction that wrote the rows."""
    run.rows_rejected = rejects.total
    run.rejects = dict(rejects.counts.most_common())
    run.status, run.finished_at = _Status.SUCCEEDED, timezone.now()
    run.save()
    keep_rejects(run, rejects)


def keep_rejects(run: IngestRun, rejects: Rejects) -> None:
    """Keep the samples of what was rejected, to be looked at in the admin."""
    QuarantinedPrice.objects.bulk_create(
        [_quarantined(run, reject) for reject in rejects.samples]
    )


def _quarantined(run: IngestRun, reject: Reject) -> QuarantinedPrice:
    return QuarantinedPrice(
        run=run,
        reason=reject.reason[:60],
        detail=reject.detail[:500],
        position=reject.position[:120],
        raw=reject.raw if isinstance(reject.raw, dict) else {"value": reject.raw},
        card_id=reject.card_id,
        marketplace_id=reject.marketplace_id,
    )


def list_refused(run: IngestRun) -> None:
    """Show a refused file beside the rows that were kept out, with the reason."""
    QuarantinedPrice.objects.create(
        run=run, reason=REFUSED, detail=run.error[:500], position=run.uri[-120:]
    )


def refuse_if_poor(run: IngestRun, usable: int, *, force: bool = False) -> None:
    """Raise RefusedFeedError for a file that does not tell of the market of its time.

    It has nothing in it, or under half of what the last good file of the same source
    and about the same time had; or it is byte for byte the file of some days before,
    under a later date. `force` takes any file that has something.
    """
    if usable == 0:
        raise RefusedFeedError(
            f"{run.uri or run.source} has no usable rows ({run.rows_seen} seen); "
            "what was stored before stays as it is."
        )
    as_of = run.as_of or timezone.now()
    last = (
        IngestRun.objects.filter(
            source=run.source,
            status=_Status.SUCCEEDED,
            as_of__range=(as_of - COMPARABLE, as_of + COMPARABLE),
        )
        .order_by("-id")
        .first()
    )
    before = last.rows_written + last.rows_unchanged if last else 0
    if before >= SMALLEST_MARKET and usable * 2 < before and not force:
        raise RefusedFeedError(
            f"{run.uri or run.source} has {usable} usable rows, under half of the "
            f"{before} of the last file; what was stored before stays as it is. "
            "If the file is right, ingest it with --force."
        )
    if usable >= SMALLEST_MARKET and not force:
        _refuse_if_stale(run, as_of)


def _refuse_if_stale(run: IngestRun, as_of: datetime) -> None:
    first = (
        IngestRun.objects.filter(
            source=run.source,
            status=_Status.SUCCEEDED,
            checksum=run.checksum,
            as_of__range=(as_of - COMPARABLE, as_of - RENEWED_WITHIN),
        )
        .order_by("as_of")
        .first()
    )
    if run.checksum and first is not None:
        raise RefusedFeedError(
            f"{run.uri or run.source} is the same file as that of "
            f"{first.as_of:%Y-%m-%d}: its vendor has not renewed it. What was stored "
            "before stays as it is. If the prices do hold, ingest it with --force."
        )


def refresh_run(run: IngestRun, ranges: list[DirtyRange]) -> None:
    """Bring the aggregates up to date with what `run` wrote, and note it.

    One process at a time: two that fill the same empty buckets would collide.
    """
    with _session_lock("SELECT true FROM pg_advisory_lock({})"):
        _refresh(run, ranges)


def heal_refreshes() -> int:
    """Refresh what a crash left between a commit and its refresh; how many runs.

    Does nothing while another process refreshes: what looks forgotten may be in its
    hands.
    """
    waiting = IngestRun.objects.filter(
        status=_Status.SUCCEEDED, dirty_from__isnull=False, refreshed_at=None
    ).order_by("id")
    if not waiting.exists():
        return 0
    healed = 0
    with _session_lock("SELECT pg_try_advisory_lock({})") as is_ours:
        for run in waiting if is_ours else ():
            if run.dirty_from and run.dirty_to:
                logger.info("refreshing the aggregates that run %s left", run.pk)
                _refresh(run, [DirtyRange(run.dirty_from, run.dirty_to, None)])
                healed += 1
    if healed:
        cache.bump()
    return healed


def _refresh(run: IngestRun, ranges: list[DirtyRange]) -> None:
    started = perf_counter()
    for each in ranges:
        refresh_aggregates(each.start, each.end, each.card_ids)
    run.stage_seconds = {ROLL_UPS: round(perf_counter() - started, 2)}
    if ranges:
        last = max(each.end for each in ranges)
        run.stage_seconds |= derived.derive(ranges[0].start, last)
    run.refreshed_at = timezone.now()
    run.save(update_fields=["refreshed_at", "stage_seconds"])


@contextmanager
def _session_lock(taking: str) -> Iterator[bool]:
    """The lock on refreshing, taken by the statement; whether it is ours."""
    key = "hashtext('refresh aggregates')"
    with connection.cursor() as cursor:
        cursor.execute(taking.format(key))
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(*_DATABASE_FAILED), connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({key})")
