"""Switches of summer time, other zones, the ends of days, months and years."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apps.prices.ingest.cardkingdom import _ZONE as SEATTLE
from apps.prices.ingest.quotes import read_moment

# Local time of the shop in Seattle -> UTC. The clocks went forward at 02:00 on 8 March
# 2026 and back at 02:00 on 1 November 2026.
SEATTLE_TIMES = {
    "2026-03-08 01:59:59": "2026-03-08T09:59:59",
    "2026-03-08 03:00:00": "2026-03-08T10:00:00",
    # There is no such time: what an hour later is called half past three.
    "2026-03-08 02:30:00": "2026-03-08T10:30:00",
    "2026-11-01 00:59:59": "2026-11-01T07:59:59",
    # Twice: the first is meant.
    "2026-11-01 01:30:00": "2026-11-01T08:30:00",
    "2026-11-01 02:00:00": "2026-11-01T10:00:00",
    "2026-12-31 23:59:59": "2027-01-01T07:59:59",
    "2028-02-29 16:00:00": "2028-03-01T00:00:00",
}


@pytest.mark.parametrize(("local", "utc"), SEATTLE_TIMES.items())
def test_a_time_of_seattle(local, utc):
    moment = read_moment(local, SEATTLE)

    assert moment.astimezone(UTC) == datetime.fromisoformat(f"{utc}+00:00")
