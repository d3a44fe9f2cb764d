"""Values of complete sets in the database: what an ingest makes of them."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command

from apps.cards.models import SealedProduct
from apps.market.models import SetValue
from apps.market.selectors.closes import midnight
from apps.market.selectors.contributors import contributors
from apps.market.selectors.rosters import Roster
from apps.market.selectors.sets import (
    SetsQuery,
    find_sets,
    set_curves,
    valued_set,
    valued_sets,
)
from apps.market.services import update_set_values
from apps.prices.ingest.base import PriceData
from apps.prices.models import Marketplace, PriceSnapshot, SeriesBreak
from apps.prices.services import drop_demo_market, record_prices, save_series_break
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_set,
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


def card_of(code: str, number: int | str, **fields):
    return make_card(
        f"{code} {number}", set_code=code, collector_number=str(number), **fields
    )


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
    """All rows, to the last bit."""
    return sorted(SetValue.objects.values_list(), key=str)


def curve(code: str = "mh2", currency: str = "USD", **which) -> dict[int, tuple]:
    """{days after FIRST: (sum, like for like, priced)}"""
    return {
        (one.day - FIRST).days: (
            str(one.value),
            str(one.like_for_like),
            one.priced,
        )
        for one in set_curves([code], currency, **which)[code]
    }


class TestRoster:
    def test_one_english_card_for_each_number(self):
        first = card_of("mh2", 1)
        card_of("mh2", 1)
        card_of("mh2", 2, language="JAPANESE")
        card_of("mh2", 3, removed_at=NOON)
        second = card_of("mh2", 4)
        unnumbered = [card_of("mh2", "") for _ in range(2)]
        roster = Roster.load()
        assert sorted(set((roster.variant // 4).tolist())) == [
            card.pk for card in (first, second, *unnumbered)
        ]

    def test_the_plainest_finish_and_the_foils_apart(self):
        both = card_of("mh2", 1, finishes=["NONFOIL", "FOIL"])
        foil = card_of("mh2", 2, finishes=["FOIL"])
        etched = card_of("mh2", 3, finishes=["ETCHED"])
        plain = card_of("mh2", 4, finishes=["NONFOIL"])
        unknown = card_of("mh2", 5, finishes=[])
        roster = Roster.load(both.card_set_id)
        cards, foils = (
            sorted(roster.variant[basket.column].tolist()) for basket in roster.baskets
        )
        assert cards == [
            *(both.pk * 4, foil.pk * 4 + 1, etched.pk * 4 + 2),
            *(plain.pk * 4, unknown.pk * 4),
        ]
        assert foils == [both.pk * 4 + 1, foil.pk * 4 + 1, etched.pk * 4 + 2]

    def test_of_one_set(self):
        card_of("mh2", 1)
        other = card_of("lea", 1)
        roster = Roster.load(other.card_set_id)
        assert set((roster.variant // 4).tolist()) == {other.pk}


class TestValues:
    def test_an_ingest_brings_them_up_to_date(self):
        one, two = card_of("mh2", 1), card_of("mh2", 2)
        ingest(price(one, 0, "10"), price(two, 0, "5"))
        ingest(price(one, 1, "12"), price(two, 1, "5"))
        assert curve() == {0: ("15.00", "15.00", 2), 1: ("17.00", "17.00", 2)}
        found = valued_set("mh2")
        assert (found.value, found.cards, found.priced) == (Decimal(17), 2, 2)
        assert found.change_1d == Decimal("13.33")
        assert found.change_7d is None

    def test_what_is_not_of_the_sum(self):
        card = card_of("mh2", 1)
        ingest(price(card, 0, "10"))
        for changes in (
            {"condition": "LIGHTLY_PLAYED"},
            {"language": "GERMAN"},
            {"slug": "cardkingdom-buylist"},
        ):
            ingest(price(card_of("mh2", str(changes)[:20]), 0, "5", **changes))
        assert curve() == {0: ("10.00", "10.00", 1)}
        assert valued_set("mh2").coverage_ratio == Decimal("0.25")

    def test_foils_are_a_total_of_their_own(self):
        card = card_of("mh2", 1)
        only_foil = card_of("mh2", 2, finishes=["FOIL"])
        ingest(price(card, 0, "10"), price(card, 0, "25", finish="FOIL"))
        ingest(price(only_foil, 0, "3", finish="FOIL"))
        found = valued_set("mh2")
        assert (found.value, found.foil_value) == (Decimal(13), Decimal(28))
        assert curve(is_foil=True) == {0: ("28.00", "28.00", 2)}

    def test_currencies_apart(self):
        card = card_of("mh2", 1)
        ingest(price(card, 0, "10"), price(card, 1, "8", "cardmarket"))
        assert curve() == {0: ("10.00", "10.00", 1)}
        assert curve(currency="EUR") == {1: ("8.00", "8.00", 1)}

    def test_a_missing_day_is_bridged_and_then_missing(self):
        one, two = card_of("mh2", 1), card_of("mh2", 2)
        ingest(price(one, 0, "10"), *(price(two, day, "5") for day in range(5)))
        assert {day: (row[0], row[2]) for day, row in curve().items()} == {
            **dict.fromkeys((0, 1, 2), ("15.00", 2)),
            **dict.fromkeys((3, 4), ("5.00", 1)),
        }
        # What fell is what is known, not what a set costs.
        assert {row[1] for row in curve().values()} == {"5.00"}
        carried = SetValue.objects.filter(is_foil=False).order_by("day")
        assert list(carried.values_list("carried", flat=True)) == [0, 1, 1, 0, 0]

    def test_a_card_that_joins_moves_nothing(self):
        one, two, three = (card_of("mh2", number) for number in range(3))
        ingest(*(price(c, day, "10") for c in (one, two) for day in range(3)))
        ingest(price(three, 2, "90"))
        assert curve()[2] == ("110.00", "110.00", 3)
        assert curve()[0] == ("20.00", "110.00", 2)
        assert valued_set("mh2").change_1d == Decimal(0)

    def test_too_few_of_both_days_part_them(self):
        cards = [card_of("mh2", number) for number in range(5)]
        ingest(price(cards[0], 0, "10"))
        ingest(*(price(card, 1, "11") for card in cards))
        assert curve() == {0: ("10.00", "10.00", 1), 1: ("55.00", "55.00", 5)}
        newest = valued_set("mh2")
        assert (newest.since, newest.change_1d) == (FIRST + DAY, None)

    def test_another_stream_moves_the_sum_and_not_the_curve(self):
        card = card_of("mh2", 1)
        ingest(*(price(card, day, "10", "cardkingdom") for day in range(3)))
        ingest(price(card, 2, "30"))
        assert curve()[2] == ("30.00", "30.00", 1)
        assert curve()[0] == ("10.00", "30.00", 1)

    def test_a_break_parts_the_curve(self):
        card = card_of("mh2", 1)
        ingest(*(price(card, day, str(10 if day < 2 else 25)) for day in range(4)))
        save_series_break(
            series_break=SeriesBreak(
                marketplace=Marketplace.objects.get(slug="tcgplayer"),
                began_on=FIRST + 2 * DAY,
                reason="test",
                before="a",
                after="b",
            )
        )
        assert [row[1] for row in curve().values()] == [
            *("10.00", "10.00", "25.00", "25.00")
        ]
        since = SetValue.objects.filter(is_foil=False).order_by("day")
        assert [
            (one - FIRST).days for one in since.values_list("since", flat=True)
        ] == [*(0, 0, 2, 2)]


class TestAnyOrder:
    def prices(self) -> list[PriceData]:
        """Twelve days of two sets in three shops and two finishes, with holes."""
        chance = random.Random(7)
        cards = [card_of("mh2" if n % 3 else "lea", n) for n in range(9)]
        return [
            price(card, day, f"{chance.uniform(6, 14):.2f}", slug, finish=finish)
            for day in range(12)
            for card in cards
            for slug in ("tcgplayer", "cardkingdom", "cardmarket")
            for finish in ("NONFOIL", "FOIL")
            if chance.random() < 0.5
        ]

    def test_late_prices_give_what_a_rebuild_gives(self):
        prices = self.prices()
        random.Random(11).shuffle(prices)
        for start in range(0, len(prices), 45):
            ingest(*prices[start : start + 45])
        stored = everything()
        assert len(stored) > 80
        SetValue.objects.all().delete()
        update_set_values()
        assert everything() == stored

    def test_late_price_reaches_no_further_than_it_must(self):
        card = card_of("mh2", 1)
        ingest(*(price(card, day, str(10 + day)) for day in range(30)))
        late = price(card, 5, "40")
        ingest(late)
        # Its day and the three after it.
        assert update_set_values(start=late.time, end=late.time).days == 4
        stored = everything()
        assert update_set_values().written == 0
        assert everything() == stored

    def test_what_did_not_change_is_not_written(self):
        ingest(*self.prices())
        assert update_set_values(start=NOON - 5 * DAY, end=NOON - 4 * DAY).written == 0

    @pytest.mark.parametrize("day", [2, 4])
    def test_prices_that_went_take_their_day_along(self, day):
        card = card_of("mh2", 1)
        ingest(*(price(card, day, str(10 + day)) for day in range(5)))
        gone = datetime(2026, 3, 1, 6, tzinfo=UTC) + day * DAY
        PriceSnapshot.objects.filter(time=gone).delete()
        refresh_aggregates(gone, gone)
        # As after a load that also touched the day before.
        derived.derive(gone - DAY, gone)
        assert set(curve()) == set(range(5)) - {day}
        stored = everything()
        SetValue.objects.all().delete()
        update_set_values()
        assert everything() == stored

    def test_another_version_of_the_method_computes_all_anew(self):
        card = card_of("mh2", 1)
        ingest(*(price(card, day, str(10 + day)) for day in range(5)))
        expected = everything()
        SetValue.objects.update(version=0, value=7)
        update_set_values(start=NOON, end=NOON)
        assert everything() == expected

    def test_the_demo_takes_them_along(self):
        card = card_of("mh2", 1)
        record_prices([price(card, 0, "10")], source="demo")
        SealedProduct.objects.create(name="Box", card_set=card.card_set)
        assert curve() == {0: ("10.00", "10.00", 1)}
        assert drop_demo_market()
        assert not SetValue.objects.exists()
        assert not SealedProduct.objects.exists()


class TestCommand:
    def test_the_catalogue_as_it_is_now(self, capsys):
        ingest(*(price(card_of("mh2", 1), day, "10") for day in range(3)))
        card_of("mh2", 2)
        call_command("compute_set_values")
        assert set(SetValue.objects.values_list("is_foil", "cards")) == {(False, 2)}
        out = capsys.readouterr().out
        assert out.startswith("set values: 3 days of a currency computed, 3 rows")


class TestList:
    def test_changes_over_the_windows(self):
        card, other = card_of("mh2", 1), card_of("lea", 1)
        ingest(*(price(card, day, str(100 + day)) for day in range(-90, 10)))
        ingest(*(price(other, day, "5") for day in (8, 9)))
        old, new = sorted(valued_sets(), key=lambda one: one.code)
        assert (old.change_1d, old.change_7d) == (Decimal(0), None)
        assert [
            new.change_1d,
            new.change_7d,
            new.change_30d,
            new.change_90d,
        ] == [Decimal(text) for text in ("0.93", "6.86", "37.97", "473.68")]

    def test_filters_and_order(self):
        make_set("lea", "Alpha")
        card_of("lea", 2)
        for code, amounts in (("mh2", ("10", "20")), ("lea", ("90", "80"))):
            card = card_of(code, 1)
            ingest(price(card, 0, amounts[0]), price(card, 1, amounts[1]))

        def codes(**wanted) -> list[str]:
            return [one.code for one in find_sets(SetsQuery(**wanted))]

        assert codes(ordering="-value") == ["lea", "mh2"]
        assert codes(ordering="-change_1d") == ["mh2", "lea"]
        assert codes(ordering="name") == ["lea", "mh2"]
        assert codes(q="alph") == ["lea"]
        assert codes(q="MH2") == ["mh2"]
        assert codes(min_coverage=60) == ["mh2"]
        assert codes(type="expansion") == []
        assert codes(year=1993) == []
        assert codes(currency="EUR") == []


class TestContributors:
    def test_they_are_what_the_value_is_made_of(self):
        dear, cheap, old, none = (card_of("mh2", number) for number in range(4))
        ingest(price(old, 0, "2"), price(old, 0, "3", "cardkingdom"))
        ingest(price(dear, 1, "15"), price(cheap, 1, "3", "cardkingdom"))
        found = contributors(dear.card_set_id)
        assert (found.day, found.value, found.priced) == (FIRST + DAY, Decimal(20), 3)
        assert found.value == valued_set("mh2").value
        rows = [
            (r.card, r.price, r.share_percent, r.marketplace, r.seen_on) for r in found
        ]
        assert rows == [
            (dear, Decimal(15), Decimal("75.00"), "tcgplayer", FIRST + DAY),
            (cheap, Decimal(3), Decimal("15.00"), "cardkingdom", FIRST + DAY),
            (old, Decimal(2), Decimal("10.00"), "tcgplayer", FIRST),
            (none, None, None, None, None),
        ]

    def test_foils(self):
        card = card_of("mh2", 1)
        card_of("mh2", 2, finishes=["NONFOIL"])
        ingest(price(card, 0, "4", finish="FOIL"))
        (found,) = contributors(card.card_set_id, is_foil=True)
        assert (found.finish, found.price) == ("FOIL", Decimal(4))

    def test_no_more_chunks_are_read_than_needed(self):
        card = card_of("mh2", 1)
        months = [(NOON - age * 28 * DAY, "1") for age in range(5)]
        add_observations(card, months)
        refresh(months)
        bounds = {
            "start": midnight(date(2026, 3, 10)),
            "end": midnight(date(2026, 3, 11)),
            "card_ids": [card.pk],
            "marketplace_ids": [1],
        }
        assert len(touched_chunks(load_sql("market", "set_closes"), bounds)) == 1

    def test_a_set_without_prices(self):
        card = card_of("mh2", 1)
        found = contributors(card.card_set_id)
        assert (found.day, len(found), found.value) == (None, 1, Decimal(0))
