"""Imports in the background: an id in, one service call, a small dict out."""

from __future__ import annotations

import logging
from datetime import timedelta

import redis
from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from mtgintel.core import background

from .models import ImportBatch
from .services import advance, begin_commit, commit
from .services.history import TASK, fill_values, update_values

logger = logging.getLogger(__name__)

# Some hundred rows are through before anybody could be told to wait.
AT_ONCE = 100_000
LOTS_AT_ONCE = 1_000


@shared_task(name="inventory.advance_import")  # type: ignore[untyped-decorator]
def advance_import(batch_id: int) -> dict[str, int]:
    """Match a file, and import it where that is wanted."""
    return advance(batch_id=batch_id)


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
