"""Price lists of unknown make: what is read out of them, and what is refused."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.prices.ingest import records
from apps.prices.ingest.card_index import CardIndex
from apps.prices.ingest.custom import Reader
from apps.prices.ingest.layout import Layout
from apps.prices.ingest.mtgjson import Stream
from apps.prices.ingest.print_index import PrintIndex, name_key, number_key
from apps.prices.ingest.quotes import Context, read_price
from mtgintel.core.feeds import CorruptFeedError, FeedFile, Rejects

from .vendors import READ_AT, facts, named, prices

RAGAVAN = facts(1, "NONFOIL", "FOIL")
SHOWCASE = facts(2, "FOIL")
ETCHED = facts(3, "ETCHED")
FIRE = facts(4, "NONFOIL")
GERMAN = facts(5, "NONFOIL", language="GERMAN")
BOLT_A = facts(6, "NONFOIL")
BOLT_B = facts(7, "NONFOIL", "FOIL")

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
INDEX = CardIndex(
    {ONE: RAGAVAN, TWO: SHOWCASE},
    {
        "tcgplayer": {
            "100": [named(RAGAVAN)],
            "200": [named(BOLT_A), named(BOLT_B)],
            "300": [named(ETCHED, "ETCHED")],
        },
        "cardkingdom": {"11": [named(RAGAVAN, "FOIL")]},
    },
)
# set, number, name, card
PRINTED = [
    ("mh2", "138", "ragavan, nimble pilferer", RAGAVAN),
    ("mh2", "315", "ragavan, nimble pilferer", SHOWCASE),
    ("mh2", "400e", "fury", ETCHED),
    ("apc", "128", "fire // ice", FIRE),
    ("apc", "128", "fire // ice", GERMAN),
    ("lea", "161", "lightning bolt", BOLT_A),
    ("2xm", "129", "lightning bolt", BOLT_B),
]
SETS = {
    "mh2": "modern horizons 2",
    "apc": "apocalypse",
    "lea": "limited edition alpha",
    "2xm": "double masters",
}


def print_index() -> PrintIndex:
    index = PrintIndex(codes={})
    for code, number, name, card in PRINTED:
        for said in (code, SETS[code]):
            index.codes.setdefault(said, set()).add(code)
        index.numbers.setdefault((code, number), []).append(card)
        index.names.setdefault(name, []).append(card)
        index.names_in_set.setdefault((code, name), []).append(card)
        for face in name.split(" // ") if "//" in name else ():
            index.faces.setdefault(face, []).append(card)
            index.faces_in_set.setdefault((code, face), []).append(card)
    return index


def reader_of(
    text: str | bytes,
    columns: dict[str, str],
    *,
    at: datetime | None = None,
    **layout: Any,
) -> Reader:
    data = text.encode() if isinstance(text, str) else text
    context = Context(INDEX, {"shop": Stream(1, "USD")}, Rejects(), READ_AT, at)
    given = {"finish": "NONFOIL", "condition": "NEAR_MINT"} | layout
    described = Layout("shop", "USD", columns, **given)
    return Reader(iter([data]), context, described, print_index())


def read(text: str | bytes, columns: dict[str, str], **layout: Any):
    """{(card, finish, condition, language): figures}, {reason: rows}"""
    reader = reader_of(text, columns, **layout)
    found = prices(reader)
    rejects = reader.context.rejects
    assert reader.rows == len(found) + rejects.total
    return {(key[0], *key[2:]): row for key, row in found.items()}, rejects.counts


def amounts(text: str | bytes, columns: dict[str, str], **layout: Any):
    """[price of each card], by card"""
    found, _ = read(text, columns, **layout)
    return {key[0]: row["price"] for key, row in found.items()}


def reasons(text: str | bytes, columns: dict[str, str], **layout: Any):
    found, counts = read(text, columns, **layout)
    assert found == {}
    return dict(counts)


BY_ID = {"scryfall_id": "id", "price": "price"}


class TestFigures:
    def test_every_figure_of_a_row(self):
        text = (
            "id,price,low,mid,high,market,stock,offers,foil,grade,lang,when\n"
            f"{ONE},3.49,3.00,3.25,9.99,3.30,4,2,foil,EX,ja,2026-08-20T10:00:00Z\n"
        )
        columns = BY_ID | {
            "price_low": "low",
            "price_mid": "mid",
            "price_high": "high",
            "price_market": "market",
            "quantity": "stock",
            "listings": "offers",
            "finish": "foil",
            "condition": "grade",
            "language": "lang",
            "time": "when",
        }

        found, rejects = read(text, columns, condition_scale="cardmarket")

        assert rejects == {}
        assert found == {
            (1, "FOIL", "LIGHTLY_PLAYED", "JAPANESE"): {
                "time": datetime(2026, 8, 20, 10, tzinfo=UTC),
                "price": Decimal("3.49"),
                "price_low": Decimal("3.00"),
                "price_mid": Decimal("3.25"),
                "price_high": Decimal("9.99"),
                "price_market": Decimal("3.30"),
                "total_quantity": 4,
                "num_listings": 2,
            }
        }

    @pytest.mark.parametrize(
        ("text", "mark", "price"),
        [
            ("1.50", ".", "1.50"),
            ("$1,234.50", ".", "1234.50"),
            ("US$ 2", ".", "2.00"),
            ("2.00 usd", ".", "2.00"),
            (".99", ".", "0.99"),
            ("1,50", ",", "1.50"),
            ("1.234,5", ",", "1234.50"),
            ("1 234,50", ",", "1234.50"),
        ],
    )
    def test_money_as_it_is_written(self, text, mark, price):
        found = amounts(f'id;price\n{ONE};"{text}"\n', BY_ID, decimal_mark=mark)

        assert found == {1: Decimal(price)}

    @pytest.mark.parametrize(
        ("text", "mark", "reason"),
        [
            ("1,50", ".", "not a number"),
            ("1.50", ",", "not a number"),
            ("=1+1", ".", "not a number"),
            ('=HYPERLINK("http://x")', ".", "not a number"),
            ("NaN", ".", "not a number"),
            ("1e5", ".", "not a number"),
            ("1.50 or so", ".", "not a number"),
            ("-3.00", ".", "negative price"),
            ("99999999999", ".", "price too large"),
            ("0.0001", ".", "price too small"),
            ("€1.50", ".", "currency contradicts the marketplace"),
        ],
    )
    def test_what_is_no_price(self, text, mark, reason):
        quoted = text.replace('"', '""')

        found = reasons(f'id;price\n{ONE};"{quoted}"\n', BY_ID, decimal_mark=mark)

        assert found == {reason: 1}

    @pytest.mark.parametrize("text", ["", "0", "0.00", "-", "n/a"])
    def test_no_price_is_no_row(self, text):
        assert reasons(f"id,price\n{ONE},{text}\n", BY_ID) == {}

    def test_cents(self):
        assert amounts(f"id,price\n{ONE},349\n", BY_ID, unit=10) == {1: Decimal("3.49")}

    @pytest.mark.parametrize(
        ("number", "reason"),
        [("1e999999999", "not a number"), ("1e200", "price too large")],
    )
    def test_a_huge_exponent_costs_no_time(self, number, reason):
        document = f'[{{"id":"{ONE}","price":{number}}}]'

        assert reasons(document, BY_ID, is_json=True) == {reason: 1}

    @pytest.mark.parametrize("stock", ["0", "no", "False", "sold out"])
    def test_what_is_not_in_stock_is_not_on_offer(self, stock):
        columns = BY_ID | {"quantity": "stock"}
        text = f"id,price,stock\n{ONE},3.49,{stock}\n"

        assert reasons(text, columns, zero_is_absent=True) == {}
        assert amounts(text, columns) == {1: Decimal("3.49")}

    def test_an_unknown_stock_is_not_taken_for_one(self):
        columns = BY_ID | {"quantity": "stock"}
        text = f"id,price,stock\n{ONE},3.49,some\n"

        assert reasons(text, columns, zero_is_absent=True) == {"unknown quantity": 1}


class TestCopies:
    COLUMNS = BY_ID | {"finish": "foil", "condition": "grade", "language": "lang"}

    def line(self, foil="", grade="", lang="", number=ONE):
        return f"id,price,foil,grade,lang\n{number},1,{foil},{grade},{lang}\n"

    @pytest.mark.parametrize("word", ["true", "1", "Yes", "FOIL", "Foil_Etched"])
    def test_words_for_foil(self, word):
        found, _ = read(self.line(word), self.COLUMNS)
        _, counts = read(self.line("glossy"), self.COLUMNS)

        etched = word == "Foil_Etched"
        assert [key[1] for key in found] == ([] if etched else ["FOIL"])
        assert counts == {"unknown finish": 1}

    def test_a_finish_the_card_has_not_is_rejected(self):
        assert reasons(self.line("no", number=TWO), self.COLUMNS) == {
            "impossible finish": 1
        }

    def test_an_unknown_grade_or_language_is_rejected(self):
        assert reasons(self.line(grade="bent"), self.COLUMNS) == {
            "unknown condition": 1
        }
        assert reasons(self.line(lang="klingon"), self.COLUMNS) == {
            "unknown language": 1
        }

    def test_an_empty_cell_is_what_all_rows_are(self):
        found, _ = read(
            self.line(), self.COLUMNS, condition="DAMAGED", language="FRENCH"
        )

        assert list(found) == [(1, "NONFOIL", "DAMAGED", "FRENCH")]

    def test_the_same_word_is_another_grade_on_another_scale(self):
        text = self.line(grade="LP")

        american, _ = read(text, self.COLUMNS)
        european, _ = read(text, self.COLUMNS, condition_scale="cardmarket")

        assert [key[2] for key in american] == ["LIGHTLY_PLAYED"]
        assert [key[2] for key in european] == ["HEAVILY_PLAYED"]

    def test_an_id_of_one_finish_says_the_finish(self):
        columns = {"cardkingdom_id": "id", "price": "price"}

        found, _ = read("id,price\n11,2\n", columns, finish="")

        assert list(found) == [(1, "FOIL", "NEAR_MINT", "ENGLISH")]

    def test_where_nothing_says_the_finish_none_is_assumed(self):
        assert reasons(f"id,price\n{ONE},2\n", BY_ID, finish="") == {
            "unknown finish": 1
        }


class TestCards:
    COLUMNS = {
        "scryfall_id": "id",
        "tcgplayer_id": "tcg",
        "set_code": "set",
        "set_name": "setname",
        "collector_number": "no",
        "name": "name",
        "price": "price",
        "finish": "finish",
        "language": "lang",
    }

    def outcome(self, **cells: str) -> int | str:
        """The card of a row, or the reason why there is none."""
        cells = {"price": "1"} | cells
        columns = self.COLUMNS.values()
        row = ",".join(f'"{cells.get(column, "")}"' for column in columns)
        found, counts = read(f"{','.join(columns)}\n{row}\n", self.COLUMNS)
        return next(iter(found))[0] if found else next(iter(counts))

    def test_by_id(self):
        assert self.outcome(id=ONE.upper()) == 1
        assert self.outcome(tcg="100") == 1
        assert self.outcome(tcg="100.0") == 1
        assert self.outcome(id="nobody's") == "unknown card"

    def test_by_set_and_number(self):
        assert self.outcome(set="MH2", no="138") == 1
        assert self.outcome(set="mh2", no="#0138/303") == 1
        assert self.outcome(setname="Modern Horizons 2", no="138") == 1
        assert self.outcome(set="??", setname="Apocalypse", no="128") == 4
        assert self.outcome(set="MH2", no="999") == "unknown card"

    def test_by_set_and_name_if_only_one_is_meant(self):
        assert self.outcome(set="2XM", name="Lightning Bolt") == 7
        assert self.outcome(set="apc", name="Fire/Ice") == 4
        assert self.outcome(set="apc", name="Fire") == 4
        # Two printings of the set are foil, one is not.
        ragavan = "Ragavan, Nimble Pilferer"
        assert self.outcome(set="mh2", name=ragavan, finish="foil") == "ambiguous card"
        assert self.outcome(set="mh2", name=ragavan, finish="no") == 1

    def test_by_name_if_there_is_only_one(self):
        assert self.outcome(name="Fury", finish="etched") == 3
        assert self.outcome(name="Fury", finish="foil") == 3
        assert self.outcome(name="lightning bolt") == "ambiguous card"
        assert self.outcome(name="Nobody") == "unknown card"

    def test_a_name_does_not_stand_in_for_what_is_said_and_not_known(self):
        assert self.outcome(set="zzz", name="Fury", finish="foil") == "unknown card"
        assert self.outcome(no="7", name="Fury", finish="foil") == "unknown card"
        assert self.outcome(id="?", name="Fury", finish="foil") == "unknown card"
        assert (
            self.outcome(set="2xm", no="130", name="Lightning Bolt") == "unknown card"
        )

    def test_an_id_of_two_cards_is_told_by_the_rest(self):
        assert self.outcome(tcg="200") == "ambiguous card"
        assert self.outcome(tcg="200", finish="foil") == 7
        assert self.outcome(tcg="200", set="lea", no="161") == 6

    def test_what_contradicts_itself_is_nobodys(self):
        assert self.outcome(id=ONE, tcg="200") == "contradictory card"
        assert self.outcome(id=ONE, set="lea", no="161") == "contradictory card"
        assert self.outcome(set="mh2", no="138", name="Fury") == "contradictory card"
        # A name as only this shop writes it says nothing.
        assert self.outcome(id=ONE, name="Ragavan (borderless)") == 1

    def test_the_printing_of_the_language(self):
        assert self.outcome(set="apc", no="128", lang="de") == 5
        assert self.outcome(set="apc", no="128") == 4

    def test_candidates_are_kept(self):
        reader = reader_of(
            "name,price\nLightning Bolt,1\n", {"name": "name", "price": "price"}
        )

        prices(reader)

        (reject,) = reader.context.rejects.samples
        assert (reject.position, reject.raw) == (
            "row 2",
            {"name": "Lightning Bolt", "price": "1", "candidates": [6, 7]},
        )

    def test_keys(self):
        assert [number_key(n) for n in ("001", "#12a", "0", "ZEN-202", "3/12")] == [
            "1",
            "12a",
            "0",
            "zen-202",
            "3",
        ]
        assert name_key(" Lim-Dûl's  Vault") == "lim-dul's vault"


class TestTimes:
    COLUMNS = BY_ID | {"time": "when"}

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-08-20", datetime(2026, 8, 20, tzinfo=UTC)),
            ("2026-08-20 12:30:00", datetime(2026, 8, 20, 12, 30, tzinfo=UTC)),
            ("2026-08-20T12:30:00+0200", datetime(2026, 8, 20, 10, 30, tzinfo=UTC)),
            ("1787221800", datetime(2026, 8, 20, 10, 30, tzinfo=UTC)),
            ("1787221800000", datetime(2026, 8, 20, 10, 30, tzinfo=UTC)),
            ("", READ_AT),
        ],
    )
    def test_of_a_row(self, text, moment):
        reader = reader_of(f"id,price,when\n{ONE},1,{text}\n", self.COLUMNS)

        (row,) = prices(reader).values()

        assert (row["time"], reader.as_of) == (moment, moment)

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("yesterday", "unknown time"),
            ("2027-01-01", "impossible time"),
            ("1999-01-01", "impossible time"),
        ],
    )
    def test_that_is_none(self, text, reason):
        assert reasons(f"id,price,when\n{ONE},1,{text}\n", self.COLUMNS) == {reason: 1}

    def test_the_users_own_wins(self):
        at = datetime(2026, 7, 1, tzinfo=UTC)
        reader = reader_of(f"id,price,when\n{ONE},1,x\n", self.COLUMNS, at=at)

        (row,) = prices(reader).values()

        assert (row["time"], reader.as_of) == (at, at)


class TestCsv:
    @pytest.mark.parametrize("delimiter", list(",;\t|"))
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
    )
    def test_delimiter_and_encoding_are_found_out(self, delimiter, encoding):
        header = delimiter.join(("name", "id", "price"))
        row = delimiter.join(("Lim-Dûl’s", ONE, '"1.50"'))
        text = f"{header}\r\n{row}\r\n"

        assert amounts(text.encode(encoding), BY_ID) == {1: Decimal("1.50")}

    def test_headings_are_found_whatever_their_place_case_and_blanks(self):
        columns = {"scryfall_id": "scryfall id", "price": "price (usd)"}

        text = f" Price  (USD) ,x,SCRYFALL ID\n2,,{ONE}\n"

        assert amounts(text, columns) == {1: Decimal("2.00")}

    def test_a_line_that_names_the_delimiter(self):
        assert amounts(f'"sep=;"\nid;price\n{ONE};2\n', BY_ID) == {1: Decimal("2.00")}

    def test_quoted_cells_may_have_anything_in_them(self):
        text = f'id,name,price\n\n{ONE},"a ""b"",\nc",2\n{TWO},x,1\n'

        reader = reader_of(text, BY_ID)

        assert {key[0] for key in prices(reader)} == {1}
        # Row 3 is the second with something in it; the empty one counts.
        assert [one.position for one in reader.context.rejects.samples] == ["row 4"]

    def test_ragged_rows_are_rejected_with_their_number(self):
        text = f"id,price\n{ONE}\n{ONE},1,extra\n{ONE},2,\n"
        reader = reader_of(text, BY_ID)

        found = prices(reader)

        assert [row["price"] for row in found.values()] == [Decimal("2.00")]
        assert [(r.reason, r.position) for r in reader.context.rejects.samples] == [
            ("ragged row", "row 2"),
            ("ragged row", "row 3"),
        ]

    def test_compressed(self, tmp_path):
        path = tmp_path / "list.csv"
        path.write_bytes(gzip.compress(f"id,price\n{ONE},2\n".encode()))

        text = b"".join(FeedFile(path).pieces())

        assert amounts(text, BY_ID) == {1: Decimal("2.00")}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (b"", "The file is empty"),
            (b"\n\n", "The file is empty"),
            (b"<!doctype html><html>Sorry", "a web page or XML"),
            (b"PK\x03\x04....", "a ZIP archive or a spreadsheet"),
            (b"\x89PNG\r\n", "a picture"),
            (b"id,price\n\0\0\x01,2\n", "This is no text: character 9 is a NUL"),
            (b"id,price\n\x81,2\n", "This is no text: byte 9 is not cp1252"),
            (b"id,cost\n1,2\n", "no column “price”. It has: id, cost"),
            (b"id,price,Price\n1,2,3\n", "more than one column “price”"),
            (b'id,price\n1,2\n"1,2\n3,4\n', r"Row 3 \(line 4\) is no CSV"),
            (b'id,price\n"1"x,2\n', r"Row 2 \(line 2\) is no CSV"),
            (b",".join([b"x"] * 600), "600 columns"),
            (b"id,price\n" + b"x" * 200_000, "field larger than field limit"),
        ],
    )
    def test_what_is_no_list_is_refused_in_words(self, text, message):
        with pytest.raises(CorruptFeedError, match=message):
            prices(reader_of(text, BY_ID))

    def test_what_is_too_large_is_refused(self, monkeypatch):
        monkeypatch.setattr(records, "MAX_BYTES", 10)

        with pytest.raises(CorruptFeedError, match="no price list of a shop has"):
            prices(reader_of("id,price\nx,2\n", BY_ID))


class TestJson:
    COLUMNS = {"scryfall_id": "card.id", "price": "price.amount", "quantity": "stock"}

    def document(self, **record: Any) -> str:
        node = {"card": {"id": ONE}, "price": {"amount": 1.15}, "stock": 3} | record
        return json.dumps({"data": {"items": [node]}})

    def test_records_at_a_path_with_values_in_values(self):
        found, _ = read(
            self.document(), self.COLUMNS, is_json=True, records_path="data.items"
        )

        (row,) = found.values()
        assert (row["price"], row["total_quantity"]) == (Decimal("1.15"), 3)

    def test_a_list_by_itself_and_a_name_with_a_point_in_it(self):
        text = json.dumps([{"card.id": ONE, "price.amount": "$2"}])

        assert amounts(text, self.COLUMNS, is_json=True) == {1: Decimal("2.00")}

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            ("7", "malformed record"),
            ("null", "malformed record"),
            ('{"card":{"id":7},"price":{"amount":1}}', "unknown card"),
            (f'{{"card":{{"id":"{ONE}"}},"price":{{"amount":true}}}}', "not a number"),
            (f'{{"card":{{"id":"{ONE}"}},"price":{{"amount":[1]}}}}', "not a number"),
        ],
    )
    def test_a_bad_record_costs_only_itself(self, record, reason):
        good = f'{{"card":{{"id":"{ONE}"}},"price":{{"amount":1}}}}'

        found, counts = read(f"[{record},{good}]", self.COLUMNS, is_json=True)

        assert (len(found), counts) == (1, {reason: 1})

    @pytest.mark.parametrize(
        ("text", "path", "message"),
        [
            ('[{"id":1},', "", r"no JSON \(line 1, column 11"),
            ("[" * 100_000, "", "nested too deeply"),
            ('[{"price":NaN}]', "", "NaN is no value of JSON"),
            ('{"a":1}', "", "is no list of records, but has a"),
            ('{"data":{"rows":[]}}', "data.items", "no “items” where “data.items”"),
            ("[1]", "data", "no “data” where “data” leads"),
        ],
    )
    def test_what_is_no_such_document_is_refused(self, text, path, message):
        with pytest.raises(CorruptFeedError, match=message):
            prices(reader_of(text, self.COLUMNS, is_json=True, records_path=path))


class TestLayout:
    def problems(self, columns: dict[str, str], **rest: Any) -> set[str]:
        given = {"finish": "NONFOIL", "condition": "NEAR_MINT"} | rest
        return set(Layout("shop", "USD", columns, **given).problems())

    def test_a_price_and_a_card_are_needed(self):
        assert self.problems({}) == {"price", "scryfall_id"}
        assert self.problems({"price": "p", "collector_number": "n"}) == {"scryfall_id"}
        for columns in (
            {"name": "n"},
            {"mtgo_id": "n"},
            {"set_name": "s", "collector_number": "n"},
        ):
            assert self.problems({"price": "p", **columns}) == set()

    def test_finish_and_condition_are_said_by_something(self):
        columns = {"price": "p", "name": "n"}

        assert self.problems(columns, finish="", condition="") == {
            "finish",
            "condition",
        }
        ids = {"price": "p", "cardkingdom_id": "i"}
        assert self.problems(ids, finish="") == set()

    def test_a_filter_needs_its_column(self):
        columns = {"price": "p", "name": "n"}

        assert self.problems(columns, zero_is_absent=True) == {"quantity"}


@pytest.mark.parametrize(
    ("value", "price"),
    [(Decimal("1.1505"), 1151), (Decimal("0.30"), 300), (Decimal(0), 0)],
)
def test_decimals_are_read_without_going_through_floats(value, price):
    assert read_price(value) == price
