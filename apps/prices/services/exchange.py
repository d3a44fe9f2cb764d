"""Exchange rates in, from the bank's server or a file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.prices.ingest import ecb
from apps.prices.ingest.bundle import Bundle
from apps.prices.ingest.ecb import Rate
from apps.prices.models import ExchangeRate, IngestRun
from mtgintel.core import cache
from mtgintel.core.feeds import Progress, RefusedFeedError, Rejects
from mtgintel.core.http import FeedClient

from .feeds import QUIET
from .outcome import DirtyRange
from .runs import feed_run, fetching, finish, refresh_run, source_lock

_BATCH = 5_000


def fetch_rates(
    *, url: str | None = None, force: bool = False, progress: Progress = QUIET
) -> list[IngestRun]:
    """Fetch the bank's newest rates, or those at `url`, and read them."""
    address = url or ecb.URL
    with fetching(ecb.SOURCE, address), FeedClient() as client:
        directory = Path(settings.FEED_DOWNLOAD_DIR) / ecb.SOURCE
        path = client.download(address, directory).path
    return [ingest_rates(path=path, uri=address, force=force, progress=progress)]


def ingest_rates(
    *,
    path: Path,
    uri: str = "",
    force: bool = False,
    progress: Progress = QUIET,
) -> IngestRun:
    """Read a file of reference rates and store what is new or corrected in it.

    All of it is stored or nothing. A rate that leaps from the one before is rejected
    (`force` takes it all the same). Raises CorruptFeedError for a file that is cut off
    or another's, RefusedFeedError for one without a rate, BusySourceError while
    another process reads rates.
    """
    with (
        source_lock(ecb.SOURCE),
        feed_run(source=ecb.SOURCE, uri=uri or str(path)) as run,
    ):
        rejects = Rejects()
        rates = _read(run, path, rejects)
        if not force:
            rates = ecb.without_leaps(rates, _known_before(rates), rejects)
        run.rows_rejected = rejects.total
        run.rejects = dict(rejects.counts.most_common())
        _refuse_if_empty(run, rates)
        progress.storing(len(rates))
        with transaction.atomic():
            run.rows_written = record_rates(rates=rates, source=ecb.SOURCE)
            run.rows_unchanged = len(rates) - run.rows_written
            finish(run, rejects)
            if run.rows_written:
                transaction.on_commit(partial(_after_commit, run))
        progress.finished()
    return run


@transaction.atomic
def record_rates(*, rates: Iterable[Rate], source: str) -> int:
    """Store rates, over those of the same day that differ; how many were written."""
    rates = list(rates)
    days = {rate.day for rate in rates}
    kept = ExchangeRate.objects.filter(day__in=days)
    stored = {(row.currency, row.day): row.rate for row in kept}
    changed = [
        ExchangeRate(currency=one.currency, day=one.day, rate=one.rate, source=source)
        for one in rates
        if stored.get((one.currency, one.day)) != one.rate
    ]
    ExchangeRate.objects.bulk_create(
        changed,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["currency", "day"],
        update_fields=["rate", "source"],
    )
    return len(changed)


def _read(run: IngestRun, path: Path, rejects: Rejects) -> list[Rate]:
    bundle = Bundle(path)
    rates = ecb.read_rates(map(bundle.read, bundle.names), rejects)
    run.bytes_total = run.bytes_read = bundle.size
    run.checksum = bundle.checksum()
    run.rows_seen = len(rates) + rejects.total
    if rates:
        newest = max(rate.day for rate in rates)
        run.as_of = datetime.combine(newest, time(), UTC)
    return rates


def _known_before(rates: list[Rate]) -> dict[str, Rate]:
    """The last rate of every currency from before the first day of `rates`."""
    if not rates:
        return {}
    first = min(rate.day for rate in rates)
    rows = ExchangeRate.objects.filter(day__lt=first).order_by("currency", "-day")
    return {
        row.currency: Rate(row.currency, row.day, row.rate)
        for row in rows.distinct("currency")
    }


def _refuse_if_empty(run: IngestRun, rates: list[Rate]) -> None:
    if not rates:
        raise RefusedFeedError(
            f"{run.uri} has no usable exchange rates ({run.rows_seen} seen); those "
            "stored before stay as they are."
        )


def _after_commit(run: IngestRun) -> None:
    """What is computed across currencies, then caches."""
    now = datetime.now(UTC)
    refresh_run(run, [DirtyRange(now, now, frozenset())])
    cache.bump()
