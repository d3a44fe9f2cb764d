"""Redis is away: nobody is told, nothing is cached, and everything is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes import Fault, lock

pytestmark = pytest.mark.process


@pytest.fixture(autouse=True)
def _redis_comes_back(fault: Fault) -> Iterator[None]:
    yield
    fault.workshop.servers.restart_redis()


def test_gone_before(fault: Fault, prices: Path):
    fault.workshop.servers.stop_redis()

    fault.heals("mtgjson", "--prices", prices)

    assert fault.ledger() == [("SUCCEEDED", "")]


@pytest.mark.parametrize(
    "table", ["latest_prices", "market_index_daily"], ids=["merging", "refreshing"]
)
def test_goes_meanwhile(fault: Fault, prices: Path, table: str):
    expected = fault.workshop.undisturbed("mtgjson", "--prices", prices)
    ingest = fault.ingest("mtgjson", "--prices", prices)
    with fault.paused(ingest, lock(table)):
        fault.workshop.servers.stop_redis()

    ingest.succeed()

    fault.as_undisturbed(expected)
    assert fault.ledger() == [("SUCCEEDED", "")]
