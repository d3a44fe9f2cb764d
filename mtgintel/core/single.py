"""A scheduled task that never runs twice at once.

The lock is a key in Redis with an owner's token and a time to live: it is taken with
SET NX PX, and given back only by the owner, so a task that outlived its lock cannot
take away another's.
"""

from __future__ import annotations

import functools
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


@contextmanager
def owned_lock(name: str, *, seconds: float) -> Iterator[bool]:
    """Whether the lock is ours for the block; it is given back at its end.

    Raises redis.RedisError when Redis does not answer. In the broker's database,
    which evicts nothing.
    """
    with redis.Redis.from_url(settings.BROKER_REDIS_URL) as client:
        key, token = f"mtgintel:lock:{name}", secrets.token_hex(16)
        is_ours = bool(client.set(key, token, nx=True, px=int(seconds * 1000)))
        try:
            yield is_ours
        finally:
            if is_ours:
                client.eval(_RELEASE, 1, key, token)


def is_locked(name: str) -> bool:
    """Whether somebody holds the lock now. Raises redis.RedisError as owned_lock."""
    with redis.Redis.from_url(settings.BROKER_REDIS_URL) as client:
        return bool(client.exists(f"mtgintel:lock:{name}"))


def single_instance(
    name: str, *, seconds: float
) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """Skip a call, with a line in the log, while another holds the lock `name`."""

    def decorate(function: Callable[P, R]) -> Callable[P, R | None]:
        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R | None:
            with owned_lock(name, seconds=seconds) as is_ours:
                if is_ours:
                    return function(*args, **kwargs)
            logger.warning("%s is running already; this call is skipped", name)
            return None

        return call

    return decorate
