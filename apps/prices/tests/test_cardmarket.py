"""Cardmarket's price guide: trend, low and the 30-day mean of each product."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest

from apps.prices.ingest.cardmarket import Reader, name_products
from apps.prices.ingest.quotes import Context
from apps.prices.selectors import coverage_of
from mtgintel.core.feeds import CorruptFeedError, FeedFile, Rejects

from .vendors import (
    BOTH,
    ETCHED_ONLY,
    OLD,
    PLAIN,
    PROMO,
    READ_AT,
    STREAMS,
    TOKEN,
    catalogue,
    context,
    ledger_row,
    named,
    pieces,
    prices,
    streams_and_finishes,
)

IDS = {
    "cardmarket": {
        "1": [named(BOTH)],
        "2": [named(ETCHED_ONLY)],
        "3": [named(PLAIN)],
        # A foil that is a printing of its own: the finish tells the two apart.
        "4": [named(OLD), named(PROMO)],
        # Two printings with the same finishes: nothing tells them apart.
        "6": [named(BOTH), named(TOKEN)],
    }
}
CREATED_AT = datetime(2024, 6, 30, 0, 40, 48, tzinfo=UTC)


@pytest.fixture
def reader() -> Reader:
    return Reader(pieces("cardmarket/price_guide.json"), context(IDS))


def test_trend_low_and_mean_of_each_finish(reader):
    found = prices(reader)

    assert {(key[0], key[2], key[4]): row for key, row in found.items()} == {
        (1, "NONFOIL", "ENGLISH"): {
            "time": CREATED_AT,
            "price": Decimal("0.06"),
            "price_low": Decimal("0.02"),
            "price_mid": Decimal("0.05"),
        },
        (1, "FOIL", "ENGLISH"): {
            "time": CREATED_AT,
            "price": Decimal("0.31"),
            "price_low": Decimal("0.04"),
            "price_mid": Decimal("0.33"),
        },
        # A trend of 0 is no price; the foil figures are of the etched copies.
        (2, "ETCHED", "ENGLISH"): {
            "time": CREATED_AT,
            "price": Decimal("199.99"),
            "price_low": Decimal("188.00"),
            "price_mid": Decimal("199.99"),
        },
        (4, "NONFOIL", "ENGLISH"): {
            "time": CREATED_AT,
            "price": Decimal("3.00"),
            "price_low": Decimal("2.50"),
            "price_mid": Decimal("3.10"),
        },
        (3, "NONFOIL", "ENGLISH"): {"time": CREATED_AT, "price": Decimal("1.50")},
        (6, "FOIL", "JAPANESE"): {"time": CREATED_AT, "price": Decimal("2.25")},
    }
    assert {(key[1], key[3]) for key in found} == {("cardmarket", "NEAR_MINT")}


def test_what_is_not_taken_is_counted_with_its_reason(reader):
    found = prices(reader)

    rejects = reader.context.rejects
    assert rejects.counts == {
        # 5 in both finishes, and 8, whose category an old guide does not say.
        "unknown card": 3,
        "ambiguous card": 2,
        "not a number": 1,
        "malformed record": 1,
        "price too small": 1,
    }
    assert reader.rows == len(found) + rejects.total
    ambiguous = [one for one in rejects.samples if one.reason == "ambiguous card"]
    assert [one.raw["candidates"] for one in ambiguous] == [[1, 5], [1, 5]]


def test_the_product_list_names_what_is_unknown(reader):
    prices(reader)

    name_products(pieces("cardmarket/products.json"), reader.context.rejects)

    unknown = [
        (one.position, one.raw.get("name"), one.raw.get("idExpansion"))
        for one in reader.context.rejects.samples
        if one.reason == "unknown card"
    ]
    assert unknown == [
        ("product 5", "Nobody's", 46),
        ("product 5", "Nobody's", 46),
        ("product 8", None, None),
    ]


def test_a_guide_that_is_cut_off_is_refused():
    text = b"".join(pieces("cardmarket/price_guide.json"))
    for end in range(0, len(text.rstrip()), 53):
        with pytest.raises(CorruptFeedError):
            prices(Reader(iter([text[:end]]), context(IDS)))


def test_every_trend_of_a_real_guide_is_stored_or_explained(shared_data):
    cards, index = catalogue(shared_data)
    path = shared_data / "cardmarket" / "price_guide_1_2024-11-25.json.gz"
    guides = orjson.loads(gzip.decompress(path.read_bytes()))["priceGuides"]
    stored, rejected = expected_of(guides, cards)
    rejects = Rejects()
    reader = Reader(FeedFile(path).pieces(), Context(index, STREAMS, rejects, READ_AT))

    (block,) = reader.blocks()

    assert streams_and_finishes(block) == stored
    assert rejects.counts == rejected
    assert reader.rows == stored.total() + rejected.total()
    assert reader.as_of == datetime(2024, 11, 25, 1, 44, 50, tzinfo=UTC)
    # The catalogue knows the ids of about 7,700 cards only.
    assert 0.05 < coverage_of(ledger_row(reader, rejects)) < 0.1


def expected_of(guides: list[dict], cards: dict[str, dict]) -> tuple[Counter, Counter]:
    """(prices by stream and finish, rejects by reason), counted another way."""
    by_id = defaultdict(list)
    for card in cards.values():
        by_id[card.get("cardmarket_id")].append(card)
    stored, rejected = Counter(), Counter()
    for row in guides:
        for finish, key in (("nonfoil", "trend"), ("foil", "trend-foil")):
            if row["idCategory"] != 1 or not row.get(key):
                continue
            candidates = by_id.get(row["idProduct"], [])
            meant = [m for card in candidates if (m := _meant(card, finish))]
            if len(meant) == 1:
                stored["cardmarket", meant[0].upper()] += 1
            elif meant:
                rejected["ambiguous card"] += 1
            else:
                known = "impossible finish" if candidates else "unknown card"
                rejected[known] += 1
    return stored, rejected


def _meant(card: dict, finish: str) -> str | None:
    if finish == "foil" and "foil" not in card["finishes"]:
        finish = "etched"
    return finish if finish in card["finishes"] else None
