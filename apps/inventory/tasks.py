"""Imports in the background: an id in, one service call, a small dict out."""

from __future__ import annotations

import logging
from datetime import timedelta

import redis
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from mtgintel.core import background
from mtgintel.core.single import owned_lock

from .models import ImportBatch
from .selectors.imports import left_behind
from .services import advance, begin_commit, commit
from .services.history import TASK, fill_values, update_values

logger = logging.getLogger(__name__)

# Some hundred rows are through before anybody could be told to wait.
AT_ONCE = 100_000
LOTS_AT_ONCE = 1_000
# An import that is under way for longer may be begun by another worker as well.
LONGEST_IMPORT_SECONDS = 60 * 60
# How often `resume_imports` runs; see the schedule.
RESUME_SECONDS = 120


@shared_task(name="inventory.advance_import")  # type: ignore[untyped-decorator]
def advance_import(batch_id: int) -> dict[str, int]:
    """Match a file, and import it where that is wanted; nothing while another does."""
    lock = owned_lock(f"import-{batch_id}", seconds=LONGEST_IMPORT_SECONDS)
    with lock as is_ours:
        return advance(batch_id=batch_id) if is_ours else {}


@shared_task(name="inventory.resume_imports")  # type: ignore[untyped-decorator]
def resume_imports() -> dict[str, int]:
    """Have imports gone on with whose worker was killed: their messages come again
    only after the longest time that a task may take."""
    batches = left_behind(timezone.now())
    for batch in batches:
        advance_import.apply_async((batch.pk,), expires=RESUME_SECONDS)
    return {"imports": len(batches)}


@shared_task(name=TASK)  # type: ignore[untyped-decorator]
def fill_values_task(user_id: int) -> dict[str, int]:
    """The days of a collection that an edit left to be worked out anew."""
    background.begun(TASK, user_id)
    return {"days": fill_values(user_id=user_id)}


@shared_task(name="inventory.keep_values")  # type: ignore[untyped-decorator]
def keep_values() -> dict[str, int]:
    """Yesterday, which is over, and today of every collection."""
    now = timezone.now()
    return {"days": update_values(now - timedelta(days=1), now)}


def proceed(batch: ImportBatch, size: int) -> ImportBatch:
    """Take a batch further: now where it is small (`size` characters), else in the
    background; now as well while nobody takes tasks."""
    if batch.status not in (batch.Status.MAPPING, batch.Status.FAILED):
        if size <= AT_ONCE:
            advance(batch_id=batch.pk)
        else:
            _send(batch)
    return ImportBatch.objects.defer("text").get(pk=batch.pk)


def commit_now_or_later(batch: ImportBatch) -> None:
    """Import what is matched: now where it is little, else in the background."""
    if batch.matched <= LOTS_AT_ONCE:
        commit(batch=batch)
    elif begin_commit(batch=batch):
        _send(batch)


def _send(batch: ImportBatch) -> None:
    try:
        advance_import.apply_async((batch.pk,), retry=False)
    except (BrokerError, redis.RedisError) as error:
        logger.warning("an import is done at once: %s", error)
        advance(batch_id=batch.pk)
