"""The one way prices get in, and what follows their commit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from itertools import chain
from time import monotonic, sleep
from typing import Any, cast

import numpy as np
from django.db import OperationalError, connection, models, transaction
from psycopg.errors import LockNotAvailable

from apps.cards.models import Card, CardSet
from apps.prices.ingest.base import (
    COLUMNS,
    Array,
    PriceBlock,
    PriceData,
    block_from_prices,
    from_microseconds,
)
from apps.prices.ingest.spool import Spool
from apps.prices.models import ExchangeRate, IngestRun, Marketplace
from apps.prices.selectors import freshness
from mtgintel.core import cache, derived, events
from mtgintel.core.feeds import Reject, Rejects
from mtgintel.core.timescale import aggregates

from .merge import merge_spool
from .outcome import Outcome
from .runs import finish, heal_refreshes, refresh_run

# The source of the demo market's run.
DEMO = "demo"
# What a worker derives from the demo's half year takes a minute or two.
LONGEST_WAIT_SECONDS = 10 * 60
LOCK_PAUSE_SECONDS = 0.2


def record_prices(
    prices: PriceData | Iterable[PriceData] | PriceBlock | Iterable[PriceBlock],
    *,
    source: str,
    as_of: datetime | None = None,
    rejects: Rejects | None = None,
) -> IngestRun:
    """Store prices as one run of `source`, with all that follows from them.

    Takes one price, many, or columns of them; all are written or none. What is stored
    already is not written again. A price that cannot be one (no amount, another
    currency than its marketplace's, a card that does not exist) is rejected and
    counted in the run; so are those that the caller brings in `rejects`. `as_of` is
    the age of the source itself, by default that of its newest price. Aggregates are
    refreshed and events sent after the commit.
    """
    rejects = rejects or Rejects()
    with Spool() as spool, transaction.atomic():
        for block in _as_blocks(prices, rejects):
            spool.add(_with_known_cards(block, rejects))
        newest = spool.newest_us
        if as_of is None and newest is not None:
            as_of = from_microseconds(newest)
        run = IngestRun.objects.create(source=source, as_of=as_of)
        run.rows_seen = spool.rows + rejects.total
        store(spool, run=run, rejects=rejects)
    return run


def _as_blocks(
    prices: PriceData | Iterable[PriceData] | PriceBlock | Iterable[PriceBlock],
    rejects: Rejects,
) -> Iterable[PriceBlock]:
    if isinstance(prices, PriceBlock):
        return [prices]
    if isinstance(prices, PriceData):
        prices = [prices]
    items = iter(prices)
    first = next(items, None)
    if first is None:
        return []
    if isinstance(first, PriceBlock):
        return cast(Iterable[PriceBlock], chain([first], items))
    currencies = dict(Marketplace.objects.values_list("id", "currency"))
    quoted = cast(Iterable[PriceData], chain([first], items))
    return [block_from_prices(quoted, currencies, rejects)]


def _with_known_cards(block: PriceBlock, rejects: Rejects) -> PriceBlock:
    """The rows whose card exists: there is no foreign key to say so later."""
    wanted = np.unique(block.card_id).tolist()
    known = Card.objects.filter(id__in=wanted).values_list("id", flat=True)
    missing = set(wanted).difference(known)
    if not missing:
        return block
    for card_id in sorted(missing):
        rows = int(np.count_nonzero(block.card_id == card_id))
        rejects.add(Reject("unknown card", position=f"card {card_id}"), rows)
    return _rows_of(block, ~np.isin(block.card_id, list(missing)))


def _rows_of(block: PriceBlock, chosen: Array) -> PriceBlock:
    columns: dict[str, Any] = {name: getattr(block, name) for name in COLUMNS}
    for name, values in columns.items():
        columns[name] = None if values is None else values[chosen]
    return PriceBlock(**columns)


def store(spool: Spool, *, run: IngestRun, rejects: Rejects) -> Outcome:
    """Merge a spool for `run` inside the caller's transaction; the rest after commit.

    `run.rows_seen` must count all rows of the file, those in `rejects` too.
    """
    outcome = merge_spool(spool, run, rejects)
    run.rows_written, run.rows_unchanged = outcome.written, outcome.unchanged
    ranges = outcome.dirty_ranges()
    if ranges:
        run.dirty_from = ranges[0].start
        run.dirty_to = max(each.end for each in ranges)
    finish(run, rejects)
    if outcome.written:
        transaction.on_commit(partial(after_commit, run, outcome))
    return outcome


def after_commit(run: IngestRun, outcome: Outcome) -> None:
    """Aggregates first, then caches, then those who are watching."""
    refresh_run(run, outcome.dirty_ranges())
    heal_refreshes()
    renew_caches(outcome.currencies)
    topics = {f"card:{card_id}" for card_id in outcome.card_ids}
    for currency in outcome.currencies:
        topics |= {f"market:{currency}", f"dashboard:{currency}"}
    events.publish(topics)


def renew_caches(currencies: Iterable[str]) -> None:
    """What is cached of these currencies is of before. The age of every stream, which
    all figures come with, is looked up at once: it takes as long as most of them do."""
    for currency in currencies:
        cache.bump(cache.of_currency(currency))
    freshness()


@transaction.atomic
def drop_demo_market() -> bool:
    """Empty the catalogue and the prices if they are the demo's; whether they were.

    For the transaction that brings the real catalogue: if that fails, the demo stays.
    TRUNCATE does not reach the buckets of the aggregates; they are emptied as well.
    Prices that were read for the demo's cards go with them.
    """
    demo = IngestRun.objects.filter(source=DEMO)
    if not demo.exists():
        return False
    tables = [
        "price_snapshots",
        "latest_prices",
        "quarantined_prices",
        "price_overrides",
        "card_identifiers",
        "card_migrations",
        "sealed_prices",
        "sealed_products",
        *(aggregate.name for aggregate in aggregates()),
        *derived.tables(),
    ]
    _wait_for(tables)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)}")
    demo.delete()
    ExchangeRate.objects.filter(source=DEMO).delete()
    _delete_cards()
    return True


def _wait_for(tables: list[str]) -> None:
    """Have all of them to ourselves until the transaction ends.

    A worker may be at deriving from the demo's prices, and pages read. We keep none of
    the tables while somebody uses another: one who then came to ours would wait for us
    and we for them. Each try ends before PostgreSQL looks for such deadlocks (1 s).
    """
    give_up_at = monotonic() + LONGEST_WAIT_SECONDS
    while not _lock(tables):
        if monotonic() > give_up_at:
            raise OperationalError("the demo market is still being read")
        sleep(LOCK_PAUSE_SECONDS)


def _lock(tables: list[str]) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
    return True


def _delete_cards() -> None:
    """All but those that somebody's collection stands on: they are real cards, which
    the real catalogue takes over by their Scryfall ids."""
    relations = Card._meta.related_objects  # noqa: SLF001 (documented)
    protecting = [each.name for each in relations if each.on_delete is models.PROTECT]
    Card.objects.filter(**dict.fromkeys(protecting)).delete()
    CardSet.objects.exclude(pk__in=Card.objects.values("card_set")).delete()
