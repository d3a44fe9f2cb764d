"""Sharing one running server among every process that needs it.

Whoever needs a server holds a shared lock on its users file, and the operating system
lets go of that lock however the process ends. The keeper of the server waits for the
same lock, exclusively: it gets it when the last user is gone, and stops the server.
Starting is done by one process at a time, under a lock of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .errors import EmbeddedError
from .keeping import EVENTS_LOG, start_keeper, stop_keeper
from .locking import alone, is_locked, opened, try_lock
from .paths import MINIMUM_FREE_BYTES, DataPaths, said_in_a_sentence
from .postgres import Postgres
from .servers import Server, kept, wait_until_ready
from .valkey import Valkey


@contextmanager
def servers_in_use(servers: list[Server]) -> Iterator[list[int]]:
    """Have these servers running, in this order, for the duration of the block.

    Yields the descriptors of our locks: a process that inherits them counts as a user
    too. Raises EmbeddedError when a server cannot be started.
    """
    with ExitStack() as stack:
        yield [stack.enter_context(in_use(server)) for server in servers]


def wanted_servers(data_dir: Path, *, database: bool, redis: bool) -> list[Server]:
    """The servers of a data directory that are asked for, in their starting order."""
    paths = DataPaths(data_dir)
    servers: list[Server] = []
    if database:
        servers.append(Postgres(paths))
    if redis:
        servers.append(Valkey(paths))
    return servers


@contextmanager
def in_use(server: Server) -> Iterator[int]:
    """Have a server running for the duration of the block; see servers_in_use."""
    server.paths.make()
    with opened(_users(server)) as users:
        with alone(_turn(server)):
            # Waits while a keeper is still stopping the server.
            fcntl.flock(users, fcntl.LOCK_SH)
            _have_running(server)
        try:
            yield users
        finally:
            with alone(_turn(server)):
                _leave(server, users)


def revive(server: Server) -> None:
    """Start a server in use again if its keeper was killed."""
    if not is_locked(_keeper(server)):
        with alone(_turn(server)):
            _have_running(server)


def minimum_free_bytes() -> int:
    """MTGINTEL_MIN_FREE_MB, for those who know their disk better; 500 MB if unset."""
    megabytes = os.environ.get("MTGINTEL_MIN_FREE_MB", "")
    if not megabytes:
        return MINIMUM_FREE_BYTES
    if not megabytes.isdecimal():
        raise EmbeddedError(
            f"MTGINTEL_MIN_FREE_MB is {megabytes!r}: give a whole number of megabytes."
        )
    return int(megabytes) * 1_000_000


def _have_running(server: Server) -> None:
    if is_locked(_keeper(server)):
        wait_until_ready(server, lambda: is_locked(_keeper(server)))
    else:
        _start(server)
    server.finish_start()


def _start(server: Server) -> None:
    server.paths.require_space(minimum_free_bytes())
    with said_in_a_sentence(server.paths.root):
        server.prepare()
    keeper = start_keeper(
        [kept(server)],
        alive_lock=_keeper(server),
        users_lock=_users(server),
        events_log=server.paths.logs / EVENTS_LOG,
    )
    wait_until_ready(server, lambda: keeper.poll() is None)


def _leave(server: Server, users: int) -> None:
    """Stop being a user; the last one waits until the server has stopped.

    Turning our shared lock into an exclusive one works only for the last user. It is
    not atomic: the waiting keeper can get the lock in between, which is as good.
    """
    last = try_lock(users) or not try_lock(users, fcntl.LOCK_SH)
    if last:
        stop_keeper(_keeper(server), timeout=server.stop_timeout + 10)


def _turn(server: Server) -> Path:
    return server.paths.run / f"{server.name}.turn"


def _users(server: Server) -> Path:
    return server.paths.run / f"{server.name}.users"


def _keeper(server: Server) -> Path:
    return server.paths.run / f"{server.name}.keeper"
