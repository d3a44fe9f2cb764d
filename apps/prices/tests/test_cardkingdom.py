"""Card Kingdom's list: what is live, of which card and finish, in which grade."""

from __future__ import annotations

import gzip
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest

from apps.prices.ingest.card_index import CardIndex
from apps.prices.ingest.cardkingdom import Reader
from apps.prices.ingest.quotes import Context
from apps.prices.selectors import coverage_of
from mtgintel.core.feeds import CorruptFeedError, Rejects

from .vendors import (
    BOTH,
    ETCHED_ONLY,
    FIXTURES,
    OLD,
    READ_AT,
    STREAMS,
    catalogue,
    context,
    ledger_row,
    named,
    pieces,
    prices,
    simple,
    streams_and_finishes,
)

NM, EN = "NEAR_MINT", "ENGLISH"
IDS = {
    "cardkingdom": {
        "1001": [named(BOTH, "NONFOIL")],
        "1003": [named(ETCHED_ONLY, "ETCHED")],
        "1004": [named(OLD, "NONFOIL")],
    }
}


@pytest.fixture
def read():
    """(reader, prices) of the fixture, whatever the size of its pieces."""

    def run(size: int = 97, **options: object):
        reader = Reader(
            pieces("cardkingdom/pricelist.html", size), context(IDS, **options)
        )
        return reader, prices(reader)

    return run


@pytest.mark.parametrize("size", [7, 97, 1_000_000])
def test_live_sides_become_prices_in_the_right_finish_and_grade(read, size):
    _, found = read(size)

    assert simple(found) == {
        # A set code that begins with F is no foil, and "false" is not true.
        (1, "cardkingdom", "NONFOIL", NM, EN): Decimal("3.49"),
        (1, "cardkingdom-buylist", "NONFOIL", NM, EN): Decimal("1.10"),
        # Etched rows say is_foil "true"; nothing is bought, so no buylist price.
        (2, "cardkingdom", "ETCHED", NM, EN): Decimal("12.00"),
        # Grades of what is in stock; the buylist price is for Near Mint.
        (3, "cardkingdom", "NONFOIL", NM, EN): Decimal("100.00"),
        (3, "cardkingdom", "NONFOIL", "LIGHTLY_PLAYED", EN): Decimal("80.00"),
        (3, "cardkingdom", "NONFOIL", "HEAVILY_PLAYED", EN): Decimal("40.00"),
        (3, "cardkingdom-buylist", "NONFOIL", NM, EN): Decimal("55.00"),
        # A new product without a Near Mint price has the list's.
        (4, "cardkingdom", "NONFOIL", NM, EN): Decimal("2.29"),
        # Listed twice: each side's price is of the row where that side is live.
        (5, "cardkingdom", "NONFOIL", NM, EN): Decimal("4.99"),
        (5, "cardkingdom-buylist", "NONFOIL", NM, EN): Decimal("3.00"),
    }


def test_quantities_are_those_of_the_side_and_grade(read):
    _, found = read()

    quantities = {key[:4]: row["total_quantity"] for key, row in found.items()}
    assert quantities[1, "cardkingdom", "NONFOIL", NM] == 4
    assert quantities[1, "cardkingdom-buylist", "NONFOIL", NM] == 8
    assert quantities[3, "cardkingdom", "NONFOIL", NM] == 1
    assert quantities[3, "cardkingdom", "NONFOIL", "HEAVILY_PLAYED"] == 5
    assert quantities[4, "cardkingdom", "NONFOIL", NM] == 20


def test_played_stock_alone_makes_no_near_mint_price():
    text = (
        b'{"data":[{"id":1004,"is_foil":"false","price_retail":"9.00","qty_retail":3,'
        b'"condition_values":{"nm_price":0,"nm_qty":0,"ex_price":"7.00","ex_qty":3}}]}'
    )

    found = prices(Reader(iter([text]), context(IDS)))

    assert {key[3]: row["price"] for key, row in found.items()} == {
        "LIGHTLY_PLAYED": Decimal("7.00")
    }


def test_what_is_not_taken_is_counted_with_its_reason(read):
    reader, found = read()

    rejects = reader.context.rejects
    assert rejects.counts == {
        # 1009, both sides.
        "unknown card": 2,
        # 1010 is foil, the card is not.
        "impossible finish": 1,
        # 1011's two sides.
        "not a number": 1,
        "negative price": 1,
        "malformed record": 1,
        # 1007 on both sides and 1008's buylist; 1012, whose card is another's by id.
        "ambiguous product": 4,
    }
    assert reader.rows == len(found) + rejects.total
    assert coverage_of(ledger_row(reader, rejects)) == Decimal("0.7")


def test_a_card_that_two_products_claim_names_both(read):
    reader, _ = read()

    contested = [
        (one.position, one.card_id, one.raw["products"])
        for one in reader.context.rejects.samples
        if one.reason == "ambiguous product"
    ]
    assert sorted(contested) == [
        ("product 1007", 6, [1007, 1008]),
        ("product 1007", 6, [1007, 1008]),
        ("product 1008", 6, [1007, 1008]),
        ("product 1012", 1, [1012]),
    ]


def test_created_at_is_pacific_time(read):
    reader, found = read()

    assert reader.as_of == datetime(2026, 7, 21, 0, 10, 1, tzinfo=UTC)
    assert {row["time"] for row in found.values()} == {reader.as_of}


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-01-15 12:00:00", "2026-01-15T20:00:00+00:00"),
        # The hour that clocks skip, and the one they go through twice.
        ("2026-03-08 02:30:00", "2026-03-08T10:30:00+00:00"),
        ("2026-11-01 01:30:00", "2026-11-01T08:30:00+00:00"),
    ],
)
def test_daylight_saving_time(local, utc):
    text = b'{"meta":{"created_at":"%s"},"data":[]}' % local.encode()
    late = Context(CardIndex(), STREAMS, Rejects(), datetime(2027, 1, 1, tzinfo=UTC))
    reader = Reader(iter([text]), late)

    assert prices(reader) == {}
    assert reader.as_of.astimezone(UTC) == datetime.fromisoformat(utc)


def test_the_given_moment_wins_over_the_list_and_the_files_over_nothing(read):
    given = datetime(2026, 7, 1, tzinfo=UTC)
    reader, found = read(at=given)
    assert reader.as_of == given
    assert {row["time"] for row in found.values()} == {given}

    reader = Reader(iter([b'{"data":null,"meta":{}}']), context(IDS))
    assert prices(reader) == {}
    assert (reader.as_of, reader.rows) == (READ_AT, 0)


def test_a_list_from_the_future_is_refused():
    text = b'{"meta":{"created_at":"2031-01-01 00:00:00"},"data":[]}'
    reader = Reader(iter([text]), context(IDS))

    with pytest.raises(CorruptFeedError, match="yet to come"):
        prices(reader)


def test_every_truncation_is_refused():
    text = (FIXTURES / "cardkingdom" / "pricelist.html").read_bytes()
    body = text.removesuffix(b"</body></html>\n")
    for end in range(0, len(body), 41):
        with pytest.raises(CorruptFeedError):
            prices(Reader(iter([body[:end]]), context(IDS)))


def test_a_web_page_is_no_list():
    page = b"<html><body>Access denied</body></html>"

    with pytest.raises(CorruptFeedError, match="Access denied"):
        prices(Reader(iter([page]), context(IDS)))


def test_a_stream_of_another_currency_takes_nothing():
    wrong = STREAMS | {"cardkingdom": STREAMS["cardmarket"]}
    reader = Reader(pieces("cardkingdom/pricelist.html"), context(IDS, streams=wrong))

    found = prices(reader)

    assert {key[1] for key in found} == {"cardkingdom-buylist"}
    assert reader.context.rejects.counts["currency contradicts the marketplace"] == 10


@pytest.mark.parametrize("damage", [b'{"id":5,', b'"', b"{}", b"null,", b'{"id":1},'])
def test_damage_costs_only_the_rows_it_is_in(damage):
    row = (
        b'{"id":%d,"is_foil":"false","scryfall_id":"11111111-1111-4111-8111-'
        b'111111111111","price_retail":"1.00","qty_retail":1}'
    )
    rows = [row % 1001, row % 1001 + b"," + damage + row % 1001, row % 1001]
    text = b'{"data":[' + b",".join(rows) + b'],"meta":{}}'
    reader = Reader(iter([text]), context(IDS))

    (block,) = reader.blocks()

    # The one that the damage runs into may be lost with it.
    assert len(block) >= 3
    assert reader.context.rejects.counts.keys() == {"malformed record"}
    assert reader.context.rejects.total <= 2


def expected_of(rows: list[dict], cards: dict[str, dict]) -> tuple[Counter, Counter]:
    """(prices by stream and finish, rejects by reason), counted another way."""
    claimed = defaultdict(set)
    for row in rows:
        claimed[row["scryfall_id"], _finish(row)].add(row["id"])
    stored, rejected = Counter(), Counter()
    for row in rows:
        card, finish = cards.get(row["scryfall_id"]), _finish(row)
        live = [slug for slug, key in _QUANTITIES.items() if row[key]]
        if card is None:
            rejected["unknown card"] += len(live)
        elif finish not in card["finishes"]:
            rejected["impossible finish"] += len(live)
        elif len(claimed[row["scryfall_id"], finish]) > 1:
            rejected["ambiguous product"] += len(live)
        else:
            stored.update((slug, finish.upper()) for slug in live)
    return stored, +rejected


_QUANTITIES = {"cardkingdom": "qty_retail", "cardkingdom-buylist": "qty_buying"}


def _finish(row: dict) -> str:
    if "Etched" in row["variation"]:
        return "etched"
    return "foil" if row["is_foil"] == "true" else "nonfoil"


@pytest.mark.parametrize("day", ["2026-07-07", "2026-08-07"])
def test_every_live_price_of_a_real_list_is_stored_or_explained(shared_data, day):
    cards, index = catalogue(shared_data)
    path = shared_data / "cardkingdom" / f"pricelist_{day}.json.gz"
    text = gzip.decompress(path.read_bytes())
    stored, rejected = expected_of(orjson.loads(text)["data"], cards)
    rejects = Rejects()
    reader = Reader(iter([text]), Context(index, STREAMS, rejects, READ_AT))

    (block,) = reader.blocks()

    assert streams_and_finishes(block) == stored
    assert rejects.counts == rejected
    assert reader.rows == stored.total() + rejected.total()
    assert coverage_of(ledger_row(reader, rejects)) > 0.99
