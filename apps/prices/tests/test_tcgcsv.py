"""tcgcsv: TCGplayer's market, low and median, a folder per set."""

from __future__ import annotations

import shutil
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import py7zr
import pytest

from apps.prices.ingest import seven_zip
from apps.prices.ingest.bundle import Bundle
from apps.prices.ingest.tcgcsv import Reader
from mtgintel.core.feeds import CorruptFeedError

from .vendors import (
    BOTH,
    ETCHED_ONLY,
    FIXTURES,
    OLD,
    PROMO,
    READ_AT,
    context,
    named,
    prices,
    simple,
)

IDS = {
    "tcgplayer": {
        "5001": [named(BOTH)],
        "5003": [named(ETCHED_ONLY, "ETCHED")],
        "5004": [named(BOTH)],
        "5006": [named(BOTH)],
        # A foil that is a printing of its own shares the product.
        "5008": [named(OLD), named(PROMO)],
    }
}
FOLDER = FIXTURES / "tcgcsv"


def test_market_low_and_median_by_product_and_subtype():
    reader = Reader(Bundle(FOLDER), context(IDS))

    found = prices(reader)

    at = datetime(2026, 6, 30, 20, 5, 27, tzinfo=UTC)
    nm = ("NEAR_MINT", "ENGLISH")
    assert found == {
        (1, "tcgplayer", "NONFOIL", *nm): {
            "time": at,
            "price": Decimal("0.17"),
            "price_low": Decimal("0.05"),
            "price_mid": Decimal("0.25"),
        },
        (1, "tcgplayer", "FOIL", *nm): {
            "time": at,
            "price": Decimal("2.00"),
            "price_mid": Decimal("3.50"),
        },
        # Once announced before its release, which is a month past.
        (2, "tcgplayer", "ETCHED", *nm): {
            "time": at,
            "price": Decimal("4.99"),
            "price_low": Decimal("4.50"),
            "price_mid": Decimal("5.00"),
        },
        (3, "tcgplayer", "NONFOIL", *nm): {
            "time": at,
            "price": Decimal("0.75"),
            "price_low": Decimal("0.50"),
            "price_mid": Decimal("1.00"),
        },
        (6, "tcgplayer", "FOIL", "NEAR_MINT", "JAPANESE"): {
            "time": at,
            "price": Decimal("5.50"),
            "price_low": Decimal("5.00"),
            "price_mid": Decimal("6.00"),
        },
    }


def test_what_is_not_taken_is_counted_with_its_reason():
    reader = Reader(Bundle(FOLDER), context(IDS))

    found = prices(reader)

    rejects = reader.context.rejects
    assert rejects.counts == {
        "unknown card": 1,
        "presale": 1,
        # 5003 is the etched product; it has no Normal.
        "impossible finish": 1,
        "unknown finish": 1,
        # A price and a product without an id.
        "malformed record": 2,
    }
    assert reader.rows == len(found) + rejects.total
    (unknown,) = (one for one in rejects.samples if one.reason == "unknown card")
    assert (unknown.raw["name"], unknown.raw["productId"]) == ("Nobody's", 5007)


def test_an_archive_reads_as_its_folder_does(tmp_path):
    archive = tmp_path / "tcgcsv.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(FOLDER.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(FOLDER))

    from_archive = prices(Reader(Bundle(archive), context(IDS)))

    assert from_archive == prices(Reader(Bundle(FOLDER), context(IDS)))


def test_one_set_by_itself_is_of_the_day_in_its_name(tmp_path):
    path = tmp_path / "prices-2024-02-08.json"
    path.write_bytes((FOLDER / "1" / "102" / "prices").read_bytes())
    reader = Reader(Bundle(path), context(IDS))

    found = prices(reader)

    assert sorted(simple(found).values()) == [Decimal("0.75"), Decimal("5.50")]
    assert reader.as_of == datetime(2024, 2, 8, 20, tzinfo=UTC)


def test_without_any_date_it_is_as_old_as_the_file(tmp_path):
    path = tmp_path / "prices"
    path.write_bytes((FOLDER / "1" / "102" / "prices").read_bytes())
    reader = Reader(Bundle(path), context(IDS))

    prices(reader)

    assert reader.as_of == READ_AT


@pytest.mark.parametrize("text", [b"", b"<html>403</html>", b'{"results":[{"pro'])
def test_an_answer_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / "prices"
    path.write_bytes(text)

    with pytest.raises(CorruptFeedError, match="none of tcgcsv's answers"):
        prices(Reader(Bundle(path), context(IDS)))


def test_a_damaged_archive_is_refused(tmp_path):
    archive = tmp_path / "tcgcsv.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(FOLDER / "1" / "101" / "prices", "1/101/prices")
    text = bytearray(archive.read_bytes())
    text[60] ^= 0xFF
    archive.write_bytes(text)

    with pytest.raises(CorruptFeedError, match="damaged"):
        prices(Reader(Bundle(archive), context(IDS)))

    archive.write_bytes(text[:200])
    with pytest.raises(CorruptFeedError, match="damaged"):
        Bundle(archive)


def seven_zip_of(folder: Path, path: Path, prefix: str, **options: Any) -> Path:
    with py7zr.SevenZipFile(path, "w", **options) as archive:
        for one in sorted(folder.rglob("prices")):
            archive.write(one, f"{prefix}/{one.relative_to(folder).as_posix()}")
    return path


# As tcgcsv packs its days.
PPMD = [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}]


class TestSevenZip:
    @pytest.mark.parametrize("filters", [PPMD, None])
    def test_a_days_archive_reads_as_its_folder_does(self, tmp_path, filters):
        path = seven_zip_of(
            FOLDER,
            tmp_path / "prices-2024-02-08.ppmd.7z",
            "2024-02-08",
            filters=filters,
        )
        at = datetime(2024, 2, 8, 20, tzinfo=UTC)
        reader = Reader(Bundle(path), context(IDS))

        found = prices(reader)

        assert reader.as_of == at
        # An archive has no products.
        shutil.copytree(
            FOLDER, tmp_path / "prices", ignore=shutil.ignore_patterns("products")
        )
        folder = Reader(Bundle(tmp_path / "prices"), context(IDS))
        assert simple(found) == simple(prices(folder)) != {}
        assert reader.context.rejects.counts == folder.context.rejects.counts

    def test_a_damaged_one_is_refused(self, tmp_path):
        path = seven_zip_of(FOLDER, tmp_path / "x.7z", "2024-02-08", filters=PPMD)
        text = bytearray(path.read_bytes())
        middle = len(text) // 3
        text[middle : middle + 8] = bytes(8)
        for damaged in (bytes(text), bytes(text[:-20]), seven_zip.MAGIC + bytes(60)):
            path.write_bytes(damaged)
            with pytest.raises(CorruptFeedError, match="is damaged"):
                Bundle(path)

    def test_a_bomb_is_refused_before_it_is_unpacked(self, tmp_path, monkeypatch):
        monkeypatch.setattr(seven_zip, "MAX_UNPACKED", 1_000_000)
        (tmp_path / "set").mkdir()
        (tmp_path / "set" / "prices").write_bytes(bytes(20_000_000))
        path = seven_zip_of(tmp_path, tmp_path / "bomb.7z", "x")
        assert path.stat().st_size < 20_000

        with pytest.raises(CorruptFeedError, match="grows beyond all measure"):
            Bundle(path)

    def test_names_lead_nowhere(self, tmp_path):
        path = tmp_path / "x.7z"
        with py7zr.SevenZipFile(path, "w") as archive:
            archive.writestr("{}", "1/102/prices")

        bundle = Bundle(path)

        assert [str(name) for name in bundle.names] == ["1/102/prices"]
        assert list(tmp_path.iterdir()) == [path]


class TestTable:
    FOLDER = FIXTURES / "tcgcsv_csv"

    def test_a_sets_table_reads_as_its_documents_do(self):
        reader = Reader(Bundle(self.FOLDER), context(IDS))

        found = prices(reader)

        nm = ("NEAR_MINT", "ENGLISH")
        documents = prices(Reader(Bundle(FOLDER), context(IDS)))
        expected = [
            (1, "tcgplayer", "NONFOIL", *nm),
            (1, "tcgplayer", "FOIL", *nm),
            (2, "tcgplayer", "ETCHED", *nm),
        ]
        assert sorted(found) == sorted(expected)
        for series in expected:
            for row in (found, documents):
                row[series].pop("time")
            assert found[series] == documents[series]
        assert reader.context.rejects.counts == {
            "unknown card": 1,
            "malformed record": 1,
        }
        (unknown,) = (
            one
            for one in reader.context.rejects.samples
            if one.reason == "unknown card"
        )
        assert unknown.raw["name"] == "Nobody's"

    def test_beside_the_documents_it_is_not_read_twice(self, tmp_path):
        shutil.copytree(FOLDER, tmp_path / "both")
        table = "1/101/ProductsAndPrices.csv"
        shutil.copy(self.FOLDER / table, tmp_path / "both" / table)
        reader = Reader(Bundle(tmp_path / "both"), context(IDS))

        found = prices(reader)

        assert found == prices(Reader(Bundle(FOLDER), context(IDS)))
        assert reader.rows == len(found) + reader.context.rejects.total

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (b"", "none of tcgcsv's tables"),
            (b"<html>403</html>", "none of tcgcsv's tables"),
            (b"productId,name\n1,x\n", "none of tcgcsv's tables"),
            (
                b'productId,subTypeName,marketPrice,lowPrice,midPrice\n5001,"7\n',
                r"line 2 in .* is no CSV",
            ),
        ],
    )
    def test_what_is_none_is_refused(self, tmp_path, text, message):
        path = tmp_path / "ProductsAndPrices.csv"
        path.write_bytes(text)

        with pytest.raises(CorruptFeedError, match=message):
            prices(Reader(Bundle(path), context(IDS)))
