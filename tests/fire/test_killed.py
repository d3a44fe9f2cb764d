"""Each process is killed in turn, while people read and prices come."""

from __future__ import annotations

import pytest

from mtgintel.core.embedded.tests.processes import eventually
from tests.fire.conftest import Ground
from tests.fire.load import told, under_way
from tests.fire.site import PATIENCE
from tests.fire.visitors import CUT_OFF, Visitors, quotes
from tests.fire.watchers import Watcher
from tests.patience import within

pytestmark = [pytest.mark.fire, pytest.mark.process]

# The contract: every open page is live again.
BACK_WITHIN = 10.0
VISITORS, WATCHERS = 12, 30
THINK = (0.5, 1.5)
CARD = 1
TOPICS = ("market:USD", f"card:{CARD}")
# What may be answered while a part is down, besides the usual.
MEANWHILE: dict[str, set[int]] = {
    "web": {CUT_OFF},
    "worker": set(),
    "beat": set(),
    "postgres": {503},
    "valkey": set(),
}


@pytest.mark.parametrize("part", MEANWHILE)
def test_killed_under_load(ground: Ground, figure: list[str], part: str) -> None:
    site, feed = ground.site, ground.next
    before = quotes(site.answer(f"/api/cards/{CARD}/prices"))
    visitors = Visitors(site.url, VISITORS, list(range(1, 41)), THINK, watched=CARD)
    watchers = [
        Watcher(site.socket_url, TOPICS[n % 2], f"127.2.0.{n + 1}")
        for n in range(WATCHERS)
    ]
    crowd = [visitors.come(), *(one.watch() for one in watchers)]
    with under_way(*crowd), told(site, *TOPICS):
        eventually(lambda: all(one.heard_at for one in watchers), PATIENCE)
        ingest = site.begin("ingest", "mtgjson", "--prices", ground.feeds[feed])
        until_it_writes(ground)
        killed_at = site.kill(part)
        code, _, complained = ingest.end()
        if code:
            # Repeated by hand, as its one sentence says.
            assert "Traceback" not in complained
            eventually(site.serves, PATIENCE)
            ground.ingest(feed)
        ground.holds = feed
        eventually(
            lambda: all(one.heard_since(killed_at) for one in watchers), PATIENCE
        )
        eventually(site.serves, PATIENCE)

    failures = visitors.failures()
    longest = max((one.at for one in failures), default=killed_at) - killed_at
    silence = max(one.silence(killed_at) for one in watchers)
    after = quotes(site.answer(f"/api/cards/{CARD}/prices"))
    figure.append(
        f"answers {dict(visitors.statuses(killed_at))}, the last failure "
        f"{longest:.1f} s after; longest silence of a socket {silence:.1f} s; ingest "
        + ("repeated" if code else "done")
    )
    assert {one.status for one in failures} <= MEANWHILE[part], failures
    assert [one for one in visitors.answers if one.fault and one.status] == []
    assert all(one.at > killed_at - 1 for one in failures)
    assert within(longest, BACK_WITHIN)
    assert within(silence, BACK_WITHIN)
    assert ground.state() == ground.expected[feed]
    assert before != after
    assert visitors.quoted <= {before, after}


def until_it_writes(ground: Ground) -> None:
    """The ingest's run has begun."""
    with ground.site.session() as session:
        question = "SELECT count(*) FROM ingest_runs WHERE status = 'RUNNING'"
        eventually(lambda: session.execute(question).fetchone() != (0,), PATIENCE)
