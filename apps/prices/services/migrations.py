"""Scryfall's merges and deletions of cards: identity moves, history never goes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.cards.models import Card, CardIdentifier, CardMigration
from apps.prices.ingest.identity import merged_ids
from apps.prices.models import (
    IngestRun,
    LatestPrice,
    PriceOverride,
    QuarantinedPrice,
)
from mtgintel.core import card_merges
from mtgintel.core.sql import load_sql
from mtgintel.core.timescale import (
    compress_chunks,
    compressed_chunks,
    decompress_chunks,
)

from .merge import TABLE, Merge
from .outcome import DirtyRange
from .runs import refresh_run

_Strategy = CardMigration.Strategy


@transaction.atomic
def apply_migrations(*, nodes: Iterable[dict[str, Any]], run: IngestRun) -> int:
    """Carry out the migrations that are not carried out yet; how many there were.

    A merge gives the target the old card's history, vendor ids and place, through
    chains of merges to the last; a target we do not have takes the old card over as
    it is. A deleted card keeps its history and gets `removed_at`. Sets the range that
    is to be refreshed on `run`, which the caller saves.
    """
    known = set(CardMigration.objects.values_list("id", flat=True))
    fresh = [one for one in map(_migration, nodes) if one and one.pk not in known]
    if not fresh:
        return 0
    CardMigration.objects.bulk_create(fresh, ignore_conflicts=True)
    deleted = [m.old_scryfall_id for m in fresh if m.strategy == _Strategy.DELETE]
    Card.objects.filter(scryfall_id__in=deleted, removed_at=None).update(
        removed_at=timezone.now()
    )
    _merge_cards(run)
    return len(fresh)


def _migration(node: dict[str, Any]) -> CardMigration | None:
    """A migration of the feed; None when it is not one."""
    try:
        strategy = _Strategy(node["migration_strategy"])
        new = node.get("new_scryfall_id")
        if strategy == _Strategy.MERGE and not new:
            return None
        return CardMigration(
            id=uuid.UUID(node["id"]),
            performed_on=date.fromisoformat(node["performed_at"]),
            strategy=strategy,
            old_scryfall_id=uuid.UUID(node["old_scryfall_id"]),
            new_scryfall_id=uuid.UUID(new) if new else None,
            note=str(node.get("note") or ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _merge_cards(run: IngestRun) -> None:
    """Merge every card that is still here under an id that was merged away."""
    targets = merged_ids()
    olds = Card.objects.filter(scryfall_id__in=targets, removed_at=None)
    pairs: list[tuple[int, int]] = []
    for old in olds.order_by("id"):
        new_scryfall_id = targets[str(old.scryfall_id)]
        new = Card.objects.filter(scryfall_id=new_scryfall_id).first()
        if new is None:
            Card.objects.filter(pk=old.pk).update(scryfall_id=new_scryfall_id)
        elif new.pk != old.pk:
            pairs.append((old.pk, new.pk))
    if pairs:
        _move_history(pairs, run)


def _move_history(pairs: list[tuple[int, int]], run: IngestRun) -> None:
    olds = [old for old, _ in pairs]
    merge = Merge(run)
    cursor = merge.cursor
    cursor.execute("DROP TABLE IF EXISTS pg_temp.merged_cards")
    cursor.execute(
        "CREATE TEMP TABLE merged_cards (old_id integer, new_id integer) ON COMMIT DROP"
    )
    cursor.executemany("INSERT INTO merged_cards VALUES (%s, %s)", pairs)
    span = _span(olds)
    if span is not None:
        packed = compressed_chunks(TABLE, *span)
        decompress_chunks(packed)
        cursor.execute(load_sql("prices", "move_snapshots"))
        cursor.execute(load_sql("prices", "touch_moved"))
        cursor.execute("DELETE FROM price_snapshots WHERE card_id = ANY(%s)", [olds])
        compress_chunks(packed)
        LatestPrice.objects.filter(card_id__in=olds).delete()
        merge.refresh_latest()
        run.dirty_from, run.dirty_to = span
        dirty = DirtyRange(*span, frozenset(chain.from_iterable(pairs)))
        transaction.on_commit(partial(refresh_run, run, [dirty]))
    _move_quarantine(pairs)
    _move_identifiers(pairs)
    card_merges.follow(pairs)
    Card.objects.filter(id__in=olds).update(removed_at=timezone.now())


def _span(card_ids: list[int]) -> tuple[datetime, datetime] | None:
    """The first and last moment that the cards have prices of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(time), max(time) FROM price_snapshots WHERE card_id = ANY(%s)",
            [card_ids],
        )
        first, last = cursor.fetchone()
    return None if first is None else (first, last)


def _move_quarantine(pairs: list[tuple[int, int]]) -> None:
    """Doubts and overrides follow the history they are of; where both cards have a
    doubt of the same price, the target's stands."""
    for old, new in pairs:
        PriceOverride.objects.filter(card_id=old).update(card_id=new)
        target = QuarantinedPrice.objects.filter(
            card_id=new,
            **{
                name: OuterRef(name)
                for name in (
                    "marketplace_id",
                    "condition",
                    "finish",
                    "language",
                    "time",
                    "price",
                )
            },
        )
        moving = QuarantinedPrice.objects.filter(card_id=old)
        moving.filter(~Exists(target)).update(card_id=new)


def _move_identifiers(pairs: list[tuple[int, int]]) -> None:
    """What vendors called the old card leads to the new one."""
    for old, new in pairs:
        ids = CardIdentifier.objects.filter(card_id=old)
        CardIdentifier.objects.bulk_create(
            [
                CardIdentifier(
                    source=one.source,
                    external_id=one.external_id,
                    finish=one.finish,
                    card_id=new,
                )
                for one in ids
            ],
            ignore_conflicts=True,
        )
        ids.delete()
