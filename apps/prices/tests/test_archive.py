"""Every day's prices in files, and back from them."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import fsspec
import pyarrow.parquet as pq
import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from apps.cards.models import Card, CardMigration
from apps.prices.archive.folder import Folder, sha256_of
from apps.prices.archive.manifest import ArchiveError
from apps.prices.archive.services import archive_prices, restore_archive
from apps.prices.ingest.base import PriceData
from apps.prices.models import IngestRun, LatestPrice, Marketplace, PriceSnapshot
from apps.prices.services import record_prices
from apps.prices.tests.factories import make_card
from tests.engines.storage import compress_all, rows

from .archives import (
    FIRST_DAY,
    STREAMS,
    checksums,
    empty_prices,
    make_market,
    nth_day,
    record_market,
    start_of,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.storage]

# A card has two finishes in four streams a day.
PER_CARD = 2 * len(STREAMS)


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.ARCHIVE_URL = str(tmp_path / "archive")
    return tmp_path / "archive"


@pytest.fixture
def cards() -> list[Card]:
    return make_market(12)


def price(card: Card, amount: str, moment: datetime, **fields) -> PriceData:
    stream = Marketplace.objects.get(slug="cardkingdom")
    return PriceData(card.pk, stream.pk, Decimal(amount), "USD", moment, **fields)


def manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text())


def day_file(folder: Path, day) -> Path:
    return folder / manifest(folder)["days"][day.isoformat()]["path"]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


# --- writing -------------------------------------------------------------------


def test_a_file_per_day_that_any_reader_understands(folder, cards):
    moment = start_of(FIRST_DAY) + timedelta(hours=5, microseconds=123_457)
    dear = {"price_low": Decimal("0.035"), "num_listings": 0}
    record_prices(
        [
            price(cards[0], "2147483.647", moment, language="JAPANESE", **dear),
            price(cards[0], "1.5", moment + timedelta(days=1), finish="FOIL"),
        ],
        source="test",
    )

    exported = archive_prices()

    assert [day.day for day in exported.days] == [FIRST_DAY, nth_day(1)]
    assert pq.read_table(day_file(folder, FIRST_DAY)).to_pylist() == [
        {
            "time": moment,
            "scryfall_id": str(cards[0].scryfall_id),
            "marketplace": "cardkingdom",
            "condition": "NEAR_MINT",
            "finish": "NONFOIL",
            "language": "JAPANESE",
            "currency": "USD",
            "price": Decimal("2147483.647"),
            "price_low": Decimal("0.035"),
            "price_mid": None,
            "price_high": None,
            "price_market": None,
            "num_listings": 0,
            "total_quantity": None,
        }
    ]


def test_manifest_says_what_is_in_each_file(folder, cards):
    record_market(cards, days=2)

    archive_prices()

    file = day_file(folder, FIRST_DAY)
    entry = manifest(folder)["days"][FIRST_DAY.isoformat()]
    times = pq.read_table(file)["time"].to_pylist()
    assert manifest(folder)["version"] == 1
    assert entry["rows"] == len(times) == len(cards) * PER_CARD
    assert entry["bytes"] == file.stat().st_size
    assert entry["sha256"] == sha256_of(file)
    assert datetime.fromisoformat(entry["min_time"]) == min(times)
    assert datetime.fromisoformat(entry["max_time"]) == max(times)
    assert {one["slug"] for one in manifest(folder)["marketplaces"]} == set(
        Marketplace.objects.values_list("slug", flat=True)
    )


def test_rows_are_in_the_order_of_card_and_stream(folder, cards):
    record_market(cards, days=1)

    archive_prices()

    table = pq.read_table(day_file(folder, FIRST_DAY))
    keys = [(row["scryfall_id"], row["marketplace"]) for row in table.to_pylist()]
    assert keys == sorted(keys)


def test_a_day_larger_than_a_piece_is_whole(folder, cards, monkeypatch):
    monkeypatch.setattr("apps.prices.archive.rows.PIECE", 7)
    record_market(cards, days=1)

    archive_prices()

    assert pq.read_table(day_file(folder, FIRST_DAY)).num_rows == len(cards) * PER_CARD


def test_cards_are_named_for_those_who_have_only_the_files(folder, cards):
    record_market(cards, days=1)

    archive_prices()

    listed = pq.read_table(folder / manifest(folder)["cards"]["path"]).to_pylist()
    assert len(listed) == len(cards)
    assert {
        "scryfall_id": str(cards[3].scryfall_id),
        "name": "Card 3",
        "set": "mh2",
        "collector_number": "3",
        "language": "ENGLISH",
    } in listed


def test_the_day_that_is_not_over_waits(folder, cards):
    record_market(cards, days=2)

    with time_machine.travel(start_of(nth_day(1)) + timedelta(hours=20), tick=False):
        first = archive_prices()
    with time_machine.travel(start_of(nth_day(2)) + timedelta(hours=1), tick=False):
        second = archive_prices()

    assert [day.day for day in first.days] == [FIRST_DAY]
    assert [day.day for day in second.days] == [nth_day(1)]


def test_twice_writes_nothing_more(folder, cards):
    record_market(cards, days=3)
    archive_prices()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}

    again = archive_prices(first=FIRST_DAY)

    assert (again.days, again.unchanged) == ([], 3)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}
    assert after == before


def test_a_late_correction_rewrites_that_day_only(folder, cards):
    record_market(cards, days=3)
    archive_prices()
    kept = {day_file(folder, nth_day(n)) for n in (0, 2)}
    replaced = day_file(folder, nth_day(1))
    # Its range reaches over all three days; only in one of them anything changes.
    corrections = [
        price(cards[0], "7", start_of(nth_day(1)) + timedelta(hours=9)),
        price(cards[0], "8", start_of(nth_day(1)) + timedelta(hours=10)),
    ]
    run = record_prices(corrections, source="late")
    IngestRun.objects.filter(pk=run.pk).update(
        dirty_from=start_of(FIRST_DAY), dirty_to=start_of(nth_day(2))
    )

    exported = archive_prices()

    assert [day.day for day in exported.days] == [nth_day(1)]
    assert exported.unchanged == 2
    assert exported.days[0].rows == len(cards) * PER_CARD + 2
    assert not replaced.exists()
    assert all(file.exists() for file in kept)


def test_a_correction_that_adds_no_row_is_seen(folder, cards):
    moment = start_of(FIRST_DAY) + timedelta(hours=9)
    record_prices(price(cards[0], "7", moment), source="test")
    archive_prices()
    record_prices(price(cards[0], "8", moment), source="test")

    archive_prices()

    table = pq.read_table(day_file(folder, FIRST_DAY))
    assert table["price"].to_pylist() == [Decimal("8.000")]


def test_days_nobody_wrote_to_are_not_looked_at(folder, cards):
    record_market(cards, days=3)
    archive_prices()
    IngestRun.objects.update(finished_at=datetime.now(UTC) - timedelta(days=30))

    again = archive_prices()

    assert (again.days, again.unchanged) == ([], 0)


def test_what_only_the_archive_has_of_a_day_stays_there(folder, cards):
    """Another database wrote the day, or retention dropped it: rows are added."""
    record_market(cards, days=1)
    archive_prices()
    as_if_written_elsewhere(folder)
    empty_prices()
    moment = start_of(FIRST_DAY) + timedelta(hours=30) - timedelta(hours=7)
    record_prices(price(cards[0], "7", moment), source="late")

    (day,) = archive_prices().days
    record_prices(price(cards[1], "9", moment), source="later")
    (again,) = archive_prices().days

    assert (day.rows, day.is_merged) == (len(cards) * PER_CARD + 1, True)
    assert (again.rows, again.is_merged) == (len(cards) * PER_CARD + 2, True)
    table = pq.read_table(day_file(folder, FIRST_DAY)).to_pylist()
    keys = [(row["scryfall_id"], row["marketplace"]) for row in table]
    assert keys == sorted(keys)


def test_a_merged_day_takes_the_databases_word_for_a_row(folder, cards):
    moment = start_of(FIRST_DAY) + timedelta(hours=9)
    record_prices(
        [price(cards[0], "1", moment), price(cards[1], "2", moment)], source="test"
    )
    archive_prices()
    as_if_written_elsewhere(folder)
    empty_prices()
    record_prices(price(cards[0], "3", moment), source="test")

    archive_prices()

    table = pq.read_table(day_file(folder, FIRST_DAY)).to_pylist()
    assert {row["scryfall_id"]: row["price"] for row in table} == {
        str(cards[0].scryfall_id): Decimal("3.000"),
        str(cards[1].scryfall_id): Decimal("2.000"),
    }


def as_if_written_elsewhere(folder: Path) -> None:
    content = manifest(folder)
    for day in content["days"].values():
        day["database"] = "another"
    content["database"] = "another"
    (folder / "manifest.json").write_text(json.dumps(content))


def test_a_table_emptied_by_hand_empties_no_archive(folder, cards):
    record_market(cards, days=1)
    archive_prices()
    empty_prices()
    moment = start_of(FIRST_DAY) + timedelta(hours=9)
    record_prices(price(cards[0], "7", moment), source="test")

    (day,) = archive_prices().days

    assert (day.rows, day.is_merged) == (len(cards) * PER_CARD + 1, True)


def test_what_a_crash_left_goes_with_the_next_writing(folder, cards):
    record_market(cards, days=1)
    (folder / "prices").mkdir(parents=True)
    (folder / f"prices/{FIRST_DAY}.0123456789ab.parquet").write_bytes(b"half")
    (folder / f"prices/{FIRST_DAY}.ba9876543210.parquet.part").write_bytes(b"less")

    archive_prices()

    listed = manifest(folder)
    paths = [listed["cards"]["path"], listed["days"][FIRST_DAY.isoformat()]["path"]]
    assert names(folder) == {
        "manifest.json",
        *(path.rpartition("/")[2] for path in paths),
    }


def test_the_demo_market_is_not_archived(folder, cards):
    record_market(cards, days=1)
    IngestRun.objects.create(source="demo")

    with pytest.raises(ArchiveError, match="demo market"):
        archive_prices()

    assert not folder.exists()


def test_a_place_that_does_not_answer_is_named(settings, tmp_path, cards):
    (tmp_path / "file").write_text("in the way")
    settings.ARCHIVE_URL = str(tmp_path / "file" / "archive")
    record_market(cards, days=1)

    with pytest.raises(ArchiveError, match=f"The archive at {tmp_path}/file"):
        archive_prices()


def test_a_day_that_cannot_be_merged_is_named_and_the_others_written(folder, cards):
    record_market(cards, days=2)
    archive_prices()
    as_if_written_elsewhere(folder)
    file = day_file(folder, FIRST_DAY)
    file.write_bytes(cut_off(file))

    exported = archive_prices()
    again = archive_prices()

    assert [day.day for day in exported.days] == [nth_day(1)]
    assert len(exported.failed) == 1
    assert exported.failed[0].startswith(f"{FIRST_DAY}: prices/{file.name}")
    assert file.exists()
    # It is not forgotten.
    assert again.failed == exported.failed


@pytest.mark.parametrize("url", ["nonsense://there", "s3://bucket/archive"])
def test_a_url_nobody_can_open_is_a_sentence(url):
    with pytest.raises(ArchiveError, match=f"The archive at {url}"):
        archive_prices(url=url)


# --- back again ----------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["", "file://", "memory://"])
def test_restored_is_what_was_archived(scheme, settings, tmp_path, cards):
    settings.ARCHIVE_URL = f"{scheme}{tmp_path}/archive"
    record_market(cards, days=20)
    record_market(cards, days=3, seed=2, from_day=9)
    before = checksums()
    archive_prices()
    empty_prices()

    restored = restore_archive()

    assert checksums() == before
    assert before["price_snapshots"][0] == 20 * len(cards) * PER_CARD
    assert restored.days == 20
    assert restored.refused == []
    assert sum(run.rows_rejected for run in restored.runs) == 0


def test_restored_after_compression_is_what_was_archived(folder, cards):
    record_market(cards, days=10)
    before = checksums()
    compress_all("price_snapshots")
    archive_prices()
    empty_prices()

    restore_archive()

    assert checksums() == before


def test_restoring_twice_writes_nothing(folder, cards):
    record_market(cards, days=5)
    archive_prices()

    (run,) = restore_archive().runs

    assert run.status == IngestRun.Status.SUCCEEDED
    assert (run.rows_written, run.rows_unchanged) == (0, 5 * len(cards) * PER_CARD)


def test_a_restore_makes_no_day_to_be_archived_again(folder, cards):
    record_market(cards, days=5)
    archive_prices()
    empty_prices()
    restore_archive()

    again = archive_prices()

    assert (again.days, again.unchanged) == ([], 0)


def test_only_the_days_that_are_asked_for(folder, cards):
    record_market(cards, days=5)
    archive_prices()
    empty_prices()

    restored = restore_archive(first=nth_day(1), last=nth_day(2))

    assert restored.days == 2
    assert rows("SELECT DISTINCT time::date FROM price_snapshots ORDER BY 1") == [
        (nth_day(1),),
        (nth_day(2),),
    ]


def test_prices_of_unknown_cards_are_counted_by_name(folder, cards):
    record_market(cards, days=2)
    archive_prices()
    empty_prices()
    lost = cards[0]
    Card.objects.filter(pk=lost.pk).delete()

    (run,) = restore_archive().runs

    assert run.rejects == {"unknown card": 2 * PER_CARD}
    assert run.rows_seen == run.rows_written + 2 * PER_CARD
    sample = run.quarantined.first()
    assert sample.raw["name"] == lost.name
    assert sample.raw["scryfall_id"] == str(lost.scryfall_id)


def test_a_card_that_was_merged_since_keeps_its_history(folder, cards):
    moment = start_of(FIRST_DAY) + timedelta(hours=9)
    record_prices(price(cards[0], "7", moment), source="test")
    archive_prices()
    empty_prices()
    target = make_card("Target")
    CardMigration.objects.create(
        id=uuid.uuid4(),
        performed_on=FIRST_DAY,
        strategy=CardMigration.Strategy.MERGE,
        old_scryfall_id=cards[0].scryfall_id,
        new_scryfall_id=target.scryfall_id,
    )

    restore_archive()

    assert PriceSnapshot.objects.get().card_id == target.pk


def test_a_marketplace_that_is_unknown_is_made_again(folder, cards):
    shop = Marketplace.objects.create(
        slug="corner-shop",
        name="Corner Shop",
        vendor="corner",
        side="RETAIL",
        currency="EUR",
        price_basis="What the till says",
    )
    moment = start_of(FIRST_DAY) + timedelta(hours=9)
    record_prices(
        PriceData(cards[0].pk, shop.pk, Decimal(3), "EUR", moment), source="test"
    )
    archive_prices()
    empty_prices()
    shop.delete()

    restore_archive()

    found = LatestPrice.objects.select_related("marketplace").get()
    assert found.price == Decimal(3)
    assert found.marketplace.price_basis == "What the till says"
    assert found.currency == found.marketplace.currency == "EUR"


def test_a_marketplace_in_another_currency_takes_no_price(folder, cards):
    moment = start_of(FIRST_DAY) + timedelta(hours=9)
    record_prices(price(cards[0], "7", moment), source="test")
    archive_prices()
    empty_prices()
    Marketplace.objects.filter(slug="cardkingdom").update(currency="EUR")

    (run,) = restore_archive().runs

    assert run.rejects == {"currency contradicts the marketplace": 1}
    assert not PriceSnapshot.objects.exists()


def test_what_a_feed_said_stands(folder, cards):
    moment = start_of(FIRST_DAY) + timedelta(hours=9)
    record_prices(price(cards[0], "7", moment), source="test")
    archive_prices()
    empty_prices()
    record_prices(price(cards[0], "8", moment), source="test")

    (run,) = restore_archive().runs

    assert PriceSnapshot.objects.get().price == Decimal(8)
    assert run.rows_written == 0
    assert run.rejects == {"superseded by a newer file": 1}


def test_what_was_accepted_once_is_not_doubted_again(folder, cards):
    moment = start_of(FIRST_DAY) + timedelta(hours=9)
    history = [price(cards[0], "10", moment + timedelta(days=n)) for n in range(5)]
    jump = price(cards[0], "9000", moment + timedelta(days=5))
    record_prices(history, source="test")
    assert record_prices(jump, source="test").rows_written == 0
    record_prices(jump, source="release")
    before = checksums()
    archive_prices()
    empty_prices()

    (run,) = restore_archive().runs

    assert (run.rows_written, run.rejects) == (6, {})
    assert checksums() == before


def damaged(file: Path) -> bytes:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    return bytes(content)


def cut_off(file: Path) -> bytes:
    return file.read_bytes()[:-100]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [(damaged, "is damaged"), (cut_off, "bytes instead of"), (None, "is missing")],
)
def test_a_spoilt_file_is_refused_by_name(folder, cards, spoil, complaint):
    record_market(cards, days=3)
    archive_prices()
    empty_prices()
    file = day_file(folder, nth_day(1))
    if spoil:
        file.write_bytes(spoil(file))
    else:
        file.unlink()

    restored = restore_archive()

    (refusal,) = restored.refused
    assert file.name in refusal
    assert complaint in refusal
    assert restored.days == 2
    assert rows("SELECT DISTINCT time::date FROM price_snapshots ORDER BY 1") == [
        (FIRST_DAY,),
        (nth_day(2),),
    ]


def test_a_file_that_is_no_day_is_refused_whatever_its_checksum(folder, cards):
    record_market(cards, days=1)
    archive_prices()
    empty_prices()
    content = manifest(folder)
    entry = content["days"][FIRST_DAY.isoformat()]
    file = folder / entry["path"]
    file.write_bytes((folder / content["cards"]["path"]).read_bytes())
    entry |= {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
    (folder / "manifest.json").write_text(json.dumps(content))

    restored = restore_archive()

    assert len(restored.refused) == 1
    assert "it is not a day's prices" in restored.refused[0]
    assert not PriceSnapshot.objects.exists()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("not json", "is damaged"),
        ('{"format": "else"}', "is not the manifest of a price archive"),
        (
            '{"format": "mtgintel-price-archive", "version": 2}',
            "is of version 2, this program knows version 1",
        ),
    ],
)
def test_a_manifest_we_do_not_know_is_refused(folder, cards, text, complaint):
    folder.mkdir()
    (folder / "manifest.json").write_text(text)

    with pytest.raises(ArchiveError, match=complaint):
        restore_archive()


def test_no_file_outside_the_archive_is_read(folder, cards):
    record_market(cards, days=1)
    archive_prices()
    content = manifest(folder)
    content["days"][FIRST_DAY.isoformat()]["path"] = "../../etc/passwd"
    (folder / "manifest.json").write_text(json.dumps(content))

    with pytest.raises(ArchiveError, match="outside the archive"):
        restore_archive()


def test_no_prices_without_a_catalogue(folder):
    with pytest.raises(ArchiveError, match="read the catalogue first"):
        restore_archive()


def test_a_killed_restore_is_done_again(folder, cards, monkeypatch):
    record_market(cards, days=5)
    before = checksums()
    archive_prices()
    empty_prices()
    with monkeypatch.context() as broken:
        broken.setattr(
            "apps.prices.services.merge.Merge.latest",
            lambda _: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            restore_archive()
    assert not PriceSnapshot.objects.exists()

    restore_archive()

    assert checksums() == before


# --- commands ------------------------------------------------------------------


def test_commands_write_and_restore(folder, cards):
    record_market(cards, days=2)
    before = checksums()
    written, restored = StringIO(), StringIO()

    call_command("archive", stdout=written)
    empty_prices()
    call_command("restore_archive", stdout=restored)

    prices = 2 * len(cards) * PER_CARD
    assert "archive: 2 days written" in written.getvalue()
    assert f"{prices:,} prices" in written.getvalue()
    assert f"{prices:,} written, 0 unchanged, 0 rejected" in restored.getvalue()
    assert checksums() == before


def test_restore_command_fails_where_a_day_was_refused(folder, cards):
    record_market(cards, days=2)
    call_command("archive", stdout=StringIO())
    day_file(folder, FIRST_DAY).write_bytes(b"")

    with pytest.raises(CommandError, match=f"{FIRST_DAY}.*0 bytes instead of"):
        call_command("restore_archive", stdout=StringIO())


def test_archive_elsewhere_by_its_url(settings, cards, tmp_path):
    record_market(cards, days=1)

    call_command(
        "archive",
        "--from",
        FIRST_DAY.isoformat(),
        "--to",
        FIRST_DAY.isoformat(),
        url="memory://elsewhere",
        stdout=StringIO(),
    )

    assert FIRST_DAY in Folder("memory://elsewhere").manifest().days
    fsspec.filesystem("memory").rm("/elsewhere", recursive=True)
    assert connection.in_atomic_block is False
