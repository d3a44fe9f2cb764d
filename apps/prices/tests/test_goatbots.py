"""GoatBots: event tickets by MTGO id, a document a day."""

from __future__ import annotations

import gzip
import zipfile
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest

from apps.prices.ingest.bundle import Bundle
from apps.prices.ingest.goatbots import Reader
from apps.prices.ingest.quotes import Context
from mtgintel.core.feeds import CorruptFeedError, Rejects

from .vendors import (
    BOTH,
    PLAIN,
    READ_AT,
    STREAMS,
    TOKEN,
    catalogue,
    context,
    named,
    prices,
    simple,
    streams_and_finishes,
)

IDS = {
    "mtgo": {
        "901": [named(BOTH, "NONFOIL")],
        "902": [named(BOTH, "FOIL")],
        "903": [named(PLAIN, "FOIL")],
        "904": [named(BOTH, "NONFOIL"), named(TOKEN, "NONFOIL")],
    }
}
DAY = (
    b'{"901":0.006,"902":2.42,"903":1,"904":1,"905":0.02,"906":0,"907":null,'
    b'"908":"x","909":-1,"910":0.0001}'
)
NM = ("NEAR_MINT", "ENGLISH")


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "price-history.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("price-history-2023-10-02.txt", DAY)
        file.writestr("price-history-2023-10-01.txt", b'{"901":0.005}')
        file.writestr("card-definitions.txt", b'{"901":{"name":"x"}}')
    return path


def test_tickets_by_the_finish_the_id_stands_for(tmp_path):
    path = tmp_path / "price-history-2023-10-02.txt"
    path.write_bytes(DAY)
    reader = Reader(Bundle(path), context(IDS))

    found = prices(reader)

    at = datetime(2023, 10, 2, tzinfo=UTC)
    assert found == {
        (1, "goatbots", "NONFOIL", *NM): {"time": at, "price": Decimal("0.006")},
        (1, "goatbots", "FOIL", *NM): {"time": at, "price": Decimal("2.42")},
    }
    assert reader.as_of == at


def test_what_is_not_taken_is_counted_with_its_reason(tmp_path):
    path = tmp_path / "price-history-2023-10-02.txt.gz"
    path.write_bytes(gzip.compress(DAY))
    reader = Reader(Bundle(path), (given := context(IDS)))

    found = prices(reader)

    assert given.rejects.counts == {
        "impossible finish": 1,
        "ambiguous card": 1,
        "unknown card": 1,
        "not a number": 1,
        "negative price": 1,
        "price too small": 1,
    }
    assert reader.rows == len(found) + given.rejects.total


def test_an_archive_has_a_block_for_every_day(archive):
    reader = Reader(Bundle(archive), context(IDS))

    first, second = reader.blocks()

    assert (len(first), len(second)) == (1, 2)
    assert first.price.tolist() == [5]
    assert second.time[0] - first.time[0] == 86_400_000_000
    assert reader.as_of == datetime(2023, 10, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", [b'{"901":0.0', b"[1,2]", b"<html>"])
def test_a_document_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / "price-history-2023-10-02.txt"
    path.write_bytes(text)

    with pytest.raises(CorruptFeedError, match=r"2023-10-02\.txt is no"):
        prices(Reader(Bundle(path), context(IDS)))


def test_without_a_day_in_its_name_it_is_as_old_as_the_file(tmp_path):
    path = tmp_path / "prices.json"
    path.write_bytes(b'{"901":1.5}')
    reader = Reader(Bundle(path), context(IDS))

    assert simple(prices(reader)) == {(1, "goatbots", "NONFOIL", *NM): Decimal("1.50")}
    assert reader.as_of == READ_AT


def test_every_price_of_a_real_day_is_stored_or_explained(shared_data):
    cards, index = catalogue(shared_data)
    path = shared_data / "goatbots" / "price-history-2023-10-02.json.gz"
    by_id = defaultdict(list)
    for card in cards.values():
        by_id[card.get("mtgo_id")].append((card, "nonfoil"))
        by_id[card.get("mtgo_foil_id")].append((card, "foil"))
    stored, rejected = Counter(), Counter()
    for mtgo_id, tickets in orjson.loads(gzip.decompress(path.read_bytes())).items():
        assert tickets > 0
        meant = by_id.get(int(mtgo_id), [])
        possible = [finish for card, finish in meant if finish in card["finishes"]]
        if not meant:
            rejected["unknown card"] += 1
        elif len(possible) == 1:
            stored["goatbots", possible[0].upper()] += 1
        else:
            reason = "ambiguous card" if possible else "impossible finish"
            rejected[reason] += 1
    rejects = Rejects()
    reader = Reader(Bundle(path), Context(index, STREAMS, rejects, READ_AT))

    (block,) = reader.blocks()

    assert streams_and_finishes(block) == stored
    assert rejects.counts == rejected
    assert reader.rows == 76_070
    assert reader.as_of == datetime(2023, 10, 2, tzinfo=UTC)
