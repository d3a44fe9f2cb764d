"""The chained index on real prices: its links add up to what the cards did."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterator

import numpy as np
import pytest

from apps.market.maths.chained import TOLERANCE, Closes, capped, link, match

pytestmark = pytest.mark.shared_data

FINISHES = ("normal", "foil", "etched")
STREAMS = {"USD": ("tcgplayer", "cardkingdom"), "EUR": ("cardmarket",)}

# Prices in thousandths by variant and stream.
Day = dict[tuple[int, int], int]


@pytest.fixture(scope="module", params=["USD", "EUR"])
def days(request, shared_data) -> list[Closes]:
    """What each day's prices were, oldest first."""
    path = shared_data / "mtgjson" / "AllPrices-multi-2026.json.gz"
    with gzip.open(path) as file:
        cards = json.load(file)["data"]
    found: dict[str, Day] = {}
    for day, key, price in points(cards, STREAMS[request.param]):
        found.setdefault(day, {})[key] = price
    return [closes(found[day]) for day in sorted(found)]


def points(cards, streams) -> Iterator[tuple[str, tuple[int, int], int]]:
    for card, node in enumerate(cards.values()):
        for place, stream in enumerate(streams):
            sides = node.get("paper", {}).get(stream, {})
            for finish, prices in (sides.get("retail") or {}).items():
                variant = 4 * card + FINISHES.index(finish)
                for day, price in prices.items():
                    yield day, (variant, place), round(1000 * price)


def closes(day: Day) -> Closes:
    keys = np.array(list(day))
    return Closes.of(keys[:, 0], keys[:, 1], np.array(list(day.values()), np.int32))


def test_five_weeks_of_links_are_what_the_cards_did_in_five_weeks(days):
    links: list[float] = []
    for i in range(1, len(days)):
        matches = match(days[i], days[max(0, i - TOLERANCE) : i][::-1])
        links.append(link(matches, links[::-1][: TOLERANCE - 1]).factor)
    assert len(links) > 30

    both = match(days[-1], [days[0]])
    relative = np.log(both.price / both.before)
    weight = capped(np.sqrt(both.before.astype(float) * both.price))
    direct = math.exp((weight * relative).sum() / weight.sum())
    assert len(both) > 900
    # A chain drifts where weights or rounding favour one direction.
    assert math.prod(links) == pytest.approx(direct, rel=0.004)
