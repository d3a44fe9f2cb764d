"""An AllPrices file of any size, with a catalogue to go with it.

    python -m benchmarks.generate_allprices 5000000 /tmp/feeds

Seven series a card over 90 days, priced and moving as real ones do: a series stays as
it is on most days. The files are the same for the same size.
"""

from __future__ import annotations

import argparse
import gzip
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

DAYS = 90
# provider, side, finish, currency, price level, share of days without a change
SERIES = (
    ("tcgplayer", "retail", "normal", "USD", 1.0, 0.69),
    ("tcgplayer", "retail", "foil", "USD", 2.2, 0.69),
    ("cardkingdom", "retail", "normal", "USD", 1.3, 0.965),
    ("cardkingdom", "retail", "foil", "USD", 2.9, 0.965),
    ("cardkingdom", "buylist", "normal", "USD", 0.5, 0.82),
    ("cardmarket", "retail", "normal", "EUR", 0.9, 0.735),
    ("cardmarket", "retail", "foil", "EUR", 2.0, 0.735),
)
# Median price and spread of its logarithm, from real catalogues.
_MEDIAN, _SPREAD = 0.5, 1.6
_DAILY_MOVE = 0.03


@dataclass(frozen=True, slots=True)
class Files:
    catalogue: Path
    prices: Path
    points: int


def generate(
    points: int, directory: Path, last_day: date | None = None, days: int = DAYS
) -> Files:
    """Write both files; `points` is rounded up to whole cards."""
    directory.mkdir(parents=True, exist_ok=True)
    last_day = last_day or datetime.now(UTC).date()
    cards = -(-points // (days * len(SERIES)))
    rng = np.random.default_rng(points)
    ids = [str(UUID(bytes=rng.bytes(16), version=4)) for _ in range(cards)]
    catalogue, prices = directory / "cards.jsonl", directory / "AllPrices.json.gz"
    with catalogue.open("w") as file:
        for number, scryfall_id in enumerate(ids):
            file.write(json.dumps(_card(number, scryfall_id)) + "\n")
    dates = [
        (last_day - timedelta(days=n)).isoformat() for n in range(days - 1, -1, -1)
    ]
    with gzip.open(prices, "wt", compresslevel=1) as file:
        meta = {"date": dates[-1], "version": "5.3.0"}
        file.write(f'{{"meta":{json.dumps(meta)},"data":{{')
        # The two feeds do not agree on an order either.
        for position, index in enumerate(rng.permutation(cards)):
            node = json.dumps(_prices(rng, dates), separators=(",", ":"))
            file.write(f'{"," if position else ""}"{ids[index]}":{node}')
        file.write("}}")
    return Files(catalogue, prices, cards * days * len(SERIES))


def _card(number: int, scryfall_id: str) -> dict[str, Any]:
    return {
        "object": "card",
        "id": scryfall_id,
        "name": f"Benchmark Card {number}",
        "lang": "en",
        "set": f"b{number // 300:02d}",
        "set_name": f"Benchmark Set {number // 300}",
        "collector_number": str(number % 300 + 1),
        "rarity": "common",
        "layout": "normal",
        "finishes": ["nonfoil", "foil"],
        "prices": {},
    }


def _prices(rng: np.random.Generator, dates: list[str]) -> dict[str, Any]:
    level = float(np.exp(rng.normal(np.log(_MEDIAN), _SPREAD)))
    paper: dict[str, Any] = {}
    for provider, side, finish, currency, factor, still in SERIES:
        moves = rng.normal(0, _DAILY_MOVE, len(dates))
        moves[rng.random(len(dates)) < still] = 0
        walk = np.maximum(level * factor * np.exp(np.cumsum(moves)), 0.02).round(2)
        node = paper.setdefault(
            provider, {"buylist": {}, "retail": {}, "currency": currency}
        )
        node[side][finish] = dict(zip(dates, walk.tolist(), strict=True))
    return {"paper": paper}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", type=int)
    parser.add_argument("directory", type=Path)
    given = parser.parse_args()
    print(generate(given.points, given.directory))
