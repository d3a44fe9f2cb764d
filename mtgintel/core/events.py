"""The one door for live updates: apps register topics, services publish them.

    events.register_topic("card", message="card_update", snapshot=card_topic_snapshot)
    events.publish({"card:42", "market:USD"})

An update carries a topic's whole state, not what changed: whoever missed one is right
again after the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

from .live import ledger
from .live.topics import Authorize, Kind, Snapshot, group_name, parse_topic, register

logger = logging.getLogger(__name__)

_SEND_TIMEOUT = 5.0


def register_topic(
    kind: str,
    *,
    message: str,
    snapshot: Snapshot,
    authorize: Authorize | None = None,
) -> None:
    """Let people follow topics `kind:key`; called in an AppConfig's ready().

    `snapshot(key)` is the state of one topic, ready for JSON (money as strings, times
    in ISO 8601); None when there is no such topic, which includes any other spelling
    of a key than the one that is published ("042" for "42"). `message` is the type of
    its updates. `authorize(user, key)` says who may follow; without it everybody may.
    """
    register(Kind(kind, message, snapshot, authorize))


def followed(topics: Iterable[str]) -> set[str]:
    """Those of `topics` that somebody follows; none when Redis does not answer."""
    try:
        return set(topics) & ledger.followed_topics()
    except (RedisError, OSError) as error:
        logger.warning("nobody can be told of new prices: %s", error)
        return set()


def publish(topics: Iterable[str]) -> None:
    """Send the state of each topic to those who follow it, once this has committed.

    Costs one question to Redis when nobody does. Failures are logged, never raised:
    what was written stays written.
    """
    transaction.on_commit(partial(deliver, frozenset(topics)), robust=True)


def deliver(topics: Iterable[str]) -> None:
    """Send the state of each followed topic now; reads what is committed."""
    names = followed(topics)
    if not names:
        return
    try:
        numbers = ledger.next_numbers(names)
        updates = [_update(name, seq) for name, seq in numbers.items()]
        async_to_sync(_send)(updates)
    except (RedisError, OSError) as error:
        logger.warning("updates of %d topics were not sent: %s", len(names), error)


def _update(name: str, seq: int) -> dict[str, Any]:
    """One message for the hubs.

    The number was drawn before the state is read, so of two concurrent updates the
    higher number has seen at least what the lower one has.
    """
    return {
        "type": "live.update",
        "topic": name,
        "seq": seq,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "data": orjson.dumps(parse_topic(name).snapshot()),
    }


async def _send(updates: list[dict[str, Any]]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(_SEND_TIMEOUT):
        for update in updates:
            await layer.group_send(group_name(update["topic"]), update)
