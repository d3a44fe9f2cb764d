"""Files of days that come late, twice, overlapping and in any order.

Whatever the order, the database holds what it holds after each file once, oldest
first; and that is what a dictionary says.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.prices.models import (
    CardPriceDaily,
    IngestRun,
    LatestPrice,
    PriceSnapshot,
)
from apps.prices.services import ingest_mtgjson_prices, ingest_scryfall
from tests.faults import market, state

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

SERIES = ((0, "normal"), (0, "foil"), (1, "normal"))
Key = tuple[tuple[int, str], int]


@dataclass(frozen=True)
class DayFile:
    """The file of one day: prices of that day and, corrected, of some before it."""

    day: int
    prices: dict[Key, int]

    def text(self) -> bytes:
        data: dict[str, dict[str, dict[str, float]]] = {}
        for ((card, finish), day), price in self.prices.items():
            finishes = data.setdefault(market.scryfall_id(card), {})
            finishes.setdefault(finish, {})[str(market.day(day))] = price / 100
        return json.dumps(
            {
                "meta": {"date": str(market.day(self.day))},
                "data": {
                    uuid: {"paper": {"tcgplayer": {"currency": "USD", "retail": node}}}
                    for uuid, node in data.items()
                },
            }
        ).encode()


@st.composite
def markets(draw: st.DrawFn) -> list[DayFile]:
    """Files of different days over two chunks; each has something."""
    days = draw(st.lists(st.integers(0, 13), min_size=2, max_size=4, unique=True))
    files = []
    for day in sorted(days):
        keys = st.tuples(st.sampled_from(SERIES), st.integers(max(0, day - 3), day))
        prices = st.dictionaries(keys, st.integers(100, 180), min_size=1, max_size=6)
        files.append(DayFile(day, draw(prices)))
    return files


@st.composite
def disorder(draw: st.DrawFn) -> tuple[list[DayFile], list[DayFile]]:
    """Files in order, and the same in any other, some of them more than once."""
    files = draw(markets())
    more = draw(st.lists(st.sampled_from(files), max_size=2))
    return files, draw(st.permutations([*files, *more]))


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def _cards(directory: Path) -> None:
    path = directory / "cards.jsonl"
    path.write_bytes(b"".join(market.catalogue().splitlines(keepends=True)[:2]))
    ingest_scryfall(path=path, at=market.FIRST_DAY)


def empty() -> None:
    tables = ("price_snapshots", "latest_prices", "quarantined_prices")
    IngestRun.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join([*tables, *state.AGGREGATES])}")


def after(files: Iterable[DayFile], directory: Path) -> state.State:
    empty()
    path = directory / "day.json"
    for file in files:
        path.write_bytes(file.text())
        assert ingest_mtgjson_prices(path=path).status == "SUCCEEDED"
    return state.state(state.Here())


def of_a_dictionary(files: Iterable[DayFile]) -> dict[Key, Decimal]:
    """What each file says, the newer file's word for the older's."""
    said: dict[Key, int] = {}
    for file in files:
        said.update(file.prices)
    return {key: Decimal(price) / 100 for key, price in said.items()}


FINISH = {"NONFOIL": "normal", "FOIL": "foil"}


def keyed(rows: Iterable[tuple]) -> dict[Key, Decimal]:
    """Rows of (card's number as text, finish, moment, price)."""
    return {
        (
            (int(number), FINISH[finish]),
            (moment - market.FIRST_DAY).days,
        ): price
        for number, finish, moment, price in rows
    }


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(both=disorder())
def test_any_order_gives_what_the_right_one_gives(both, _cards, directory):  # noqa: PT019
    in_order, shuffled = both
    expected = after(in_order, directory)
    oracle = of_a_dictionary(in_order)
    fields = ("card__collector_number", "finish")

    assert keyed(PriceSnapshot.objects.values_list(*fields, "time", "price")) == oracle
    candles = CardPriceDaily.objects.values_list(*fields, "bucket", "close_price")
    assert keyed(candles) == oracle
    newest = {
        series: max(day for one, day in oracle if one == series) for series, _ in oracle
    }
    latest = keyed(LatestPrice.objects.values_list(*fields, "as_of", "price"))
    assert latest == {(one, day): oracle[one, day] for one, day in newest.items()}

    assert after(shuffled, directory) == expected
