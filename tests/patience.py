"""Limits in seconds, on a machine that others may be using as well."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from mtgintel.core.embedded.tests.processes import CHECKOUT


def within(seconds: float, limit: float) -> bool:
    """Whether it took no longer than the limit, on a processor of one's own.

    Only if it did is the machine asked how much longer than its own processor time a
    process takes here just now.
    """
    return seconds < limit or seconds < limit * slowness()


def slowness() -> float:
    """1 on a machine that has nothing else to do; 3 where two others want as much."""
    before = _children()
    started = time.monotonic()
    subprocess.run(
        [sys.executable, "-c", "for n in range(20_000_000): pass"],
        check=True,
        cwd=CHECKOUT,
    )
    taken = time.monotonic() - started
    return max(1.0, taken / (_children() - before))


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
