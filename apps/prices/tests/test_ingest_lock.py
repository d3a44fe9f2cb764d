"""One reader per source, told apart by database sessions.

Not among the storage tests: the TimescaleDB of the test suite has a single session.
"""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from apps.prices.models import IngestRun
from apps.prices.services import heal_refreshes, ingest_mtgjson_prices
from mtgintel.core.feeds import BusySourceError

from .conftest import all_prices

pytestmark = pytest.mark.django_db(transaction=True)

CONNECTING = ("dbname", "user", "password", "host", "port")


@pytest.fixture
def other_session():
    given = connection.get_connection_params()
    with psycopg.connect(**{k: given[k] for k in CONNECTING if k in given}) as other:
        yield other
    other.close()


def test_source_that_is_being_read_is_refused(card, write, other_session):
    path = write(all_prices({"2026-03-10": 1}))
    other_session.execute(
        "SELECT pg_advisory_lock(hashtext('ingest'), hashtext('mtgjson'))"
    )

    with pytest.raises(BusySourceError, match="being read by another process"):
        ingest_mtgjson_prices(path=path)
    assert not IngestRun.objects.filter(source="mtgjson").exists()

    other_session.execute("SELECT pg_advisory_unlock_all()")
    assert ingest_mtgjson_prices(path=path).rows_written == 1


def test_what_another_process_is_refreshing_is_left_to_it(card, write, other_session):
    run = ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 1})))
    IngestRun.objects.filter(pk=run.pk).update(refreshed_at=None)
    other_session.execute("SELECT pg_advisory_lock(hashtext('refresh aggregates'))")

    assert heal_refreshes() == 0

    other_session.execute("SELECT pg_advisory_unlock_all()")
    assert heal_refreshes() == 1
    assert heal_refreshes() == 0
