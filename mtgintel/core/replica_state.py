"""What the cache must know of a replica, and the replica of the cache.

Apart from replica.py, which imports the cache.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, connections

REPLICA = "replica"


@dataclass(slots=True)
class Reading:
    """Reads that may go to the replica: where they go, once that is chosen."""

    alias: str | None = None
    was_replica: bool = False


current: ContextVar[Reading | None] = ContextVar("reading", default=None)


def is_configured() -> bool:
    return REPLICA in connections.settings


def choose_anew() -> None:
    """Ask again whether the replica is good enough, before its next statement."""
    reading = current.get()
    if reading is not None:
        reading.alias = None


def primary_position() -> int:
    """How many bytes of write-ahead log there are: all that is committed is in them.

    Of what is inserted, not what is written: a commit that does not wait for the disk
    is visible before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
        position: int = cursor.fetchone()[0]
    return position
