"""Two writers that need the same new chunk at the same time, on plain PostgreSQL:
TimescaleDB makes its chunks itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from mtgintel.core.timescale import attach_chunk, create_chunk
from tests.engines.storage import chunks, execute, rows

TABLE = "price_snapshots"
MOMENT = datetime(2020, 1, 1, tzinfo=UTC)
WEEK = (datetime(2019, 12, 26, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC))

_IS_WAITING = """
    SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
"""


def make_chunk() -> str | None:
    """In a transaction and on a connection of the thread's own."""
    try:
        with transaction.atomic():
            chunk = create_chunk(TABLE, MOMENT)
            if chunk is not None:
                attach_chunk(TABLE, chunk)
        return chunk
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_second_writer_finds_the_chunk_that_the_first_made_meanwhile():
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            chunk = create_chunk(TABLE, MOMENT)
            assert chunk == "price_snapshots_20191226"
            second = pool.submit(make_chunk)
            while rows(_IS_WAITING) == [(0,)]:
                assert not second.done()
            attach_chunk(TABLE, chunk)
        assert second.result(timeout=30) is None
    assert WEEK in chunks(TABLE)
    execute(f"DROP TABLE {chunk}")
