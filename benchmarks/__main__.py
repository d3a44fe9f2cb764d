"""Every benchmark, one after the other; each is a program of its own.

    python -m benchmarks --points 5000000 --scale 1
    python -m benchmarks --scale full --figures .data/bench

`--scale full` is the whole market: what it takes to load it, to keep it and to add a
day, and how small TimescaleDB makes it. Its figures are written as JSON too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

FULL = "full"


def main() -> int:
    """Run them; the number of those that failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", default="5000000", help="rows to ingest")
    parser.add_argument(
        "--scale", default="1", help=f"size of the market that is read, or {FULL}"
    )
    parser.add_argument(
        "--figures", type=Path, default=Path(), help="where JSON goes at full scale"
    )
    given = parser.parse_args()
    if given.scale == FULL:
        programs = _full(given.figures)
    else:
        programs = _usual(given.points, given.scale)
    failed = 0
    for name, options in programs.items():
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *options]
        failed += subprocess.run(command, check=False).returncode != 0
    return failed


def _usual(points: str, scale: str) -> dict[str, list[str]]:
    return {
        "ingest": ["--points", points],
        "endpoints": ["--scale", scale],
        "sockets": [],
        "archive": [],
        "collection": ["--scale", scale],
    }


def _full(figures: Path) -> dict[str, list[str]]:
    return {
        name: ["--json", str(figures / f"{name}.json")]
        for name in ("compression", "full_scale")
    }


if __name__ == "__main__":
    sys.exit(main())
