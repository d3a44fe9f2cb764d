"""Gaps between prices: the maths by hand, what counts as one, and every question."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.cards.models import Card
from apps.market.maths.spreads import (
    ARBITRAGE,
    BUYLIST_GAP,
    REGION_GAP,
    capacity,
    gross_percent,
    terms,
    trade,
)
from apps.market.models import SpreadOpportunity
from apps.market.selectors import (
    best_spreads,
    spread_history,
    spread_lives,
    spreads,
)
from apps.market.services import update_spreads
from apps.prices.ingest.base import PriceData
from apps.prices.ingest.ecb import Rate
from apps.prices.models import (
    IngestRun,
    LatestPrice,
    Marketplace,
    PriceOverride,
    QuarantinedPrice,
    SeriesBreak,
)
from apps.prices.services import ingest_rates, record_prices, record_rates
from apps.prices.tests.factories import make_card, make_price
from mtgintel.core import cache
from mtgintel.core.fees import NO_FEES, FeeProfile

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TRADER = FeeProfile(
    sell_percent=Decimal(10),
    sell_fixed=Decimal("0.50"),
    buy_percent=Decimal(5),
    shipping_in=Decimal(4),
    shipping_out=Decimal(2),
    units_per_order=10,
    credit_multiplier=Decimal("1.25"),
    exchange_percent=Decimal(2),
)
PRICES = st.decimals(Decimal("0.01"), Decimal(1000), places=2)


class TestMaths:
    def test_gross_is_of_the_ask(self):
        assert gross_percent(Decimal(10), Decimal(15)) == Decimal("50.00")
        assert gross_percent(Decimal(10), Decimal("10.01")) == Decimal("0.10")
        assert gross_percent(Decimal(0), Decimal(1)) is None

    def test_shop_to_buylist(self):
        # 10 × 1.05 + 0.40 = 10.90; 12 × 1.25 - 0.20 = 14.80.
        found = trade(*terms(ARBITRAGE, TRADER), Decimal(10), Decimal(12), 3)
        assert (found.paid, found.got, found.net) == (
            Decimal("10.900"),
            Decimal("14.800"),
            Decimal("3.900"),
        )
        assert found.net_percent == Decimal("35.78")
        assert (found.total_paid, found.total_net) == (
            Decimal("32.700"),
            Decimal("11.700"),
        )

    def test_across_regions_one_sells_on_a_marketplace_and_exchanges(self):
        # 20 × 0.9 × 0.98 = 17.64, less a tenth of 2.50.
        costs, earns = terms(REGION_GAP, TRADER, to_buylist=False)
        found = trade(costs, earns, Decimal(10), Decimal(20), None)
        assert (found.paid, found.got) == (Decimal("10.900"), Decimal("17.390"))
        assert (found.total_paid, found.total_net) == (None, None)

    def test_between_buylists_the_lower_offer_is_what_one_forgoes(self):
        # 8 × 1.25 - 0.20 = 9.80; 10 × 1.25 - 0.20 = 12.30.
        found = trade(*terms(BUYLIST_GAP, TRADER), Decimal(8), Decimal(10), 2)
        assert (found.net, found.net_percent) == (Decimal("2.500"), Decimal("25.51"))
        assert found.total_net == Decimal("5.000")

    @pytest.mark.parametrize(
        ("kind", "offered", "wanted", "quantity"),
        [
            (ARBITRAGE, 3, 8, 3),
            (ARBITRAGE, 8, 3, 3),
            (ARBITRAGE, None, 3, 3),
            (REGION_GAP, 4, None, 4),
            (ARBITRAGE, None, None, None),
            (BUYLIST_GAP, 1, 5, 5),
            (BUYLIST_GAP, 1, None, None),
        ],
    )
    def test_capacity_is_what_both_sides_have_room_for(
        self, kind, offered, wanted, quantity
    ):
        assert capacity(kind, offered, wanted) == quantity

    @given(ask=PRICES, bid=PRICES, more=PRICES)
    def test_a_better_bid_or_a_lower_ask_is_never_worse(self, ask, bid, more):
        for kind in (ARBITRAGE, REGION_GAP):
            legs = terms(kind, TRADER)
            as_it_is = trade(*legs, ask, bid, 1)
            assert trade(*legs, ask, bid + more, 1).net >= as_it_is.net
            assert trade(*legs, ask + more, bid, 1).net <= as_it_is.net
            assert as_it_is.total_net == as_it_is.net


def buylist(slug: str, vendor: str, currency: str = "USD") -> None:
    Marketplace.objects.create(
        slug=slug,
        name=f"{vendor} buylist",
        vendor=vendor,
        side="BUYLIST",
        currency=currency,
        price_basis="Cash",
    )


def gaps(kind: str = ARBITRAGE, currency: str = "USD", **wanted) -> list[tuple]:
    """(card, from, to, gross %) of what is found, in its order."""
    cache.bump()
    wanted = {"profile": NO_FEES, "min_price": Decimal(0), **wanted}
    return [
        (
            one.card.name,
            one.ask.marketplace,
            one.bid.marketplace,
            one.gross_percent,
        )
        for one in spreads(kind, currency, **wanted)[:]
    ]


@pytest.fixture
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.storage
@pytest.mark.django_db
@pytest.mark.usefixtures("_now")
class TestWhatIsOne:
    @pytest.fixture
    def card(self) -> Card:
        return make_card("Dear")

    @pytest.fixture
    def pair(self, card) -> tuple[LatestPrice, LatestPrice]:
        """Asked 10 at one shop while another pays 15."""
        ask = make_price(card, "10", "manapool-graded", total_quantity=3)
        bid = make_price(card, "15", "cardkingdom-buylist", total_quantity=8)
        return ask, bid

    FOUND = [("Dear", "manapool-graded", "cardkingdom-buylist", Decimal("50.00"))]

    def excluded(self) -> dict[str, int]:
        cache.bump()
        return spreads(profile=NO_FEES).excluded

    def test_an_offer_below_what_a_shop_pays(self, pair):
        assert update_spreads() == 1
        assert gaps() == self.FOUND
        assert self.excluded() == {}

    def test_a_bid_that_is_not_higher_is_none(self, card):
        make_price(card, "10", "manapool-graded")
        make_price(card, "10", "cardkingdom-buylist")
        assert update_spreads() == 0
        assert gaps() == []

    @pytest.mark.parametrize(
        "other",
        [
            {"finish": "FOIL"},
            {"language": "JAPANESE"},
            {"condition": "LIGHTLY_PLAYED"},
        ],
    )
    def test_only_like_with_like(self, card, other):
        make_price(card, "10", "manapool-graded", **other)
        make_price(card, "15", "cardkingdom-buylist")
        make_price(make_card("Other"), "1", "manapool-graded")
        assert update_spreads() == 0

    def test_a_market_figure_is_no_offer(self, card):
        make_price(card, "10", "tcgplayer")
        make_price(card, "15", "cardkingdom-buylist")
        assert update_spreads() == 0

    def test_other_currencies_do_not_meet(self, card):
        make_price(card, "10", "cardtrader")
        make_price(card, "15", "cardkingdom-buylist")
        assert update_spreads() == 0

    @pytest.mark.parametrize("stale", [0, 1])
    def test_a_stale_leg_is_left_out_and_counted(self, pair, stale):
        LatestPrice.objects.filter(marketplace=pair[stale].marketplace).update(
            as_of=NOW - 49 * HOUR
        )
        assert update_spreads() == 0
        assert self.excluded() == {"STALE": 1}

    def test_fresh_by_the_streams_own_window(self, pair):
        LatestPrice.objects.update(as_of=NOW - 49 * HOUR)
        Marketplace.objects.update(freshness_hours=72)
        assert update_spreads() == 1

    def test_what_went_stale_since_it_was_found_is_not_shown(self, pair):
        update_spreads()
        with time_machine.travel(NOW + 48 * HOUR, tick=False):
            assert gaps() == []
            assert self.excluded() == {"STALE": 1}
        assert SpreadOpportunity.objects.get().is_open

    @pytest.mark.parametrize("empty", ["total_quantity", "num_listings"])
    def test_none_in_stock_or_none_wanted(self, pair, empty):
        LatestPrice.objects.filter(marketplace=pair[0].marketplace).update(**{empty: 0})
        assert update_spreads() == 0
        assert self.excluded() == {"NO_STOCK": 1}

    def test_a_price_of_any_condition_is_compared_with_nothing(self, card):
        make_price(card, "5", "manapool")
        make_price(card, "15", "cardkingdom-buylist")
        assert update_spreads() == 0
        assert self.excluded() == {"MIXED": 1}

    @pytest.mark.parametrize(
        ("held_at", "status", "found"),
        [(NOW, "HELD", 0), (NOW, "CONFIRMED", 1), (NOW - 2 * HOUR, "HELD", 1)],
    )
    def test_a_series_whose_newer_price_is_held(self, pair, held_at, status, found):
        QuarantinedPrice.objects.create(
            run=IngestRun.objects.create(source="test"),
            reason="outlier",
            card=pair[1].card,
            marketplace=pair[1].marketplace,
            condition="NEAR_MINT",
            finish="NONFOIL",
            language="ENGLISH",
            currency="USD",
            time=held_at,
            price=Decimal(150),
            status=status,
        )
        assert update_spreads() == found
        assert self.excluded() == ({} if found else {"DOUBTED": 1})

    @pytest.mark.parametrize(("is_revoked", "found"), [(False, 0), (True, 1)])
    def test_a_price_set_by_hand_is_no_offer(
        self, pair, django_user_model, is_revoked, found
    ):
        PriceOverride.objects.create(
            card=pair[0].card,
            marketplace=pair[0].marketplace,
            condition="NEAR_MINT",
            finish="NONFOIL",
            language="ENGLISH",
            currency="USD",
            price=Decimal(10),
            valid_from=pair[0].as_of,
            reason="seen in the shop",
            author=django_user_model.objects.create(username="staff"),
            revoked_at=NOW if is_revoked else None,
        )
        assert update_spreads() == found
        assert self.excluded() == ({} if found else {"BY_HAND": 1})

    @pytest.mark.parametrize(("day", "found"), [(10, 0), (9, 1), (11, 1)])
    def test_a_price_from_before_a_break_of_its_stream(self, pair, day, found):
        LatestPrice.objects.update(as_of=datetime(2026, 3, 9, 12, tzinfo=UTC))
        SeriesBreak.objects.create(
            marketplace=pair[0].marketplace, began_on=date(2026, 3, day), reason="new"
        )
        assert update_spreads() == found
        assert self.excluded() == ({} if found else {"BROKEN": 1})

    def test_a_stream_that_is_switched_off(self, pair):
        update_spreads()
        Marketplace.objects.filter(pk=pair[0].marketplace_id).update(is_active=False)
        assert gaps() == []
        assert update_spreads() == 0

    def test_buylists_of_two_vendors_at_least_a_tenth_apart(self, card):
        buylist("frisia", "Frisia")
        buylist("kingdom-two", "Card Kingdom")
        make_price(card, "10.91", "cardkingdom-buylist")
        make_price(card, "12", "frisia")
        make_price(card, "1", "kingdom-two")
        assert update_spreads() == 1
        assert gaps(BUYLIST_GAP) == [
            ("Dear", "kingdom-two", "frisia", Decimal("1100.00"))
        ]
        LatestPrice.objects.filter(price=Decimal("10.91")).update(price=Decimal("10.9"))
        assert update_spreads() == 2


@pytest.mark.storage
@pytest.mark.django_db
@pytest.mark.usefixtures("_now")
class TestRegions:
    @pytest.fixture
    def card(self) -> Card:
        return make_card("Dear")

    @pytest.fixture
    def _rate(self):
        record_rates(
            rates=[Rate("USD", date(2026, 3, 9), Decimal("1.25"))], source="ecb"
        )

    @pytest.mark.usefixtures("_rate")
    def test_one_buys_here_and_sells_there_at_a_dated_rate(self, card):
        make_price(card, "10", "cardkingdom", total_quantity=4)
        make_price(card, "12", "cardmarket")
        assert update_spreads() == 1
        (found,) = spreads(REGION_GAP, "USD", profile=TRADER)[:]
        # 12 EUR are 15 USD.
        assert (found.bid_worth, found.rate, found.rate_on) == (
            Decimal("15.00"),
            Decimal("1.25"),
            date(2026, 3, 9),
        )
        assert found.gross_percent == Decimal("50.00")
        assert (found.bid.price, found.bid.currency) == (Decimal("12.00"), "EUR")
        # 15 × 0.9 × 0.98 = 13.23, less 0.25; 10.90 paid.
        assert found.trade.net == Decimal("2.080")
        assert found.trade.quantity == 4
        assert found.flags == ("INDICATIVE",)
        assert gaps(REGION_GAP, "EUR") == []

    @pytest.mark.usefixtures("_rate")
    def test_the_other_way_round(self, card):
        make_price(card, "10", "cardtrader")
        make_price(card, "15", "cardkingdom")
        update_spreads()
        # 15 USD are 12 EUR.
        assert gaps(REGION_GAP, "EUR") == [
            ("Dear", "cardtrader", "cardkingdom", Decimal("20.00"))
        ]
        assert gaps(REGION_GAP, "USD") == []

    @pytest.mark.usefixtures("_rate")
    def test_what_it_fetches_is_the_sales_figure_or_the_lowest_offer(self, card):
        make_price(card, "8", "cardtrader")
        make_price(card, "25", "cardkingdom")
        make_price(card, "20", "manapool-graded")
        update_spreads()
        assert gaps(REGION_GAP, "EUR") == [
            ("Dear", "cardtrader", "manapool-graded", Decimal("100.00"))
        ]
        make_price(card, "15", "tcgplayer")
        update_spreads()
        assert gaps(REGION_GAP, "EUR") == [
            ("Dear", "cardtrader", "tcgplayer", Decimal("50.00"))
        ]

    @pytest.mark.usefixtures("_rate")
    def test_a_buylist_abroad_pays_without_a_selling_fee(self, card):
        make_price(card, "8", "cardtrader")
        make_price(card, "15", "cardkingdom-buylist")
        update_spreads()
        (found,) = spreads(REGION_GAP, "EUR", profile=TRADER)[:]
        # 12 × 1.25 × 0.98 = 14.70, less 0.20; 8 × 1.05 + 0.40 = 8.80.
        assert found.trade.net == Decimal("5.700")
        assert found.flags == ()

    @pytest.mark.usefixtures("_rate")
    def test_one_vendor_in_two_currencies_is_no_gap(self, card):
        make_price(card, "10", "cardtrader-usd")
        make_price(card, "20", "cardtrader")
        assert update_spreads() == 0

    @pytest.mark.usefixtures("_rate")
    @pytest.mark.parametrize(
        ("ask", "bid", "found"),
        [("10", "9.60", 1), ("10", "9.59", 0), ("1", "5", 1), ("0.99", "5", 0)],
    )
    def test_from_a_fifth_and_one_unit_on(self, card, ask, bid, found):
        make_price(card, ask, "cardkingdom")
        make_price(card, bid, "cardmarket")
        assert update_spreads() == found

    def test_without_a_rate_there_are_none_and_it_says_so(self, card):
        make_price(card, "10", "cardkingdom")
        make_price(card, "20", "cardmarket")
        assert update_spreads() == 0
        found = spreads(REGION_GAP, "USD")
        assert (len(found), found.rate) == (0, None)
        assert found.why_none == (
            "No exchange rate is known yet, so no gaps between regions."
        )

    @pytest.mark.usefixtures("_rate")
    def test_a_rate_of_more_than_a_week_ago_is_not_used(self, card):
        make_price(card, "10", "cardkingdom")
        make_price(card, "20", "cardmarket")
        assert update_spreads() == 1
        with time_machine.travel(NOW + timedelta(days=7), tick=False):
            LatestPrice.objects.update(as_of=NOW + timedelta(days=7))
            cache.bump()
            found = spreads(REGION_GAP, "USD")
            assert len(found) == 0
            assert found.why_none == (
                "The newest exchange rate is of 2026-03-09, more than 7 days old, so "
                "no gaps between regions are shown."
            )
            assert update_spreads() == 0

    @pytest.mark.usefixtures("_rate")
    def test_tickets_are_of_no_region(self, card):
        make_price(card, "10", "cardhoarder")
        make_price(card, "50", "cardmarket")
        assert update_spreads() == 0
        assert spreads(REGION_GAP, "TIX").why_none == (
            "Event tickets have no exchange rate: there are no region gaps."
        )


@pytest.mark.storage
@pytest.mark.django_db
class TestLife:
    @pytest.fixture(autouse=True)
    def _pair(self):
        with time_machine.travel(NOW, tick=False):
            card = make_card("Dear")
            make_price(card, "10", "manapool-graded", total_quantity=3)
            make_price(card, "15", "cardkingdom-buylist")
        Marketplace.objects.update(freshness_hours=24 * 365)

    def look(self, hours: int, bid: str) -> None:
        LatestPrice.objects.filter(marketplace__side="BUYLIST").update(
            price=Decimal(bid)
        )
        update_spreads(now=NOW + hours * HOUR)

    def rows(self) -> list[tuple]:
        rows = SpreadOpportunity.objects.order_by("id")
        return [
            (
                (row.first_seen - NOW) // HOUR,
                (row.last_seen - NOW) // HOUR,
                row.is_open,
                row.bid,
            )
            for row in rows
        ]

    def test_seen_again_is_the_same_row_with_the_newest_prices(self):
        self.look(0, "15")
        self.look(6, "16")
        self.look(6, "16")
        assert self.rows() == [(0, 6, True, Decimal("16.00"))]
        assert SpreadOpportunity.objects.get().gross_percent == Decimal("60.00")

    def test_one_that_closes_keeps_when_it_was_last_seen(self):
        self.look(0, "15")
        self.look(6, "16")
        self.look(12, "9")
        self.look(18, "9")
        assert self.rows() == [(0, 6, False, Decimal("16.00"))]

    def test_one_that_opens_again_begins_a_new_row(self):
        for hours, bid in ((0, "15"), (6, "9"), (12, "15"), (18, "15")):
            self.look(hours, bid)
        assert self.rows() == [
            (0, 0, False, Decimal("15.00")),
            (12, 18, True, Decimal("15.00")),
        ]

    def test_how_long_they_live(self):
        for hours, bid in ((0, "15"), (6, "15"), (8, "9"), (12, "15"), (30, "15")):
            self.look(hours, bid)
        for hours, bid in ((36, "9"), (40, "15"), (42, "15")):
            self.look(hours, bid)
        with time_machine.travel(NOW + 48 * HOUR, tick=False):
            lives = spread_lives(ARBITRAGE, "USD")
        # Of 6 and 18 hours.
        assert (lives.closed, lives.median_closed) == (2, 12 * HOUR)
        assert (lives.open, lives.median_open) == (1, 2 * HOUR)
        assert spread_lives(REGION_GAP, "USD").median_closed is None

    def test_history_has_what_is_over_as_well(self):
        for hours, bid in ((0, "15"), (6, "9"), (12, "15")):
            self.look(hours, bid)
        rows = spread_history(ARBITRAGE, "USD")
        assert [row.is_open for row in rows] == [True, False]
        assert rows.filter(card_id=rows[0].card_id).count() == 2
        assert spread_history(ARBITRAGE, "USD", card_id=-1).count() == 0
        assert spread_history(ARBITRAGE, "EUR").count() == 0


@pytest.mark.storage
@pytest.mark.django_db
@pytest.mark.usefixtures("_now")
class TestQuestions:
    @pytest.fixture(autouse=True)
    def _market(self):
        dear = make_card("Dear", set_code="lea")
        cheap = make_card("Cheap")
        foil = make_card("Shiny")
        played = make_card("Worn")
        self.pair(dear, "100", "112", asks=5, bids=2)
        self.pair(cheap, "1", "2")
        self.pair(foil, "10", "13", finish="FOIL", asks=50)
        self.pair(played, "20", "25", condition="LIGHTLY_PLAYED")
        make_price(foil, "11.90", "cardkingdom", finish="FOIL", total_quantity=50)
        update_spreads()

    def pair(self, card, ask, bid, asks=None, bids=None, **variant):
        make_price(card, ask, "manapool-graded", total_quantity=asks, **variant)
        make_price(card, bid, "cardkingdom-buylist", total_quantity=bids, **variant)

    def names(self, **wanted) -> list[str]:
        return [name for name, *_ in gaps(**wanted)]

    def test_the_most_left_per_card_comes_first(self):
        assert self.names() == ["Dear", "Worn", "Shiny", "Shiny", "Cheap"]

    def test_fees_change_the_order_and_what_pays(self):
        # Left: 112 - 105.4 - 0.2, 25 - 21.4 - 0.2, 13 - 10.9 - 0.2, 2 - 1.45 - 0.2, and
        # of the dearer offer 13 - 12.895 - 0.2.
        fees = FeeProfile(
            buy_percent=Decimal(5),
            shipping_in=Decimal(4),
            shipping_out=Decimal(2),
            units_per_order=10,
        )
        found = spreads(profile=fees, min_price=Decimal(0))
        nets = [one.trade.net for one in found[:]]
        assert nets == [
            Decimal("6.400"),
            Decimal("3.400"),
            Decimal("1.900"),
            Decimal("0.350"),
            Decimal("-0.095"),
        ]
        assert (found.total, found.paying) == (5, 4)

    @pytest.mark.parametrize(
        ("by", "names"),
        [
            ("net", ["Dear", "Worn", "Shiny", "Shiny", "Cheap"]),
            ("net_percent", ["Cheap", "Shiny", "Worn", "Dear", "Shiny"]),
            ("gross_percent", ["Cheap", "Shiny", "Worn", "Dear", "Shiny"]),
            # 50 × 3, 50 × 1.1, 2 × 12; of the others nobody says how many.
            ("total", ["Shiny", "Shiny", "Dear", "Cheap", "Worn"]),
        ],
    )
    def test_orders(self, by, names):
        assert self.names(by=by) == names

    @pytest.mark.parametrize(
        ("wanted", "names"),
        [
            ({"card_set": "lea"}, ["Dear"]),
            ({"finish": "FOIL"}, ["Shiny", "Shiny"]),
            ({"condition": "LIGHTLY_PLAYED"}, ["Worn"]),
            ({"from_marketplace": "cardkingdom"}, ["Shiny"]),
            (
                {"to_marketplace": "cardkingdom-buylist", "finish": "FOIL"},
                ["Shiny"] * 2,
            ),
            ({"to_marketplace": "tcgplayer"}, []),
            ({"min_price": Decimal(20)}, ["Dear", "Worn"]),
            ({"min_net": Decimal(5)}, ["Dear", "Worn"]),
            ({"min_percent": Decimal(25)}, ["Worn", "Shiny", "Cheap"]),
            ({"currency": "EUR"}, []),
        ],
    )
    def test_filters(self, wanted, names):
        assert self.names(**wanted) == names

    def test_what_is_shown_is_what_was_sorted_and_filtered_by(self):
        for one in spreads(profile=TRADER, min_net=Decimal(-100))[:]:
            of = one.trade
            at = spreads(profile=TRADER, min_net=of.net, min_price=Decimal(0))[:]
            above = spreads(
                profile=TRADER,
                min_net=of.net + Decimal("0.001"),
                min_price=Decimal(0),
            )[:]
            assert one.id in {each.id for each in at}
            assert one.id not in {each.id for each in above}

    def test_a_page_is_part_of_the_list(self):
        found = spreads(profile=NO_FEES, min_price=Decimal(0))
        assert len(found) == 5
        assert [one.card.name for one in found[1:3]] == ["Worn", "Shiny"]
        assert found[4].card.name == "Cheap"

    def test_the_best_for_an_overview_pay_under_the_usual_fees(self):
        # 100 + 0.40 against 112 - 0.40; 20.40 against 24.60; 10.40 against 12.60.
        assert [(one.card.name, one.trade.net) for one in best_spreads("USD")] == [
            ("Dear", Decimal("11.200")),
            ("Worn", Decimal("4.200")),
            ("Shiny", Decimal("2.200")),
            ("Shiny", Decimal("0.300")),
            ("Cheap", Decimal("0.200")),
        ]
        assert best_spreads("EUR") == []

    def test_queries_do_not_grow_with_the_list(self, django_assert_num_queries):
        # The list; its rows with cards and streams; what was left out.
        with django_assert_num_queries(3):
            found = spreads(profile=NO_FEES)
            assert len(found[:50]) == 5
            assert found.excluded == {}
        with django_assert_num_queries(1):
            assert len(spreads(profile=NO_FEES)[:2]) == 2


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestAfterAnIngest:
    def record(self, card: Card, *, age: timedelta = HOUR, **prices: str) -> None:
        streams = {one.slug: one for one in Marketplace.objects.all()}
        record_prices(
            [
                PriceData(
                    card_id=card.pk,
                    marketplace_id=streams[slug].pk,
                    price=Decimal(price),
                    currency=streams[slug].currency,
                    time=timezone.now() - age,
                )
                for slug, price in prices.items()
            ],
            source="test",
        )

    def test_gaps_open_and_close_with_the_prices(self):
        card = make_card("Dear")
        self.record(card, **{"manapool-graded": "10", "cardkingdom-buylist": "15"})
        assert gaps() == [
            ("Dear", "manapool-graded", "cardkingdom-buylist", Decimal("50.00"))
        ]
        self.record(card, age=HOUR / 2, **{"cardkingdom-buylist": "9"})
        assert gaps() == []
        assert not SpreadOpportunity.objects.get().is_open

    def test_a_new_exchange_rate_opens_gaps_as_well(self, tmp_path):
        self.record(make_card("Dear"), cardkingdom="10", cardmarket="12")
        assert gaps(REGION_GAP) == []
        path = tmp_path / "rates.csv"
        path.write_text(f"Date,USD,\n{timezone.now().date()},1.25,\n")
        ingest_rates(path=path)
        assert gaps(REGION_GAP) == [
            ("Dear", "cardkingdom", "cardmarket", Decimal("50.00"))
        ]
