"""Single prices in or out of the history by a person's word, and all that follows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from apps.prices.ingest.base import PriceBlock, microseconds
from apps.prices.ingest.spool import Spool
from apps.prices.models import IngestRun, Marketplace, PriceSnapshot
from mtgintel.core.feeds import Rejects
from mtgintel.core.sql import load_sql
from mtgintel.core.timescale import (
    compress_chunks,
    compressed_chunks,
    decompress_chunks,
)

from .merge import TABLE, Merge
from .outcome import HOUR_US
from .record import after_commit
from .runs import finish

TAKEN_OUT = "taken out of the prices"


def restate(
    *,
    run: IngestRun,
    remove: Sequence[PriceSnapshot] = (),
    add: PriceBlock | None = None,
) -> None:
    """Take prices out of the history and put others in, as the one thing `run` did.

    Call it inside a transaction. Latest prices are derived again from what is left;
    aggregates, caches and followers follow after the commit. A price to add is not
    written over one that a file newer than the run has brought.
    """
    rejects = Rejects()
    merge = Merge(run)
    if remove:
        _take_out(merge, remove)
        rejects.counts[TAKEN_OUT] = len(remove)
    if add is not None:
        _put_in(merge, add, rejects)
    if remove:
        _derive_latest(merge)
    else:
        merge.latest()
    outcome = merge.outcome
    run.rows_seen = len(remove) + (0 if add is None else len(add))
    run.rows_written, run.rows_unchanged = outcome.written, outcome.unchanged
    ranges = outcome.dirty_ranges()
    if ranges:
        run.dirty_from = ranges[0].start
        run.dirty_to = max(each.end for each in ranges)
    finish(run, rejects)
    if ranges:
        transaction.on_commit(partial(after_commit, run, outcome))


def _put_in(merge: Merge, add: PriceBlock, rejects: Rejects) -> None:
    with Spool() as spool:
        spool.add(add)
        for week in spool.weeks(rejects):
            merge.week(week)
    if merge.outcome.superseded:
        rejects.counts["superseded by a newer file"] += merge.outcome.superseded


def _take_out(merge: Merge, remove: Sequence[PriceSnapshot]) -> None:
    cursor = merge.cursor
    cursor.execute("DROP TABLE IF EXISTS pg_temp.restated_prices")
    cursor.execute(load_sql("prices", "restated_prices"))
    cursor.executemany(
        "INSERT INTO restated_prices VALUES (%s, %s, %s, %s, %s, %s)",
        [
            (
                row.card_id,
                row.marketplace_id,
                row.condition,
                row.finish,
                row.language,
                row.time,
            )
            for row in remove
        ],
    )
    moments = [row.time for row in remove]
    span = min(moments), max(moments)
    packed = compressed_chunks(TABLE, *span)
    decompress_chunks(packed)
    cursor.execute(
        load_sql("prices", "remove_restated"), {"start": span[0], "end": span[1]}
    )
    compress_chunks(packed)
    currency_of = dict(Marketplace.objects.values_list("id", "currency"))
    outcome = merge.outcome
    for row in remove:
        outcome.touch([microseconds(row.time) // HOUR_US], [row.card_id])
    outcome.currencies.update(currency_of[row.marketplace_id] for row in remove)


def _derive_latest(merge: Merge) -> None:
    cursor = merge.cursor
    cursor.execute(load_sql("prices", "forget_restated"))
    cursor.execute(load_sql("prices", "touch_restated"))
    if cursor.rowcount or merge.outcome.written:
        merge.refresh_latest()
        cursor.execute(load_sql("prices", "attribute_restated"))
