"""Asked to stop, every process ends what it has begun."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from mtgintel.core.embedded.tests.processes import eventually
from tests.fire.conftest import Ground
from tests.fire.front import Front, front_of, is_refused
from tests.fire.load import told, under_way
from tests.fire.site import PATIENCE, Site
from tests.fire.test_killed import until_it_writes
from tests.fire.watchers import Watcher
from tests.patience import within

pytestmark = [pytest.mark.fire, pytest.mark.process]

BACK_WITHIN = 10.0
# Cards that nobody else asks for: nothing of them is cached.
_cards = count(random.randrange(100, 450))


class Request(threading.Thread):
    """Asks for prices, which takes as long as somebody else holds them."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = f"{url}/api/cards/{next(_cards)}/prices"
        self.got = ""
        self.start()

    def run(self) -> None:
        try:
            with urllib.request.urlopen(self.url, timeout=PATIENCE) as answer:  # noqa: S310
                answer.read()
                self.got = str(answer.status)
        except OSError as error:
            self.got = repr(error)

    def ended(self) -> str:
        self.join(PATIENCE)
        return self.got


class Hold:
    """Keeps everybody from a table, so that what they do takes its time."""

    def __init__(self, site: Site, table: str) -> None:
        self._table = table
        self._keeper, self._watch = site.session(), site.session()
        self._keeper.execute("BEGIN")
        self._keeper.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

    def until_somebody_waits(self) -> None:
        eventually(lambda: self.waiting > 0, PATIENCE)

    @property
    def waiting(self) -> int:
        """How many sessions wait for the table."""
        question = (
            "SELECT count(*) FROM pg_locks "
            "WHERE NOT granted AND relation = %s::regclass"
        )
        (number,) = self._watch.execute(question, [self._table]).fetchone() or (0,)
        return int(number)

    def let_go(self) -> None:
        """Twice is as good as once."""
        self._keeper.close()
        self._watch.close()


@contextmanager
def held(site: Site, table: str) -> Iterator[Hold]:
    hold = Hold(site, table)
    try:
        yield hold
    finally:
        hold.let_go()


def test_web_answers_what_is_under_way_and_calls_its_sockets_back(
    ground: Ground, figure: list[str]
) -> None:
    site = ground.site
    (pid,) = site.pids("web")
    watchers = [
        Watcher(site.socket_url, "market:USD", f"127.2.1.{n + 1}") for n in range(30)
    ]
    with (
        under_way(*(one.watch() for one in watchers)),
        told(site, "market:USD"),
    ):
        eventually(lambda: all(one.heard_at for one in watchers), PATIENCE)
        with held(site, "latest_prices") as hold:
            slow = Request(site.url)
            hold.until_somebody_waits()
            asked_at = time.time()
            os.kill(pid, signal.SIGTERM)
            eventually(lambda: all(one.codes for one in watchers), PATIENCE)
            closed = time.time() - asked_at
            eventually(lambda: is_refused(site.url), PATIENCE)
            assert pid in site.pids("web")
        assert slow.ended() == "200", slow.got
        eventually(lambda: all(one.heard_since(asked_at) for one in watchers), PATIENCE)

    silence = max(one.silence(asked_at) for one in watchers)
    figure.append(
        f"sockets told within {closed:.1f} s; longest silence of one {silence:.1f} s"
    )
    assert {one.codes[0] for one in watchers} == {4012}
    assert within(silence, BACK_WITHIN)


# --- gunicorn, as docker-compose.yml runs it --------------------------------------


def test_gunicorn_answers_what_is_under_way(ground: Ground) -> None:
    with front_of(ground.site) as front, held(ground.site, "latest_prices") as hold:
        slow = Request(front.url)
        hold.until_somebody_waits()
        front.process.terminate()
        # The one that is at it; the others had nothing to do.
        eventually(lambda: len(front.workers) == 1, PATIENCE)
        hold.let_go()
        assert slow.ended() == "200"
        assert front.process.wait(PATIENCE) == 0


def test_a_killed_worker_of_gunicorn_costs_what_it_was_at(front: Front) -> None:
    """The others go on, and another takes its place."""
    before = front.workers
    victim = min(before)

    os.kill(victim, signal.SIGKILL)
    refused = [is_refused(front.url) for _ in range(30)]

    # A connection that it had taken is cut off; every new one is answered.
    assert sum(refused) <= 1
    eventually(lambda: len(front.workers - {victim}) == len(before), PATIENCE)


def test_a_killed_master_of_gunicorn_leaves_nobody(ground: Ground) -> None:
    """Its workers end by themselves, so that the service can be started again."""
    with front_of(ground.site) as front:
        front.process.kill()

        eventually(lambda: is_refused(front.url), PATIENCE)


# --- The worker -----------------------------------------------------------------------


def test_a_task_under_way_is_handed_back_and_runs_once(ground: Ground) -> None:
    """One that does not end in the ten seconds that it is given."""
    site, feed = ground.site, ground.next
    worked_out = "SELECT count(*) FROM put_off_derivations"
    with site.session() as session:
        # The message of before may have gone with a worker that was killed; the
        # schedule has the task every ten minutes.
        site.manage("shell", "-c", ASK_AT_ONCE)
        eventually(lambda: session.execute(worked_out).fetchone() == (0,), PATIENCE)
        with held(site, "signals") as hold:
            ground.ingest(feed)
            ground.holds = feed
            site.manage("shell", "-c", ASK_AT_ONCE)
            hold.until_somebody_waits()
            before = site.pids("worker")
            asked_at = time.monotonic()
            for pid in before:
                if Path(f"/proc/{pid}/stat").exists() and is_main(pid, before):
                    os.kill(pid, signal.SIGQUIT)
            eventually(lambda: not site.pids("worker") & before, PATIENCE)
            taken = time.monotonic() - asked_at
            assert session.execute(worked_out).fetchone() != (0,)
        eventually(lambda: session.execute(worked_out).fetchone() == (0,), PATIENCE)
    assert taken < 15 or within(taken, 15)
    assert ground.state() == ground.expected[feed]


ASK_AT_ONCE = "from mtgintel.core import derived; derived.ask()"


def is_main(pid: int, others: set[int]) -> bool:
    """The worker itself, not one of its pool."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]) not in others


# --- Everything -----------------------------------------------------------------------


def test_stopped_during_an_ingest(ground: Ground) -> None:
    """Started again, the same ingest leaves what it leaves in peace."""
    site, feed = ground.site, ground.next
    ingest = site.begin("ingest", "mtgjson", "--prices", ground.feeds[feed])
    until_it_writes(ground)

    assert site.stop() == 0

    ingest.succeed()
    eventually(lambda: site.processes == {}, PATIENCE)
    site.start()
    ground.ingest(feed)
    ground.holds = feed
    assert ground.state() == ground.expected[feed]
