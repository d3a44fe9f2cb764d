"""What is computed from prices once they are in, by apps that prices know nothing of.

    derived.register("index", update_indices, tables=["chained_index_points"])
    derived.register("signals", detect, tables=["signals"], in_background=True)
    derived.derive(dirty_from, dirty_to)

An app registers in its AppConfig's ready(); whoever changed prices calls `derive` when
the aggregates of that range are up to date. What takes long runs in the background: its
range is noted, and a task soon brings all such derivations up to date, in the order of
registration (an app's before those of the apps above it), once for all the ranges that
were noted by then. `catch_up` does the same at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

import redis
from celery import current_app
from django.db import connection
from django.db.models import Count, Min
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

logger = logging.getLogger(__name__)

# Brings what was derived up to date with the prices of [start, end], which may have
# changed, come or gone. Outside a transaction, by one process at a time; the same
# range twice changes nothing.
Derive = Callable[[datetime, datetime], object]

TASK = "core.catch_up"
# How long the task waits for the other feeds of the hour.
DELAY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Derivation:
    derive: Derive
    tables: tuple[str, ...]
    in_background: bool


_derivations: dict[str, _Derivation] = {}


def register(
    name: str,
    derive: Derive,
    *,
    tables: Iterable[str] = (),
    in_background: bool = False,
) -> None:
    """`tables` hold only what `derive` wrote: they are emptied with the prices."""
    _derivations[name] = _Derivation(derive, tuple(tables), in_background)


def derive(start: datetime, end: datetime) -> dict[str, float]:
    """Let every derivation catch up with the prices of [start, end]; those in the
    background soon. {name: seconds it took}, without the latter."""
    seconds = _run(start, end, in_background=False)
    if any(one.in_background for one in _derivations.values()):
        _put_off(start, end)
    return seconds


def catch_up() -> int:
    """Do what was put off for the background, until nothing is; how many ranges.

    Does nothing while another process is at it: it will see what was added.
    """
    from .models import PutOff

    done = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('derive'))")
        if not cursor.fetchone()[0]:
            return done
        try:
            while waiting := list(PutOff.objects.all()):
                start = min(one.start for one in waiting)
                _run(start, max(one.end for one in waiting), in_background=True)
                PutOff.objects.filter(pk__in=[one.pk for one in waiting]).delete()
                done += len(waiting)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('derive'))")
    return done


def is_behind() -> bool:
    """Whether something that runs in the background is still to be worked out."""
    from .models import PutOff

    return PutOff.objects.exists()


def backlog() -> tuple[int, float]:
    """How many ranges wait, and the seconds since the first of them was noted."""
    from .models import PutOff

    found = PutOff.objects.aggregate(waiting=Count("id"), first=Min("noted_at"))
    first = found["first"]
    seconds = (timezone.now() - first).total_seconds() if first else 0.0
    return found["waiting"], seconds


def ask(countdown: float = 0) -> None:
    """Have what was put off done by a worker, so many seconds from now. Should the
    message be lost, the schedule has the task as well."""
    try:
        current_app.send_task(TASK, countdown=countdown, retry=False)
    except (BrokerError, redis.RedisError) as error:
        logger.warning("nobody was told to derive in the background: %s", error)


def tables() -> list[str]:
    """Every table of derived rows."""
    return [table for one in _derivations.values() for table in one.tables]


def _run(start: datetime, end: datetime, *, in_background: bool) -> dict[str, float]:
    seconds = {}
    for name, derivation in _derivations.items():
        if derivation.in_background == in_background:
            started = perf_counter()
            derivation.derive(start, end)
            seconds[name] = round(perf_counter() - started, 2)
    return seconds


def _put_off(start: datetime, end: datetime) -> None:
    """One message is enough until somebody takes it."""
    from .models import PutOff

    is_first = not is_behind()
    PutOff.objects.create(start=start, end=end)
    if is_first:
        ask(DELAY_SECONDS)
