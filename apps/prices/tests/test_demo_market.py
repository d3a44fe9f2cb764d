"""The demo market in the database: loaded once, alive, gone when the real one comes."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from threading import Event, Timer

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.cards.models import Card, CardSet, SealedProduct
from apps.prices import services
from apps.prices.demo.facts import sealed_products
from apps.prices.demo.services import (
    KEPT_TICKS,
    NotEmptyError,
    load_demo_market,
    tick_demo_market,
)
from apps.prices.demo.tasks import demo_tick
from apps.prices.ingest.base import PriceData
from apps.prices.ingest.ecb import Rate
from apps.prices.models import (
    CardPriceDaily,
    ExchangeRate,
    IngestRun,
    LatestPrice,
    Marketplace,
    PriceSnapshot,
    QuarantinedPrice,
    SealedPrice,
)
from apps.prices.selectors import exchange_rate
from apps.prices.services import record_rates

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 9, 10, 10, 25, 40, tzinfo=UTC)
MINUTE = NOW.replace(second=0)


def stored():
    """Everything a load writes, to see that nothing was written."""
    return (
        Card.objects.count(),
        PriceSnapshot.objects.count(),
        list(LatestPrice.objects.order_by("pk").values_list("price", "as_of")),
        list(IngestRun.objects.values_list("pk", "source", "finished_at")),
    )


def a_real_card():
    return Card.objects.create(
        scryfall_id="0000579f-7b35-4ed3-b44c-db2a538066fe",
        name="Fury Sliver",
        search_name="fury sliver",
        finishes=["NONFOIL"],
    )


def demo(*args):
    out = StringIO()
    call_command("demo", *args, stdout=out)
    return out.getvalue().strip()


def test_a_load_brings_cards_prices_and_aggregates():
    run = load_demo_market(days=3, now=NOW)

    assert (run.source, run.status, run.rejects) == ("demo", "SUCCEEDED", {})
    assert run.as_of == NOW.replace(minute=0, second=0)
    assert run.rows_written == run.rows_seen == PriceSnapshot.objects.count()
    assert Card.objects.count() == 311
    assert CardSet.objects.count() == 114
    assert not QuarantinedPrice.objects.exists()
    assert CardPriceDaily.objects.values("bucket").distinct().count() == 4
    liliana = Card.objects.get(card_set__code="war", collector_number="97★")
    assert (liliana.language, liliana.lang_code) == ("JAPANESE", "ja")
    assert liliana.finishes == ["NONFOIL", "FOIL"]
    english = Card.objects.get(card_set__code="war", collector_number="97")
    assert english.oracle_id == liliana.oracle_id
    delver = Card.objects.get(card_set__code="isd", collector_number="51")
    assert [face["name"] for face in delver.faces] == [
        "Delver of Secrets",
        "Insectile Aberration",
    ]
    assert delver.legalities == {"commander": "legal", "modern": "legal"}


def test_prices_are_filed_under_what_they_are():
    load_demo_market(days=3, now=NOW)

    assert not LatestPrice.objects.exclude(currency=F("marketplace__currency")).exists()
    foil_only = Card.objects.get(card_set__code="pdmu", collector_number="107s")
    finishes = LatestPrice.objects.for_card(foil_only.pk).values_list("finish")
    assert set(finishes) == {("FOIL",)}
    lotus = LatestPrice.objects.for_card(
        Card.objects.get(card_set__code="vma", name="Black Lotus").pk
    )
    assert set(lotus.values_list("marketplace__slug", "currency")) == {
        ("cardhoarder", "TIX")
    }
    assert set(LatestPrice.objects.values_list("condition")) == {("NEAR_MINT",)}
    japanese = Card.objects.get(card_set__code="neo", lang_code="ja")
    languages = LatestPrice.objects.for_card(japanese.pk).values_list("language")
    assert set(languages) == {("JAPANESE",)}


def test_prices_are_of_now():
    load_demo_market(days=1)

    newest = LatestPrice.objects.order_by("-as_of").values_list("as_of", flat=True)[0]
    assert timedelta(0) <= timezone.now() - newest < timedelta(hours=1)
    streams = LatestPrice.objects.filter(as_of=newest).values("marketplace").distinct()
    assert streams.count() == 6


def test_the_command_loads_once():
    assert demo("--if-empty", "--days", "1").startswith("demo: 311 printings, ")
    before = stored()

    assert demo("--if-empty") == (
        "demo: not needed. The demo market is here already; nothing was changed."
    )
    with pytest.raises(CommandError, match="here already; nothing was changed"):
        demo()
    assert stored() == before


def test_real_data_is_left_alone():
    a_real_card()
    before = stored()

    with pytest.raises(CommandError, match="MTGINTEL_DATA_DIR to a new directory"):
        demo()
    assert demo("--if-empty").startswith("demo: not needed. This database holds a real")
    with pytest.raises(NotEmptyError):
        load_demo_market(days=1, now=NOW)
    assert stored() == before


@pytest.mark.parametrize("days", ["0", "-3"])
def test_history_has_a_length(days):
    with pytest.raises(CommandError, match="--days must be at least 1"):
        demo("--days", days)
    assert not Card.objects.exists()


def test_a_load_does_not_mix_with_a_catalogue_being_read():
    key = "(hashtext('ingest'), hashtext('scryfall'))"
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock{key}")
        try:
            with pytest.raises(CommandError, match="scryfall is being read"):
                demo("--if-empty")
        finally:
            cursor.execute(f"SELECT pg_advisory_unlock{key}")
    other.close()
    assert not Card.objects.exists()


def test_a_load_that_fails_leaves_nothing(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("out of paper")

    monkeypatch.setattr("apps.prices.demo.services.record_prices", fail)
    with pytest.raises(RuntimeError):
        load_demo_market(days=1, now=NOW)
    assert not Card.objects.exists()
    assert not CardSet.objects.exists()


def test_a_tick_records_a_handful():
    load_demo_market(days=1, now=NOW)
    count = PriceSnapshot.objects.count()

    run = tick_demo_market(now=NOW)

    assert (run.source, run.rows_written, run.rejects) == ("demo-tick", 12, {})
    assert PriceSnapshot.objects.count() == count + 12
    moved = LatestPrice.objects.filter(as_of=MINUTE)
    assert moved.count() == 12
    assert not moved.exclude(run_id=run.pk).exists()
    hourly = CardPriceDaily.objects.filter(
        bucket=MINUTE.replace(hour=0, minute=0), price_count__gt=1
    )
    assert hourly.exists()


def test_the_same_minute_twice_is_the_same():
    load_demo_market(days=1, now=NOW)
    tick_demo_market(now=NOW)
    count = PriceSnapshot.objects.count()

    again = tick_demo_market(now=NOW + timedelta(seconds=9))

    assert (again.rows_written, again.rows_unchanged) == (0, 12)
    assert PriceSnapshot.objects.count() == count


def test_on_the_hour_the_streams_report():
    load_demo_market(days=1, now=NOW)

    run = tick_demo_market(now=NOW.replace(hour=12, minute=0))

    slugs = PriceSnapshot.objects.filter(run_id=run.pk).values_list(
        "marketplace__slug", flat=True
    )
    assert set(slugs) == {
        "tcgplayer",
        "cardkingdom",
        "manapool-graded",
        "cardmarket",
        "cardhoarder",
    }
    assert run.rows_written > 1_500
    # A leap that one stream has noticed and no other yet is doubted.
    assert run.rejects in ({}, {"disagrees with the other sources": 1})
    assert tick_demo_market(now=NOW.replace(hour=12, minute=0)).rows_written == 0


def test_a_pause_is_caught_up_with():
    load_demo_market(days=1, now=NOW)

    run = tick_demo_market(now=NOW + timedelta(hours=30))

    times = set(
        PriceSnapshot.objects.filter(run_id=run.pk).values_list("time", flat=True)
    )
    midday = NOW.replace(hour=12, minute=0, second=0)
    reports = {midday + timedelta(hours=6 * i) for i in range(5)}
    assert times == reports | {MINUTE + timedelta(hours=30)}
    following = tick_demo_market(now=NOW + timedelta(hours=30, minutes=1))
    assert following.rows_written == 15


def test_ticks_do_not_bury_the_ledger():
    load_demo_market(days=1, now=NOW)
    unrefreshed = IngestRun.objects.create(
        source="demo-tick", as_of=MINUTE - timedelta(days=1), dirty_from=MINUTE
    )
    IngestRun.objects.bulk_create(
        IngestRun(source="demo-tick", as_of=MINUTE - timedelta(hours=2, minutes=m))
        for m in range(KEPT_TICKS + 5)
    )
    other = IngestRun.objects.create(source="scryfall", as_of=MINUTE)

    tick_demo_market(now=NOW)

    ticks = IngestRun.objects.filter(source="demo-tick")
    assert ticks.count() == KEPT_TICKS + 1
    assert ticks.latest("as_of").as_of == MINUTE
    assert ticks.filter(pk=unrefreshed.pk).exists()
    assert IngestRun.objects.filter(pk=other.pk).exists()
    assert IngestRun.objects.filter(source="demo").count() == 1


def test_a_real_market_does_not_tick():
    card = a_real_card()
    services.record_prices(
        quarter(card), source="scryfall", as_of=NOW - timedelta(minutes=5)
    )
    before = stored()

    assert tick_demo_market(now=NOW) is None
    assert demo_tick() == {"rows_written": 0}
    assert stored() == before


def quarter(card):
    return PriceData(
        card_id=card.pk,
        marketplace_id=Marketplace.objects.get(slug="tcgplayer").pk,
        price=Decimal("0.25"),
        currency="USD",
        time=NOW - timedelta(minutes=5),
    )


def test_the_first_real_catalogue_takes_its_place():
    load_demo_market(days=1, now=NOW)

    assert services.drop_demo_market() is True

    assert not Card.objects.exists()
    assert not PriceSnapshot.objects.exists()
    assert not LatestPrice.objects.exists()
    assert tick_demo_market(now=NOW) is None
    assert services.drop_demo_market() is False


def test_what_somebody_owns_of_the_demo_stays_for_the_real_catalogue(
    django_user_model,
):
    load_demo_market(days=1, now=NOW)
    kept = Card.objects.get(card_set__code="war", collector_number="97★")
    owner = django_user_model.objects.create_user("owner")
    lot = kept.lots.create(
        owner=owner, finish="NONFOIL", language="JAPANESE", quantity=2
    )

    assert services.drop_demo_market() is True

    assert list(Card.objects.all()) == [kept]
    assert CardSet.objects.get().code == "war"
    lot.refresh_from_db()
    assert lot.card_id == kept.pk


def test_it_goes_when_nobody_is_reading_it_any_more():
    """Somebody who derives comes from one table to the next in one transaction: one
    that was taken away before, while we wait for the other, would block both."""
    load_demo_market(days=1, now=NOW)
    is_reading, may_go_on = Event(), Event()

    def derive():
        try:
            with transaction.atomic():
                LatestPrice.objects.update(price=F("price"))
                is_reading.set()
                assert may_go_on.wait(30)
                return PriceSnapshot.objects.count()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        derived = pool.submit(derive)
        assert is_reading.wait(30)
        # When the removal has tried for a while.
        Timer(2.0, may_go_on.set).start()
        assert services.drop_demo_market() is True
        assert derived.result() > 0
    assert not PriceSnapshot.objects.exists()
    assert not LatestPrice.objects.exists()


def test_the_tick_is_a_task_that_is_due_every_minute(settings):
    entry = settings.CELERY_BEAT_SCHEDULE["demo-tick"]
    assert entry["task"] == demo_tick.name == "prices.demo_tick"
    assert entry["schedule"] == timedelta(minutes=1)
    assert entry["options"]["expires"] < 60


def test_sealed_products_have_a_price_of_every_day_in_two_shops():
    load_demo_market(days=3, now=NOW)
    tick_demo_market(now=NOW + timedelta(days=2))
    tick_demo_market(now=NOW + timedelta(days=2, minutes=1))

    products = SealedProduct.objects.count()
    assert products == len(sealed_products()) == 45
    days = [8, 9, 10, 11, 12]
    stored = SealedPrice.objects.values_list("marketplace__slug", "day", "as_of__hour")
    assert Counter((slug, day.day, hour) for slug, day, hour in stored) == {
        (slug, day, hour): products
        for slug, hour in (("cardmarket", 0), ("tcgplayer", 6))
        for day in days
    }
    box = SealedProduct.objects.get(name="Modern Horizons 3 Play Booster Box")
    assert box.card_set.code == "mh3"
    for price in box.prices.filter(marketplace__slug="tcgplayer"):
        assert 180 < price.price_low < price.price < 280


def test_the_same_day_of_a_sealed_product_costs_the_same():
    def prices() -> list[tuple[str, Decimal]]:
        stored = SealedPrice.objects.filter(
            day=NOW.date(), marketplace__slug="tcgplayer"
        )
        return sorted(stored.values_list("product__name", "price"))

    load_demo_market(days=3, now=NOW)
    of_three = prices()
    services.drop_demo_market()
    assert not SealedProduct.objects.exists()
    load_demo_market(days=1, now=NOW)

    assert prices() == of_three


def test_a_euro_has_a_rate_on_every_day_until_the_real_market_comes():
    load_demo_market(days=3, now=NOW)
    tick_demo_market(now=NOW + timedelta(days=2))

    days = ExchangeRate.objects.order_by("day").values_list("day", flat=True)
    assert [day.day for day in days] == [7, 8, 9, 10, 11, 12]
    assert exchange_rate("EUR", "USD", NOW.date()).source == "demo"
    record_rates(rates=[Rate("GBP", NOW.date(), Decimal("0.84"))], source="ecb")
    services.drop_demo_market()
    assert ExchangeRate.objects.get().source == "ecb"
