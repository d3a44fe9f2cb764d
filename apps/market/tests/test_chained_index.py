"""The chained indices in the database: what an ingest makes of them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import CommandError, call_command

from apps.market.models import ChainedIndex, ChainedIndexBasket, ChainedIndexPoint
from apps.market.selectors import index_base, index_levels, newest_index_day
from apps.market.selectors.closes import midnight
from apps.market.services import update_indices
from apps.prices.ingest.base import PriceData
from apps.prices.models import Marketplace, PriceSnapshot, SeriesBreak
from apps.prices.services import (
    delete_series_break,
    drop_demo_market,
    record_prices,
    save_series_break,
)
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    refresh,
    touched_chunks,
)
from mtgintel.core import derived
from mtgintel.core.sql import load_sql
from mtgintel.core.timescale import refresh_aggregates

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
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
    moment = datetime(2026, 3, 1, 6, tzinfo=UTC) + day * DAY
    return PriceData(
        **{
            "card_id": card.pk,
            "marketplace_id": stream.pk,
            "price": Decimal(amount),
            "currency": stream.currency,
            "time": moment,
            **changes,
        }
    )


def ingest(*prices: PriceData) -> None:
    record_prices(list(prices), source="test")


def levels(slug: str = "all", **which) -> dict[int, float]:
    """{days after FIRST: level}"""
    return {
        (one.day - FIRST).days: round(float(one.level), 4)
        for one in index_levels(slug, **which)
    }


def everything() -> list[tuple]:
    """All points, to the last bit."""
    return sorted(
        ChainedIndexPoint.objects.values_list(
            *("index__slug", "index__currency", "index__finish", "day"),
            *("link", "level", "constituents", "weight"),
        ),
        key=str,
    )


class TestLevels:
    def test_an_ingest_brings_the_index_up_to_date(self):
        card = make_card()
        ingest(price(card, 0, "10"), price(card, 1, "11"))
        assert levels() == {0: 100.0, 1: 110.0}
        ingest(price(card, 2, "22"))
        assert levels() == {0: 100.0, 1: 110.0, 2: 220.0}
        assert index_base() == FIRST

    def test_cards_that_join_or_leave_move_nothing(self):
        card = make_card("A")
        ingest(*(price(card, day, "10") for day in range(3)))
        cheap = [make_card(str(number)) for number in range(20)]
        ingest(*(price(one, day, "0.10") for one in cheap for day in (1, 2)))
        ingest(price(card, 3, "10"))
        assert levels() == dict.fromkeys(range(4), 100.0)
        counts = [one.constituents for one in index_levels()]
        assert counts == [0, 1, 21, 1]

    def test_currencies_are_indices_of_their_own(self):
        card = make_card()
        ingest(price(card, 0, "10"), price(card, 1, "20"))
        ingest(price(card, 1, "10", "cardmarket"), price(card, 2, "5", "cardmarket"))
        assert levels() == {0: 100.0, 1: 200.0}
        assert levels(currency="EUR") == {1: 100.0, 2: 50.0}
        assert levels(currency="TIX") == {}

    def test_only_what_is_alike_and_asked_for_counts(self):
        card = make_card()
        ingest(price(card, 0, "10"), price(card, 1, "10"))
        for changes in (
            {"condition": "LIGHTLY_PLAYED"},
            {"language": "GERMAN"},
            {"slug": "cardkingdom-buylist"},
        ):
            other = make_card(str(changes))
            ingest(price(other, 0, "5", **changes), price(other, 1, "9", **changes))
        assert levels() == {0: 100.0, 1: 100.0}

    def test_last_price_of_a_day_is_its_close(self):
        card = make_card()
        late = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
        ingest(price(card, 0, "10"), price(card, 1, "50"))
        ingest(price(card, 1, "15", time=late))
        assert levels() == {0: 100.0, 1: 150.0}

    def test_a_gap_stays_a_gap_and_is_bridged(self):
        card = make_card()
        ingest(price(card, 0, "10"), price(card, 8, "12"))
        assert levels() == {0: 100.0, 8: 120.0}

    def test_after_a_long_gap_it_goes_on_from_where_it_stood(self):
        card = make_card()
        ingest(price(card, -20, "10"), price(card, -19, "11"))
        ingest(price(card, 0, "12"), price(card, 1, "12"), price(card, 2, "18"))
        assert levels() == {-20: 100.0, -19: 110.0, 1: 110.0, 2: 165.0}

    def test_a_link_never_crosses_a_break(self):
        card, other = make_card("A"), make_card("B")
        SeriesBreak.objects.create(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=FIRST + 2 * DAY,
            reason="test",
            before="a",
            after="b",
        )
        ingest(*(price(card, day, str(10 if day < 2 else 25)) for day in range(4)))
        other_prices = enumerate(("10", "10", "11", "11"))
        ingest(*(price(other, day, p, "cardkingdom") for day, p in other_prices))
        assert levels() == {0: 100.0, 1: 100.0, 2: 110.0, 3: 110.0}

    def test_a_break_that_is_noted_later_changes_the_links_around_it(self):
        card = make_card()
        ingest(*(price(card, day, str(10 if day < 2 else 25)) for day in range(4)))
        before = everything()
        found = SeriesBreak(
            marketplace=Marketplace.objects.get(slug="tcgplayer"),
            began_on=FIRST + 2 * DAY,
            reason="test",
            before="a",
            after="b",
        )
        save_series_break(series_break=found)
        # On the day itself there is nothing to compare with.
        assert levels() == {0: 100.0, 1: 100.0, 3: 100.0}
        delete_series_break(series_break=found)
        assert everything() == before

    def test_rows_of_a_link(self):
        card = make_card()
        ingest(price(card, 0, "10"), price(card, 1, "12.10"))
        first, second = ChainedIndexPoint.objects.filter(
            index__slug="all", index__finish=None
        )
        assert (first.link, first.level, first.constituents) == (1.0, 100.0, 0)
        assert second.link == pytest.approx(1.21)
        assert (second.constituents, second.weight) == (1, pytest.approx(11_000))


class TestSubMarkets:
    def test_each_is_of_its_cards(self):
        old = make_card("Old", is_reserved=True, legalities={}, set_code="lea")
        new = make_card("New", rarity="rare", legalities={"standard": "legal"})
        ingest(price(old, 0, "10"), price(old, 1, "20"))
        ingest(price(new, 0, "10"), price(new, 1, "11"))
        ingest(price(new, 0, "10", finish="FOIL"), price(new, 1, "15", finish="FOIL"))
        assert levels("reserved-list")[1] == 200.0
        assert levels("mythics")[1] == 200.0
        assert levels("standard", finish="NONFOIL")[1] == 110.0
        assert levels("standard", finish="FOIL")[1] == 150.0
        assert levels("foils")[1] == 150.0
        assert levels("set-lea")[1] == 200.0
        assert levels("set-mh2", finish=None)[1] == levels("standard")[1]
        assert levels("modern") == {}
        assert levels("all", finish="FOIL")[1] == 150.0
        assert set(ChainedIndex.objects.values_list("slug", flat=True)) == {
            *("all", "standard", "reserved-list", "mythics", "foils"),
            *("colourless", "set-lea", "set-mh2"),
        }


class TestAnyOrder:
    def prices(self) -> list[PriceData]:
        """Twelve days of eight cards in two shops and two finishes, with holes."""
        chance = random.Random(7)
        cards = [make_card(str(number)) for number in range(8)]
        return [
            price(card, day, f"{chance.uniform(6, 14):.2f}", slug, finish=finish)
            for day in range(12)
            for card in cards
            for slug in ("tcgplayer", "cardkingdom", "cardmarket")
            for finish in ("NONFOIL", "FOIL")
            if chance.random() < 0.7
        ]

    def test_late_prices_give_what_a_rebuild_gives(self):
        prices = self.prices()
        chance = random.Random(11)
        chance.shuffle(prices)
        for start in range(0, len(prices), 60):
            ingest(*prices[start : start + 60])
        stored = everything()
        assert len(stored) > 100
        ChainedIndex.objects.all().delete()
        update_indices()
        assert everything() == stored

    def test_late_price_reaches_no_further_than_it_must(self):
        cards = [make_card(str(number)) for number in range(3)]
        ingest(*(price(c, day, str(10 + day)) for c in cards for day in range(30)))
        late = price(cards[0], 5, "40")
        ingest(late)
        # Its day and the three after it, which are compared with it.
        assert update_indices(start=late.time, end=late.time).days == 4
        stored = everything()
        update_indices()
        assert everything() == stored

    def test_what_did_not_change_is_not_written(self):
        ingest(*self.prices())
        assert update_indices().written == 0
        assert update_indices(start=NOON - 5 * DAY, end=NOON - 4 * DAY).written == 0

    def test_prices_that_went_take_their_points_along(self):
        card = make_card()
        ingest(*(price(card, day, str(10 + day)) for day in range(5)))
        gone = datetime(2026, 3, 3, 6, tzinfo=UTC)
        PriceSnapshot.objects.filter(time=gone).delete()
        refresh_aggregates(gone, gone)
        derived.derive(gone, gone)
        assert levels() == {0: 100.0, 1: 110.0, 3: 130.0, 4: 140.0}

    def test_late_history_rescales_what_follows(self):
        card = make_card()
        ingest(*(price(card, day, "20") for day in range(4, 9)))
        ingest(price(card, 3, "10"))
        assert levels() == {3: 100.0} | dict.fromkeys(range(4, 9), 200.0)

    def test_prices_from_before_there_were_indices_are_in_the_first(self):
        card = make_card()
        ingest(*(price(card, day, str(10 + day)) for day in range(5)))
        ChainedIndex.objects.all().delete()
        ingest(price(card, 5, "15"))
        assert levels() == {day: 100.0 + 10 * day for day in range(6)}

    def test_another_version_of_the_method_computes_all_anew(self):
        card = make_card()
        ingest(*(price(card, day, str(10 + day)) for day in range(5)))
        expected = everything()
        ChainedIndex.objects.update(version=0)
        ChainedIndexPoint.objects.update(level=7)
        update_indices(start=NOON, end=NOON)
        assert everything() == expected


class TestDoor:
    def test_the_demo_takes_its_indices_along(self):
        card = make_card()
        record_prices(
            [price(card, 0, "10"), price(card, 1, "20")],
            source="demo",
        )
        assert levels() == {0: 100.0, 1: 200.0}
        assert drop_demo_market()
        assert not ChainedIndex.objects.exists()
        assert not ChainedIndexPoint.objects.exists()
        assert not ChainedIndexBasket.objects.exists()


def test_closes_are_read_from_no_more_chunks_than_they_need():
    card = make_card()
    months = [NOON - timedelta(days=28 * age) for age in range(5)]
    add_observations(card, [(moment, "1") for moment in months])
    refresh([(moment, "") for moment in months])
    bounds = {
        "start": midnight(date(2026, 3, 10)),
        "end": midnight(date(2026, 3, 11)),
        "marketplace_ids": [1],
    }
    assert len(touched_chunks(load_sql("market", "closes"), bounds)) == 1


class TestCommand:
    def test_from_the_newest_point_on(self, capsys):
        card = make_card()
        ingest(price(card, 0, "10"), price(card, 1, "11"))
        assert newest_index_day() == datetime(2026, 3, 2, tzinfo=UTC)
        ChainedIndexPoint.objects.update(level=7, link=1)
        call_command("compute_indices")
        # The first day was not computed again.
        assert levels() == {0: 7.0, 1: 7.7}
        assert capsys.readouterr().out.startswith("indices: 1 days of a currency")

    @pytest.mark.parametrize("given", [["--rebuild"], ["--from", "2026-03-01"]])
    def test_from_the_beginning(self, given, capsys):
        card = make_card()
        ingest(price(card, 0, "10"), price(card, 1, "11"))
        ChainedIndexPoint.objects.update(level=7, link=1)
        call_command("compute_indices", *given)
        assert levels() == {0: 100.0, 1: 110.0}
        assert "2 days of a currency computed" in capsys.readouterr().out

    def test_no_day(self):
        with pytest.raises(CommandError, match="'March' is no day, as in 2026-03-10"):
            call_command("compute_indices", "--from", "March")
