"""What the processes share in Redis: which topics are followed, and their counters.

A process that has followers writes its topics into a sorted set, with the time until
which that holds as their score, and repeats it (hub.py). Times are the Redis
server's, so clocks of machines need not agree.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import cast

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

_FOLLOWED = "mtgintel:live:followed"
_FOLLOWED_FOR = 60
# A counter that is gone starts at the time in milliseconds, which is past anything
# it can have reached: so clients never see one fall, whatever Redis forgot.
_COUNTER_KEPT_FOR = 7 * 24 * 3600


def _counter(topic: str) -> str:
    return f"mtgintel:live:seq:{topic}"


@functools.cache
def _redis(url: str) -> redis.Redis:
    # One attempt: whoever publishes is on the way to something more important.
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=1,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 0),
    )


def _milliseconds(time: tuple[int, int]) -> int:
    seconds, microseconds = time
    return seconds * 1000 + microseconds // 1000


def followed_topics() -> set[str]:
    """Every topic that somebody follows in any process. Raises RedisError."""
    client = _redis(settings.BROKER_REDIS_URL)
    seconds, _ = cast(tuple[int, int], client.time())
    return set(cast(list[str], client.zrangebyscore(_FOLLOWED, seconds, "+inf")))


def next_numbers(topics: Collection[str]) -> dict[str, int]:
    """Count each topic up by one: {topic: its new number}. Raises RedisError."""
    client = _redis(settings.BROKER_REDIS_URL)
    start = _milliseconds(cast(tuple[int, int], client.time()))
    with client.pipeline(transaction=True) as pipeline:
        for topic in topics:
            pipeline.set(_counter(topic), start, nx=True)
            pipeline.expire(_counter(topic), _COUNTER_KEPT_FOR)
            pipeline.incr(_counter(topic))
        answers = pipeline.execute()
    return dict(zip(topics, answers[2::3], strict=True))
