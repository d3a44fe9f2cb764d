"""Every benchmark, one after the other; each is a program of its own.

python -m benchmarks --points 5000000 --scale 1
"""

from __future__ import annotations

import argparse
import subprocess
import sys


def main() -> int:
    """Run them; the number of those that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", default="5000000", help="rows to ingest")
    parser.add_argument("--scale", default="1", help="size of the market that is read")
    given = parser.parse_args()
    failed = 0
    for name, options in (
        ("ingest", ["--points", given.points]),
        ("endpoints", ["--scale", given.scale]),
        ("sockets", []),
    ):
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *options]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
