"""Files that are not what they should be: all of one is stored, or nothing.

In-process, for what they do to a reader does not depend on who started it.
"""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.prices.models import IngestRun, LatestPrice, PriceSnapshot
from apps.prices.services import ingest_scryfall
from mtgintel.core import feeds
from mtgintel.core.feeds import CorruptFeedError, FeedFile
from tests.faults import market
from tests.faults.state import State, stored_here

pytestmark = pytest.mark.django_db(transaction=True)

# What each feed's file is made of, and how the command takes it.
MTGJSON = ("mtgjson", "--prices")
SCRYFALL = ("scryfall", "--file")
CARDKINGDOM = ("cardkingdom", "--file")
WHOLE = {
    MTGJSON: market.all_prices(range(10, 14), cards=10),
    SCRYFALL: market.catalogue(usd=2),
    CARDKINGDOM: market.price_list(),
}
FEEDS = pytest.mark.parametrize("feed", WHOLE, ids=lambda feed: feed[0])
AT = market.FIRST_DAY.isoformat()


@pytest.fixture(autouse=True)
def _market(tmp_path: Path) -> None:
    path = tmp_path / "cards.jsonl"
    path.write_bytes(market.catalogue())
    ingest_scryfall(path=path, at=market.FIRST_DAY)


def ingest(feed: tuple[str, str], path: Path) -> None:
    at = ["--at", AT] if feed == SCRYFALL else []
    call_command("ingest", *feed, str(path), *at)


def refuses(feed: tuple[str, str], path: Path, content: bytes) -> str:
    """The file is an error in a sentence, and changes nothing; what was said."""
    before, runs = stored_here(), IngestRun.objects.count()
    path.write_bytes(content)
    with pytest.raises(CommandError) as caught:
        ingest(feed, path)
    assert stored_here() == before
    assert IngestRun.objects.count() == runs + 1
    run = IngestRun.objects.latest("id")
    assert run.status in ("FAILED", "REFUSED")
    assert run.error == str(caught.value)
    assert run.error.endswith((".", "?"))
    return run.error


def takes(feed: tuple[str, str], path: Path, content: bytes) -> State:
    path.write_bytes(content)
    ingest(feed, path)
    return stored_here()


@FEEDS
def test_cut_off_at_every_sixteenth(feed, tmp_path):
    """Then whole: as if the others had never come."""
    packed = gzip.compress(WHOLE[feed])
    for part in range(1, 16):
        refuses(feed, tmp_path / "f.gz", packed[: len(packed) * part // 16])

    after_all = takes(feed, tmp_path / "f.gz", packed)

    assert after_all["price_snapshots"][0] > 0
    assert after_all == takes(feed, tmp_path / "f", WHOLE[feed])


@FEEDS
def test_not_compressed_and_cut_off_at_every_sixteenth(feed, tmp_path):
    """A list of lines may end after a line: that is a smaller file, and no damage."""
    whole = WHOLE[feed]
    for part in range(1, 16):
        refuses(feed, tmp_path / "f", whole[: len(whole) * part // 16])


@FEEDS
def test_bytes_that_changed(feed, tmp_path):
    """One at a time, all over the file. What the checksum does not cover (the name
    and the time in the header) changes nothing."""
    packed = gzip.compress(WHOLE[feed])
    before = stored_here()
    for place in range(10, len(packed), len(packed) // 24):
        altered = bytearray(packed)
        altered[place] ^= 0x55
        refuses(feed, tmp_path / "f.gz", bytes(altered))
    assert stored_here() == before


@FEEDS
def test_something_behind_the_end(feed, tmp_path):
    packed = gzip.compress(WHOLE[feed])

    assert "damaged" in refuses(feed, tmp_path / "f.gz", packed + b"and more")

    as_it_is = takes(feed, tmp_path / "f.gz", packed)
    # Tapes and some servers fill up with zeros.
    assert takes(feed, tmp_path / "f.gz", packed + bytes(100)) == as_it_is


@FEEDS
def test_compressed_in_several_pieces(feed, tmp_path):
    whole = WHOLE[feed]
    third = len(whole) // 3
    parts = (whole[:third], whole[third : 2 * third], whole[2 * third :])

    in_pieces = takes(feed, tmp_path / "f", b"".join(map(gzip.compress, parts)))

    assert in_pieces["price_snapshots"][0] > 0
    assert takes(feed, tmp_path / "f", whole) == in_pieces


NOT_THE_FEED = (
    b"",
    gzip.compress(b""),
    b" \n" * 10,
    b"<!DOCTYPE html><html><body>Just a moment...</body></html>",
    gzip.compress(b"<html>502 Bad Gateway</html>"),
    b'{"error": "quota exceeded"}',
    b"[1, 2, 3]",
    b"null",
    bytes(5_000),
    b"PK\x03\x04" + bytes(60),
    b'{"data": ' + b"[" * 100_000,
)


@FEEDS
def test_not_the_feed(feed, tmp_path):
    for content in NOT_THE_FEED:
        refuses(feed, tmp_path / "f", content)


@FEEDS
def test_in_another_encoding(feed, tmp_path):
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        refuses(feed, tmp_path / "f", WHOLE[feed].decode().encode(encoding))


@FEEDS
def test_a_byte_order_mark_is_passed_over(feed, tmp_path):
    marked = takes(feed, tmp_path / "f", b"\xef\xbb\xbf" + WHOLE[feed])

    assert marked["price_snapshots"][0] > 0
    assert takes(feed, tmp_path / "f", WHOLE[feed]) == marked


DEEP = b"[" * 100_000 + b"]" * 100_000
WRONG_TEXTS = {
    "cp1252": b'"Caf\xe9"',
    "no UTF-8 at all": b'"\xff"',
    "half a pair": b'"\xed\xa0\x80"',
    "deep": DEEP,
}


@pytest.mark.parametrize("wrong", WRONG_TEXTS.values(), ids=WRONG_TEXTS)
def test_a_text_that_is_none_costs_its_row(wrong, tmp_path):
    """The row is shown among the rejected; its neighbours are taken."""
    listed = WHOLE[CARDKINGDOM].replace(b'"Card of the Market 7"', wrong)

    takes(CARDKINGDOM, tmp_path / "f", listed)

    run = IngestRun.objects.latest("id")
    assert (run.status, run.rejects) == ("SUCCEEDED", {"malformed record": 1})
    assert run.rows_written == 2 * (market.PRICED - 1)


def test_a_card_that_is_nested_without_end_costs_itself(tmp_path):
    lines = WHOLE[SCRYFALL].splitlines(keepends=True)
    lines[7] = lines[7].replace(b'"Paolo Parente"', DEEP)
    prices = WHOLE[MTGJSON].replace(
        b'{"currency": "EUR"', b'{"deep": ' + DEEP + b', "currency": "EUR"', 1
    )

    takes(SCRYFALL, tmp_path / "f", b"".join(lines))
    run = IngestRun.objects.get(source="scryfall")
    assert (run.status, run.rows_written) == ("SUCCEEDED", market.CARDS - 1)

    takes(MTGJSON, tmp_path / "g", prices)
    run = IngestRun.objects.get(source="mtgjson")
    assert (run.status, run.rejects) == ("SUCCEEDED", {"malformed record": 1})
    of_a_card = 4 * 2 * 4
    assert run.rows_written == 9 * of_a_card


NO_PRICES = ("NaN", "Infinity", "1e999", "-1", "1" + "0" * 400, '"x"', "[]", "{}")


def test_a_price_that_is_none_costs_no_neighbour(tmp_path):
    for price in NO_PRICES:
        takes_the_neighbours_of(price, tmp_path)


def takes_the_neighbours_of(price: str, tmp_path: Path) -> None:
    days = {str(market.day(number)): 2 for number in range(10, 13)}
    node = {"currency": "USD", "retail": {"normal": {**days, "PLACE": 0}}}
    document = {
        "meta": {"date": str(market.day(13))},
        "data": {
            market.scryfall_id(1): {"paper": {"tcgplayer": node}},
            market.scryfall_id(2): {
                "paper": {"tcgplayer": {"currency": "USD", "retail": {"normal": days}}}
            },
        },
    }
    text = json.dumps(document).replace('"PLACE": 0', f'"{market.day(13)}": {price}')

    takes(MTGJSON, tmp_path / "f", text.encode())

    run = IngestRun.objects.latest("id")
    neighbours = PriceSnapshot.objects.filter(card__scryfall_id=market.scryfall_id(2))
    assert (run.status, neighbours.count()) == ("SUCCEEDED", 3)
    assert run.rows_rejected >= 1
    assert set(LatestPrice.objects.values_list("price", flat=True)) == {2}


BOMBS = {
    "a head without end": (MTGJSON, b" "),
    "a record without end": (MTGJSON, b'{"data": {"'),
    "a list without end": (CARDKINGDOM, b'{"data": [{"id": "'),
    "a line without end": (SCRYFALL, b'{"id": "'),
    "an array without end": (SCRYFALL, b'[{"id": "'),
    "a member without end": (MTGJSON, b'{"data": {"0": {"a": "'),
}
PADDING = gzip.compress(b"x" * (64 << 20))


@pytest.mark.parametrize(("feed", "head"), BOMBS.values(), ids=BOMBS)
def test_a_megabyte_that_grows_to_a_gigabyte(feed, head, tmp_path):
    """It is given up after a part of it, in the memory of a few pieces."""
    bomb = gzip.compress(head) + PADDING * 16
    assert len(bomb) < 2 << 20
    tracemalloc.start()
    try:
        refuses(feed, tmp_path / "bomb.gz", bomb)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 150 << 20


def test_a_bomb_is_known_by_how_it_grows(tmp_path):
    path = tmp_path / "bomb.gz"
    path.write_bytes(PADDING * 16)
    feed = FeedFile(path)
    with pytest.raises(CorruptFeedError, match="grows beyond all measure"):
        list(feed.pieces())

    assert feed.position < path.stat().st_size / 4


def test_good_rows_without_end_are_no_market(tmp_path, monkeypatch):
    monkeypatch.setattr(feeds, "MAX_TEXT_BYTES", 2 * feeds.PIECE)
    row = json.dumps(json.loads(market.price_list())["data"][0]).encode() + b","
    rows = row * (3 * feeds.PIECE // len(row))

    said = refuses(CARDKINGDOM, tmp_path / "rows", b'{"data": [' + rows)

    assert "grows beyond all measure" in said
