"""The first real ingest takes the demo market away from a worker that is at it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mtgintel.core import derived
from mtgintel.core.embedded.tests.processes import eventually
from tests.faults import market
from tests.fire.conftest import Ground
from tests.fire.site import PATIENCE, Session, Site

pytestmark = [pytest.mark.fire, pytest.mark.process]

DEMO = "demo"
CATCH_UP = ("shell", "-c", "from mtgintel.core import derived; derived.catch_up()")
# How long the worker has been at it when the ingest begins.
HEAD_STARTS = (0.0, 3.0)


@pytest.fixture(scope="module")
def demo(ground: Ground) -> Site:
    """A database with the demo market, from which nothing is derived yet."""
    site = ground.site
    with site.session("postgres") as session:
        session.execute(f"CREATE DATABASE {DEMO}")
    site.manage("migrate", "--verbosity", "0", database=DEMO)
    site.manage("demo", "--days", "20", "--leave-rest", database=DEMO)
    return site


@contextmanager
def copy_of_demo(site: Site, name: str) -> Iterator[str]:
    with site.session("postgres") as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {DEMO}")
        yield name
        session.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("head_start", HEAD_STARTS)
def test_while_the_worker_catches_up(
    ground: Ground, demo: Site, figure: list[str], head_start: float
) -> None:
    moment = market.FIRST_DAY.isoformat()
    with copy_of_demo(demo, "first") as name:
        worker = demo.begin(*CATCH_UP, database=name)
        with demo.session(name) as session:
            eventually(lambda: is_deriving(session), PATIENCE)
            time.sleep(head_start)
            began_at = time.monotonic()
            ingest = demo.begin(
                *(
                    "ingest",
                    "scryfall",
                    "--file",
                    ground.feeds["cards"],
                    "--at",
                    moment,
                ),
                database=name,
            )

            code, _, complained = ingest.end()
            assert code == 0, complained
            seconds = time.monotonic() - began_at
            worker.succeed()
            demo.manage(*CATCH_UP, database=name)

            figure.append(f"the ingest took {seconds:.1f} s")
            ((cards,),) = session.execute("SELECT count(*) FROM cards").fetchall()
            assert cards == ground_cards(ground)
            assert strays(session) == {}


def ground_cards(ground: Ground) -> int:
    with ground.site.session() as session:
        ((cards,),) = session.execute("SELECT count(*) FROM cards").fetchall()
    return int(cards)


def is_deriving(session: Session) -> bool:
    held = (
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return session.execute(held).fetchone() is not None


def strays(session: Session) -> dict[str, int]:
    """Rows of cards that are gone, by table."""
    of_cards = (
        "SELECT table_name FROM information_schema.columns "
        "WHERE column_name = 'card_id' AND table_name = ANY(%s)"
    )
    tables = ["price_snapshots", "latest_prices", *derived.tables()]
    found = {}
    for (table,) in session.execute(of_cards, [tables]).fetchall():
        question = (
            f"SELECT count(*) FROM {table} "
            "WHERE card_id IS NOT NULL AND card_id NOT IN (SELECT id FROM cards)"
        )
        ((rows,),) = session.execute(question).fetchall()
        if rows:
            found[table] = rows
    return found
