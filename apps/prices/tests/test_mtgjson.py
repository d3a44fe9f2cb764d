"""Reading AllPrices: every shape it comes in, every way it can be damaged."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.prices.ingest.base import FINISH_CODE, LANGUAGE_CODE
from apps.prices.ingest.identity import CardFacts, finish_mask
from apps.prices.ingest.mtgjson import IdentifierReader, PriceReader, Stream
from mtgintel.core.feeds import CorruptFeedError, Rejects

BOLT = "00010d56-fe38-5e35-8aed-518019aa36a5"
OPT = "0001e0d0-2dcd-5640-aadc-a84765cf5fc9"
STREAMS = {
    "tcgplayer": Stream(1, "USD"),
    "cardmarket": Stream(2, "EUR"),
    "cardhoarder": Stream(3, "TIX"),
    "cardkingdom": Stream(4, "USD"),
    "cardkingdom-buylist": Stream(5, "USD"),
    "manapool": Stream(6, "USD"),
}
ENGLISH = LANGUAGE_CODE["ENGLISH"]
CARDS = {
    BOLT: CardFacts(11, finish_mask(["NONFOIL", "FOIL"]), ENGLISH),
    OPT: CardFacts(22, finish_mask(["ETCHED"]), LANGUAGE_CODE["JAPANESE"]),
}
DAY = "2026-05-22"


def node(**kinds: Any) -> dict[str, Any]:
    """A provider's node; `retail` and `buylist` by finish and date."""
    return {"buylist": {}, "retail": {}, "currency": "USD", **kinds}


def document(records: dict[str, Any], meta: Any = None) -> bytes:
    return json.dumps({"meta": meta or {"date": DAY}, "data": records}).encode()


def paper(provider: str = "tcgplayer", **kinds: Any) -> dict[str, Any]:
    return {"paper": {provider: node(**kinds)}}


def read(
    text: bytes, size: int = 1 << 20
) -> tuple[list[tuple[Any, ...]], Rejects, PriceReader]:
    """(card, marketplace, finish, language, day, thousandths) of every price."""
    rejects = Rejects()
    pieces: Iterator[bytes] = (
        text[start : start + size] for start in range(0, len(text), size)
    )
    reader = PriceReader(pieces, cards=CARDS, streams=STREAMS, rejects=rejects)
    rows = []
    for block in reader.blocks():
        rows += [
            (
                int(block.card_id[i]),
                int(block.marketplace_id[i]),
                int(block.finish[i]),
                int(block.language[i]),
                datetime.fromtimestamp(int(block.time[i]) / 1e6, UTC).isoformat()[:10],
                int(block.price[i]),
            )
            for i in range(len(block))
        ]
    return rows, rejects, reader


NONFOIL, FOIL, ETCHED = (FINISH_CODE[f] for f in ("NONFOIL", "FOIL", "ETCHED"))


def test_every_provider_side_and_finish_goes_to_its_stream():
    text = document(
        {
            BOLT: {
                "paper": {
                    "tcgplayer": node(retail={"normal": {DAY: 1.15}}),
                    "cardkingdom": node(
                        retail={"foil": {DAY: 2}}, buylist={"normal": {DAY: 0.35}}
                    ),
                    "cardmarket": node(currency="EUR", retail={"foil": {DAY: 4.44}}),
                    "manapool": node(retail={"normal": {DAY: 0.01}}),
                },
                # Its tickets are labelled dollars, and have three decimals.
                "mtgo": {"cardhoarder": node(retail={"normal": {DAY: 0.035}})},
            },
            OPT: paper(retail={"etched": {DAY: 9.99}}),
        }
    )

    rows, rejects, reader = read(text)

    assert sorted(rows) == [
        (11, 1, NONFOIL, ENGLISH, DAY, 1150),
        (11, 2, FOIL, ENGLISH, DAY, 4440),
        (11, 3, NONFOIL, ENGLISH, DAY, 35),
        (11, 4, FOIL, ENGLISH, DAY, 2000),
        (11, 5, NONFOIL, ENGLISH, DAY, 350),
        (11, 6, NONFOIL, ENGLISH, DAY, 10),
        (22, 1, ETCHED, LANGUAGE_CODE["JAPANESE"], DAY, 9990),
    ]
    assert rejects.counts == {}
    assert (reader.rows, reader.as_of) == (7, datetime(2026, 5, 22, tzinfo=UTC))


@pytest.mark.parametrize(
    ("price", "reason"),
    [
        (0, "no price"),
        (0.0, "no price"),
        (None, "no price"),
        (-1, "negative price"),
        (0.0004, "price too small"),
        (3_000_000, "price too large"),
        (1e300, "price too large"),
        (float("nan"), "not a number"),
        (float("inf"), "price too large"),
        ("1.50", "not a number"),
        (True, "not a number"),
        ([], "not a number"),
    ],
)
def test_a_price_that_is_none_costs_only_itself(price, reason):
    text = document({BOLT: paper(retail={"normal": {DAY: price, "2026-05-23": 2.5}})})

    rows, rejects, reader = read(text)

    assert rows == [(11, 1, NONFOIL, ENGLISH, "2026-05-23", 2500)]
    assert rejects.counts == {reason: 1}
    assert reader.rows == 2
    (sample,) = rejects.samples
    assert (sample.position.split()[0], sample.detail) == (BOLT, DAY)


@pytest.mark.parametrize(
    "day", ["2026-13-01", "22.05.2026", "", "1970-01-01", "9999-01-01"]
)
def test_a_day_that_is_none_is_rejected(day):
    rows, rejects, _ = read(document({BOLT: paper(retail={"normal": {day: 1}})}))

    assert (rows, rejects.counts) == ([], {"not a date": 1})


@pytest.mark.parametrize(
    ("records", "reasons"),
    [
        ({BOLT: paper("hareruya", retail={"foil": {DAY: 1, "2026-05-23": 2}})},
         {"unknown provider hareruya": 2}),
        ({BOLT: paper("cardmarket", currency="EUR", buylist={"foil": {DAY: 1}})},
         {"no stream for cardmarket buylist": 1}),
        ({BOLT: paper("cardmarket", retail={"foil": {DAY: 1}})},
         {"currency contradicts the marketplace": 1}),
        ({BOLT: paper(retail={"glossy": {DAY: 1}})}, {"unknown finish glossy": 1}),
        ({BOLT: paper(retail={"etched": {DAY: 1}})}, {"impossible finish": 1}),
        ({BOLT.replace("0", "9"): paper(retail={"foil": {DAY: 1, "2026-05-23": 2}})},
         {"unknown card": 2}),
        ({"not-a-uuid": paper(retail={"foil": {DAY: 1}})}, {"malformed record": 1}),
        ({BOLT: []}, {"malformed record": 1}),
        ({BOLT: {"paper": 12}}, {"malformed record": 1}),
        ({BOLT: {"paper": {"tcgplayer": {"retail": [1]}}}}, {"malformed record": 1}),
        ({BOLT: {"paper": {"tcgplayer": {"retail": {"foil": 3}}}}},
         {"malformed record": 1}),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_rejected_by_reason(records, reasons):
    rest = {OPT: paper(retail={"etched": {DAY: 1}})}

    rows, rejects, reader = read(document({**records, **rest}))

    assert [row[0] for row in rows] == [22]
    assert rejects.counts == reasons
    assert reader.rows == 1 + sum(reasons.values())


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"paper": {}},
        {"paper": None},
        {"paper": {"tcgplayer": None}},
        {"paper": {"tcgplayer": {}}},
        {"paper": {"tcgplayer": {"currency": "USD"}}},
        {"paper": {"tcgplayer": {"currency": None, "retail": None}}},
        {"paper": {"tcgplayer": {"retail": {"normal": None}}}},
        {"paper": {"tcgplayer": {"retail": {"normal": {}}, "buylist": {}}}},
    ],
)
def test_absent_prices_are_neither_rows_nor_rejects(record):
    rows, rejects, reader = read(document({BOLT: record}))

    assert (rows, rejects.counts, reader.rows) == ([], {}, 0)


def damaged_middle(middle: str) -> bytes:
    """Three records, the second as given."""
    good = json.dumps(paper(retail={"normal": {DAY: 1}}))
    last = json.dumps(paper(retail={"etched": {DAY: 2}}))
    head = f'{{"meta":{{}},"data":{{"{BOLT}":{good},'
    return f'{head}{middle},"{OPT}":{last}}}}}'.encode()


@pytest.mark.parametrize(
    "middle",
    [
        f'"{BOLT[:-1]}0":{{"paper":{{"tcgplayer":1.2.3}}}}',
        f'"{BOLT[:-1]}0":{{"paper":{{',
        f'"{BOLT[:-1]}0":{{"paper":"no end}}',
        f'"{BOLT[:-1]}0":{{}}}}',
        f'"{BOLT[:-1]}0":',
        f'"{BOLT[:-1]}0"',
        '"x":{"paper":{}}',
        "rubbish",
        "\u2603",
    ],
)
def test_a_damaged_record_never_takes_its_neighbours_along(middle):
    text = damaged_middle(middle)

    rows, rejects, _ = read(text)

    assert [row[0] for row in rows] == [11, 22]
    assert rejects.counts["malformed record"] >= 1
    offset = int(rejects.samples[0].position.rsplit(" ", 1)[1])
    start = text.index(middle.encode())
    assert start <= offset < start + len(middle.encode())


def test_file_with_meta_at_its_end():
    text = b'{"data":{"%s":%s},"meta":{"date":"2026-01-02"}}' % (
        BOLT.encode(),
        json.dumps(paper(retail={"foil": {DAY: 1}})).encode(),
    )

    rows, _, reader = read(text)

    assert len(rows) == 1
    assert reader.as_of == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"<html>", b'{"meta":{}}', b"[1]", b'{"data":{}', b'{"data":{}}x'],
)
def test_what_is_no_such_file_is_no_file(text):
    with pytest.raises(CorruptFeedError):
        read(text)


WHOLE = document(
    {
        BOLT: {
            "paper": {
                "tcgplayer": node(retail={"normal": {DAY: 1.15, "2026-05-23": 2}}),
                "cardmarket": node(currency="EUR", retail={"foil": {DAY: 4.44}}),
            }
        },
        "odd \\ key {": 3,
        OPT: paper(retail={"etched": {DAY: 9.99}}),
    }
)


@given(st.integers(1, len(WHOLE)))
@settings(deadline=None)
def test_pieces_of_any_size_read_the_same(size):
    assert read(WHOLE, size)[0] == read(WHOLE)[0]


@given(st.integers(0, len(WHOLE) - 1))
@settings(deadline=None, max_examples=300)
def test_a_file_cut_off_anywhere_is_no_file(length):
    with pytest.raises(CorruptFeedError):
        read(WHOLE[:length])


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=3))
@settings(deadline=None, max_examples=300)
def test_damage_anywhere_is_found_or_harmless(at, bytes_):
    """Whatever is damaged, what is read of the rest was in the file."""
    try:
        rows, rejects, reader = read(WHOLE[:at] + bytes_ + WHOLE[at + len(bytes_) :])
    except CorruptFeedError:
        return
    assert reader.rows == len(rows) + rejects.total


points = st.dictionaries(
    st.dates(date(2020, 1, 1), date(2026, 6, 1)).map(date.isoformat),
    st.decimals("0.01", "99999", places=2).map(float),
    max_size=5,
)
files = st.dictionaries(
    st.sampled_from([BOLT, OPT, str(UUID(int=7))]),
    st.fixed_dictionaries(
        {
            "paper": st.dictionaries(
                st.sampled_from(["tcgplayer", "manapool", "other"]),
                st.fixed_dictionaries(
                    {
                        "currency": st.just("USD"),
                        "retail": st.dictionaries(
                            st.sampled_from(["normal", "foil", "etched", "odd"]), points
                        ),
                        "buylist": st.just({}),
                    }
                ),
            )
        }
    ),
)


@given(files, st.integers(20, 500))
@settings(deadline=None)
def test_rows_and_rejects_are_all_the_points_there_are(records, size):
    expected: Counter = Counter()
    seen = 0
    for uuid, games in records.items():
        for provider, found in games["paper"].items():
            for finish, prices in found["retail"].items():
                seen += len(prices)
                code = {"normal": NONFOIL, "foil": FOIL, "etched": ETCHED}.get(finish)
                card = CARDS.get(uuid)
                stream = STREAMS.get(provider)
                if card and stream and code is not None and card.has_finish(code):
                    for day, price in prices.items():
                        key = (card.id, stream.marketplace_id, code, card.language)
                        expected[(*key, day, round(price * 100) * 10)] += 1

    rows, rejects, reader = read(document(records), size)

    assert Counter(rows) == expected
    assert reader.rows == seen
    assert rejects.total == seen - len(rows)


def read_ids(records: dict[str, Any], cards: dict[str, CardFacts]):
    rejects = Rejects()
    reader = IdentifierReader(iter([document(records)]), cards=cards, rejects=rejects)
    ids = [(i.source, i.external_id, i.card_id, i.finish) for i in reader.ids()]
    return ids, rejects, reader


def test_identifiers_of_both_faces_lead_to_one_printing():
    scryfall_id = str(UUID(int=5))
    ids, rejects, reader = read_ids(
        {
            BOLT: {
                "name": "A {brace",
                "identifiers": {
                    "scryfallId": scryfall_id,
                    "mcmId": "12",
                    "cardKingdomFoilId": "13",
                    "tcgplayerEtchedProductId": "14",
                },
            },
            OPT: {"identifiers": {"scryfallId": scryfall_id}},
            str(UUID(int=6)): {"identifiers": {"scryfallId": str(UUID(int=8))}},
            str(UUID(int=7)): {"identifiers": 3},
        },
        {scryfall_id: CARDS[BOLT]},
    )

    assert ids == [
        ("mtgjson", BOLT, 11, None),
        ("tcgplayer", "14", 11, "ETCHED"),
        ("cardmarket", "12", 11, None),
        ("cardkingdom", "13", 11, "FOIL"),
        ("mtgjson", OPT, 11, None),
    ]
    assert rejects.counts == {"unknown card": 1, "malformed record": 1}
    assert (reader.rows, reader.usable) == (4, 2)
