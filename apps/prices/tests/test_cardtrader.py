"""CardTrader: offers brought together by card, grade, language and finish."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from apps.prices.ingest.bundle import Bundle
from apps.prices.ingest.cardtrader import Reader
from mtgintel.core.feeds import CorruptFeedError

from .vendors import (
    BOTH,
    ETCHED_ONLY,
    FIXTURES,
    OLD,
    READ_AT,
    STREAMS,
    context,
    named,
    prices,
)

IDS = {
    "tcgplayer": {"5003": [named(ETCHED_ONLY, "ETCHED")]},
    "cardmarket": {"1": [named(BOTH)], "2": [named(OLD)]},
}
FOLDER = FIXTURES / "cardtrader"


def test_offers_are_brought_together_per_grade_language_and_finish():
    reader = Reader(Bundle(FOLDER), context(IDS))

    assert prices(reader) == {
        # Not the offers on vacation, signed, altered, graded, in fours or sold out;
        # an empty grade is Near Mint here.
        (1, "cardtrader", "NONFOIL", "NEAR_MINT", "ENGLISH"): {
            "time": READ_AT,
            "price": Decimal("0.99"),
            "num_listings": 2,
            "total_quantity": 3,
        },
        (1, "cardtrader", "FOIL", "LIGHTLY_PLAYED", "JAPANESE"): {
            "time": READ_AT,
            "price": Decimal("4.50"),
            "num_listings": 1,
            "total_quantity": 3,
        },
        # Another currency is another marketplace.
        (1, "cardtrader-usd", "NONFOIL", "HEAVILY_PLAYED", "CHINESE_SIMPLIFIED"): {
            "time": READ_AT,
            "price": Decimal("0.60"),
            "num_listings": 1,
            "total_quantity": 1,
        },
        (2, "cardtrader", "ETCHED", "DAMAGED", "ENGLISH"): {
            "time": READ_AT,
            "price": Decimal("7.00"),
            "num_listings": 1,
            "total_quantity": 1,
        },
    }


def test_what_is_not_taken_is_counted_with_its_reason():
    reader = Reader(Bundle(FOLDER), context(IDS))

    prices(reader)

    rejects = reader.context.rejects
    assert rejects.counts == {
        "no stream for cardtrader GBP": 1,
        "unknown condition": 1,
        "unknown language": 1,
        # 704 is two products of Cardmarket.
        "unknown card": 1,
        "unknown blueprint": 1,
        # An offer and a blueprint.
        "malformed record": 2,
    }
    # Five offers made the four prices.
    assert reader.rows == 5 + rejects.total


def test_an_account_of_another_currency_than_the_stream_is_rejected():
    wrong = STREAMS | {"cardtrader": STREAMS["manapool"]}
    reader = Reader(Bundle(FOLDER), context(IDS, streams=wrong))

    found = prices(reader)

    assert {key[1] for key in found} == {"cardtrader-usd"}
    assert reader.context.rejects.counts["currency contradicts the marketplace"] == 6


def test_the_given_moment_is_that_of_every_price():
    at = datetime(2026, 3, 1, tzinfo=UTC)
    reader = Reader(Bundle(FOLDER), context(IDS, at=at))

    assert {row["time"] for row in prices(reader).values()} == {at}


def test_an_answer_that_is_none_is_refused(tmp_path):
    path = tmp_path / "marketplace.json"
    path.write_bytes(b'{"error":"unauthorized"}')

    with pytest.raises(CorruptFeedError, match="none of CardTrader's answers"):
        prices(Reader(Bundle(path), context(IDS)))


def test_real_answers_are_read(shared_data):
    reader = Reader(Bundle(shared_data / "cardtrader"), context(IDS))

    assert prices(reader) == {}
    # The one offer is of a blueprint that the other answer does not list.
    assert reader.context.rejects.counts == {"unknown blueprint": 1}
    (sample,) = reader.context.rejects.samples
    assert sample.position == "offer 302179007"
    assert sample.raw["price"] == {"cents": 20, "currency": "EUR"}
