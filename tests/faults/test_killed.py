"""The ingesting process is killed: a worker out of memory, a machine that restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtgintel.core.feeds import PIECE
from tests.faults import market, state
from tests.faults.processes import Fault, Workshop, lock, wait_for

pytestmark = pytest.mark.process

SECOND_CHUNK = f"price_snapshots_{market.day(7):%Y%m%d}"
# Where an ingest waits while another session holds the table; in this order.
BEFORE_THE_COMMIT = {
    "reading": "cards",
    "merging, one chunk of three written": SECOND_CHUNK,
    "merging, all snapshots written": "latest_prices",
}
AFTER_THE_COMMIT = {
    "committed, no candle made": "card_prices_daily",
    "refreshing, some candles made": "market_index_daily",
}
NO_LAST_WORD = ("FAILED", "The process ended before the file did.")
SUCCEEDED = ("SUCCEEDED", "")


@pytest.mark.parametrize("table", BEFORE_THE_COMMIT.values(), ids=BEFORE_THE_COMMIT)
def test_killed_before_the_commit(fault: Fault, prices: Path, table: str):
    ingest = fault.ingest("mtgjson", "--prices", prices)
    with fault.paused(ingest, lock(table)):
        ingest.kill()
    fault.until_alone()
    fault.nothing_changed()
    assert fault.ledger() == [("RUNNING", "")]

    fault.heals("mtgjson", "--prices", prices)

    assert fault.ledger() == [NO_LAST_WORD, SUCCEEDED]


@pytest.mark.parametrize("table", AFTER_THE_COMMIT.values(), ids=AFTER_THE_COMMIT)
def test_killed_after_the_commit(fault: Fault, prices: Path, table: str):
    ingest = fault.ingest("mtgjson", "--prices", prices)
    with fault.paused(ingest, lock(table)):
        ingest.kill()
    fault.until_alone()
    expected = fault.workshop.undisturbed("mtgjson", "--prices", prices)
    committed = state.stored(fault.session)
    assert committed == {table: expected[table] for table in committed}

    fault.heals("mtgjson", "--prices", prices)

    assert fault.ledger() == [SUCCEEDED, SUCCEEDED]


def test_killed_in_the_middle_of_a_long_file(fault: Fault, workshop: Workshop):
    """By how far the kernel says that it has read."""
    strangers = b", ".join(
        b'"%08x-0000-4000-8000-000000000000": {}' % number for number in range(220_000)
    )
    text = market.all_prices(market.NEW_DAYS)
    text = text.replace(b'"data": {', b'"data": {' + strangers + b", ", 1)
    path = workshop.write("long.json", text)
    assert len(text) > 2 * PIECE
    ingest = fault.ingest("mtgjson", "--prices", path)

    wait_for(lambda: PIECE <= position_of(ingest.pid, path))
    position = position_of(ingest.pid, path)
    ingest.kill()

    assert PIECE <= position < len(text)
    fault.until_alone()
    fault.nothing_changed()
    assert fault.ledger() == [("RUNNING", "")]
    fault.heals("mtgjson", "--prices", path)
    assert fault.ledger() == [NO_LAST_WORD, SUCCEEDED]
    path.unlink()


def test_catalogue_killed_with_its_prices(fault: Fault, workshop: Workshop):
    cards = workshop.write("cards_and_prices.jsonl", market.catalogue(usd=2))
    arguments = ("scryfall", "--file", cards, "--at", f"{market.day(20)}T09:00Z")
    ingest = fault.ingest(*arguments)
    with fault.paused(ingest, lock("latest_prices")):
        ingest.kill()
    fault.until_alone()
    fault.nothing_changed()

    fault.heals(*arguments)

    assert fault.ledger("scryfall-cards") == [NO_LAST_WORD, SUCCEEDED]


def position_of(pid: int, path: Path) -> int:
    """How far a process has read a file; 0 while it has not opened it."""
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            if descriptor.readlink() == path:
                said = Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text()
                return int(said.split()[1])
    except FileNotFoundError:
        pass
    return 0
