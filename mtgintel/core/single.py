"""A scheduled task that never runs twice at once.

The lock is a key in Redis with an owner's token and a time to live: it is taken with
SET NX PX, and given back only by the owner, so a task that outlived its lock cannot
take away another's. It lives for a minute, and its owner renews it meanwhile: what a
killed process held is free again soon, and not after the longest time that the task
might have taken.
"""

from __future__ import annotations

import functools
import logging
import secrets
import threading
import time
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


# A renewal may fail twice, as while Redis restarts; one that came back without the lock
# gets it again.
_RENEW = """
local owner = redis.call('GET', KEYS[1])
if not owner or owner == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
"""
LEASE_SECONDS = 60.0


@contextmanager
def owned_lock(name: str, *, seconds: float) -> Iterator[bool]:
    """Whether the lock is ours for the block, for so many seconds at most; it is given
    back at its end.

    Raises redis.RedisError when Redis does not answer. In the broker's database,
    which evicts nothing.
    """
    with redis.Redis.from_url(settings.BROKER_REDIS_URL) as client:
        key, token = f"mtgintel:lock:{name}", secrets.token_hex(16)
        lease = int(min(seconds, LEASE_SECONDS) * 1000)
        is_ours = bool(client.set(key, token, nx=True, px=lease))
        if not is_ours:
            yield False
            return
        try:
            with _renewed(client, key, token, seconds):
                yield True
        finally:
            client.eval(_RELEASE, 1, key, token)


@contextmanager
def _renewed(
    client: redis.Redis, key: str, token: str, seconds: float
) -> Iterator[None]:
    give_up_at, over = time.monotonic() + seconds, threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 3):
            left = give_up_at - time.monotonic()
            if left <= 0:
                return
            try:
                lease = int(min(left, LEASE_SECONDS) * 1000)
                client.eval(_RENEW, 1, key, token, lease)
            except redis.RedisError as error:
                logger.warning("the lock %s is not renewed: %s", key, error)

    thread = threading.Thread(target=renew, name="lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


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
