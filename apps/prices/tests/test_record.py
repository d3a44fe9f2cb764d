"""record_prices: what is stored, what is latest, what is left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.cards.models import Card
from apps.prices.ingest.base import PriceData
from apps.prices.models import IngestRun, LatestPrice, Marketplace, PriceSnapshot
from apps.prices.services import record_prices

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def card() -> Card:
    return Card.objects.create(
        scryfall_id="0000579f-7b35-4ed3-b44c-db2a538066fe",
        name="Fury Sliver",
        search_name="fury sliver",
        finishes=["NONFOIL", "FOIL"],
    )


@pytest.fixture
def tcgplayer() -> Marketplace:
    return Marketplace.objects.get(slug="tcgplayer")


@pytest.fixture
def quote(card, tcgplayer):
    """Builds a PriceData of one series, `age` days before NOON."""

    def build(price: str, age: float = 0, **changes: object) -> PriceData:
        values = {
            "card_id": card.id,
            "marketplace_id": tcgplayer.id,
            "price": Decimal(price),
            "currency": "USD",
            "time": NOON - age * DAY,
        }
        return PriceData(**{**values, **changes})

    return build


def only_latest() -> LatestPrice:
    return LatestPrice.objects.get()


def test_one_price_is_stored_with_everything_it_says(quote, card, tcgplayer):
    run = record_prices(
        quote(
            "12.345",
            finish="FOIL",
            condition="LIGHTLY_PLAYED",
            language="JAPANESE",
            price_low=Decimal("11.00"),
            num_listings=0,
            total_quantity=7,
        ),
        source="test",
    )

    stored = PriceSnapshot.objects.get()
    assert (stored.time, stored.card_id, stored.marketplace_id) == (
        NOON,
        card.id,
        tcgplayer.id,
    )
    assert (stored.price, stored.price_low) == (Decimal("12.345"), Decimal("11.00"))
    assert (stored.price_mid, stored.price_high, stored.price_market) == (None,) * 3
    assert (stored.num_listings, stored.total_quantity) == (0, 7)
    assert (stored.condition, stored.finish, stored.language, stored.is_foil) == (
        "LIGHTLY_PLAYED",
        "FOIL",
        "JAPANESE",
        True,
    )
    assert (stored.currency, stored.run_id) == ("USD", run.id)
    assert (run.status, run.rows_seen, run.rows_written, run.rows_rejected) == (
        "SUCCEEDED",
        1,
        1,
        0,
    )
    assert (run.as_of, run.dirty_from.date()) == (NOON, NOON.date())


def test_stored_rows_are_not_written_again(quote):
    prices = [quote("1.00", age=n) for n in range(20)]
    record_prices(prices, source="test")

    run = record_prices(prices, source="test")

    assert (run.rows_seen, run.rows_written, run.rows_unchanged) == (20, 0, 20)
    assert run.dirty_from is None
    assert not PriceSnapshot.objects.filter(run_id=run.id).exists()


def test_a_missing_price_never_becomes_a_row(quote):
    bad = ["0", "-1", "NaN", "0.0001", "99999999"]

    run = record_prices([quote(text) for text in bad], source="test")

    assert not PriceSnapshot.objects.exists()
    assert run.rejects == {
        "not a price": 3,
        "price too small": 1,
        "price too large": 1,
    }
    assert [q.position for q in run.quarantined.order_by("id")] == [
        f"row {n}" for n in range(1, 6)
    ]


def test_another_currency_or_no_card_is_rejected(quote):
    run = record_prices(
        [quote("1", currency="EUR"), quote("1", card_id=999), quote("2")], source="test"
    )

    assert PriceSnapshot.objects.get().price == Decimal("2.00")
    assert run.rejects == {
        "currency contradicts the marketplace": 1,
        "unknown card": 1,
    }


def test_first_of_two_prices_with_one_key_wins(quote):
    run = record_prices([quote("1.00"), quote("2.00"), quote("1.00")], source="test")

    assert PriceSnapshot.objects.get().price == Decimal("1.00")
    assert (run.rows_written, run.rejects) == (1, {"duplicate": 2})


def test_older_price_does_not_beat_a_newer_one(quote):
    record_prices(quote("5.00"), source="test")

    record_prices(quote("9.00", age=3), source="test")

    latest = only_latest()
    assert (latest.price, latest.as_of) == (Decimal("5.00"), NOON)
    assert (latest.previous_price, latest.changed_at) == (Decimal("9.00"), NOON)


def test_reference_prices_are_the_nearest_at_or_before_the_window(quote):
    record_prices(
        [
            quote("10.00"),
            quote("11.00", age=0.5),
            quote("12.00", age=1.5),
            quote("13.00", age=7),
            quote("14.00", age=10.5),
            quote("15.00", age=33),
            quote("16.00", age=104),
        ],
        source="test",
    )

    latest = only_latest()
    assert (latest.price_1d, latest.price_7d, latest.price_30d, latest.price_90d) == (
        Decimal("12.00"),
        Decimal("13.00"),
        Decimal("15.00"),
        Decimal("16.00"),
    )


def test_reference_beyond_the_tolerance_is_none(quote):
    record_prices([quote("10.00"), quote("11.00", age=3.01)], source="test")

    latest = only_latest()
    assert (latest.price_1d, latest.price_7d) == (None, None)


def test_late_prices_correct_the_references(quote):
    record_prices(quote("10.00"), source="test")
    assert only_latest().price_7d is None

    record_prices(quote("8.00", age=8), source="test")

    latest = only_latest()
    assert (latest.price, latest.price_7d) == (Decimal("10.00"), Decimal("8.00"))
    assert (latest.previous_price, latest.changed_at) == (Decimal("8.00"), NOON)


def test_change_is_dated_by_the_first_day_of_the_new_price(quote):
    history = [(4, "1.00"), (3, "2.00"), (2, "3.00"), (1, "3.00"), (0, "3.00")]
    record_prices([quote(price, age=age) for age, price in history], source="test")

    latest = only_latest()
    assert (latest.previous_price, latest.changed_at) == (
        Decimal("2.00"),
        NOON - 2 * DAY,
    )


@pytest.mark.parametrize("step", [1, 2, 3, 5])
def test_latest_is_the_same_however_the_history_arrived(quote, step):
    prices = ["1", "1", "2", "2", "2", "3", "1", "1", "4", "4"]
    history = [quote(price, age=len(prices) - n) for n, price in enumerate(prices)]
    for start in range(0, len(history), step):
        record_prices(history[start : start + step], source="test")

    latest = only_latest()
    assert (latest.price, latest.as_of) == (Decimal("4.00"), NOON - DAY)
    assert (latest.previous_price, latest.changed_at) == (
        Decimal("1.00"),
        NOON - 2 * DAY,
    )
    assert (latest.price_1d, latest.price_7d) == (Decimal("4.00"), Decimal("2.00"))


def test_corrected_price_replaces_the_stored_one(quote):
    record_prices([quote("5.00"), quote("4.00", age=1)], source="test")

    run = record_prices(quote("6.00"), source="test")

    assert run.rows_written == 1
    assert PriceSnapshot.objects.get(time=NOON).price == Decimal("6.00")
    latest = only_latest()
    assert (latest.price, latest.previous_price) == (Decimal("6.00"), Decimal("4.00"))


def test_an_older_file_does_not_undo_a_correction(quote):
    record_prices(quote("5.00", age=5), source="test", as_of=NOON)

    run = record_prices(quote("4.00", age=5), source="test", as_of=NOON - DAY)

    assert PriceSnapshot.objects.get().price == Decimal("5.00")
    assert run.rejects == {"superseded by a newer file": 1}
    assert (run.rows_seen, run.rows_written, run.rows_rejected) == (1, 0, 1)


def test_finishes_are_separate_series(quote):
    record_prices(
        [
            quote(f"{n}.00", finish=f)
            for n, f in enumerate(["NONFOIL", "FOIL", "ETCHED"], 1)
        ],
        source="test",
    )

    assert dict(LatestPrice.objects.values_list("finish", "price")) == {
        "NONFOIL": Decimal("1.00"),
        "FOIL": Decimal("2.00"),
        "ETCHED": Decimal("3.00"),
    }


def test_nothing_at_all_is_a_run_of_nothing():
    run = record_prices([], source="test")

    assert (run.status, run.rows_seen) == (IngestRun.Status.SUCCEEDED, 0)
