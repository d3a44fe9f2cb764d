"""Two processes want the same: one does it, the other says so or waits its turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import market, state
from tests.faults.processes import Fault, Workshop, lock

pytestmark = pytest.mark.process

BUSY = (
    "CommandError: mtgjson is being read by another process; wait for it to end, its "
    "progress is in the admin under ingest runs."
)


@pytest.mark.parametrize("table", ["cards", "latest_prices", "market_index_daily"])
def test_the_second_of_two_is_refused_whatever_the_first_does(
    fault: Fault, prices: Path, table: str
):
    expected = fault.workshop.undisturbed("mtgjson", "--prices", prices)
    first = fault.ingest("mtgjson", "--prices", prices)
    with fault.paused(first, lock(table)):
        assert fault.ingest("mtgjson", "--prices", prices).fail() == BUSY
    first.succeed()

    fault.as_undisturbed(expected)
    assert fault.ledger() == [("SUCCEEDED", "")]


def test_two_sources_write_one_after_the_other(fault: Fault, workshop: Workshop):
    """Together they leave what they leave one by one, in either order."""
    listed = workshop.write("list.json", market.price_list())
    prices = workshop.write("few.json", market.all_prices(range(6, 14)))
    commands = [
        ("mtgjson", "--prices", prices),
        ("cardkingdom", "--file", listed),
    ]
    with workshop.database() as name:
        for command in commands:
            workshop.manage(name, "ingest", *command).succeed()
        with workshop.session(name) as session:
            expected = state.state(session)

    first = fault.ingest(*commands[0])
    with fault.paused(first, lock("latest_prices")):
        second = fault.ingest(*commands[1])
        fault.until_waiting(second, sessions=2)
    first.succeed()
    second.succeed()

    fault.as_undisturbed(expected)
    assert fault.ledger("cardkingdom") == [("SUCCEEDED", "")]
