"""Reads of what is public go to a replica of the database, if there is one.

    from mtgintel.core.replica import connection   # in selectors of public data

With REPLICA_DATABASE_URL, a GET of a public page or route (REPLICA_VIEWS) reads the
tables of REPLICA_APPS from the replica: through the ORM by the router, in SQL by this
module's `connection`. Everything else goes to the primary: what is written, what
belongs to somebody, tasks, whatever is inside a transaction.

A replica is behind. Whoever makes caches old notes first how far the primary's log was
(cache.bump); the replica answers only if it has replayed that much, which is asked
after the state of the data was read that an answer is kept under. So nothing of before
is kept as of now; and every process has to be told of the replica, those that write as
well. A replica that is behind, gone, or no longer one, is passed over for
the primary; a statement it breaks off is repeated there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    OperationalError,
    connections,
)
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from . import cache
from .replica_state import REPLICA, Reading, current, primary_position

logger = logging.getLogger(__name__)

READS = ("GET", "HEAD")
# How long a replica that failed is left alone.
PAUSE_SECONDS = 5.0

# One that was promoted, or never was a replica, has replayed nothing.
_REPLAYED = """
SELECT CASE WHEN pg_is_in_recovery()
       THEN (pg_last_wal_replay_lsn() - '0/0')::bigint ELSE 0 END
"""


class _Pause:
    """Until when the replica is left alone."""

    until = 0.0

    def begin(self, error: Exception) -> None:
        logger.warning("the replica is left alone for a while: %s", error)
        self.until = time.monotonic() + PAUSE_SECONDS

    def is_on(self) -> bool:
        return time.monotonic() < self.until


pause = _Pause()


@contextmanager
def reading() -> Iterator[Reading]:
    """What is read of public data in this block may come from the replica."""
    now = Reading()
    token = current.set(now)
    try:
        yield now
    finally:
        current.reset(token)


def alias() -> str:
    """The database that public data is read from, here and now."""
    now = current.get()
    if now is None or connections[DEFAULT_DB_ALIAS].in_atomic_block:
        return DEFAULT_DB_ALIAS
    if now.alias is None:
        now.alias = _choose()
        now.was_replica |= now.alias == REPLICA
    return now.alias


def was_read() -> bool:
    """Whether a failure may be the replica's, and the primary is worth a try."""
    now = current.get()
    return now is not None and now.was_replica


def _choose() -> str:
    if pause.is_on():
        return DEFAULT_DB_ALIAS
    needed = _needed_position()
    if needed is None:
        return DEFAULT_DB_ALIAS
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(_REPLAYED)
            (replayed,) = cursor.fetchone()
    except (DatabaseError, InterfaceError) as error:
        pause.begin(error)
        return DEFAULT_DB_ALIAS
    return REPLICA if replayed >= needed else DEFAULT_DB_ALIAS


def _needed_position() -> int | None:
    """How much of the log an answer must know; None while Redis is down."""
    position = cache.noted_position()
    if position is None and cache.is_used():
        position = cache.note_position(primary_position())
    return position


class _Connection:
    """Django's `connection`, of the database that public data is read from."""

    def __getattr__(self, name: str) -> Any:
        return getattr(connections[alias()], name)


connection = cast(BaseDatabaseWrapper, _Connection())


class ReplicaRouter:
    """Only reads of what is public ever leave the primary."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        label = model._meta.app_label  # noqa: SLF001 - public in all but name
        is_public = label in settings.REPLICA_APPS
        return alias() if is_public else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **_hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **_hints: Any) -> bool:
        """They are the same rows, whichever server they came from."""
        return True

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS


class ReadsFromReplica:
    """The last middleware: views of public data run in `reading`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if request.method not in READS or not is_public(view):
            return None
        with reading() as now:
            try:
                return cast(HttpResponseBase, view(request, *args, **kwargs))
            except (OperationalError, InterfaceError) as error:
                # Its server went, or its replay needed what the statement looked at.
                if not now.was_replica:
                    raise
                pause.begin(error)
        # Now as without a replica.
        return None


def is_public(view: Any) -> bool:
    """Whether a view shows everybody the same of public data: one of REPLICA_VIEWS,
    of the API only if it does not even ask who is there."""
    asks_who = getattr(getattr(view, "cls", None), "authentication_classes", ())
    return not asks_who and view.__module__.startswith(settings.REPLICA_VIEWS)
