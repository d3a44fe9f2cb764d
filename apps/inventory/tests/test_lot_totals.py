"""Totals over the lots of several owners."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from apps.inventory.models import Lot
from apps.inventory.selectors.totals import totals_of
from apps.inventory.selectors.values import Holdings, HoldingsQuery
from apps.inventory.services.disposals import Departure, dispose
from apps.prices.tests.factories import make_card, make_price
from apps.settings.models import UserPreferences

pytestmark = [pytest.mark.django_db, pytest.mark.storage]


@pytest.fixture
def lots(owner) -> list[Lot]:
    bolt, opt = make_card("Bolt 100%"), make_card("Opt", collector_number="2")
    make_price(bolt, "10.00")
    make_price(bolt, "8.00", "cardmarket")
    paid = {"unit_cost": Decimal("1500.00"), "cost_currency": "USD"}
    bob = User.objects.create_user("bob")
    return [
        Lot.objects.create(owner=owner, card=bolt, quantity=3, disposed=1, **paid),
        Lot.objects.create(owner=bob, card=bolt, quantity=4, condition="DAMAGED"),
        Lot.objects.create(
            owner=bob,
            card=opt,
            quantity=2_000,
            unit_cost=Decimal("2000.00"),
            cost_currency="GBP",
        ),
        Lot.objects.create(owner=bob, card=bolt, quantity=9, disposed=9),
    ]


def test_of_all(lots):
    totals = totals_of(Lot.objects.all())

    assert (totals.lots, totals.copies) == (3, 2_006)
    dollars, euros, tickets = totals.currencies
    # 2 × 10, and 4 at 35 % of it.
    assert (dollars.value, dollars.priced, dollars.estimated) == (
        Decimal("34.00"),
        2,
        1,
    )
    assert (dollars.cost, dollars.with_cost) == (Decimal("3000.00"), 1)
    assert (euros.currency, euros.value) == ("EUR", Decimal("27.20"))
    assert (tickets.value, tickets.priced, tickets.newest) == (Decimal("0.00"), 0, None)
    # More thousandths than a column of prices holds.
    assert totals.other_costs == {"GBP": Decimal("4000000.00")}


def test_of_some(lots, owner):
    assert totals_of(Lot.objects.of(owner)).copies == 2
    found = totals_of(Lot.objects.filter(card__search_name__contains="100%"))
    assert (found.lots, found.currencies[0].value) == (2, Decimal("34.00"))


def test_what_is_left_costs_by_its_owners_method(owner):
    """As the list of the owner says, not what the lots that are left say."""
    bolt = make_card("Bolt")
    make_price(bolt, "10.00")
    bob = User.objects.create_user("bob")
    UserPreferences.objects.create(user=bob, cost_basis="SPECIFIC")
    for someone in (owner, bob):
        for cost, currency in (("1.00", "USD"), ("4.00", "USD"), ("3.00", "GBP")):
            newest = Lot.objects.create(
                owner=someone,
                card=bolt,
                quantity=1,
                unit_cost=Decimal(cost),
                cost_currency=currency,
            )
            if cost == "4.00":
                dispose(owner=someone, lot_id=newest.pk, went=Departure(quantity=1))
    older = {"owner": owner, "card": bolt, "cost_currency": "GBP"}
    sold = Lot.objects.create(quantity=1, unit_cost=Decimal("5.00"), **older)
    dispose(owner=owner, lot_id=sold.pk, went=Departure(quantity=1))

    totals = totals_of(Lot.objects.all())

    # First in, first out: what is left of the first owner's cost 4 and 5.
    of_each = [Holdings(one, HoldingsQuery()).totals.cost for one in (owner, bob)]
    assert of_each == [Decimal("4.00"), Decimal("1.00")]
    assert (totals.currencies[0].cost, totals.currencies[0].with_cost) == (5, 2)
    assert totals.other_costs == {"GBP": Decimal("8.00")}


def test_of_none(lots):
    assert totals_of(Lot.objects.none()).currencies == []
    totals = totals_of(Lot.objects.filter(binder="none"))
    assert (totals.lots, totals.copies, totals.currencies[0].priced) == (0, 0, 0)


def test_kept_until_lots_change(lots, django_assert_num_queries):
    totals_of(Lot.objects.all())

    with django_assert_num_queries(1):
        totals_of(Lot.objects.all())
    Lot.objects.filter(pk=lots[0].pk).update(quantity=5)
    assert totals_of(Lot.objects.all()).copies == 2_008
