"""price_snapshots and its aggregates, on every engine the project runs on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from apps.prices.models import CardPriceDaily, CardPriceHourly, PriceSnapshot
from mtgintel.core.timescale import (
    aggregates,
    attach_chunk,
    compress_chunks,
    compressed_chunks,
    create_chunk,
    decompress_chunks,
    ensure_chunks,
    refresh_aggregates,
)
from tests.engines.storage import (
    Policies,
    chunks,
    compress_all,
    drop_expired_chunks,
    execute,
    partitioning,
    policies,
    rows,
)

pytestmark = pytest.mark.storage

TABLE = "price_snapshots"
KEY = ["card_id", "marketplace_id", "condition", "finish", "language", "time"]

WEEK = timedelta(days=7)
# A Thursday: chunks of seven days begin on the epoch's day of the week.
CHUNK_START = datetime(2026, 1, 1, tzinfo=UTC)
# Another, of a time in which no other test leaves a chunk.
LONG_AGO = datetime(1998, 1, 1, tzinfo=UTC)


def snapshot(time: datetime, price: str = "1.00", **changes: object) -> PriceSnapshot:
    """An unsaved observation of one series; `changes` make it another's."""
    series = {
        "card_id": 7,
        "marketplace_id": 1,
        "condition": "NEAR_MINT",
        "finish": "NONFOIL",
        "language": "ENGLISH",
        "currency": "USD",
    }
    return PriceSnapshot(time=time, price=Decimal(price), **{**series, **changes})


def chunks_of_long_ago() -> list[tuple[datetime, datetime]]:
    return [each for each in chunks(TABLE) if each[0] < LONG_AGO + 52 * WEEK]


def store(*snapshots: PriceSnapshot) -> None:
    times = [one.time for one in snapshots]
    ensure_chunks(TABLE, min(times), max(times))
    PriceSnapshot.objects.bulk_create(snapshots)


def correct(time: datetime, price: str, **changes: object) -> None:
    """Write over what the series of `snapshot` cost at `time`."""
    PriceSnapshot.objects.bulk_create(
        [snapshot(time, price, **changes)],
        update_conflicts=True,
        unique_fields=KEY,
        update_fields=["price"],
    )


def prices() -> list[tuple[datetime, Decimal]]:
    return list(PriceSnapshot.objects.order_by("time").values_list("time", "price"))


# --- The table ---------------------------------------------------------------------


@pytest.mark.django_db
def test_table_is_cut_by_time_into_weeks():
    assert partitioning(TABLE) == ("time", WEEK)


@pytest.mark.django_db
def test_rows_land_in_chunks_of_seven_days():
    last_moment = LONG_AGO + WEEK - timedelta(microseconds=1)
    store(snapshot(LONG_AGO), snapshot(last_moment))
    store(snapshot(LONG_AGO + 2 * WEEK))

    assert chunks_of_long_ago() == [
        (LONG_AGO, LONG_AGO + WEEK),
        (LONG_AGO + 2 * WEEK, LONG_AGO + 3 * WEEK),
    ]


@pytest.mark.django_db
def test_key_is_the_series_then_time():
    found = rows(
        "SELECT attname FROM pg_constraint, "
        "unnest(conkey) WITH ORDINALITY AS k(number, position), pg_attribute "
        "WHERE conrelid = %s::regclass AND contype = 'p' "
        "AND attrelid = conrelid AND attnum = number ORDER BY position",
        [TABLE],
    )

    assert [name for (name,) in found] == KEY
    assert set(KEY) == {field.attname for field in PriceSnapshot._meta.pk_fields}


@pytest.mark.django_db
def test_nothing_but_the_key_weighs_on_a_write():
    store(snapshot(CHUNK_START))
    indexes = rows(
        "SELECT count(*) FROM pg_index WHERE indrelid = %s::regclass", [TABLE]
    )
    others = rows(
        "SELECT conname FROM pg_constraint JOIN pg_class c ON c.oid = conrelid "
        "WHERE contype IN ('f', 'u', 'x') "
        "AND (relname = %s OR relname ~ 'price_snapshots_|_hyper_')",
        [TABLE],
    )

    assert indexes == [(1,)]
    assert others == []


@pytest.mark.django_db
def test_second_row_of_a_key_is_refused():
    store(snapshot(CHUNK_START, "1.00"))

    with pytest.raises(IntegrityError), transaction.atomic():
        store(snapshot(CHUNK_START, "2.00"))

    assert prices() == [(CHUNK_START, Decimal("1.00"))]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"card_id": 8},
        {"marketplace_id": 2},
        {"condition": "LIGHTLY_PLAYED"},
        {"finish": "FOIL"},
        {"finish": "ETCHED"},
        {"language": "JAPANESE"},
    ],
    ids=str,
)
def test_every_part_of_the_key_makes_a_series(change):
    store(snapshot(CHUNK_START), snapshot(CHUNK_START, **change))

    assert PriceSnapshot.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("finish", "is_foil"), [("NONFOIL", False), ("FOIL", True), ("ETCHED", True)]
)
def test_is_foil_follows_the_finish(finish, is_foil):
    store(snapshot(CHUNK_START, finish=finish))

    assert PriceSnapshot.objects.get().is_foil is is_foil


@pytest.mark.django_db
def test_is_foil_cannot_be_written():
    store(snapshot(CHUNK_START))

    with pytest.raises(DatabaseError, match="is_foil"), transaction.atomic():
        execute("UPDATE price_snapshots SET is_foil = true")

    assert PriceSnapshot.objects.get().is_foil is False


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["condition", "finish", "language"])
def test_words_outside_the_vocabulary_are_refused(column):
    with pytest.raises(DatabaseError, match="SHINY"), transaction.atomic():
        store(snapshot(CHUNK_START, **{column: "SHINY"}))

    assert PriceSnapshot.objects.count() == 0


@pytest.mark.django_db
def test_prices_are_whole_thousandths():
    store(snapshot(CHUNK_START, "0.035"))

    assert rows("SELECT price FROM price_snapshots") == [(35,)]
    assert PriceSnapshot.objects.get().price == Decimal("0.035")


# --- Old rows ----------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "price_snapshots",
            Policies(
                compress_after=timedelta(days=7), drop_after=timedelta(days=2 * 365)
            ),
        ),
        (
            "card_prices_hourly",
            Policies(
                compress_after=timedelta(days=14),
                drop_after=timedelta(days=35),
                refresh_every=timedelta(hours=1),
                refresh_from=timedelta(days=3),
            ),
        ),
        (
            "card_prices_daily",
            Policies(
                compress_after=timedelta(days=35),
                refresh_every=timedelta(hours=1),
                refresh_from=timedelta(days=7),
            ),
        ),
    ],
)
def test_policies(engine, table, expected):
    if engine == "postgres":
        expected = Policies(drop_after=expected.drop_after)

    assert policies(table) == expected


@pytest.mark.django_db(transaction=True)
def test_retention_drops_rows_of_two_years_ago_and_keeps_their_days():
    now = timezone.now()
    expired, kept = now - timedelta(days=750), now - timedelta(days=700)
    store(snapshot(expired, "1.00"), snapshot(kept, "2.00"))
    refresh_aggregates(expired, kept)

    drop_expired_chunks()

    assert prices() == [(kept, Decimal("2.00"))]
    assert list(
        CardPriceDaily.objects.order_by("bucket").values_list("close_price", flat=True)
    ) == [Decimal("1.00"), Decimal("2.00")]


@pytest.mark.django_db(transaction=True)
def test_compressed_rows_read_as_they_were_written(engine):
    moments = [CHUNK_START + timedelta(hours=n) for n in range(48)]
    store(*(snapshot(moment, f"{n}.50") for n, moment in enumerate(moments)))
    written = prices()

    compressed = compress_all(TABLE)

    assert len(compressed) == (1 if engine == "timescale" else 0)
    assert len(compressed_chunks(TABLE, moments[0], moments[-1])) == len(compressed)
    assert prices() == written


@pytest.mark.django_db(transaction=True)
def test_single_row_of_a_compressed_chunk_is_corrected_in_place():
    store(snapshot(CHUNK_START, "1.00"), snapshot(CHUNK_START + WEEK / 2, "2.00"))
    compress_all(TABLE)

    correct(CHUNK_START, "9.00")

    assert prices() == [
        (CHUNK_START, Decimal("9.00")),
        (CHUNK_START + WEEK / 2, Decimal("2.00")),
    ]


@pytest.mark.django_db(transaction=True)
def test_late_corrections_open_and_close_the_chunks_they_touch():
    store(snapshot(CHUNK_START, "1.00"), snapshot(CHUNK_START + 3 * WEEK, "2.00"))
    compressed = compress_all(TABLE)

    with transaction.atomic():
        opened = compressed_chunks(TABLE, CHUNK_START, CHUNK_START + WEEK / 2)
        decompress_chunks(opened)
        closed_meanwhile = compressed_chunks(TABLE, CHUNK_START, CHUNK_START + 4 * WEEK)
        correct(CHUNK_START, "9.00")
        compress_chunks(opened)

    assert opened == compressed[:1]
    assert closed_meanwhile == compressed[1:]
    everything = compressed_chunks(TABLE, CHUNK_START, CHUNK_START + 4 * WEEK)
    assert everything == compressed
    assert prices() == [
        (CHUNK_START, Decimal("9.00")),
        (CHUNK_START + 3 * WEEK, Decimal("2.00")),
    ]


# --- Aggregates --------------------------------------------------------------------

# Recent enough for the hourly candles, which are dropped after 35 days.
MORNING = timezone.now().replace(hour=10, minute=0, second=0, microsecond=0) - WEEK


def at(minute: int, hours: int = 0) -> datetime:
    return MORNING + timedelta(hours=hours, minutes=minute)


@pytest.mark.django_db(transaction=True)
def test_candle_of_an_hour():
    store(
        snapshot(at(20), "3.00", total_quantity=4),
        snapshot(at(55), "2.00", total_quantity=6),
        snapshot(at(5), "1.00"),
        snapshot(at(0, hours=1), "8.00"),
        snapshot(at(30), "70.00", finish="FOIL"),
    )

    refresh_aggregates(at(0), at(0, hours=1))

    hour = CardPriceHourly.objects.get(bucket=MORNING, finish="NONFOIL")
    assert (hour.open_price, hour.high_price, hour.low_price, hour.close_price) == (
        Decimal("1.00"),
        Decimal("3.00"),
        Decimal("1.00"),
        Decimal("2.00"),
    )
    assert (hour.price_sum, hour.price_count, hour.avg_price) == (6000, 3, 2000.0)
    assert (hour.total_quantity, hour.currency) == (10, "USD")
    assert CardPriceHourly.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_day_is_the_sum_of_its_hours():
    store(
        snapshot(MORNING.replace(hour=0), "5.00"),
        snapshot(MORNING, "3.00"),
        snapshot(MORNING.replace(hour=23, minute=59), "4.00"),
        snapshot(MORNING.replace(hour=0) + timedelta(days=1), "9.00"),
    )

    refresh_aggregates(MORNING, MORNING)

    day = CardPriceDaily.objects.get(bucket=MORNING.replace(hour=0))
    assert (day.open_price, day.high_price, day.low_price, day.close_price) == (
        Decimal("5.00"),
        Decimal("5.00"),
        Decimal("3.00"),
        Decimal("4.00"),
    )
    assert (day.price_sum, day.price_count, day.avg_price) == (12000, 3, 4000.0)
    assert day.total_quantity is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [CardPriceHourly, CardPriceDaily])
def test_refresh_reaches_the_range_it_is_given_and_no_other(model):
    earlier = MORNING - 3 * WEEK
    store(snapshot(earlier, "1.00"), snapshot(MORNING, "2.00"))
    closes = model.objects.order_by("bucket").values_list("close_price", flat=True)

    refresh_aggregates(MORNING, MORNING)
    assert list(closes.all()) == [Decimal("2.00")]

    refresh_aggregates(earlier, earlier)
    assert list(closes.all()) == [Decimal("1.00"), Decimal("2.00")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [CardPriceHourly, CardPriceDaily])
def test_refresh_of_a_few_cards_is_as_that_of_all(model, engine):
    store(*(snapshot(MORNING, "1.00", card_id=card_id) for card_id in (1, 2, 3)))
    refresh_aggregates(MORNING, MORNING)
    correct(MORNING, "4.00", card_id=1)
    correct(MORNING, "4.00", card_id=2)
    PriceSnapshot.objects.filter(card_id=3).delete()
    store(snapshot(MORNING, "7.00", card_id=4))

    refresh_aggregates(MORNING, MORNING, [1, 3, 4])

    closes = dict(model.objects.values_list("card_id", "close_price"))
    # TimescaleDB knows by itself what changed, and leaves nothing out.
    second = "4.00" if engine == "timescale" else "1.00"
    assert closes == {1: Decimal("4.00"), 2: Decimal(second), 4: Decimal("7.00")}


@pytest.mark.django_db(transaction=True)
def test_refresh_of_a_few_cards_reaches_what_counts_all_of_them():
    store(snapshot(MORNING, "1.00", card_id=1))
    refresh_aggregates(MORNING, MORNING)
    store(snapshot(MORNING, "3.00", card_id=2))

    refresh_aggregates(MORNING, MORNING, [2])

    assert CardPriceDaily.objects.count() == 2
    assert rows("SELECT unique_cards FROM market_index_daily") == [(2,)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [CardPriceHourly, CardPriceDaily])
def test_refresh_follows_corrections_and_deletions(model):
    store(snapshot(MORNING, "1.00"), snapshot(MORNING, "50.00", finish="FOIL"))
    refresh_aggregates(MORNING, MORNING)

    correct(MORNING, "4.00")
    PriceSnapshot.objects.filter(finish="FOIL").delete()
    refresh_aggregates(MORNING, MORNING)

    assert list(model.objects.values_list("finish", "price_sum", "price_count")) == [
        ("NONFOIL", 4000, 1)
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [CardPriceHourly, CardPriceDaily])
def test_refresh_reaches_compressed_rows_and_buckets(model):
    store(snapshot(MORNING, "1.00"), snapshot(at(30), "3.00"))
    refresh_aggregates(MORNING, MORNING)
    compress_all(TABLE)
    compress_all(model._meta.db_table)

    correct(MORNING, "5.00")
    refresh_aggregates(MORNING, MORNING)

    bucket = model.objects.get()
    assert (bucket.open_price, bucket.price_sum) == (Decimal("5.00"), 8000)


@pytest.mark.django_db(transaction=True)
def test_hours_that_retention_drops_are_not_made_again():
    store(snapshot(MORNING - 10 * WEEK, "1.00"), snapshot(MORNING, "2.00"))

    refresh_aggregates(MORNING - 10 * WEEK, MORNING)

    assert CardPriceHourly.objects.get().close_price == Decimal("2.00")
    assert CardPriceDaily.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_days_of_a_back_fill_are_there_to_the_last():
    first = MORNING - timedelta(days=89)
    store(*(snapshot(first + timedelta(days=n), f"{n + 1}.00") for n in range(90)))

    refresh_aggregates(first, MORNING)

    days = CardPriceDaily.objects.all()
    assert len(days) == 90
    # 1 + 2 + … + 90 = 4095.
    assert sum(day.price_sum for day in days) == 4_095_000


def _daily(series: str = "NONFOIL") -> list[tuple[object, ...]]:
    return list(
        CardPriceDaily.objects.filter(finish=series)
        .order_by("bucket")
        .values_list(
            "bucket",
            "currency",
            "open_price",
            "high_price",
            "low_price",
            "close_price",
            "avg_price",
            "price_sum",
            "price_count",
            "total_quantity",
        )
    )


@pytest.mark.django_db(transaction=True)
def test_price_that_is_alone_in_its_day_is_the_day():
    midnight = MORNING.replace(hour=0)
    store(
        snapshot(midnight, "5.00", total_quantity=4),
        snapshot(midnight + timedelta(days=1), "0.07"),
    )

    refresh_aggregates(midnight, midnight + timedelta(days=1))

    five, seven = Decimal("5.00"), Decimal("0.07")
    assert _daily() == [
        (midnight, "USD", five, five, five, five, 5000.0, 5000, 1, 4),
        (midnight + timedelta(days=1), "USD", *[seven] * 4, 70.0, 70, 1, None),
    ]


@pytest.mark.django_db(transaction=True)
def test_day_that_was_one_price_takes_in_a_later_one():
    midnight = MORNING.replace(hour=0)
    store(snapshot(midnight, "5.00"), snapshot(midnight, "1.00", finish="FOIL"))
    refresh_aggregates(midnight, midnight)
    store(snapshot(MORNING, "3.00"))

    refresh_aggregates(midnight, MORNING)

    five, three = Decimal("5.00"), Decimal("3.00")
    assert _daily() == [
        (midnight, "USD", five, five, three, three, 4000.0, 8000, 2, None)
    ]
    assert [row[7:9] for row in _daily("FOIL")] == [(1000, 1)]


@pytest.mark.django_db(transaction=True)
def test_month_is_made_over_the_edges_of_chunks_and_pieces():
    first = MORNING.replace(hour=0) - timedelta(days=30)
    days = [first + timedelta(days=n) for n in range(31)]
    store(*(snapshot(day, "1.00") for day in days))

    refresh_aggregates(days[0], days[-1])
    refresh_aggregates(days[0], days[-1])

    assert [row[0] for row in _daily()] == days


@pytest.mark.django_db
def test_chunk_is_filled_before_it_is_attached(engine):
    chunk = create_chunk(TABLE, LONG_AGO + WEEK / 2)
    if engine == "timescale":
        assert chunk is None
        return
    execute(
        f"INSERT INTO {chunk} (time, card_id, marketplace_id, condition, finish, "
        "language, currency, price) VALUES "
        "(%s, 7, 1, 'NEAR_MINT', 'FOIL', 'ENGLISH', 'USD', 1000)",
        [LONG_AGO],
    )
    assert prices() == []

    attach_chunk(TABLE, chunk)

    assert prices() == [(LONG_AGO, Decimal("1.00"))]
    assert PriceSnapshot.objects.get().is_foil is True
    assert chunks_of_long_ago() == [(LONG_AGO, LONG_AGO + WEEK)]
    assert create_chunk(TABLE, LONG_AGO) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        store(snapshot(LONG_AGO, finish="FOIL"))


@pytest.mark.django_db
def test_chunk_with_two_rows_of_one_key_is_not_attached(engine):
    chunk = create_chunk(TABLE, LONG_AGO)
    if engine == "timescale":
        assert chunk is None
        return
    row = "('1998-01-01Z', 7, 1, 'NEAR_MINT', 'FOIL', 'ENGLISH', 'USD', 1000)"
    execute(
        f"INSERT INTO {chunk} (time, card_id, marketplace_id, condition, finish, "
        f"language, currency, price) VALUES {row}, {row}"
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        attach_chunk(TABLE, chunk)

    assert chunks_of_long_ago() == []


@pytest.mark.django_db
def test_aggregates_tell_the_width_of_their_buckets():
    assert {aggregate.name: aggregate.width for aggregate in aggregates()} == {
        "card_prices_daily": timedelta(days=1),
        "card_prices_hourly": timedelta(hours=1),
        "market_index_30min": timedelta(minutes=30),
        "market_index_daily": timedelta(days=1),
        "market_index_hourly": timedelta(hours=1),
    }


@pytest.mark.django_db
def test_moment_is_in_the_bucket_that_begins_before_it():
    moment = datetime(2026, 3, 29, 13, 47, 12, tzinfo=UTC)

    starts = {a.name: a.bucket(moment).strftime("%d %H:%M") for a in aggregates()}

    assert starts["market_index_30min"] == "29 13:30"
    assert starts["market_index_hourly"] == "29 13:00"
    assert starts["market_index_daily"] == "29 00:00"
