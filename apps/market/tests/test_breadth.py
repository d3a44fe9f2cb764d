"""How the market stands in the database: what an ingest makes of it."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from apps.market.models import DailyCloses, MarketBreadth, MarketTotals, StreamVolume
from apps.market.selectors import standing_history, standings
from apps.market.selectors.closes import midnight
from apps.market.services import update_breadth, update_totals
from apps.market.services.breadth import KEPT_DAYS
from apps.prices.ingest.base import PriceData
from apps.prices.models import Marketplace, SeriesBreak
from apps.prices.services import (
    delete_series_break,
    drop_demo_market,
    record_prices,
    save_series_break,
)
from apps.prices.tests.factories import make_card, make_price
from mtgintel.core.constants import Side

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
FIRST = date(2026, 3, 1)
DAY = timedelta(days=1)

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOON, tick=False):
        yield


def price(card, day: int, amount: str, slug: str = "tcgplayer", **changes) -> PriceData:
    """A price at 06:00 of the so many'th day after FIRST."""
    stream = Marketplace.objects.get(slug=slug)
    return PriceData(
        **{
            "card_id": card.pk,
            "marketplace_id": stream.pk,
            "price": Decimal(amount),
            "currency": stream.currency,
            "time": datetime(2026, 3, 1, 6, tzinfo=UTC) + day * DAY,
            **changes,
        }
    )


def ingest(*prices: PriceData) -> None:
    record_prices(list(prices), source="test")


def everything() -> list[tuple]:
    """All that is stored, to the last bit."""
    return sorted(MarketBreadth.objects.values_list())


def counts(slug: str = "all", finish: str = "") -> dict[int, tuple[int, int, int]]:
    """{days after FIRST: (rose, fell, stayed since the day before)}"""
    return {
        ((one.day - FIRST).days): (
            one.breadth_1d.advancers,
            one.breadth_1d.decliners,
            one.breadth_1d.unchanged,
        )
        for one in standing_history(slug, "USD", finish)
    }


class TestDays:
    def test_an_ingest_brings_it_up_to_date(self):
        up, down, flat = make_card("Up"), make_card("Down"), make_card("Flat")
        ingest(*(price(card, 0, "10") for card in (up, down, flat)))
        assert counts() == {0: (0, 0, 0)}
        ingest(price(up, 1, "11"), price(down, 1, "9"), price(flat, 1, "10"))
        assert counts() == {0: (0, 0, 0), 1: (1, 1, 1)}

    def test_parts_and_finishes(self):
        modern = make_card("A", color_identity=["R"])
        other = make_card("B", legalities={}, color_identity=["R", "G"])
        for day, amount in ((0, "1"), (1, "2")):
            ingest(
                price(modern, day, amount),
                price(modern, day, "5", finish="FOIL"),
                price(other, day, "5"),
            )
        stands = standings("USD")
        assert {slug: one.variants for slug, one in stands.items()} == {
            "all": 3,
            "modern": 2,
            "mythics": 3,
            "foils": 1,
            "red": 2,
            "multicolour": 1,
        }
        assert counts("red")[1] == (1, 0, 1)
        assert counts("red", "FOIL")[1] == (0, 0, 1)
        assert set(standings("USD", "ETCHED")) == set()
        assert set(standings("USD", "FOIL")) == {"all", "modern", "mythics", "red"}

    def test_only_near_mint_english_prices_one_asks(self):
        card = make_card()
        for day in (0, 1):
            ingest(
                price(card, day, "10"),
                price(card, day, "1", "cardkingdom-buylist"),
                price(card, day, "1", condition="DAMAGED"),
                price(card, day, "1", language="GERMAN"),
            )
        assert counts()[1] == (0, 0, 1)

    def test_above_the_mean_and_volatile(self):
        card = make_card()
        for day in range(11):
            ingest(price(card, day, "20" if day % 2 else "10"))
        ingest(price(card, 11, "30"))
        stand = standings("USD")["all"]
        assert (stand.day, stand.above_mean, stand.with_mean) == (
            FIRST + 11 * DAY,
            1,
            1,
        )
        # Ten returns of ln 2 and -ln 2 in turn, then ln 3: the root of
        # (10 ln² 2 + ln² 3 - ln² 3 / 11) / 10.
        assert (stand.with_volatility, stand.volatility_percent) == (
            1,
            Decimal("76.82"),
        )
        assert stand.above_mean_percent == Decimal("100.0")

    def test_nothing_crosses_a_series_break(self):
        card = make_card()
        ingest(*(price(card, day, "10") for day in range(11)))
        found = SeriesBreak(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=FIRST + 10 * DAY,
            reason="a median from now on",
        )
        ingest(*(price(card, day, "10") for day in (11, 12)))
        save_series_break(series_break=found)
        assert self.means() == {9: 1, 10: 0, 11: 0, 12: 0}
        assert counts()[10] == (0, 0, 0)
        assert (counts()[11], counts()[12]) == ((0, 0, 1), (0, 0, 1))
        stored = everything()
        call_command("compute_indices", "--rebuild", stdout=StringIO())
        assert everything() == stored
        # Moved, and forgotten.
        found.began_on += DAY
        save_series_break(series_break=found)
        assert (counts()[10], counts()[11]) == ((0, 0, 1), (0, 0, 0))
        delete_series_break(series_break=found)
        assert self.means() == {9: 1, 10: 1, 11: 1, 12: 1}

    def means(self) -> dict[int, int]:
        """{days after FIRST: how many have a mean} from the tenth day on."""
        return {
            (one.day - FIRST).days: one.with_mean
            for one in standing_history("all", "USD")[9:]
        }

    def test_a_day_of_few_feeds_is_not_how_the_market_stands(self):
        cards = [make_card(str(number)) for number in range(3)]
        for day in (0, 1):
            ingest(*(price(card, day, "10") for card in cards))
        ingest(price(cards[0], 2, "20"))
        assert standings("USD")["all"].day == FIRST + DAY
        assert counts()[2] == (1, 0, 0)


class TestLate:
    def test_a_late_day_changes_what_looks_back_on_it(self):
        card = make_card()
        ingest(*(price(card, day, "10") for day in (0, 2)))
        assert counts() == {0: (0, 0, 0), 2: (0, 0, 1)}
        ingest(price(card, 1, "20"))
        assert counts() == {0: (0, 0, 0), 1: (1, 0, 0), 2: (0, 1, 0)}

    def test_any_order_comes_out_as_a_rebuild(self):
        shuffled = random.Random(5)
        cards = [make_card(str(number)) for number in range(8)]
        days = list(range(30))
        shuffled.shuffle(days)
        for day in days:
            ingest(
                *(
                    price(card, day, f"{shuffled.randint(1, 9)}", slug)
                    for card in cards
                    for slug in ("tcgplayer", "cardkingdom", "cardmarket")
                    if shuffled.random() < 0.8
                )
            )
        stored = everything()
        assert len({row[3] for row in stored}) == 30
        MarketBreadth.objects.filter(day=FIRST).delete()
        MarketBreadth.objects.update(advancers_1d=99)
        assert update_breadth() == 60
        assert everything() == stored
        # And without what was packed before, from the middle on.
        DailyCloses.objects.filter(day__gte=FIRST + 6 * DAY).delete()
        update_breadth(start=midnight(FIRST + 12 * DAY), end=midnight(FIRST + 13 * DAY))
        assert everything() == stored

    def test_the_same_again_changes_nothing(self):
        card = make_card()
        ingest(*(price(card, day, "10") for day in range(3)))
        stored = everything()
        update_breadth(start=midnight(FIRST + DAY), end=midnight(FIRST + 2 * DAY))
        assert everything() == stored

    def test_a_day_whose_closes_are_the_same_is_not_computed_again(self):
        card = make_card()
        ingest(*(price(card, day, "10") for day in range(5)))
        MarketBreadth.objects.update(advancers_1d=9)
        bounds = {"start": midnight(FIRST), "end": midnight(FIRST + 4 * DAY)}
        assert update_breadth(**bounds) == 0
        ingest(price(card, 3, "11", "cardkingdom"))
        assert update_breadth(**bounds) == 0
        assert {day: up for day, (up, *_) in counts().items()} == {
            **dict.fromkeys(range(3), 9),
            3: 0,
            4: 0,
        }

    def test_figures_of_another_version_are_replaced(self):
        card = make_card()
        ingest(*(price(card, day, "10") for day in range(3)))
        stored = everything()
        MarketBreadth.objects.update(version=0, advancers_1d=9)
        update_breadth(start=midnight(FIRST + 2 * DAY), end=midnight(FIRST + 2 * DAY))
        assert everything() == stored

    def test_closes_are_packed_of_the_newest_days_only(self):
        card = make_card()
        ingest(price(card, 0, "1"), price(card, KEPT_DAYS + 1, "2"))
        days = DailyCloses.objects.values_list("day", flat=True)
        assert list(days) == [FIRST + (KEPT_DAYS + 1) * DAY]

    def test_a_daily_update_reads_each_earlier_day_as_one_row_a_stream(
        self, django_assert_max_num_queries
    ):
        card = make_card()
        ingest(*(price(card, day, "10") for day in range(30)))
        start = midnight(FIRST + 29 * DAY)
        with django_assert_max_num_queries(60):
            update_breadth(start=start, end=start + DAY / 2)

    def test_goes_with_the_demo_market(self):
        card = make_card()
        record_prices([price(card, 0, "1")], source="demo")
        assert MarketBreadth.objects.exists()
        assert DailyCloses.objects.exists()
        assert MarketTotals.objects.exists()
        assert StreamVolume.objects.exists()
        drop_demo_market()
        assert not MarketBreadth.objects.exists()
        assert not DailyCloses.objects.exists()
        assert not MarketTotals.objects.exists()
        assert not StreamVolume.objects.exists()


class TestTotals:
    def test_by_currency_and_by_stream(self):
        a, b = make_card("A"), make_card("B")
        make_price(a, "2", num_listings=3, total_quantity=7)
        make_price(a, "4", "cardkingdom")
        make_price(b, "3.001", num_listings=4)
        make_price(b, "90", "cardkingdom-buylist", total_quantity=5)
        make_price(b, "90", condition="DAMAGED")
        make_price(b, "8", "cardmarket")
        update_totals()
        update_totals()
        assert sorted(
            (one.currency, one.priced_card_count, one.series_count, one.average_price)
            for one in MarketTotals.objects.all()
        ) == [("EUR", 1, 1, Decimal("8.00")), ("USD", 2, 5, Decimal("3.00"))]
        assert {
            one.marketplace.slug: (
                *(one.series_count, one.listed_count, one.listings),
                *(one.counted_count, one.quantity),
            )
            for one in StreamVolume.objects.select_related("marketplace")
        } == {
            "tcgplayer": (3, 2, 7, 1, 7),
            "cardkingdom": (1, 0, 0, 0, 0),
            "cardkingdom-buylist": (1, 0, 0, 1, 5),
            "cardmarket": (1, 0, 0, 0, 0),
        }

    def test_of_buylists_alone_there_is_no_mean(self):
        make_price(make_card(), "1", "cardkingdom-buylist")
        assert Marketplace.objects.get(slug="cardkingdom-buylist").side == Side.BUYLIST
        update_totals()
        assert MarketTotals.objects.get().average_price is None
