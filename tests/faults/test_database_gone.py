"""PostgreSQL goes away under an ingest: stopped at once, or ending its sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from mtgintel.core.embedded.tests.processes import eventually
from tests.faults import market
from tests.faults.processes import Fault, lock

pytestmark = pytest.mark.process

MERGING, REFRESHING = lock("latest_prices"), lock("market_index_daily")
SUCCEEDED = ("SUCCEEDED", "")


def failed(said: str, prices: Path) -> tuple[str, str]:
    """What the ledger says of a run that said this at its end."""
    sentence = said.removeprefix("CommandError: ")
    assert sentence.startswith("The database failed (")
    assert sentence.endswith(f"). Nothing of {prices} was stored; ingest it again.")
    return "FAILED", sentence


def test_stopped_at_once_while_merging(fault: Fault, prices: Path):
    """Restarted by its keeper, it recovers; nothing of the ingest is in it."""
    ingest = fault.ingest("mtgjson", "--prices", prices)
    with fault.interrupted(ingest, MERGING):
        fault.workshop.stop_postgres_at_once()

    last_words = failed(ingest.fail(), prices)
    fault.reconnect()

    fault.nothing_changed()
    assert fault.ledger() == [last_words]
    fault.heals("mtgjson", "--prices", prices)
    assert fault.ledger() == [last_words, SUCCEEDED]


def test_stopped_at_once_while_refreshing(fault: Fault, prices: Path):
    ingest = fault.ingest("mtgjson", "--prices", prices)
    with fault.interrupted(ingest, REFRESHING):
        fault.workshop.stop_postgres_at_once()

    said = ingest.fail()
    fault.reconnect()

    assert f"The prices of {prices} are stored" in said
    assert fault.ledger() == [SUCCEEDED]
    fault.heals("mtgjson", "--prices", prices)
    assert fault.ledger() == [SUCCEEDED, SUCCEEDED]


@pytest.mark.parametrize(
    "holding", [lock("cards"), MERGING], ids=["reading", "merging"]
)
def test_sessions_ended_before_the_commit(fault: Fault, prices: Path, holding: str):
    ingest = fault.ingest("mtgjson", "--prices", prices)
    with fault.paused(ingest, holding):
        fault.end_sessions()

    last_words = failed(ingest.fail(), prices)

    assert "terminating connection due to administrator command" in last_words[1]
    fault.nothing_changed()
    fault.heals("mtgjson", "--prices", prices)
    assert fault.ledger() == [last_words, SUCCEEDED]


def test_sessions_ended_while_refreshing(fault: Fault, prices: Path):
    ingest = fault.ingest("mtgjson", "--prices", prices)
    with fault.paused(ingest, REFRESHING):
        fault.end_sessions()

    assert f"The prices of {prices} are stored" in ingest.fail()
    fault.heals("mtgjson", "--prices", prices)
    assert fault.ledger() == [SUCCEEDED, SUCCEEDED]


ASK_TWICE = """
import sys, time
from pathlib import Path
from django.db import connection
from apps.cards.models import Card

asked, again = (Path("{files}") / name for name in ("asked", "again"))
print(Card.objects.count())
connection.close()
asked.touch()
while not again.exists():
    time.sleep(0.01)
print(Card.objects.count())
"""


def test_a_worker_outlives_a_restart_between_two_tasks(fault: Fault):
    """Its pool still has a session of before, which it must not hand out."""
    files = fault.workshop.files
    program = ASK_TWICE.format(files=files)
    worker = fault.workshop.manage(fault.database, "shell", "-c", program)
    eventually((files / "asked").exists)

    fault.session.close()
    fault.workshop.stop_postgres_at_once()
    fault.reconnect()
    (files / "again").touch()

    assert worker.succeed().split()[-2:] == [str(market.CARDS)] * 2
