"""Asking for work in the background, from where the queue itself is not known.

    background.ask("inventory.fill_values", user.pk)

What is asked for several times before anybody begins is done once: the task says that
it begins with `begun`.
"""

from __future__ import annotations

import logging
from functools import partial

import redis
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

from . import cache

logger = logging.getLogger(__name__)

# How long a task waits for more of what it is about, and how long one that was lost
# keeps others from being asked for.
DELAY_SECONDS = 10
FORGOTTEN_SECONDS = 600


def ask(task: str, key: int) -> None:
    """Have `task(key)` run soon after the commit; without a broker, not at all."""
    transaction.on_commit(partial(_send, task, key), robust=True)


def begun(task: str, key: int) -> None:
    """What is asked for from now on is for another run."""
    cache.put(_name(task, key), None, 1)


def _send(task: str, key: int) -> None:
    if cache.get(_name(task, key)):
        return
    cache.put(_name(task, key), 1, FORGOTTEN_SECONDS)
    try:
        current_app.send_task(task, (key,), countdown=DELAY_SECONDS, retry=False)
    except (BrokerError, redis.RedisError) as error:
        logger.warning("nobody was told to run %s: %s", task, error)


def _name(task: str, key: int) -> str:
    return f"asked:{task}:{key}"
