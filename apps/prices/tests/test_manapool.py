"""Mana Pool: whole cents, singles in any condition, variants in one."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import orjson

from apps.prices.ingest.manapool import Reader
from apps.prices.ingest.quotes import Context
from mtgintel.core.feeds import FeedFile, Rejects

from .vendors import (
    PLAIN,
    READ_AT,
    STREAMS,
    catalogue,
    context,
    named,
    pieces,
    prices,
    streams_and_finishes,
)

IDS = {"tcgplayer": {"5002": [named(PLAIN)]}}
AS_OF = datetime(2026, 4, 19, 6, tzinfo=UTC)


def test_singles_have_the_lowest_offer_per_finish_in_dollars():
    reader = Reader(pieces("manapool/singles.json"), context(IDS))

    found = prices(reader, reader.context.rejects)

    nm = ("NEAR_MINT", "ENGLISH")
    assert found == {
        (1, "manapool", "NONFOIL", *nm): {
            "time": AS_OF,
            "price": Decimal("0.35"),
            "price_market": Decimal("0.50"),
        },
        (1, "manapool", "FOIL", *nm): {"time": AS_OF, "price": Decimal("1.99")},
        # One finish only, so the quantity is its own.
        (4, "manapool", "NONFOIL", *nm): {
            "time": AS_OF,
            "price": Decimal("19.99"),
            "total_quantity": 7,
        },
        (2, "manapool", "ETCHED", *nm): {"time": AS_OF, "price": Decimal("8.50")},
    }
    assert reader.context.rejects.counts == {
        "unknown card": 1,
        "impossible finish": 1,
        # The etched card is listed as foil too.
        "duplicate": 1,
    }


def test_variants_have_a_grade_a_language_and_a_stream_of_their_own():
    reader = Reader(pieces("manapool/variants.json"), context(IDS))

    found = prices(reader)

    assert found == {
        (1, "manapool-graded", "NONFOIL", "NEAR_MINT", "ENGLISH"): {
            "time": AS_OF,
            "price": Decimal("0.45"),
            "total_quantity": 30,
        },
        (1, "manapool-graded", "FOIL", "LIGHTLY_PLAYED", "JAPANESE"): {
            "time": AS_OF,
            "price": Decimal("10.50"),
            "total_quantity": 1,
        },
        (2, "manapool-graded", "ETCHED", "DAMAGED", "ENGLISH"): {
            "time": AS_OF,
            "price": Decimal("3.00"),
            "total_quantity": 2,
        },
    }
    assert reader.context.rejects.counts == {
        "no condition": 1,
        "unknown condition": 1,
        "unknown language": 1,
        "unknown finish": 1,
    }
    assert reader.rows == 7


def test_every_single_of_a_real_file_is_stored_or_explained(shared_data):
    cards, index = catalogue(shared_data)
    path = shared_data / "manapool" / "singles_2026-04-19.json.gz"
    by_product = defaultdict(list)
    for card in cards.values():
        by_product[card.get("tcgplayer_id")].append((card, "nonfoil"))
        by_product[card.get("tcgplayer_etched_id")].append((card, "etched"))
    stored, rejected = Counter(), Counter()
    for row in orjson.loads(gzip.decompress(path.read_bytes()))["data"]:
        named_by_id = by_product.get(row["tcgplayer_product_id"], [])
        possible = [
            card
            for card, finish in named_by_id
            if finish == "nonfoil" and "nonfoil" in card["finishes"]
        ]
        if not named_by_id:
            rejected["unknown card"] += 1
        elif len(possible) == 1:
            stored["manapool", "NONFOIL"] += 1
        else:
            reason = "ambiguous card" if possible else "impossible finish"
            rejected[reason] += 1
    rejects = Rejects()
    reader = Reader(FeedFile(path).pieces(), Context(index, STREAMS, rejects, READ_AT))

    (block,) = reader.blocks()

    assert streams_and_finishes(block) == stored
    assert rejects.counts == rejected
    assert reader.rows == 22_528
    assert reader.as_of == datetime(2026, 4, 19, tzinfo=UTC)
