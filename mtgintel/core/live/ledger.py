"""What the processes share in Redis: which topics are followed, and their counters.

A process that has followers writes its topics into a sorted set, with the time until
which that holds as their score, and repeats it (hub.py). Times are the Redis
server's, so clocks of machines need not agree.
"""

from __future__ import annotations

import functools
from collections.abc import Collection
from dataclasses import dataclass
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
    seconds, _ = client.time()
    return set(cast(list[str], client.zrangebyscore(_FOLLOWED, seconds, "+inf")))


def next_numbers(topics: Collection[str]) -> dict[str, int]:
    """Count each topic up by one: {topic: its new number}. Raises RedisError."""
    client = _redis(settings.BROKER_REDIS_URL)
    start = _milliseconds(client.time())
    with client.pipeline(transaction=True) as pipeline:
        for topic in topics:
            pipeline.set(_counter(topic), start, nx=True)
            pipeline.expire(_counter(topic), _COUNTER_KEPT_FOR)
            pipeline.incr(_counter(topic))
        answers = pipeline.execute()
    return dict(zip(topics, answers[2::3], strict=True))


@dataclass(frozen=True, slots=True)
class Pulse:
    """Redis as one process finds it from time to time.

    `server` changes when Redis restarts; `numbers` holds the counters of the topics
    asked about, without those that have none.
    """

    server: str
    numbers: dict[str, int]


class SharedLedger:
    """The hub's side of it; every method raises RedisError when Redis is away."""

    def __init__(self) -> None:
        self._redis = redis.asyncio.Redis.from_url(
            settings.BROKER_REDIS_URL,
            decode_responses=True,
            socket_connect_timeout=2,
            socket_timeout=5,
            retry=redis.asyncio.retry.Retry(NoBackoff(), 0),
        )

    async def announce(self, topics: Collection[str]) -> None:
        """Tell publishers that this process follows `topics`, for the next minute."""
        if not topics:
            return
        seconds, _ = await self._redis.time()
        until = dict.fromkeys(topics, seconds + _FOLLOWED_FOR)
        await self._redis.zadd(_FOLLOWED, until, gt=True)

    async def number(self, topic: str) -> int:
        """The last number a topic has drawn; starts its counter."""
        start = _milliseconds(await self._redis.time())
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.set(_counter(topic), start, nx=True, ex=_COUNTER_KEPT_FOR)
            pipeline.get(_counter(topic))
            _, number = await pipeline.execute()
        return int(number)

    async def pulse(self, topics: Collection[str]) -> Pulse:
        """Say again what is followed, drop what no process says any more, look up."""
        await self.announce(topics)
        seconds, _ = await self._redis.time()
        await self._redis.zremrangebyscore(_FOLLOWED, "-inf", seconds - 1)
        server = await self._redis.info("server")
        values = await self._redis.mget([_counter(topic) for topic in topics] or ["-"])
        return Pulse(
            server["run_id"],
            {t: int(v) for t, v in zip(topics, values, strict=False) if v is not None},
        )

    async def raise_numbers(self, numbers: dict[str, int]) -> None:
        """Put counters of a Redis that came back with old data where they had been."""
        if numbers:
            await self._redis.mset({_counter(t): n for t, n in numbers.items()})

    async def close(self) -> None:
        await self._redis.aclose()
