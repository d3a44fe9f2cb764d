"""2,000 sockets at the live server, of which 5 % stop reading."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from mtgintel.core.embedded.tests.processes import eventually
from tests.fire.conftest import Ground
from tests.fire.load import told, under_way
from tests.fire.readers import Readers
from tests.patience import within

pytestmark = [pytest.mark.fire, pytest.mark.process]

SOCKETS, STALLED = 2_000, 100
# Those who read and a few files besides, here and in the server.
FILES = SOCKETS + 200
# Between an update's making and its reading, at worst.
LATEST = 5.0
# What 2,000 sockets' updates may add while 100 of them wait unread.
MOST_GROWTH = 64 * 1024 * 1024
UPDATES = 20
GIVEN_UP_WITHIN = 180


def test_stalled_readers_cost_nobody_anything(
    ground: Ground, figure: list[str]
) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < FILES:
        pytest.skip(f"{FILES} open files are needed, and the hard limit is {most}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    site = ground.site
    (pid,) = site.pids("web")
    readers = Readers(site.port, SOCKETS, STALLED)
    with under_way(readers.come()):
        eventually(lambda: readers.subscribed == SOCKETS, GIVEN_UP_WITHIN)
        before = peak = resident(pid)
        with told(site, "market:USD", "dashboard:USD"):
            eventually(lambda: readers.given_up == STALLED, GIVEN_UP_WITHIN)
            peak = max(peak, resident(pid))
            so_far = readers.fewest
            eventually(lambda: readers.fewest >= so_far + UPDATES, GIVEN_UP_WITHIN)
        peak = max(peak, resident(pid))
        lost, latencies = readers.lost, sorted(readers.latencies)
        cut_off = readers.cut_off

    p99, latest = latencies[len(latencies) * 99 // 100], latencies[-1]
    figure.append(
        f"{len(latencies):,} updates read, {lost} lost; p99 {p99 * 1000:.0f} ms, the "
        f"latest {latest:.2f} s; server {before >> 20} MB with all sockets open, "
        f"{peak >> 20} MB at most"
    )
    assert lost == 0
    assert cut_off == 0
    assert within(latest, LATEST)
    assert peak - before < MOST_GROWTH


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()
