"""What is computed once per state of the data; the only door to the cache.

Every entry remembers the generation of its scope it was computed in. Whoever changes
the data bumps the generation, which makes all entries of the scope old at once:
nothing is searched for or deleted. A scope may have parts ("market/USD"): a change of
a part makes old what belongs to it and what belongs to the whole, not what belongs to
other parts; a change of the whole makes everything old. One caller recomputes an old
entry while the others go on with the previous one. Without Redis everything is
computed: slower, never an error.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.core.cache import cache as _configured
from django.db import DatabaseError, InterfaceError
from django_redis import get_redis_connection
from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from . import replica_state
from .metrics.counted import CACHE_LOOKUPS

T = TypeVar("T")

logger = logging.getLogger(__name__)

cache = cast(RedisCache, _configured)

MARKET = "market"

REDIS_IS_DOWN = (ConnectionInterrupted, RedisConnectionError, RedisTimeoutError)

# A computation that takes longer than this is started again by somebody else.
LOCK_SECONDS = 15
# How long a caller waits for another's result before it takes the previous one.
WAIT_SECONDS = 0.3
# How long it pauses between looks, at first and at most: hundreds who look all the
# time would take the processor from the one who computes.
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.2
# How long an entry is kept past its time, to be served while it is recomputed.
GRACE_SECONDS = 600
# How long Redis is left alone after it failed, so that requests do not queue up
# behind its connect timeout.
PAUSE_SECONDS = 5.0

# How far the primary's log was when caches were last made old: see replica.py. Kept
# this long only, so that a restored database, whose log is shorter, is believed again.
POSITION = "position"
POSITION_SECONDS = 3600

_RELEASE = """
if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0
"""
_COUNT = """
local hits = redis.call("INCR", KEYS[1])
if hits == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
return hits
"""
# Two who note at once: the later of both counts.
_RAISE = """
local known = tonumber(redis.call("GET", KEYS[1]) or "0")
local position = math.max(known, tonumber(ARGV[1]))
redis.call("SET", KEYS[1], string.format("%.0f", position), "EX", ARGV[2])
return position
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A cached value, the generation it belongs to, and until when it is fresh."""

    generation: str
    fresh_until: float
    value: Any

    def is_fresh(self, generation: str) -> bool:
        return self.generation == generation and time.time() < self.fresh_until


class _Breaker:
    """Remembers that Redis failed, for PAUSE_SECONDS."""

    def __init__(self) -> None:
        self._closed_from = 0.0

    def is_open(self) -> bool:
        return time.monotonic() < self._closed_from

    def trip(self, error: Exception) -> None:
        if not self.is_open():
            logger.warning("cache unavailable, computing instead: %s", error)
        self._closed_from = time.monotonic() + PAUSE_SECONDS

    def reset(self) -> None:
        self._closed_from = 0.0


breaker = _Breaker()


def _ask(question: Callable[[], T]) -> T | None:
    """The answer of Redis, or None while it is down."""
    if breaker.is_open():
        return None
    try:
        return question()
    except REDIS_IS_DOWN as error:
        breaker.trip(error)
        return None


def _generation_key(scope: str) -> str:
    return f"generation:{scope}"


def _first_generation() -> int:
    """Milliseconds, so that a counter that was lost never repeats old numbers."""
    return time.time_ns() // 1_000_000


def of_currency(currency: str) -> str:
    """The scope of what is made of prices in one currency alone."""
    return f"{MARKET}/{currency}"


def data_version(scope: str = MARKET) -> str:
    """Names the state of the data of `scope`; "" while Redis is down."""
    whole, _, part = scope.partition("/")
    # The counter of the whole moves with each part, the one with a stroke does not.
    names = [f"{whole}/", scope] if part else [scope]

    def read(name: str) -> str:
        key = _generation_key(name)
        return str(cache.get_or_set(key, _first_generation, timeout=None))

    return _ask(lambda: ".".join(map(read, names))) or ""


def bump(scope: str = MARKET) -> None:
    """Call after the data of `scope` changed: every entry of it is old from now on."""
    whole, _, part = scope.partition("/")
    if whole == MARKET and replica_state.is_configured():
        # Before: who sees the new generation must know what it asks of a replica.
        _note_change()

    def increment(name: str) -> None:
        key = _generation_key(name)
        if not cache.add(key, _first_generation(), timeout=None):
            cache.incr(key)

    for name in (whole, scope if part else f"{whole}/"):
        _ask(lambda name=name: increment(name))  # type: ignore[misc]


def _note_change() -> None:
    try:
        note_position(replica_state.primary_position())
    except (DatabaseError, InterfaceError) as error:
        logger.warning("who reads next notes how far the log is: %s", error)
        _ask(lambda: cache.delete(POSITION))


def note_position(position: int) -> int | None:
    """What a replica must have replayed from now on; None while Redis is down."""
    arguments = (POSITION, position, POSITION_SECONDS)
    return _ask(lambda: int(_eval(_RAISE, *arguments)))


def noted_position() -> int | None:
    """What `note_position` noted; None when that is gone, or Redis down."""
    return _ask(lambda: cache.get(POSITION))


def is_used() -> bool:
    """Whether Redis answered when it was last asked."""
    return not breaker.is_open()


def get_or_compute(
    key: str,
    compute: Callable[[], T],
    *,
    scope: str = MARKET,
    timeout: float = 300,
) -> T:
    """The value under `key`, computed once per generation of `scope` and `timeout`.

    `compute` must return something picklable. While one caller computes, the others
    wait for WAIT_SECONDS, then take the previous value; if there is none, they wait
    until the one is done, and compute only if that one failed or takes longer than
    LOCK_SECONDS.
    """
    name = f"{scope}:{key}"
    generation = data_version(scope)
    entry = _read(name)
    if entry and entry.is_fresh(generation):
        return _counted("hit", entry.value)
    token = uuid.uuid4().hex
    lock = f"lock:{name}"
    if generation and not _ask(lambda: cache.add(lock, token, LOCK_SECONDS)):
        patience = WAIT_SECONDS if entry else LOCK_SECONDS
        waited = _wait_for_other(name, lock, generation, patience)
        if waited:
            return _counted("waited", waited.value)
        return _counted("stale", entry.value) if entry else _counted("miss", compute())
    try:
        # The one who held the lock before us may have computed it just now.
        entry = _read(name)
        if entry and entry.is_fresh(generation):
            return _counted("waited", entry.value)
        # A replica that was good enough for the state before may not be for this one.
        replica_state.choose_anew()
        value = _counted("miss" if generation else "alone", compute())
        _write(name, generation, value, timeout)
    finally:
        _release(lock, token)
    return value


def _counted(outcome: str, value: T) -> T:
    CACHE_LOOKUPS.labels(outcome).inc()
    return value


def _read(name: str) -> Entry | None:
    return _ask(lambda: cache.get(name))


def _write(name: str, generation: str, value: object, timeout: float) -> None:
    """Jittered, so that entries made together do not all end together."""
    lifetime = timeout * random.uniform(0.9, 1.1)  # noqa: S311 (no secret)
    entry = Entry(generation, time.time() + lifetime, value)
    _ask(lambda: cache.set(name, entry, lifetime + GRACE_SECONDS))


def _wait_for_other(
    name: str, lock: str, generation: str, patience: float
) -> Entry | None:
    """What the holder of the lock computes; None if that takes longer, or fails."""
    deadline = time.monotonic() + patience
    pause, is_held = FIRST_PAUSE_SECONDS, True
    while is_held and time.monotonic() < deadline and not breaker.is_open():
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        # In this order: the value is written before the lock is released.
        is_held = bool(_ask(lambda: cache.has_key(lock)))
        entry = _read(name)
        if entry and entry.is_fresh(generation):
            return entry
    return None


def _release(lock: str, token: str) -> None:
    """Only what we hold: the lock may have passed to somebody else meanwhile."""
    _ask(lambda: _eval(_RELEASE, lock, cache.client.encode(token)))


def _eval(script: str, key: str, *arguments: Any) -> Any:
    return get_redis_connection("default").eval(
        script, 1, cache.client.make_key(key), *arguments
    )


def put(key: str, value: object, timeout: float) -> None:
    """Keep a small fact for `timeout` seconds, whatever the generation."""
    _ask(lambda: cache.set(key, value, timeout))


def get(key: str) -> Any:
    """What `put` kept; None when it is gone, or Redis down."""
    return _ask(lambda: cache.get(key))


def count_hit(key: str, seconds: int) -> int | None:
    """How often `key` was counted in `seconds` since its first hit, this one too.

    None while Redis is down.
    """
    return _ask(lambda: int(_eval(_COUNT, f"hits:{key}", seconds * 1000)))


def is_up() -> bool:
    """Whether the cache answers, asked now."""
    try:
        get_redis_connection("default").ping()
    except REDIS_IS_DOWN:
        return False
    return True
