"""There is no room: for a table, a sort, the rows that wait, a download.

A limit on the size of files stands for the full disk. It stops the same writes with an
error of the same kind (EFBIG for ENOSPC), for root as for anybody, without a disk to
fill.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.prices.ingest.spool import Spool
from apps.prices.models import IngestRun, PriceSnapshot
from apps.prices.services import feeds
from apps.prices.tests.conftest import (
    all_prices,
    card,  # noqa: F401 (a fixture)
    server,  # noqa: F401 (a fixture)
    write,  # noqa: F401 (a fixture)
)
from mtgintel.core.http import FeedClient, FetchError
from tests.faults import market
from tests.faults.processes import WAL_FILE_MEGABYTES, Fault, Workshop, lock

ROOM = WAL_FILE_MEGABYTES * 1024 * 1024
SUCCEEDED = ("SUCCEEDED", "")


@pytest.fixture(scope="module")
def large(workshop: Workshop) -> Path:
    """A file whose newest chunk takes more room than there is."""
    text = market.all_prices(range(10, 21), cards=market.CARDS)
    return workshop.write("large.json", text)


@pytest.mark.process
def test_no_room_for_a_table(fault: Fault, large: Path):
    ingest = fault.ingest("mtgjson", "--prices", large)
    with fault.paused(ingest, lock("cards")) as session:
        resource.prlimit(session, resource.RLIMIT_FSIZE, (ROOM, ROOM))

    said = ingest.fail()

    assert "The database failed (could not extend file" in said
    assert said.endswith(f"Nothing of {large} was stored; ingest it again.")
    fault.nothing_changed()
    fault.heals("mtgjson", "--prices", large)
    assert fault.ledger() == [
        ("FAILED", said.removeprefix("CommandError: ")),
        SUCCEEDED,
    ]


@pytest.mark.process
def test_no_room_for_a_sort(fault: Fault, prices: Path):
    settings = {"work_mem": "64kB", "temp_file_limit": "64kB"}
    for name, value in settings.items():
        fault.session.execute(f"ALTER DATABASE {fault.database} SET {name} = '{value}'")

    said = fault.ingest("mtgjson", "--prices", prices).fail()

    assert "The database failed (temporary file size exceeds" in said
    assert said.endswith(f"Nothing of {prices} was stored; ingest it again.")
    fault.nothing_changed()
    fault.session.execute(f"ALTER DATABASE {fault.database} RESET ALL")
    fault.heals("mtgjson", "--prices", prices)
    assert fault.ledger() == [
        ("FAILED", said.removeprefix("CommandError: ")),
        SUCCEEDED,
    ]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.django_db(transaction=True)
def test_no_room_for_the_rows_that_wait(card, write, monkeypatch, tmp_path):  # noqa: F811
    """They go to a temporary file when they are too many for the memory."""
    monkeypatch.setattr(feeds, "Spool", partial(Spool, in_memory=100))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spool"))
    (tmp_path / "spool").mkdir()
    days = {f"{market.day(number)}": 1 + number for number in range(20)}
    path = write(all_prices(days))

    with files_of_at_most(100), pytest.raises(CommandError, match="No room for the"):
        call_command("ingest", "mtgjson", "--prices", str(path))

    failed = IngestRun.objects.get(source="mtgjson")
    assert (failed.status, PriceSnapshot.objects.count()) == ("FAILED", 0)
    assert "name another in TMPDIR. Nothing of" in failed.error
    assert list((tmp_path / "spool").iterdir()) == []
    call_command("ingest", "mtgjson", "--prices", str(path))
    assert PriceSnapshot.objects.count() == 20


def test_no_room_for_a_download(server, tmp_path):  # noqa: F811
    """The file of the last time stays; nothing half of the new one does."""
    url = f"{server.url}/prices.json"
    server.documents["/prices.json"] = ("application/json", b"[1]")
    with FeedClient() as client:
        client.download(url, tmp_path / "feeds")
        server.documents["/prices.json"] = ("application/json", b"[2]" * 1_000)
        with (
            files_of_at_most(1_000),
            pytest.raises(FetchError, match=r"could not be saved: .*File too large"),
        ):
            client.download(url, tmp_path / "feeds")

        names = sorted(one.name for one in (tmp_path / "feeds").iterdir())
        assert names == ["prices.json", "prices.json.state"]
        assert (tmp_path / "feeds" / "prices.json").read_bytes() == b"[1]"
        assert client.download(url, tmp_path / "feeds").is_new
