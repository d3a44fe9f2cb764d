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
# 920 and 921 are the foils of 911 and 912; 930 and 931 are two lands of a name.
DEFINITIONS = b"""{
"911":{"name":"Token","cardset":"TST","rarity":"Common","foil":0},
"920":{"name":"Token","cardset":"TST","rarity":"Common","foil":1},
"912":{"name":"Plain","cardset":"TST","rarity":"Rare","foil":false},
"921":{"name":"Plain","cardset":"TST","rarity":"Rare","foil":true},
"930":{"name":"Forest","cardset":"TST","rarity":"Basic","foil":0},
"931":{"name":"Forest","cardset":"TST","rarity":"Basic","foil":0},
"932":{"name":"Forest","cardset":"TST","rarity":"Basic","foil":1},
"940":{"name":"Token","cardset":"OLD","rarity":"Common","foil":1},
"905":{"name":"Nobody's","cardset":"TST","rarity":"Common","foil":0}
}"""


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "price-history.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("price-history-2023-10-02.txt", DAY)
        file.writestr("price-history-2023-10-01.txt", b'{"901":0.005}')
        file.writestr("card-definitions.txt", DEFINITIONS)
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


class TestDefinitions:
    """What an id is, where the catalogue does not know it."""

    IDS = {
        "mtgo": {
            "911": [named(TOKEN, "NONFOIL")],
            "912": [named(PLAIN, "NONFOIL")],
            "930": [named(BOTH, "NONFOIL")],
        }
    }

    def reader(self, folder, prices_text: bytes, definitions: bytes = DEFINITIONS):
        (folder / "price-history-2023-10-02.txt").write_bytes(prices_text)
        (folder / "card-definitions.txt").write_bytes(definitions)
        return Reader(Bundle(folder), context(self.IDS))

    def test_a_foil_is_known_by_its_nonfoil(self, tmp_path):
        reader = self.reader(tmp_path, b'{"911":1,"920":2.5}')

        assert simple(prices(reader)) == {
            (5, "goatbots", "NONFOIL", *NM): Decimal("1.00"),
            (5, "goatbots", "FOIL", *NM): Decimal("2.50"),
        }

    @pytest.mark.parametrize(
        ("mtgo_id", "reason"),
        [
            # The card has no foil; two lands of a name; a name of another set.
            ("921", "impossible finish"),
            ("932", "unknown card"),
            ("940", "unknown card"),
        ],
    )
    def test_no_foil_is_guessed(self, tmp_path, mtgo_id, reason):
        reader = self.reader(tmp_path, f'{{"{mtgo_id}":2}}'.encode())

        assert prices(reader) == {}
        assert reader._context.rejects.counts == {reason: 1}

    def test_what_stays_unknown_has_a_name(self, tmp_path):
        reader = self.reader(tmp_path, b'{"905":2}')

        prices(reader)

        (reject,) = reader._context.rejects.samples
        assert reject.raw == {
            "mtgo_id": "905",
            "tickets": "2",
            "name": "Nobody's",
            "cardset": "TST",
        }

    @pytest.mark.parametrize("text", [b"[1]", b"{", b'{"1":{"name":5}}'])
    def test_definitions_that_are_none_are_refused(self, tmp_path, text):
        with pytest.raises(CorruptFeedError, match="no list of card definitions"):
            prices(self.reader(tmp_path, b'{"911":1}', text))


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
