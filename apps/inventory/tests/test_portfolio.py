"""A whole collection, valued by hand: three methods, parts, best and worst."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from apps.inventory.models import Disposal
from apps.inventory.selectors.portfolio import (
    Figure,
    Portfolio,
    Slice,
    compute_portfolio,
    fee_terms,
    portfolio,
)
from apps.inventory.selectors.realised import Realised, realised_gain
from apps.inventory.selectors.values import Holdings, HoldingsQuery
from apps.market.models import ChainedIndex, ChainedIndexPoint
from apps.prices.tests.factories import make_card, make_price
from apps.settings.models import CostBasis
from mtgintel.core import cache
from mtgintel.core.fees import DEFAULT_PROFILES, FeeProfile, net_proceeds

from .test_values import make_lot, prefer

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

FREE = {"sell_percent": "0", "sell_fixed": "0", "shipping_out": "0"}


@pytest.fixture
def card():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


def of(owner: User, **wanted) -> Portfolio:
    return portfolio(owner, HoldingsQuery(**wanted))


def figure(value: str, copies: int, missing: int = 0, estimated: int = 0) -> Figure:
    return Figure(Decimal(value), copies, estimated, missing)


class TestMarket:
    def test_is_what_the_list_of_lots_says(self, owner, card):
        other = make_card("Opt", set_code="xln", collector_number="65")
        make_price(card, "10.00")
        make_lot(owner, card, 4, disposed=1, unit_cost=Decimal("12.00"))
        make_lot(owner, card, 2, condition="DAMAGED")
        make_lot(owner, card, 1, grade="PSA 10", unit_cost=Decimal("50.00"))
        make_lot(owner, other, 5, unit_cost=Decimal("0.10"))

        found, listed = of(owner), Holdings(owner, HoldingsQuery()).totals

        # 3 × 10 + 2 × 3.50; Opt has no price, and the graded copy none either.
        assert found.worth.market == figure("37.00", 5, missing=5, estimated=2)
        assert (found.worth.copies, found.worth.special) == (11, 1)
        assert found.worth.covered_percent == Decimal("50.0")
        assert (found.lots, found.unpriced, found.estimated) == (4, 2, 1)
        assert (found.worth.market.value, found.gain, found.cost) == (
            listed.value,
            listed.gain,
            listed.cost,
        )
        assert (found.with_cost, found.with_gain) == (3, 1)
        assert found.gain == Decimal("-6.00")

    def test_stale_prices_count_and_are_said(self, owner, card):
        make_price(card, "10.00", as_of=timezone.now() - timedelta(days=9))
        make_lot(owner, card, 3)

        found = of(owner)

        assert found.worth.market == figure("30.00", 3)
        assert (found.stale, found.stale_value) == (3, Decimal("30.00"))

    def test_only_cards_worth_something(self, owner, card):
        opt = make_card("Opt", set_code="xln", collector_number="65")
        make_price(card, "10.00")
        make_price(opt, "0.25")
        make_lot(owner, card, 2)
        make_lot(owner, opt, 100)

        found = of(owner, min_price=Decimal(1))

        assert found.worth.market == figure("20.00", 2)
        assert found.lots == 1

    def test_of_nothing(self, owner):
        found = of(owner)

        assert found.worth.market == figure("0.00", 0)
        assert (found.gain, found.as_of, found.concentration) == (None, None, None)
        assert found.worth.covered_percent is None
        assert found.performers["gain"].both == []
        assert found.allocations["set"] == []


class TestBuylist:
    def test_the_best_live_bid(self, owner, card):
        make_price(card, "10.00")
        make_price(card, "5.00", "cardkingdom-buylist")
        make_price(card, "6.00", "manapool")
        make_lot(owner, card, 3)
        make_lot(owner, card, 2, finish="FOIL")

        # Nobody buys the foils.
        assert of(owner).worth.buylist == figure("15.00", 3, missing=2)

    def test_of_the_grade_else_of_near_mint(self, owner, card):
        make_price(card, "6.00", "cardkingdom-buylist")
        make_price(card, "5.00", "cardkingdom-buylist", condition="LIGHTLY_PLAYED")
        make_lot(owner, card, 1, condition="LIGHTLY_PLAYED")
        make_lot(owner, card, 1, condition="DAMAGED")

        # 5.00, and 6.00 × 0.35.
        assert of(owner).worth.buylist == figure("7.10", 2, estimated=1)

    def test_a_bid_that_is_no_longer_listed_is_none(self, owner, card):
        opt = make_card("Opt", set_code="xln", collector_number="65")
        make_price(card, "5.00", "cardkingdom-buylist")
        long_ago = timezone.now() - timedelta(days=10)
        make_price(opt, "1.00", "cardkingdom-buylist", as_of=long_ago)
        make_lot(owner, card)
        make_lot(owner, opt)

        assert of(owner).worth.buylist == figure("5.00", 1, missing=1)

    def test_of_a_shop_that_is_not_wanted(self, owner, card):
        make_price(card, "5.00", "cardkingdom-buylist")
        make_lot(owner, card)
        prefer(owner, marketplaces=["tcgplayer"])

        assert of(owner).worth.buylist == figure("0.00", 0, missing=1)

    def test_special_copies_have_no_bid(self, owner, card):
        make_price(card, "5.00", "cardkingdom-buylist")
        make_lot(owner, card, is_signed=True)

        assert of(owner).worth.buylist == figure("0.00", 0)


class TestNet:
    def test_after_all_fees(self, owner, card):
        make_price(card, "10.00")
        make_lot(owner, card, 3)

        # 10 - 12.75 % - (0.30 + 4.00) / 10 = 8.295, three times.
        assert of(owner).worth.net == figure("24.885", 3)
        assert of(owner).worth.net.value == 3 * net_proceeds(
            Decimal(10), 1, DEFAULT_PROFILES["USD"]
        )

    def test_what_does_not_pay_for_its_sale_is_counted_apart(self, owner, card):
        opt = make_card("Opt", set_code="xln", collector_number="65")
        make_price(card, "10.00")
        make_price(opt, "0.25")
        make_lot(owner, card)
        make_lot(owner, opt, 100)

        assert of(owner).worth.net == figure("8.295", 1, missing=100)

    def test_by_ones_own_fees(self, owner, card):
        make_price(card, "10.00")
        make_lot(owner, card, 2)
        prefer(owner, fees={"USD": FREE})

        assert of(owner).worth.net == figure("20.00", 2)

    @pytest.mark.parametrize(
        "fees",
        [
            {"sell_percent": Decimal("12.75"), "sell_fixed": Decimal("0.30")},
            {"shipping_out": Decimal(1), "units_per_order": 3},
            {"sell_percent": Decimal("99.99")},
            {},
        ],
    )
    @pytest.mark.parametrize("price", ["0.001", "0.333", "4.995", "987654.321"])
    def test_terms_in_whole_numbers(self, fees, price):
        profile = FeeProfile(**fees)
        terms = fee_terms(profile)
        thousandths = int(Decimal(price) * 1000)
        net = (thousandths * terms["factor"] + terms["amount"] + 500_000) // 1_000_000

        assert Decimal(net) / 1000 == net_proceeds(Decimal(price), 1, profile)


class TestParts:
    def test_by_hand(self, owner, card):
        opt = make_card(
            "Opt",
            set_code="xln",
            collector_number="65",
            rarity="common",
            color_identity=["U"],
        )
        gold = make_card(
            "Lightning Helix",
            set_code="xln",
            collector_number="66",
            rarity="uncommon",
            color_identity=["R", "W"],
        )
        make_price(card, "60.00")
        make_price(opt, "0.50")
        make_price(gold, "30.00", finish="FOIL")
        make_lot(owner, card)
        make_lot(owner, opt, 20)
        make_lot(owner, gold, finish="FOIL")

        found = of(owner)

        assert found.allocations["set"] == [
            Slice("m10", "Modern Horizons 2", Decimal("60.00"), Decimal("60.00")),
            Slice("xln", "Modern Horizons 2", Decimal("40.00"), Decimal("40.00")),
        ]
        assert {
            kind: [(one.key, one.name, str(one.percent)) for one in slices]
            for kind, slices in found.allocations.items()
            if kind != "set"
        } == {
            "colour": [
                ("C", "Colourless", "60.00"),
                ("WR", "WR", "30.00"),
                ("U", "Blue", "10.00"),
            ],
            "rarity": [
                ("mythic", "Mythic", "60.00"),
                ("uncommon", "Uncommon", "30.00"),
                ("common", "Common", "10.00"),
            ],
            "finish": [("NONFOIL", "Nonfoil", "70.00"), ("FOIL", "Foil", "30.00")],
            "price": [
                ("50-100", "50 to 100", "60.00"),
                ("20-50", "20 to 50", "30.00"),
                ("0-1", "under 1", "10.00"),
            ],
        }
        assert found.concentration is not None
        # 0.36 + 0.09 + 0.01
        assert found.concentration.herfindahl == Decimal("0.4600")


class TestPerformers:
    @pytest.fixture
    def _index(self):
        """100 on the first of the month, 105 on the 23rd, 110 on the 30th."""
        index = ChainedIndex.objects.create(
            slug="all", currency="USD", finish=None, version=1
        )
        for day, level in ((1, 100.0), (23, 105.0), (30, 110.0)):
            ChainedIndexPoint.objects.create(
                index=index,
                day=date(2026, 9, day),
                link=1.0,
                level=level,
                constituents=5,
                weight=1.0,
            )
        cache.bump()

    @pytest.mark.usefixtures("_index")
    def test_what_won_and_lost_beside_the_index(self, owner, card):
        opt = make_card("Opt", set_code="xln", collector_number="65")
        make_price(card, "12.00", price_7d="10.00", price_30d="16.00")
        make_price(opt, "0.50", price_7d="1.00")
        bolts = make_lot(
            owner,
            card,
            2,
            unit_cost=Decimal("8.00"),
            acquired_on=date(2026, 9, 24),
        )
        opts = make_lot(owner, opt, 10, unit_cost=Decimal("0.60"))

        found = of(owner).performers
        (won,), (lost,) = found["gain"].top, found["gain"].flop

        assert (won.lot_id, won.amount, won.percent) == (
            bolts.pk,
            Decimal("8.00"),
            Decimal("50.00"),
        )
        # 110 / 105
        assert won.index_percent == Decimal("4.76")
        assert (lost.lot_id, lost.amount) == (opts.pk, Decimal("-1.00"))
        # It came after the index's last day.
        assert lost.index_percent is None
        (week,) = found["change_7d"].top
        assert (week.amount, week.percent, week.index_percent) == (
            Decimal("4.00"),
            Decimal("20.00"),
            Decimal("4.76"),
        )
        (week,) = found["change_7d"].flop
        assert (week.amount, week.percent) == (Decimal("-5.00"), Decimal("-50.00"))
        (month,) = found["change_30d"].flop
        assert (month.amount, month.percent) == (Decimal("-8.00"), Decimal("-25.00"))
        assert found["change_30d"].top == []

    def test_an_estimate_won_by_what_it_is_made_of(self, owner, card):
        make_price(card, "10.00", price_7d="8.00")
        make_lot(owner, card, 1, condition="MODERATELY_PLAYED")

        (one,) = of(owner).performers["change_7d"].top

        # 7.20 that were 5.76.
        assert (one.amount, one.percent) == (Decimal("1.44"), Decimal("25.00"))


class TestGains:
    @pytest.fixture
    def _sold_one(self, owner, card):
        """Two lots of alike copies at 2.00 and 6.00; one of the later was sold."""
        make_price(card, "10.00")
        make_lot(
            owner, card, 1, unit_cost=Decimal("2.00"), acquired_on=date(2026, 1, 1)
        )
        later = make_lot(
            owner,
            card,
            2,
            disposed=1,
            unit_cost=Decimal("6.00"),
            acquired_on=date(2026, 2, 1),
        )
        Disposal.objects.create(
            lot=later,
            quantity=1,
            unit_proceeds=Decimal("9.00"),
            currency="USD",
            disposed_on=date(2026, 3, 1),
        )

    @pytest.mark.parametrize(
        ("method", "realised", "unrealised"),
        [
            # The one that went cost 2.00, those left 6.00 each.
            (CostBasis.FIFO, "7.00", "8.00"),
            # (2 + 6 + 6) / 3 = 4.667 went.
            (CostBasis.AVERAGE, "4.333", "10.667"),
            (CostBasis.SPECIFIC, "3.00", "12.00"),
        ],
    )
    @pytest.mark.usefixtures("_sold_one")
    def test_apart_and_together_the_same(self, owner, method, realised, unrealised):
        prefer(owner, cost_basis=method)

        gone, left = realised_gain(owner, "USD"), of(owner).gain

        assert gone == Realised(Decimal(realised), 1, 0)
        assert left == Decimal(unrealised)
        # 9 + 20 - 14
        assert gone.gain + left == Decimal("15.00")

    def test_an_unknown_cost_is_no_gain(self, owner, card):
        make_price(card, "10.00")
        lot = make_lot(owner, card, 2, disposed=1)
        Disposal.objects.create(
            lot=lot,
            quantity=1,
            unit_proceeds=Decimal("9.00"),
            currency="USD",
            disposed_on=date(2026, 3, 1),
        )

        assert realised_gain(owner, "USD") == Realised(None, 0, 1)
        assert of(owner).gain is None


def test_kept_until_something_changes(owner, card, django_assert_num_queries):
    make_price(card, "10.00")
    lot = make_lot(owner, card, 2)
    assert of(owner).worth.market.value == Decimal("20.00")
    with django_assert_num_queries(1):
        of(owner)

    lot.quantity = 3
    lot.save()
    assert of(owner).worth.market.value == Decimal("30.00")
    prefer(owner, fees={"USD": FREE})
    assert of(owner).worth.net.value == Decimal("30.00")


def test_bounded_statements(owner, django_assert_max_num_queries):
    for number in range(30):
        card = make_card(f"Card {number}", collector_number=str(number))
        make_price(card, "2.00", price_7d="1.00")
        make_lot(owner, card, unit_cost=Decimal("1.00"))
    with django_assert_max_num_queries(10):
        compute_portfolio(owner, HoldingsQuery())


def test_of_nobody_else(owner, card):
    make_price(card, "10.00")
    make_lot(User.objects.create_user("bob"), card, 7)

    assert of(owner).lots == 0


def test_moments_of_the_prices(owner, card):
    moment = datetime(2026, 3, 1, 6, tzinfo=UTC)
    make_price(card, "10.00", as_of=moment)
    make_price(card, "20.00", finish="FOIL", as_of=moment + timedelta(hours=3))
    make_lot(owner, card)
    make_lot(owner, card, finish="FOIL")

    found = of(owner)

    assert (found.oldest, found.as_of) == (moment, moment + timedelta(hours=3))
