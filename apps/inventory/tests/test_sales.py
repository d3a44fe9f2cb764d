"""What went, what it brought and what it had cost: the figures, the page, the file."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.inventory.models import Disposal, Lot
from apps.inventory.selectors.sales import Sales, SalesQuery, YearTotals, basis_of
from apps.inventory.services.disposals import Departure, dispose, undo_disposals
from apps.prices.tests.factories import make_card
from apps.settings.models import UserPreferences
from mtgintel.core import cache
from tests.html import Page

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

PAGE = "/inventory/sales/"
FILE = "/inventory/sales.csv"


@pytest.fixture
def card():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


@pytest.fixture
def page(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


def make_lot(owner, card, quantity, cost: str | None, on: date | None = None, **fields):
    known = {} if cost is None else {"unit_cost": Decimal(cost), "cost_currency": "USD"}
    return Lot.objects.create(
        owner=owner, card=card, quantity=quantity, acquired_on=on, **known | fields
    )


def sell(
    lot: Lot, quantity: int, each: str | None, on: date, **fields: Any
) -> Disposal:
    brought = {"unit_proceeds": Decimal(each), "currency": "USD"} if each else {}
    went = Departure(quantity=quantity, disposed_on=on, **brought | fields)
    (made,) = dispose(owner=lot.owner, lot_id=lot.pk, went=went)
    return made


def prefer(owner: User, **fields) -> None:
    UserPreferences.objects.update_or_create(user=owner, defaults=fields)
    cache.bump(f"preferences:{owner.pk}")


@pytest.fixture
def sold(owner, card) -> list[Lot]:
    """Two at 1.00 and three at 2.00; two of the second went for 5.00 in 2025, one of
    the first for 4.00 in 2026."""
    lots = [
        make_lot(owner, card, 2, "1.00", date(2025, 1, 1)),
        make_lot(owner, card, 3, "2.00", date(2025, 2, 1)),
    ]
    sell(lots[1], 2, "5.00", date(2025, 6, 1))
    sell(lots[0], 1, "4.00", date(2026, 1, 2))
    return lots


class TestGains:
    @pytest.mark.parametrize(
        ("method", "gains", "left"),
        [
            # 4 − 1 and 10 − 4; 1 and 2 are left.
            ("SPECIFIC", ["3.00", "6.00"], ["1.00", "2.00"]),
            # 4 − 2 and 10 − 2; two at 2.00 are left.
            ("FIFO", ["2.00", "8.00"], ["2.00", "2.00"]),
            # A copy cost 1.60.
            ("AVERAGE", ["2.40", "6.80"], ["1.60", "1.60"]),
        ],
    )
    def test_by_the_owners_method(self, owner, sold, method, gains, left):
        prefer(owner, cost_basis=method)

        found = Sales(owner, SalesQuery())

        assert [sale.gain for sale in found] == [Decimal(gain) for gain in gains]
        held = basis_of(owner).held
        assert [held[lot.pk] for lot in sold] == [Decimal(one) for one in left]

    def test_totals_by_year_and_currency(self, owner, card, sold):
        unknown = make_lot(owner, card, 9, None)
        euros = make_lot(
            owner, card, 9, None, unit_cost=Decimal(1), cost_currency="EUR"
        )
        sell(unknown, 1, "7.00", date(2025, 7, 1))
        sell(euros, 2, "7.00", date(2025, 7, 2))
        sell(sold[1], 1, None, date(2025, 7, 3), kind="TRADED")
        sell(euros, 3, None, date(2025, 7, 4), kind="GIVEN")
        prefer(owner, cost_basis="SPECIFIC")

        assert Sales(owner, SalesQuery()).totals == [
            YearTotals(
                2026,
                "USD",
                disposals=1,
                copies=1,
                proceeds=Decimal("4.00"),
                cost=Decimal("1.00"),
                gain=Decimal("3.00"),
                with_gain=1,
            ),
            YearTotals(2025, "", disposals=2, copies=4, unknown_proceeds=1, gifts=1),
            YearTotals(
                2025,
                "USD",
                disposals=3,
                copies=5,
                proceeds=Decimal("31.00"),
                cost=Decimal("4.00"),
                gain=Decimal("6.00"),
                with_gain=1,
                unknown_cost=1,
                other_currency=1,
            ),
        ]

    def test_an_unknown_cost_is_never_zero(self, owner, card):
        sell(make_lot(owner, card, 1, None), 1, "7.00", date(2026, 1, 1))
        sell(make_lot(owner, card, 1, "0.00"), 1, "7.00", date(2026, 1, 2))

        known, unknown = Sales(owner, SalesQuery())

        assert (known.cost, known.gain) == (Decimal("0.00"), Decimal("7.00"))
        assert (unknown.cost, unknown.gain) == (None, None)
        assert unknown.why_no_gain == "cost unknown"

    @pytest.mark.parametrize(
        ("wanted", "days"),
        [
            ({}, [(2026, 1, 2), (2025, 6, 1)]),
            ({"ordering": "date"}, [(2025, 6, 1), (2026, 1, 2)]),
            ({"ordering": "-gain"}, [(2025, 6, 1), (2026, 1, 2)]),
            ({"ordering": "gain"}, [(2026, 1, 2), (2025, 6, 1)]),
            ({"ordering": "-proceeds"}, [(2025, 6, 1), (2026, 1, 2)]),
            ({"year": 2025}, [(2025, 6, 1)]),
            ({"currency": "EUR"}, []),
            ({"kind": "SOLD"}, [(2026, 1, 2), (2025, 6, 1)]),
            ({"kind": "GIVEN"}, []),
            ({"q": "BOLT"}, [(2026, 1, 2), (2025, 6, 1)]),
            ({"q": "opt"}, []),
        ],
    )
    def test_which(self, owner, sold, wanted, days):
        found = Sales(owner, SalesQuery(**wanted))

        assert [sale.disposed_on for sale in found] == [date(*day) for day in days]
        assert found.years == [2026, 2025]

    def test_of_nobody_else(self, sold):
        bob = User.objects.create_user("bob")

        assert len(Sales(bob, SalesQuery())) == 0
        assert basis_of(bob).held == {}

    def test_kept_until_something_goes_or_comes_back(self, owner, sold):
        assert len(Sales(owner, SalesQuery())) == 2
        sale = sell(sold[1], 1, None, date(2026, 2, 1))
        assert len(Sales(owner, SalesQuery())) == 3
        undo_disposals(owner=owner, ids=[sale.pk])
        assert len(Sales(owner, SalesQuery())) == 2

    def test_statements_do_not_grow(self, owner, card, django_assert_num_queries):
        for number in range(30):
            lot = make_lot(owner, card, 1, "1.00")
            sell(lot, 1, "2.00", date(2026, 1, 1 + number % 28))
        list(Sales(owner, SalesQuery(q="x")))

        # The state of the lots; disposals, pools and what went of them; the page.
        with django_assert_num_queries(7):
            assert len(Sales(owner, SalesQuery())[:20]) == 20
        with django_assert_num_queries(4):
            assert len(Sales(owner, SalesQuery())[:20]) == 20


class TestPage:
    def test_rows_and_totals(self, page, sold):
        found = Page(page.get(PAGE))
        text = found.text("main").replace("−", "-")

        assert "First in, first out" in text
        assert "2026 USD 1 $4.00 $2.00 $2.00 none" in text
        assert "2025 USD 2 $10.00 $2.00 $8.00 none" in text
        assert "Lightning Bolt M10 146 Near Mint Sold 1 Jun 2025 2" in text
        assert "2 disposals" in text

    def test_of_nothing(self, page):
        text = Page(page.get(PAGE)).text("main")

        assert "Nothing went" in text
        assert "on the page of its lot" in text

    def test_a_bad_choice_is_said(self, page, sold):
        answer = page.get(f"{PAGE}?year=x&kind=LOST")

        assert "Enter a whole number." in Page(answer).text("main")
        assert page.get(f"{FILE}?year=x").status_code == 400

    def test_nobody_else_sees_it(self, client, sold):
        for address in (PAGE, FILE):
            assert client.get(address).status_code == 302
        client.force_login(User.objects.create_user("bob"))
        for address in (PAGE, FILE):
            assert b"Lightning Bolt" not in client.get(address).content

    def test_the_file(self, page, sold):
        answer = page.get(f"{FILE}?year=2025")
        (row,) = csv.DictReader(io.StringIO(answer.content.decode()))

        assert {
            name: row[name]
            for name in ("date", "kind", "name", "quantity", "proceeds", "cost", "gain")
        } == {
            "date": "2025-06-01",
            "kind": "SOLD",
            "name": "Lightning Bolt",
            "quantity": "2",
            "proceeds": "10.00",
            "cost": "2.00",
            "gain": "8.00",
        }
        assert row["method"] == "FIFO"
        assert "no-store" in answer["Cache-Control"]

    def test_taking_one_back(self, page, sold):
        sale = Disposal.objects.get(disposed_on=date(2026, 1, 2))

        answer = page.post(f"{PAGE}{sale.pk}/undo/", follow=True)

        assert "Taken back: 1 held again." in Page(answer).text("main")
        assert Lot.objects.get(pk=sale.lot_id).disposed == 0
        assert page.post(f"{PAGE}{sale.pk}/undo/").status_code == 404

    def test_nobody_elses_is_taken_back(self, client, sold):
        sale = Disposal.objects.first()
        client.force_login(User.objects.create_user("bob"))

        assert client.post(f"{PAGE}{sale.pk}/undo/").status_code == 404

        assert Disposal.objects.count() == 2
