"""A backup on either engine, loaded into another server of its kind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from apps.prices.models import PriceSnapshot
from apps.prices.tests.factories import add_observations, make_card, make_price
from mtgintel.core.embedded import TemporaryServers
from mtgintel.core.embedded.tests.processes import CHECKOUT, environment
from tests.engines.server import DatabaseServer
from tests.engines.storage import compress_all, execute, rows
from tests.engines.timescale import timescale_server

_ROWS = """
    SELECT md5(string_agg(to_jsonb(one)::text, ' ' ORDER BY to_jsonb(one)::text))
    FROM public.{} one
"""
TABLES = ("cards", "card_sets", "marketplaces", "price_snapshots", "latest_prices")


@pytest.fixture
def empty_server(engine, tmp_path) -> Iterator[DatabaseServer]:
    """Another server, on which nothing was done yet."""
    if engine == "timescale":
        with timescale_server() as server:
            yield server
    else:
        with TemporaryServers(tmp_path / "servers") as servers:
            yield DatabaseServer(servers.database_url)


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
def test_it_comes_back(engine, empty_server, tmp_path):
    card, now = make_card(), timezone.now()
    make_price(card, "12.50")
    add_observations(card, [(now - timedelta(days=20), "11.00"), (now, "12.50")])
    compress_all("price_snapshots")
    was = {table: rows(_ROWS.format(table)) for table in TABLES}
    assert PriceSnapshot.objects.count() == 2

    call_command("backup", tmp_path / "backups")
    # The WebAssembly server's clients share a session, and pg_dump leaves it changed.
    execute("SET search_path TO public")
    (backup,) = (tmp_path / "backups").iterdir()
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", backup],
        cwd=CHECKOUT,
        env=environment(
            tmp_path / "data",
            DATABASE_URL=empty_server.url,
            REDIS_URL=settings.BROKER_REDIS_URL,
        ),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "migrate" not in done.stdout
    with psycopg.connect(empty_server.url, autocommit=True) as session:
        found = {t: session.execute(_ROWS.format(t)).fetchall() for t in TABLES}
        kept = session.execute(
            "SELECT count(*) FROM timescaledb_information.hypertables"
            if engine == "timescale"
            else "SELECT count(*) FROM timescale_compat.hypertables"
        ).fetchone()
    assert found == was
    assert kept is not None
    assert kept[0] > 0
