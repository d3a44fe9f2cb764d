"""What holdings are worth, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from apps.cards.models import Card
from apps.inventory.models import Lot
from apps.inventory.selectors.values import Holdings, HoldingsQuery, HoldingsTotals
from apps.inventory.services.disposals import Departure, dispose
from apps.prices.tests.factories import make_card, make_price
from apps.settings.models import UserPreferences
from mtgintel.core import cache

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


def make_lot(owner: User, card: Card, quantity: int = 1, **fields) -> Lot:
    if "unit_cost" in fields:
        fields = {"cost_currency": "USD", **fields}
    return Lot.objects.create(owner=owner, card=card, quantity=quantity, **fields)


def holdings(owner: User, **wanted) -> Holdings:
    return Holdings(owner, HoldingsQuery(**wanted))


def prefer(owner: User, **fields) -> None:
    UserPreferences.objects.update_or_create(user=owner, defaults=fields)
    cache.bump(f"preferences:{owner.pk}")


@pytest.fixture
def card() -> Card:
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


class TestPrice:
    def test_the_observed_grade_comes_first(self, owner, card):
        make_price(card, "10.00")
        # A stream that is preferred less, but has the grade.
        make_price(card, "8.10", "manapool", condition="LIGHTLY_PLAYED")
        make_lot(owner, card, 3, condition="LIGHTLY_PLAYED", unit_cost=Decimal("5.00"))

        (lot,) = holdings(owner)[:]

        assert (lot.price, lot.is_estimate) == (Decimal("8.10"), False)
        assert (lot.marketplace, lot.is_stale) == ("manapool", False)
        assert (lot.value, lot.gain) == (Decimal("24.30"), Decimal("9.30"))

    def test_else_near_mint_times_the_owners_multiplier(self, owner, card):
        make_price(card, "9.99")
        make_lot(owner, card, 2, condition="HEAVILY_PLAYED")
        make_lot(owner, card, 1, condition="LIGHTLY_PLAYED")
        prefer(owner, heavily_played_multiplier=Decimal("0.50"))

        light, heavy = holdings(owner, ordering="-price")[:]

        # 9.99 × 0.87 = 8.6913 and 9.99 × 0.50 = 4.995
        assert (light.price, light.is_estimate) == (Decimal("8.691"), True)
        assert (heavy.price, heavy.value) == (Decimal("4.995"), Decimal("9.99"))

    def test_the_preferred_stream(self, owner, card):
        make_price(card, "10.00", "tcgplayer")
        make_price(card, "11.00", "manapool")
        make_lot(owner, card)
        assert holdings(owner)[0].price == Decimal("10.00")

        prefer(owner, marketplaces=["manapool", "tcgplayer"])
        assert holdings(owner)[0].price == Decimal("11.00")

    def test_a_stream_that_is_not_wanted_gives_none(self, owner, card):
        make_price(card, "10.00", "tcgplayer")
        make_lot(owner, card)
        prefer(owner, marketplaces=["manapool"])

        assert holdings(owner)[0].price is None

    def test_what_a_shop_pays_is_no_price(self, owner, card):
        make_price(card, "10.00", "cardkingdom-buylist")
        make_lot(owner, card)

        assert holdings(owner)[0].price is None

    def test_only_of_the_same_finish_and_language(self, owner, card):
        make_price(card, "10.00")
        make_lot(owner, card, finish="FOIL")
        make_lot(owner, card, language="GERMAN")

        found = holdings(owner)

        assert [lot.price for lot in found] == [None, None]
        assert found.totals.unpriced == 2

    def test_a_printing_in_another_language_at_its_own_price(self, owner):
        german = make_card("Blitzschlag", language="GERMAN")
        make_price(german, "4.00")
        make_lot(owner, german, language="GERMAN")
        assert holdings(owner)[0].price == Decimal("4.00")

        make_price(german, "3.00", language="GERMAN")
        cache.bump()
        assert holdings(owner)[0].price == Decimal("3.00")

    @pytest.mark.parametrize(
        "special",
        [
            {"grade": "PSA 9"},
            {"is_signed": True},
            {"is_altered": True},
            {"is_proxy": True},
            {"is_misprint": True},
        ],
    )
    def test_other_goods_have_no_price(self, owner, card, special):
        make_price(card, "10.00")
        make_lot(owner, card, **special)
        make_lot(owner, card)

        plain, other = holdings(owner)[:]

        assert (plain.price, plain.is_special) == (Decimal("10.00"), False)
        assert (other.price, other.value, other.is_special) == (None, None, True)


class TestTotals:
    def test_by_hand(self, owner, card):
        other = make_card("Opt", set_code="xln", collector_number="65")
        price = make_price(card, "10.00")
        make_price(other, "0.25", "cardmarket")
        make_lot(owner, card, 4, disposed=1, unit_cost=Decimal("12.00"))
        make_lot(owner, card, 2, condition="DAMAGED")
        make_lot(
            owner, card, 1, unit_cost=Decimal("1.00"), cost_currency="EUR", for_trade=1
        )
        make_lot(owner, other, 5, unit_cost=Decimal("0.10"))
        make_lot(owner, card, 1, disposed=1)

        # 3 × 10 + 2 × 3.50 + 10; Opt is not priced in dollars.
        assert holdings(owner).totals == HoldingsTotals(
            lots=4,
            copies=11,
            value=Decimal("47.00"),
            cost=Decimal("36.50"),
            with_cost=2,
            gain=Decimal("-6.00"),
            with_gain=1,
            unpriced=1,
            estimated=1,
            oldest=price.as_of,
            newest=price.as_of,
        )

    def test_in_another_currency(self, owner, card):
        make_price(card, "10.00")
        make_price(card, "8.00", "cardmarket")
        make_lot(owner, card, 2, unit_cost=Decimal("1.00"))
        make_lot(owner, card, 1, unit_cost=Decimal("9.00"), cost_currency="EUR")

        found = holdings(owner, currency="EUR")

        assert [(lot.value, lot.gain) for lot in found] == [
            (Decimal("16.00"), None),
            (Decimal("8.00"), Decimal("-1.00")),
        ]
        assert (found.totals.value, found.totals.cost) == (
            Decimal("24.00"),
            Decimal("9.00"),
        )

    def test_more_than_a_price_column_holds(self, owner, card):
        make_price(card, "100000.00")
        make_lot(owner, card, 1_000_000, unit_cost=Decimal("0.01"))

        assert holdings(owner).totals.value == Decimal("100000000000.00")

    def test_of_nothing(self, owner):
        found = holdings(owner)

        assert (len(found), found[:]) == (0, [])
        assert found.totals.value == Decimal("0.00")
        assert found.totals.gain is None

    def test_of_nobody_else(self, owner, card):
        make_price(card, "10.00")
        make_lot(User.objects.create_user("bob"), card, 7)

        assert holdings(owner).totals.lots == 0


class TestCostsOfWhatIsLeft:
    """One at 1.00 and one at 5.00, at 10.00 now; the dearer one went."""

    @pytest.fixture(autouse=True)
    def sold(self, owner, card):
        make_price(card, "10.00")
        for cost, on in (("1.00", date(2026, 1, 1)), ("5.00", date(2026, 1, 2))):
            lot = make_lot(owner, card, 1, unit_cost=Decimal(cost), acquired_on=on)
        went = Departure(quantity=1, disposed_on=date(2026, 1, 3))
        dispose(owner=owner, lot_id=lot.pk, went=went)

    @pytest.mark.parametrize(
        ("method", "cost", "gain"),
        [
            ("SPECIFIC", "1.00", "9.00"),
            # The first one went.
            ("FIFO", "5.00", "5.00"),
            ("AVERAGE", "3.00", "7.00"),
        ],
    )
    def test_by_the_owners_method(self, owner, method, cost, gain):
        prefer(owner, cost_basis=method)

        found = holdings(owner)

        assert (found.totals.cost, found.totals.gain) == (Decimal(cost), Decimal(gain))
        (left,) = found
        assert (left.unit_cost, left.gain) == (Decimal("1.00"), Decimal(gain))


class TestFilters:
    @pytest.fixture(autouse=True)
    def lots(self, owner, card):
        opt = make_card("Opt", set_code="xln", collector_number="65")
        odd = make_card("50% _off_", set_code="xln", collector_number="66")
        make_price(card, "10.00")
        make_price(card, "30.00", finish="FOIL")
        make_price(opt, "0.25")
        make_lot(owner, card, 2, unit_cost=Decimal("9.00"))
        make_lot(owner, card, 1, finish="FOIL", unit_cost=Decimal("40.00"))
        make_lot(owner, opt, 100, condition="DAMAGED")
        make_lot(owner, odd, 3)

    @pytest.mark.parametrize(
        ("wanted", "names", "value"),
        [
            ({}, ["Lightning Bolt", "Lightning Bolt", "Opt", "50% _off_"], "58.80"),
            ({"q": "BOLT"}, ["Lightning Bolt", "Lightning Bolt"], "50.00"),
            ({"q": "%"}, ["50% _off_"], "0.00"),
            ({"q": "_o"}, ["50% _off_"], "0.00"),
            ({"q": "\\"}, [], "0.00"),
            ({"set": "xln"}, ["Opt", "50% _off_"], "8.80"),
            ({"finish": "FOIL"}, ["Lightning Bolt"], "30.00"),
            ({"condition": "DAMAGED"}, ["Opt"], "8.80"),
            ({"min_price": Decimal(10)}, ["Lightning Bolt"] * 2, "50.00"),
            ({"min_price": Decimal("10.01")}, ["Lightning Bolt"], "30.00"),
        ],
    )
    def test_leave_lots_out(self, owner, wanted, names, value):
        found = holdings(owner, **wanted)

        # 0.25 × 0.35 = 0.0875, rounded to 0.088; a hundred of them.
        assert [lot.name for lot in found] == names
        assert found.totals.value == Decimal(value)

    @pytest.mark.parametrize(
        ("ordering", "quantities"),
        [
            ("-value", [1, 2, 100, 3]),
            ("value", [100, 2, 1, 3]),
            ("-price", [1, 2, 100, 3]),
            ("-gain", [2, 1, 100, 3]),
            ("gain", [1, 2, 100, 3]),
            ("name", [3, 2, 1, 100]),
            ("-quantity", [100, 3, 2, 1]),
            ("-added", [3, 100, 1, 2]),
        ],
    )
    def test_orders(self, owner, ordering, quantities):
        found = holdings(owner, ordering=ordering)

        assert [lot.quantity for lot in found] == quantities

    def test_three_statements_at_first_then_two(self, owner, django_assert_num_queries):
        Holdings(owner, HoldingsQuery(q="Opt"))[:]
        with django_assert_num_queries(3):
            found = holdings(owner)
            assert len(found[1:3]) == 2
            assert found.totals.lots == 4
        with django_assert_num_queries(2):
            assert len(holdings(owner)[1:3]) == 2


class TestKept:
    def test_until_a_lot_changes(self, owner, card):
        make_price(card, "10.00")
        lot = make_lot(owner, card, 2)
        assert holdings(owner).totals.value == Decimal("20.00")

        Lot.objects.filter(pk=lot.pk).update(disposed=1)
        assert holdings(owner).totals.value == Decimal("10.00")
        lot.delete()
        assert holdings(owner).totals.value == Decimal("0.00")

    def test_until_prices_change(self, owner, card):
        price = make_price(card, "10.00")
        make_lot(owner, card)
        assert holdings(owner).totals.value == Decimal("10.00")

        price.price = Decimal("12.00")
        price.save()
        cache.bump()
        assert holdings(owner).totals.value == Decimal("12.00")
