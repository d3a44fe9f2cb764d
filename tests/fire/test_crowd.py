"""200 people at once, on the web service of production, during a full ingest."""

from __future__ import annotations

import time

import pytest

from mtgintel.core.embedded.tests.processes import eventually
from tests.fire.conftest import Ground
from tests.fire.front import Front
from tests.fire.load import under_way
from tests.fire.site import PATIENCE
from tests.fire.visitors import Answer, Visitors, percentile, quotes
from tests.fire.watchers import Watcher
from tests.patience import within

pytestmark = [pytest.mark.fire, pytest.mark.process]

CROWD, THINK = 200, (1.0, 3.0)
WATCHERS = 40
WARM_UP, QUIET_SECONDS = 4.0, 12.0
CARD = 1
# A page for the slowest in a hundred: what is slow without an ingest may be slower
# with one, which has a processor to itself.
SLOWEST, TIMES_AS_SLOW = 5.0, 3.0
LIVE_WITHIN = 10.0


def test_200_people_during_a_full_ingest(
    ground: Ground, front: Front, figure: list[str]
) -> None:
    site, feed = ground.site, ground.next
    before = quotes(site.answer(f"/api/cards/{CARD}/prices"))
    visitors = Visitors(front.url, CROWD, list(range(1, 201)), THINK, watched=CARD)
    topics = ("market:USD", "dashboard:USD", f"card:{CARD}", "card:2")
    watchers = [
        Watcher(site.socket_url, topics[n % len(topics)], f"127.2.2.{n + 1}")
        for n in range(WATCHERS)
    ]
    with under_way(visitors.come(), *(one.watch() for one in watchers)):
        time.sleep(WARM_UP)
        quiet_from = time.time()
        time.sleep(QUIET_SECONDS)
        busy_from = time.time()
        ground.ingest(feed)
        ground.holds = feed
        busy_to = time.time()
        stored_at = committed_at(ground)
        eventually(lambda: all(one.heard_at for one in watchers), PATIENCE)

    quiet = [one for one in visitors.answers if quiet_from < one.at < busy_from]
    busy = [one for one in visitors.answers if busy_from < one.at < busy_to]
    floor, p99 = percentile(quiet, 99), percentile(busy, 99)
    live = max(one.heard_at[-1] for one in watchers) - stored_at
    figure.append("without an ingest " + described(quiet, QUIET_SECONDS))
    figure.append("during the ingest " + described(busy, busy_to - busy_from))
    figure.append(
        f"answers {dict(visitors.statuses())}; every open page had the new prices "
        f"{live:.1f} s after they were stored"
    )
    assert set(visitors.statuses()) <= {200, 304}
    assert [one for one in visitors.answers if one.fault] == []
    assert p99 < max(SLOWEST, TIMES_AS_SLOW * floor)
    assert within(live, LIVE_WITHIN)
    assert ground.state() == ground.expected[feed]
    after = quotes(site.answer(f"/api/cards/{CARD}/prices"))
    assert visitors.quoted <= {before, after}


def described(answers: list[Answer], seconds: float) -> str:
    p50, p99 = (percentile(answers, percent) for percent in (50, 99))
    return (
        f"({seconds:.0f} s): {len(answers) / seconds:.0f} answers a second, "
        f"p50 {p50:.2f} s, p99 {p99:.2f} s"
    )


def committed_at(ground: Ground) -> float:
    """When the newest prices were stored, in seconds since 1970."""
    question = "SELECT extract(epoch FROM max(finished_at)) FROM ingest_runs"
    with ground.site.session() as session:
        ((moment,),) = session.execute(question).fetchall()
    return float(moment)
