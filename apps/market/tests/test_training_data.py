"""The export for research: rows by hand, whole files, and nothing of the future."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import log
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from apps.cards.models import Card
from apps.market.selectors import training
from apps.market.services.training import (
    TrainingExportError,
    export_training_data,
)
from apps.market.training_columns import COLUMNS, SCHEMA
from apps.prices.models import Marketplace, SeriesBreak
from apps.prices.tests.factories import add_observations, make_card, refresh
from mtgintel.core import timescale

START = datetime(2026, 1, 20, 9, tzinfo=UTC)
# The fortieth day is not over.
NOW = START + timedelta(days=39, hours=3)
LABELS = [name for name in SCHEMA.names if name.startswith("later_")]


def day(number: int) -> date:
    return (START + timedelta(days=number)).date()


def prices(*given: str | None, first: int = 0) -> list[tuple[datetime, str]]:
    """One a day from day `first` on; None is a day without."""
    return [
        (START + timedelta(days=first + number), price)
        for number, price in enumerate(given)
        if price is not None
    ]


def exported(out: Path, **wanted) -> list[dict]:
    export_training_data(out=out, **{"currency": "USD"} | wanted)
    return rows_of(out)


def rows_of(out: Path) -> list[dict]:
    files = sorted(out.glob("month=*/rows.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def of_day(rows: list[dict], number: int, **which) -> dict:
    (row,) = [
        row
        for row in rows
        if row["day"] == day(number) and which.items() <= row.items()
    ]
    return row


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestRows:
    @pytest.fixture(autouse=True)
    def _now(self):
        with time_machine.travel(NOW, tick=False):
            yield

    def fill(self, *series: tuple) -> None:
        """Series of (card, observations, marketplace, what else is different)."""
        for card, observations, *which in series:
            slug, more = ([*which, {}] if which else ["tcgplayer", {}])[:2]
            add_observations(card, observations, slug, **more)
        refresh([(START, ""), (NOW, "")])

    def test_by_hand(self, tmp_path):
        card = make_card(
            colors=["R"], mana_value=1.0, type_line="Creature", released_on=day(-10)
        )
        make_card(card.name, set_code="lea", released_on=day(20))
        doubling = prices(*["10"] * 8, "20", *["20"] * 22, "40", "40")
        self.fill(
            (card, doubling, "tcgplayer", {"quantity": 6}),
            (card, prices("5", first=8), "cardkingdom-buylist"),
            (card, prices("25", "30", first=8), "cardkingdom"),
        )
        rows = exported(tmp_path / "out")
        assert len(rows) == 33

        row = of_day(rows, 8)
        assert {name: row[name] for name in SCHEMA.names[:16]} == {
            "day": day(8),
            "scryfall_id": str(card.scryfall_id),
            "name": "Ragavan, Nimble Pilferer",
            "set": "mh2",
            "collector_number": "138",
            "finish": "NONFOIL",
            "rarity": "mythic",
            "colors": "R",
            "mana_value": 1.0,
            "type_line": "Creature",
            "is_reserved": False,
            "age_days": 18,
            "sets": 1,
            "currency": "USD",
            "marketplace": row["marketplace"],
            "price": row["price"],
        }
        assert row["return_30d"] is None
        assert of_day(rows, 20)["sets"] == 2

        # The two streams of day 8, whichever is preferred.
        preferred = Marketplace.objects.filter(
            slug__in=["tcgplayer", "cardkingdom"]
        ).order_by("preference", "id")[0]
        assert row["marketplace"] == preferred.slug == "tcgplayer"
        assert row["price"] == Decimal("20.000")
        assert row["quantity"] == 6
        assert row["streams"] == 2
        assert row["buylist_ratio"] == pytest.approx(0.25)
        assert row["return_1d"] == pytest.approx(log(2), rel=1e-6)
        assert row["return_7d"] == pytest.approx(log(2), rel=1e-6)
        assert row["later_return_7d"] == 0
        assert row["later_return_30d"] is None

        # Day 32 is the last with prices: of 30 days after day 3 nobody knows.
        assert of_day(rows, 1)["later_return_7d"] == pytest.approx(log(2), rel=1e-6)
        assert of_day(rows, 2)["later_return_30d"] == pytest.approx(log(4), rel=1e-6)
        assert of_day(rows, 3)["later_return_30d"] is None
        assert of_day(rows, 0)["later_return_30d"] == pytest.approx(log(2), rel=1e-6)
        # What a shop pays and the other asks counts for three days.
        assert of_day(rows, 11)["buylist_ratio"] == pytest.approx(0.25)
        assert of_day(rows, 12)["buylist_ratio"] is None
        assert [of_day(rows, n)["streams"] for n in (12, 13)] == [2, 1]

    def test_the_spread_is_of_shops(self, tmp_path):
        card = make_card()
        retail = list(
            Marketplace.objects.filter(currency="USD", side="RETAIL").values_list(
                "slug", flat=True
            )[:2]
        )
        assert len(retail) == 2
        self.fill(
            (card, prices("4"), retail[0]),
            (card, prices("5"), retail[1]),
            (card, prices("9", first=1), retail[1]),
            (card, prices("1", first=5), retail[1]),
        )
        rows = exported(tmp_path / "out")
        assert of_day(rows, 0)["ask_spread"] == pytest.approx(0.25)
        assert of_day(rows, 1)["ask_spread"] == pytest.approx(1.25)
        assert of_day(rows, 5)["ask_spread"] is None

    def test_volatility_and_trend(self, tmp_path):
        card = make_card()
        self.fill((card, prices(*(str(2**n) for n in range(11)))))
        rows = exported(tmp_path / "out")
        assert of_day(rows, 8)["trend_30d"] is None
        ninth, tenth = of_day(rows, 9), of_day(rows, 10)
        assert ninth["trend_30d"] == pytest.approx(log(2), rel=1e-6)
        assert (ninth["trend_r2_30d"], ninth["trend_t_30d"]) == (1, None)
        assert ninth["volatility_30d"] is None
        assert tenth["volatility_30d"] == pytest.approx(0, abs=1e-6)

    def test_finishes_are_rows_of_their_own_and_grades_are_none(self, tmp_path):
        card = make_card()
        self.fill(
            (card, prices("1")),
            (card, prices("3"), "tcgplayer", {"finish": "FOIL"}),
            (card, prices("9"), "tcgplayer", {"condition": "DAMAGED"}),
            (card, prices("9"), "tcgplayer", {"language": "JAPANESE"}),
            (card, prices("9"), "cardmarket"),
        )
        rows = exported(tmp_path / "out")
        assert [(row["finish"], row["price"]) for row in rows] == [
            ("NONFOIL", Decimal(1)),
            ("FOIL", Decimal(3)),
        ]
        (euros,) = exported(tmp_path / "euros", currency="EUR")
        assert (euros["currency"], euros["marketplace"]) == ("EUR", "cardmarket")

    def test_nothing_crosses_a_series_break(self, tmp_path):
        card = make_card()
        SeriesBreak.objects.create(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=day(10),
            reason="Another figure.",
            before="a",
            after="b",
        )
        self.fill((card, prices(*["1"] * 10, *["100"] * 15)))
        rows = exported(tmp_path / "out")
        for number in range(25):
            row = of_day(rows, number)
            known = [row[name] for name in row if "return" in name]
            assert set(known) <= {None, 0}, number
        assert of_day(rows, 2)["later_return_7d"] == 0
        assert of_day(rows, 3)["later_return_7d"] is None
        assert of_day(rows, 16)["return_7d"] is None
        assert of_day(rows, 17)["return_7d"] == 0
        assert of_day(rows, 18)["trend_30d"] is None
        assert of_day(rows, 19)["trend_30d"] == 0

    def test_today_is_not_over(self, tmp_path):
        card = make_card()
        self.fill((card, prices("1", "2", first=38)))
        (row,) = exported(tmp_path / "out")
        assert row["day"] == day(38)

    def test_the_future_changes_no_feature(self, tmp_path):
        """Cut at any day, what was told of the days before stays to the last bit."""
        cards = [make_card(name) for name in ("One", "Two", "Three")]
        wild = [str(1 + (7 * n * n) % 23) for n in range(39)]
        self.fill(
            (cards[0], prices(*wild)),
            (cards[0], prices(*reversed(wild)), "cardkingdom"),
            (cards[0], prices(*wild), "cardkingdom-buylist"),
            (cards[1], prices(*wild[:20], None, None, *wild[20:30])),
            (cards[2], prices(*wild[5:], first=4)),
        )
        SeriesBreak.objects.create(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=day(30),
            reason="Another figure.",
            before="a",
            after="b",
        )
        whole = exported(tmp_path / "whole")
        for last in (33, 25, 12):
            self.forget_after(last)
            cut = exported(tmp_path / f"cut-{last}")
            assert len(cut) > 12
            expected = [without_labels(r) for r in whole if r["day"] <= day(last)]
            assert [without_labels(row) for row in cut] == expected

    def forget_after(self, last: int) -> None:
        end = datetime.combine(day(last + 1), datetime.min.time(), UTC)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM price_snapshots WHERE time >= %s", [end])
        timescale.refresh_aggregates(end, NOW)

    def test_a_range_of_days_tells_the_same(self, tmp_path):
        card = make_card()
        self.fill((card, prices(*(str(3 + n % 5) for n in range(39)))))
        whole = exported(tmp_path / "whole")
        part = exported(tmp_path / "part", first=day(15), last=day(20))
        expected = [row for row in whole if day(15) <= row["day"] <= day(20)]
        assert len(part) == 6
        for found, row in zip(part, expected, strict=True):
            assert found == {
                name: pytest.approx(value, rel=1e-5, abs=1e-7)
                if isinstance(value, float)
                else value
                for name, value in row.items()
            }

    def test_batches_of_cards_are_put_together(self, tmp_path, monkeypatch):
        cards = [make_card(f"Card {n}") for n in range(5)]
        self.fill(*((card, prices("1", "2")) for card in cards))
        whole = exported(tmp_path / "whole")
        monkeypatch.setattr("apps.market.selectors.grids._CELLS", 1)
        assert exported(tmp_path / "batches") == whole
        assert len(whole) == 10

    def test_a_printing_that_is_gone_is_left_out(self, tmp_path):
        here, gone = make_card("Here"), make_card("Gone")
        self.fill((here, prices("1")), (gone, prices("1")))
        Card.objects.filter(pk=gone.pk).delete()
        assert [row["name"] for row in exported(tmp_path / "out")] == ["Here"]


def without_labels(row: dict) -> dict:
    return {name: value for name, value in row.items() if name not in LABELS}


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestFiles:
    @pytest.fixture(autouse=True)
    def _market(self):
        with time_machine.travel(NOW, tick=False):
            self.card = make_card()
            add_observations(self.card, prices(*["1.005"] * 39))
            refresh([(START, ""), (NOW, "")])
            yield

    def test_one_file_a_month_and_what_the_manifest_says_of_it(self, tmp_path):
        out = tmp_path / "out"
        call_command("export_training_data", "--out", str(out), verbosity=0)

        manifest = json.loads((out / "_manifest.json").read_text())
        assert [file["path"] for file in manifest["files"]] == [
            "month=2026-01/rows.parquet",
            "month=2026-02/rows.parquet",
        ]
        assert [file["rows"] for file in manifest["files"]] == [12, 27]
        for file in manifest["files"]:
            path = out / file["path"]
            assert path.stat().st_size == file["bytes"]
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
        assert manifest["rows"] == 39
        assert manifest["known_until"] == manifest["last_day"] == str(day(38))
        assert manifest["first_day"] == str(day(0))
        assert [one["name"] for one in manifest["columns"]] == SCHEMA.names
        assert {one.name for one in out.iterdir()} == {
            "_manifest.json",
            "month=2026-01",
            "month=2026-02",
        }

    def test_what_was_computed_is_what_is_read(self, tmp_path):
        span = training.Span(day(0), day(38), day(38))
        computed = pa.concat_tables(training.training_rows(span, "USD"))
        export_training_data(out=tmp_path / "out", currency="USD")
        files = sorted((tmp_path / "out").glob("month=*/rows.parquet"))
        read = pa.concat_tables([pq.ParquetFile(file).read() for file in files])
        assert read.to_pylist() == computed.to_pylist()
        for field in SCHEMA:
            kind = field.type
            plain = kind.value_type if pa.types.is_dictionary(kind) else kind
            assert read.schema.field(field.name).type == plain
        assert read["price"][0].as_py() == Decimal("1.005")

    def test_a_reader_of_partitions_finds_the_month(self, tmp_path):
        export_training_data(out=tmp_path / "out", currency="USD")
        table = pq.read_table(tmp_path / "out", partitioning="hive")
        assert set(table["month"].to_pylist()) == {"2026-01", "2026-02"}
        assert table.num_rows == 39

    def test_half_an_export_leaves_nothing(self, tmp_path, monkeypatch):
        rows = training.training_rows

        def failing(*given):
            yield from rows(*given)
            raise RuntimeError("the server went away")

        monkeypatch.setattr("apps.market.services.training.training_rows", failing)
        with pytest.raises(RuntimeError):
            export_training_data(out=tmp_path / "out", currency="USD")
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_exists_is_left_alone(self, tmp_path):
        (tmp_path / "kept").write_text("mine")
        with pytest.raises(CommandError, match="exists; name a folder that does not"):
            call_command("export_training_data", "--out", str(tmp_path))
        assert [one.name for one in tmp_path.iterdir()] == ["kept"]

    @pytest.mark.parametrize(
        ("wanted", "message"),
        [
            ({"currency": "TIX"}, "There are no prices in TIX yet."),
            ({"currency": "USD", "first": day(60)}, "from 2026-01-20 to 2026-02-27"),
            ({"currency": "USD", "last": day(-1)}, "none from 2026-01-20"),
        ],
    )
    def test_nothing_to_export(self, tmp_path, wanted, message):
        with pytest.raises(TrainingExportError, match=message):
            export_training_data(out=tmp_path / "out", **wanted)
        assert list(tmp_path.iterdir()) == []


def test_every_column_is_documented():
    """docs/research-export.md says of each column what the manifest says."""
    text = (settings.BASE_DIR / "docs" / "research-export.md").read_text()
    documented = re.findall(
        r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \|$", text, re.MULTILINE
    )
    assert documented == [
        (
            one.name,
            str(one.type.value_type if pa.types.is_dictionary(one.type) else one.type),
            one.unit or "–",
            one.meaning.replace("|", "\\|")
            + ("" if one.is_nullable else "; never null"),
        )
        for one in COLUMNS
    ]
