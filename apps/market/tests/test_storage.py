"""The market index aggregates, on every engine the project runs on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.market.models import MarketIndex30Min, MarketIndexDaily, MarketIndexHourly
from apps.prices.models import Marketplace, PriceSnapshot
from mtgintel.core.timescale import ensure_chunks, refresh_aggregates
from tests.engines.storage import Policies, policies

pytestmark = pytest.mark.storage

WIDTHS = {
    MarketIndex30Min: timedelta(minutes=30),
    MarketIndexHourly: timedelta(hours=1),
    MarketIndexDaily: timedelta(days=1),
}
# Recent enough for the finest buckets, which are dropped after 35 days.
MIDNIGHT = timezone.now().replace(
    hour=0, minute=0, second=0, microsecond=0
) - timedelta(days=7)


def observe(minute: int, price: str, **changes: object) -> PriceSnapshot:
    """An unsaved Near Mint English price of card 1, so many minutes past midnight."""
    slug = changes.pop("slug", "tcgplayer")
    marketplace = Marketplace.objects.get(slug=slug)
    values = {
        "card_id": 1,
        "condition": "NEAR_MINT",
        "finish": "NONFOIL",
        "language": "ENGLISH",
        **changes,
    }
    return PriceSnapshot(
        time=MIDNIGHT + timedelta(minutes=minute),
        price=Decimal(price),
        marketplace=marketplace,
        currency=marketplace.currency,
        **values,
    )


def store(*snapshots: PriceSnapshot) -> None:
    times = [one.time for one in snapshots]
    ensure_chunks("price_snapshots", min(times), max(times))
    PriceSnapshot.objects.bulk_create(snapshots)
    refresh_aggregates(min(times), max(times))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "market_index_30min",
            Policies(
                compress_after=timedelta(days=14),
                drop_after=timedelta(days=35),
                refresh_every=timedelta(minutes=30),
                refresh_from=timedelta(days=3),
            ),
        ),
        (
            "market_index_hourly",
            Policies(
                compress_after=timedelta(days=35),
                drop_after=timedelta(days=400),
                refresh_every=timedelta(hours=1),
                refresh_from=timedelta(days=3),
            ),
        ),
        (
            "market_index_daily",
            Policies(
                compress_after=timedelta(days=35),
                refresh_every=timedelta(hours=6),
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
@pytest.mark.parametrize("model", WIDTHS)
def test_card_counts_once_however_many_prices_it_has(model):
    cards = [1, 63, 64, 65, 127, 128, 2**31 - 1]
    slugs = ("tcgplayer", "cardkingdom")
    store(
        *(
            observe(minute, "1.00", card_id=card_id, slug=slug)
            for card_id in cards
            for slug in slugs
            for minute in (0, 1)
        )
    )

    bucket = model.objects.get()
    assert (bucket.unique_cards, bucket.price_count) == (7, 28)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", WIDTHS)
def test_figures_of_a_bucket(model):
    store(
        observe(1, "1.00", total_quantity=3),
        observe(2, "2.50"),
        observe(3, "6.00", card_id=2, total_quantity=4),
        observe(4, "2.50", card_id=2, slug="cardkingdom"),
    )

    bucket = model.objects.get()
    assert (bucket.bucket, bucket.currency, bucket.finish) == (
        MIDNIGHT,
        "USD",
        "NONFOIL",
    )
    assert (bucket.price_sum, bucket.price_count) == (12_000, 4)
    assert bucket.avg_price == 3000.0
    assert (bucket.min_price, bucket.max_price) == (Decimal("1.00"), Decimal("6.00"))
    assert (bucket.unique_cards, bucket.total_snapshots, bucket.total_volume) == (
        2,
        4,
        7,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", WIDTHS)
def test_buckets_are_as_wide_as_their_name(model):
    width = WIDTHS[model]
    last_minute = int(width.total_seconds() / 60) - 1
    store(observe(0, "1.00"), observe(last_minute, "2.00"))
    store(observe(last_minute + 1, "4.00"))

    assert list(
        model.objects.order_by("bucket").values_list("bucket", "price_sum")
    ) == [(MIDNIGHT, 3000), (MIDNIGHT + width, 4000)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", WIDTHS)
def test_currencies_and_finishes_are_kept_apart(model):
    store(
        observe(1, "1.00"),
        observe(1, "2.00", slug="cardmarket"),
        observe(1, "0.004", slug="cardhoarder"),
        observe(1, "8.00", finish="FOIL"),
        observe(1, "9.00", finish="ETCHED"),
    )

    assert set(model.objects.values_list("currency", "finish", "price_sum")) == {
        ("USD", "NONFOIL", 1000),
        ("EUR", "NONFOIL", 2000),
        ("TIX", "NONFOIL", 4),
        ("USD", "FOIL", 8000),
        ("USD", "ETCHED", 9000),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", WIDTHS)
@pytest.mark.parametrize(
    "change",
    [
        {"slug": "cardkingdom-buylist"},
        {"condition": "LIGHTLY_PLAYED"},
        {"language": "JAPANESE"},
    ],
    ids=str,
)
def test_what_is_not_like_the_rest_stays_out(model, change):
    store(observe(1, "1.00"), observe(1, "50.00", **change))

    bucket = model.objects.get()
    assert (bucket.price_sum, bucket.total_snapshots) == (1000, 1)
