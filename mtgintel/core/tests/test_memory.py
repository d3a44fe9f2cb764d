"""Memory that is freed is the system's again."""

import subprocess
import sys

import pytest

# Arrays of the size that a week of prices has, freed in turn, beside small ones that
# stay: what a load does.
LOAD = """
import numpy as np
from mtgintel.core.memory import return_large_blocks

def resident_mb():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(l for l in lines if l.startswith("VmRSS")).split()[1]) // 1024

return_large_blocks()
before, kept = resident_mb(), []
for _ in range(4):
    week = []
    for _ in range(10):
        week.append(np.ones(28 * 2**20 // 8))
        kept.append(np.ones(8_000))
    del week
print(resident_mb() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_load_frees_does_not_stay_with_the_process():
    command = [sys.executable, "-c", LOAD]
    grown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(grown.stdout) < 30
