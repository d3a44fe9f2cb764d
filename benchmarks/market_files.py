"""A market as its feeds' files, and what a database must hold once they are in.

    python -m benchmarks.market_files 1/16 /tmp/feeds

A Scryfall bulk file, an AllPrices file of 90 days and the AllPricesToday file of the
day after, as MTGJSON serves them, written as they are made. Besides the files come
the sums that they lead to, by stream, finish and day, and some series whole.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import compress
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import orjson

from .market import DAYS, FINISHES, HISTORY_DAYS, STREAMS, Array, Batch, Market

# So many printings' series are kept whole.
_SAMPLES = 12
_CARDS_PER_SET = 300
_PRINTINGS_PER_NAME = 3
_EPOCH = date(1970, 1, 1)
_SHAPE = (len(STREAMS), len(FINISHES), DAYS)


@dataclass(frozen=True, slots=True)
class Sample:
    """One series: its price in thousandths on each day it was listed."""

    scryfall_id: str
    slug: str
    finish: str
    prices: dict[date, int]


@dataclass(slots=True)
class Truth:
    """What the files say in all, by stream, finish and day (indexes of market.py).

    Sums are in thousandths; `last_counts` and `last_sums` are of each series' last
    price, in the history alone and with the day after (the last axis).
    """

    days: list[date]
    counts: Array = field(default_factory=lambda: np.zeros(_SHAPE, np.int64))
    sums: Array = field(default_factory=lambda: np.zeros(_SHAPE, np.int64))
    last_counts: Array = field(default_factory=lambda: np.zeros(_SHAPE[:2], np.int64))
    last_sums: Array = field(default_factory=lambda: np.zeros(_SHAPE[:2], np.int64))
    samples: list[Sample] = field(default_factory=list)

    @property
    def history_points(self) -> int:
        return int(self.counts[..., :HISTORY_DAYS].sum())

    @property
    def next_points(self) -> int:
        return int(self.counts[..., HISTORY_DAYS].sum())

    def add(self, batch: Batch) -> None:
        thousandths = np.where(batch.is_listed, batch.cents * 10, 0)
        latest = DAYS - 1 - np.argmax(batch.is_listed[:, ::-1], axis=1)
        ever = np.asarray(batch.is_listed.any(axis=1))
        last = np.where(ever, thousandths[np.arange(len(latest)), latest], 0)
        groups = batch.stream * len(FINISHES) + batch.finish
        for group in np.unique(groups):
            at = divmod(int(group), len(FINISHES))
            rows = np.flatnonzero(groups == group)
            self.counts[at] += batch.is_listed[rows].sum(axis=0)
            self.sums[at] += thousandths[rows].sum(axis=0)
            self.last_counts[at] += ever[rows].sum()
            self.last_sums[at] += last[rows].sum()


@dataclass(frozen=True, slots=True)
class MarketFiles:
    catalogue: Path
    history: Path
    next_day: Path
    truth: Truth


def last_history_day(today: date) -> date:
    """The last day of the history such that the next is at most `today`.

    That next day does not open a week of its own: most days do not, and it is the
    dearer case, for it is compared with what is stored.
    """
    following = today
    while (following - _EPOCH).days % 7 == 0:
        following -= timedelta(days=1)
    return following - timedelta(days=1)


def write_market(
    market: Market, directory: Path, last_day: date | None = None
) -> MarketFiles:
    """Write the three files of `market` into `directory`."""
    directory.mkdir(parents=True, exist_ok=True)
    last_day = last_day or last_history_day(datetime.now(UTC).date())
    days = [last_day + timedelta(days=n + 1 - HISTORY_DAYS) for n in range(DAYS)]
    files = MarketFiles(
        directory / "default-cards.jsonl",
        directory / "AllPrices.json.gz",
        directory / "AllPricesToday.json.gz",
        Truth(days),
    )
    ids = _scryfall_ids(market)
    with files.catalogue.open("wb") as file:
        for number, scryfall_id in enumerate(ids):
            card = _card(number, scryfall_id, market.finishes(number))
            file.write(orjson.dumps(card) + b"\n")
    with ExitStack() as stack:
        history = stack.enter_context(_PriceFile(files.history, days[-2]))
        next_day = stack.enter_context(_PriceFile(files.next_day, days[-1]))
        for batch in market.batches():
            files.truth.add(batch)
            for printing, series in _nodes_of(batch, ids, days, files.truth.samples):
                history.add(ids[printing], _node(series, slice(HISTORY_DAYS)))
                next_day.add(ids[printing], _node(series, slice(HISTORY_DAYS, DAYS)))
    return files


class _PriceFile:
    """An AllPrices file, a card after the other."""

    def __init__(self, path: Path, day: date) -> None:
        self._path, self._meta = path, {"date": day.isoformat(), "version": "5.3.0"}
        self._is_first = True

    def __enter__(self) -> _PriceFile:
        self._file = gzip.open(self._path, "wb", compresslevel=1)
        self._file.write(b'{"meta":' + orjson.dumps(self._meta) + b',"data":{')
        return self

    def __exit__(self, *_: object) -> None:
        self._file.write(b"}}")
        self._file.close()

    def add(self, uuid: str, node: dict[str, Any]) -> None:
        if node:
            comma = b"" if self._is_first else b","
            self._file.write(comma + b'"%s":' % uuid.encode() + orjson.dumps(node))
            self._is_first = False


@dataclass(frozen=True, slots=True)
class _Series:
    stream: int
    finish: str
    days: list[str]
    prices: list[float]
    is_listed: list[bool]


def _nodes_of(
    batch: Batch, ids: list[str], days: list[date], samples: list[Sample]
) -> Iterator[tuple[int, list[_Series]]]:
    """Each printing with its series; those of a few go to `samples` too."""
    sample_every = -(-len(ids) // _SAMPLES)
    texts = [day.isoformat() for day in days]
    prices, is_listed = (batch.cents / 100).tolist(), batch.is_listed.tolist()
    printings = batch.printing.tolist()
    series: list[_Series] = []
    for row, printing in enumerate(printings):
        stream, finish = int(batch.stream[row]), FINISHES[batch.finish[row]]
        series.append(_Series(stream, finish, texts, prices[row], is_listed[row]))
        if printing % sample_every == 0:
            thousandths = (batch.cents[row] * 10).tolist()
            listed = zip(days, thousandths, strict=True)
            known = dict(compress(listed, is_listed[row]))
            slug = STREAMS[stream].slug
            samples.append(Sample(ids[printing], slug, finish, known))
        if row + 1 == len(printings) or printings[row + 1] != printing:
            yield printing, series
            series = []


def _node(series: list[_Series], span: slice) -> dict[str, Any]:
    """A card's node: its series' prices in a span of days."""
    games: dict[str, Any] = {}
    for one in series:
        is_listed = one.is_listed[span]
        points = dict(
            zip(
                compress(one.days[span], is_listed),
                compress(one.prices[span], is_listed),
                strict=True,
            )
        )
        if points:
            stream = STREAMS[one.stream]
            # MTGJSON labels tickets as dollars.
            currency = "EUR" if stream.currency == "EUR" else "USD"
            provider = games.setdefault(stream.game, {}).setdefault(
                stream.provider, {"buylist": {}, "retail": {}, "currency": currency}
            )
            provider[stream.side][one.finish] = points
    return games


def _scryfall_ids(market: Market) -> list[str]:
    random = np.random.default_rng([market.seed, 2]).bytes(16 * market.printings)
    return [
        str(UUID(bytes=random[start : start + 16], version=4))
        for start in range(0, len(random), 16)
    ]


def _card(number: int, scryfall_id: str, finishes: tuple[str, ...]) -> dict[str, Any]:
    """A card object with the fields that the catalogue keeps, as long as real ones."""
    name = number // _PRINTINGS_PER_NAME
    card_set = number // _CARDS_PER_SET
    return {
        "object": "card",
        "id": scryfall_id,
        "oracle_id": str(UUID(int=(name + 1) << 64, version=4)),
        "name": f"Keeper of Gate {name}",
        "lang": "en",
        "set": f"b{card_set:03d}",
        "set_name": f"Gates, Volume {card_set}",
        "set_type": "expansion",
        "collector_number": str(number % _CARDS_PER_SET + 1),
        "rarity": ("common", "uncommon", "rare", "mythic")[number % 4],
        "layout": "normal",
        "finishes": ["nonfoil" if one == "normal" else one for one in finishes],
        "games": ["paper", "mtgo"],
        "colors": ["WUBRG"[name % 5]],
        "color_identity": ["WUBRG"[name % 5]],
        "mana_cost": "{2}{W}",
        "cmc": 3.0,
        "type_line": "Creature — Human Soldier",
        "oracle_text": f"Whoever would pass gate {name} draws a card first. " * 3,
        "legalities": dict.fromkeys(_FORMATS, "legal"),
        "border_color": "black",
        "artist": f"Painter {number % 700}",
        "image_uris": {
            size: f"https://cards.scryfall.io/{size}/front/{scryfall_id}.jpg"
            for size in ("small", "normal", "large")
        },
        "released_at": (date(1993, 8, 5) + timedelta(days=30 * card_set)).isoformat(),
        "tcgplayer_id": 1_000_000 + number,
        "cardmarket_id": 2_000_000 + number,
        "mtgo_id": 3_000_000 + number,
        "multiverse_ids": [4_000_000 + number],
        "prices": {},
    }


_FORMATS = ("standard", "pioneer", "modern", "legacy", "vintage", "commander", "pauper")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scale", type=Fraction)
    parser.add_argument("directory", type=Path)
    given = parser.parse_args()
    made = write_market(Market(float(given.scale)), given.directory)
    truth = made.truth
    print(f"{truth.history_points:,} points, {truth.next_points:,} the day after")
