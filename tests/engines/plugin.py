"""Starts the servers a test run needs, before Django reads its settings.

    pytest                                   embedded PostgreSQL and Valkey
    pytest -n 2 --dist loadfile              in two processes, each with its own servers
    pytest -m storage --engine=timescale     the same tests on TimescaleDB

TEST_DATABASE_URL, TEST_REDIS_URL and TIMESCALE_TEST_URL name servers to use instead.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from mtgintel.core.embedded import EmbeddedError, TemporaryServers
from tests.engines.aggregates import empty_aggregates
from tests.engines.server import DatabaseServer, EngineUnavailableError
from tests.engines.storage import Pristine, filled
from tests.engines.timescale import timescale_server

POSTGRES = "postgres"
TIMESCALE = "timescale"

_servers = ExitStack()
_database_server = pytest.StashKey[DatabaseServer]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=(POSTGRES, TIMESCALE),
        default=POSTGRES,
        help="The database server to test on.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    options = early_config.known_args_namespace
    if options.help or options.version or _only_distributes(options):
        return
    try:
        early_config.stash[_database_server] = _start_servers(options.engine)
    except EmbeddedError as error:
        raise pytest.UsageError(str(error)) from error
    except EngineUnavailableError as error:
        _servers.close()
        _give_up(options.engine, str(error))


def _only_distributes(options: Any) -> bool:
    """Whether tests run in worker processes (-n), each with servers of its own."""
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    return bool(options.numprocesses) and not is_worker


def pytest_configure(config: pytest.Config) -> None:
    server = config.stash.get(_database_server, None)
    if server is not None and not server.creates_databases:
        # Django finds its test database there already, and keeps it.
        connection.settings_dict["TEST"]["NAME"] = connection.settings_dict["NAME"]
        config.option.reuse_db = True


def pytest_unconfigure() -> None:
    _servers.close()


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> str:
    """The engine asked for: "postgres" or "timescale"."""
    name: str = pytestconfig.getoption("engine")
    return name


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test that commits is followed by a flush. Django is told that the rows which
    migrations wrote are put back, so that it does not make them anew."""
    if _commits(item):
        marker = item.get_closest_marker("django_db")
        arguments = marker.kwargs if marker else {"transaction": True}
        item.add_marker(
            pytest.mark.django_db(**{**arguments, "serialized_rollback": True}),
            append=False,
        )


@pytest.fixture(scope="session", autouse=True)
def _flush_leaves_what_was_there() -> Iterator[None]:
    """Only tables that hold a row are truncated: it takes milliseconds, with partitions
    and indexes, and most of the hundred are as empty after a test as before.

    What migrations wrote is put back by the flush itself, so that the next test finds
    it whether it commits or not; with several processes their order is not known.
    """
    operations, creation = type(connection.ops), type(connection.creation)
    flush = operations.sql_flush
    pristine = Pristine()

    def flush_filled(
        self: Any, style: Any, tables: Iterable[str], **options: Any
    ) -> list[str]:
        # To be truncated, a table needs all that refer to it to be as well.
        options["allow_cascade"] = True
        statements: list[str] = flush(self, style, filled(tables), **options)
        return statements + pristine.statements()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", flush_filled)
        # Called before the first test that commits, when nothing has changed yet.
        patch.setattr(creation, "deserialize_db_from_string", pristine.remember)
        yield


@pytest.fixture(autouse=True)
def _aggregates_emptied(
    request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """That flush does not reach the continuous aggregates either."""
    yield
    if _commits(request.node):
        with django_db_blocker.unblock():
            empty_aggregates()


def _commits(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    if "transactional_db" in fixtures or "live_server" in fixtures:
        return True
    marker = item.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))


def _start_servers(engine: str) -> DatabaseServer:
    """Start what is not given and tell the settings through the environment."""
    directory = _servers.enter_context(TemporaryDirectory(prefix="mtgintel-tests-"))
    redis_url = os.environ.get("TEST_REDIS_URL")
    server = _given_server(engine)
    if server is None or redis_url is None:
        embedded = _servers.enter_context(TemporaryServers(Path(directory)))
        server = server or DatabaseServer(embedded.database_url)
        redis_url = redis_url or embedded.redis_url
    os.environ["DATABASE_URL"] = server.url
    os.environ["REDIS_URL"] = redis_url
    os.environ["MTGINTEL_DATA_DIR"] = directory
    os.environ.pop("CACHE_REDIS_URL", None)
    return server


def _given_server(engine: str) -> DatabaseServer | None:
    """The server to test on, unless it is to be the embedded one."""
    if engine == TIMESCALE:
        return _servers.enter_context(timescale_server())
    url = os.environ.get("TEST_DATABASE_URL")
    return DatabaseServer(url) if url else None


def _give_up(engine: str, reason: str) -> None:
    if os.environ.get("CI") == "true":
        raise pytest.UsageError(f"{engine}: {reason}")
    print(f"Tests on {engine} skipped: {reason}")
    sys.exit(0)
