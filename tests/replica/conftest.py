"""A market on two servers: a primary and its streaming replica."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from mtgintel.core import cache, replica
from mtgintel.core.embedded import TemporaryServers, postgres
from mtgintel.core.embedded.paths import DataPaths
from mtgintel.core.embedded.postgres import Postgres
from mtgintel.core.embedded.servers import log_file
from mtgintel.settings.env import database_from_url
from tests.replica.servers import REPLICATED, Log, Standby


@dataclass
class Pair:
    """Both servers, and what they are told."""

    standby: Standby
    primary_log: Log
    standby_log: Log

    def forget(self) -> None:
        self.primary_log.told()
        self.standby_log.told()


@pytest.fixture(scope="module")
def pair(django_db_blocker: DjangoDbBlocker) -> Iterator[Pair]:
    """The demo market; the replica is not configured yet.

    Not for longer than its tests: Django's default database is another one meanwhile.
    """
    with (
        TemporaryDirectory(prefix="mtg-replica-") as name,
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
    ):
        for setting, value in REPLICATED.items():
            patch.setitem(postgres.SETTINGS, setting, value)
        directory = Path(name)
        with TemporaryServers(directory / "primary") as servers:
            primary = Postgres(DataPaths((directory / "primary").resolve()))
            standby = Standby(primary, (directory / "standby").resolve())
            with default_database(servers.database_url):
                call_command("migrate", verbosity=0)
                call_command("demo", days=40, verbosity=0)
                standby.make()
                standby.start()
                try:
                    yield Pair(standby, Log(log_file(primary)), Log(standby.log_path))
                finally:
                    standby.stop()
                    shutil.rmtree(standby.socket_dir, ignore_errors=True)


@pytest.fixture
def replicated(pair: Pair, django_db_blocker: DjangoDbBlocker) -> Iterator[Pair]:
    """The replica is configured and knows everything."""
    configured = {
        "DATABASE_ROUTERS": ["mtgintel.core.replica.ReplicaRouter"],
        "MIDDLEWARE": [*settings.MIDDLEWARE, "mtgintel.core.replica.ReadsFromReplica"],
    }
    known: dict[str, Any] = connections.settings
    known["replica"] = _settings(pair.standby.url)
    replica.pause.until = 0.0
    with django_db_blocker.unblock(), override_settings(**configured):
        cache.bump()
        pair.standby.catch_up()
        pair.forget()
        yield pair
        pair.standby.resume()
        connections["replica"].close()
        del connections["replica"]
    del known["replica"]


class default_database:  # noqa: N801 - reads as a statement
    """Django's default is another server for the block."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None:
        known: dict[str, Any] = connections.settings
        self._before = known["default"], connections["default"]
        known["default"] = _settings(self._url)
        connections["default"] = connections.create_connection("default")

    def __exit__(self, *_: object) -> None:
        connections["default"].close()
        connections.settings["default"], connections["default"] = self._before


def _settings(url: str) -> dict[str, Any]:
    return {**connections.settings["default"], **database_from_url(url)}
