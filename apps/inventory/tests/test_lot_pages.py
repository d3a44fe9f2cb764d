"""Lots in the browser, with nothing but forms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from apps.inventory.models import Change, Disposal, Lot
from apps.inventory.services.lots import add_lot
from apps.prices.tests.factories import make_card, make_price
from apps.settings.models import UserPreferences
from tests.html import Page

pytestmark = pytest.mark.django_db

LIST = "/inventory/"


@pytest.fixture
def page(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def card():
    found = make_card("Lightning Bolt", set_code="m10", collector_number="146")
    make_price(found, "10.00")
    return found


@pytest.fixture
def lot(owner, card) -> Lot:
    return add_lot(
        owner=owner,
        card=card,
        quantity=4,
        unit_cost=Decimal("2.50"),
        cost_currency="USD",
        binder="Trades",
        tags=["red"],
    )


def text_of(answer) -> str:
    return " ".join(Page(answer).texts("main"))


def said_of(lot: Lot, **others) -> dict[str, str]:
    """What the form of a lot sends."""
    return {
        "quantity": str(lot.quantity),
        "finish": lot.finish,
        "condition": lot.condition,
        "language": lot.language,
        "unit_cost": str(lot.unit_cost or ""),
        "cost_currency": lot.cost_currency or "USD",
        "binder": lot.binder,
        "tags": ", ".join(lot.tags),
    } | others


class TestAdd:
    def test_from_the_card(self, page, client, card):
        link = f'href="/inventory/add/{card.pk}/"'

        assert link in page.get(f"/cards/{card.pk}/").content.decode()
        assert link not in client.get(f"/cards/{card.pk}/").content.decode()

    def test_by_its_name(self, page, card):
        found = Page(page.get("/inventory/add/?q=lightning+bolt"))

        assert [link.attributes["href"] for link in found.all(class_="row-link")] == [
            f"/inventory/add/{card.pk}/"
        ]
        assert found.all(data_combobox="/api/cards/autocomplete")
        assert "No card is called" in text_of(page.get("/inventory/add/?q=zzzz"))

    def test_a_form_in_the_own_currency(self, page, owner, card):
        UserPreferences.objects.create(user=owner, currency="EUR")

        found = Page(page.get(f"/inventory/add/{card.pk}/"))

        chosen = [
            option.attributes["value"]
            for option in found.all("option")
            if "selected" in option.attributes
            and option.attributes["value"] in {"EUR", "USD"}
        ]
        assert chosen == ["EUR"]
        assert found.all("option", value="FOIL")
        assert not found.all("option", value="ETCHED")

    def test_all_that_can_be_said(self, page, owner, card):
        answer = page.post(
            f"/inventory/add/{card.pk}/",
            {
                "quantity": "3",
                "finish": "FOIL",
                "condition": "LIGHTLY_PLAYED",
                "language": "GERMAN",
                "unit_cost": "1,25",
                "cost_currency": "EUR",
                "acquired_on": "2026-01-02",
                "source": "A fair",
                "binder": "Reds",
                "tags": "red, burn",
                "for_trade": "2",
                "grade": "PSA 9",
                "is_signed": "on",
                "notes": "mine",
            },
        )

        lot = Lot.objects.of(owner).get()
        assert answer["Location"] == f"/inventory/lots/{lot.pk}/"
        assert (lot.quantity, lot.finish, lot.condition, lot.language) == (
            *(3, "FOIL", "LIGHTLY_PLAYED", "GERMAN"),
        )
        assert (lot.unit_cost, lot.cost_currency) == (Decimal("1.25"), "EUR")
        assert (lot.acquired_on, lot.source) == (date(2026, 1, 2), "A fair")
        assert (lot.binder, lot.tags, lot.for_trade) == ("Reds", ["red", "burn"], 2)
        assert (lot.grade, lot.is_signed, lot.notes) == ("PSA 9", True, "mine")

    def test_what_is_wrong_is_said_and_kept(self, page, owner, card):
        answer = page.post(
            f"/inventory/add/{card.pk}/",
            {
                "quantity": "1",
                "finish": "NONFOIL",
                "condition": "NEAR_MINT",
                "language": "ENGLISH",
                "cost_currency": "USD",
                "for_trade": "5",
                "notes": "keep this",
            },
        )

        assert answer.status_code == 400
        assert "Between none and all copies of the lot." in text_of(answer)
        assert "keep this" in text_of(answer)
        assert not Lot.objects.of(owner).exists()

    def test_no_such_card(self, page):
        assert page.get("/inventory/add/999999/").status_code == 404


class TestLot:
    def test_everything_about_it(self, page, lot):
        text = text_of(page.get(f"/inventory/lots/{lot.pk}/"))

        assert "$40.00" in text
        assert "Cost of what is held $10.00 First in, first out" in text
        assert "Unrealised gain $30.00" in text

    def test_without_a_price_or_cost(self, page, owner):
        lot = add_lot(owner=owner, card=make_card("Opt"))

        text = text_of(page.get(f"/inventory/lots/{lot.pk}/"))

        assert "no price in USD" in text
        assert "needs cost and price in one currency" in text

    def test_a_cost_in_a_currency_without_prices(self, page, owner, card):
        lot = add_lot(
            owner=owner, card=card, unit_cost=Decimal("3.00"), cost_currency="GBP"
        )

        text = text_of(page.get(f"/inventory/lots/{lot.pk}/"))

        assert "$10.00 each" in text
        assert "Cost of what is held 3.00 GBP" in text
        assert "Unrealised gain –" in text
        assert "3.00 GBP" in text_of(page.get(LIST))

    def test_editing(self, page, lot):
        answer = page.post(
            f"/inventory/lots/{lot.pk}/",
            said_of(lot, quantity="5", unit_cost="", tags="blue"),
        )

        lot.refresh_from_db()
        assert answer.status_code == 302
        assert (lot.quantity, lot.unit_cost, lot.cost_currency) == (5, None, "")
        assert lot.tags == ["blue"]

    def test_selling_and_what_is_left(self, page, lot):
        answer = page.post(
            f"/inventory/lots/{lot.pk}/sell/",
            {
                "quantity": "3",
                "kind": "SOLD",
                "unit_proceeds": "4",
                "currency": "USD",
                "disposed_on": "2026-01-05",
                "recipient": "Bob",
            },
            follow=True,
        )

        text = text_of(answer)
        assert "Sold: 3." in text
        assert "1 of 4; 3 went" in text
        assert "5 Jan 2026 Sold to Bob 3 $4.00 $12.00 $7.50 $4.50" in text

        again = page.post(
            f"/inventory/lots/{lot.pk}/sell/",
            {"quantity": "2", "kind": "SOLD", "currency": "USD"},
        )
        assert again.status_code == 400
        assert "1 is held; no more can go." in text_of(again)
        assert Disposal.objects.count() == 1

    def test_splitting(self, page, owner, lot):
        page.post(f"/inventory/lots/{lot.pk}/split/", {"quantity": "1"})
        assert [one.quantity for one in Lot.objects.of(owner)] == [3, 1]

        answer = page.post(f"/inventory/lots/{lot.pk}/split/", {"quantity": "3"})
        assert answer.status_code == 400
        assert "Between 1 and 2 of the 3 held." in text_of(answer)

    def test_copying_and_deleting(self, page, owner, lot):
        page.post(f"/inventory/lots/{lot.pk}/clone/")
        assert [one.quantity for one in Lot.objects.of(owner)] == [4, 1]

        answer = page.post(f"/inventory/lots/{lot.pk}/delete/", follow=True)
        assert [one.quantity for one in Lot.objects.of(owner)] == [1]
        assert "4 × Lightning Bolt (M10) 146 deleted" in text_of(answer)

        change = Change.objects.of(owner).get()
        back = page.post(f"/inventory/changes/{change.pk}/undo/", follow=True)
        assert "1 as before." in text_of(back)
        assert sorted(one.quantity for one in Lot.objects.of(owner)) == [1, 4]

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", ""),
            ("post", ""),
            *(("post", f"{act}/") for act in ("sell", "split", "clone", "delete")),
            ("post", "inline/"),
        ],
    )
    def test_nobody_elses(self, client, lot, method, path):
        address = f"/inventory/lots/{lot.pk}/{path}"
        assert getattr(client, method)(address).status_code == 302
        client.force_login(User.objects.create_user("bob"))

        answer = getattr(client, method)(address, {"quantity": "1"})

        assert answer.status_code == 404
        assert [one.quantity for one in Lot.objects.all()] == [4]
        assert not Disposal.objects.exists()

    def test_nobody_elses_change_is_undone(self, client, page, lot):
        page.post(f"/inventory/lots/{lot.pk}/delete/")
        client.force_login(User.objects.create_user("bob"))

        path = f"/inventory/changes/{Change.objects.get().pk}/undo/"

        assert client.post(path).status_code == 404
        assert not Lot.objects.exists()


class TestList:
    @pytest.fixture
    def lots(self, owner, card, lot) -> list[Lot]:
        opt = make_card("Opt", finishes=["ETCHED"])
        return [lot, add_lot(owner=owner, card=opt), add_lot(owner=owner, card=card)]

    def test_editing_a_row(self, page, lot):
        dispose = {"quantity": "1", "kind": "GIVEN", "currency": "USD"}
        page.post(f"/inventory/lots/{lot.pk}/sell/", dispose)

        answer = page.post(
            f"/inventory/lots/{lot.pk}/inline/?binder=Trades&page=1",
            {
                "quantity": "7",
                "condition": "DAMAGED",
                "unit_cost": "0,5",
                "cost_currency": "USD",
            },
        )

        assert answer["Location"] == "/inventory/?binder=Trades&page=1"
        lot.refresh_from_db()
        # Seven are held, and one went.
        assert (lot.quantity, lot.disposed, lot.condition) == (8, 1, "DAMAGED")
        assert lot.unit_cost == Decimal("0.50")

    def test_a_row_that_cannot_be(self, page, lot):
        answer = page.post(
            f"/inventory/lots/{lot.pk}/inline/",
            {
                "quantity": "0",
                "condition": "DAMAGED",
                "unit_cost": "x",
                "cost_currency": "USD",
            },
            follow=True,
        )

        text = text_of(answer)
        assert "Copies: Ensure this value is greater than or equal to 1." in text
        assert "Cost each: Enter a number." in text
        lot.refresh_from_db()
        assert (lot.quantity, lot.condition) == (4, "NEAR_MINT")

    def test_the_ticked_ones(self, page, lots):
        answer = page.post(
            "/inventory/bulk/?ordering=name",
            {
                "which": "ticked",
                "lot": [str(lots[0].pk), str(lots[1].pk)],
                "finish": "FOIL",
                "binder": "Foils",
                "act": "edit",
            },
            follow=True,
        )

        assert answer.redirect_chain[0][0] == "/inventory/?ordering=name"
        text = text_of(answer)
        assert "Foil, binder “Foils” · 1 lot" in text
        assert "1 left as they were" in text
        assert [one.binder for one in Lot.objects.order_by("pk")] == ["Foils", "", ""]

    def test_all_that_the_filter_leaves(self, page, owner, lots):
        Lot.objects.bulk_create(
            Lot(owner=owner, card=lots[0].card, quantity=1) for _ in range(60)
        )

        page.post(
            "/inventory/bulk/?q=bolt",
            {"which": "all", "add_tags": "cube, burn", "act": "edit"},
        )

        tagged = Lot.objects.filter(tags__contains=["cube", "burn"])
        assert tagged.count() == 62
        assert Lot.objects.get(pk=lots[0].pk).tags == ["red", "cube", "burn"]

    def test_deleting_and_undoing(self, page, owner, lots):
        answer = page.post(
            "/inventory/bulk/", {"which": "all", "act": "delete"}, follow=True
        )
        assert not Lot.objects.of(owner).exists()
        assert "Deleted · 3 lots" in text_of(answer)

        change = Change.objects.of(owner).get()
        answer = page.post(f"/inventory/changes/{change.pk}/undo/", follow=True)
        assert Lot.objects.of(owner).count() == 3
        assert "Deleted · 3 lots" not in text_of(answer)

    def test_nothing_ticked_or_nothing_said(self, page, lots):
        nothing = page.post("/inventory/bulk/", {"binder": "A", "act": "edit"})
        assert nothing.status_code == 400
        assert "Tick the lots that are meant" in text_of(nothing)

        ticked = {"lot": [str(lots[0].pk)], "act": "edit"}
        unsaid = page.post("/inventory/bulk/", ticked)
        assert unsaid.status_code == 400
        assert "Say what is to become of these lots." in text_of(unsaid)

    def test_what_is_wrong_is_said_and_kept(self, page, lots):
        answer = page.post(
            "/inventory/bulk/",
            {
                "lot": [str(lots[1].pk)],
                "unit_cost": "1",
                "cost_currency": "USD",
                "cost_unknown": "on",
                "binder": "Kept",
                "act": "edit",
            },
        )

        assert answer.status_code == 400
        found = Page(answer)
        assert "Either an amount, or that it is unknown." in found.text("main")
        assert found.all("input", value="Kept")
        (ticked,) = [
            one for one in found.all(name="lot") if "checked" in one.attributes
        ]
        assert ticked.attributes["value"] == str(lots[1].pk)
        assert not Change.objects.exists()

    def test_another_ones_lots_are_passed_over(self, client, lots):
        client.force_login(User.objects.create_user("bob"))

        client.post(
            "/inventory/bulk/",
            {"lot": [str(lots[0].pk), "x", "9" * 30], "act": "delete"},
        )

        assert Lot.objects.count() == 3

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("binder=Trades", ["Lightning Bolt"]),
            ("tag=red", ["Lightning Bolt"]),
            ("tag=re", []),
            ("language=GERMAN", []),
            ("language=ENGLISH&q=opt", ["Opt"]),
            ("for_trade=yes", []),
            ("for_trade=no&q=opt", ["Opt"]),
        ],
    )
    def test_filters(self, page, lots, query, names):
        found = Page(page.get(f"{LIST}?{query}"))

        assert found.texts("a", class_="row-link") == names

    def test_binders_and_tags_are_offered(self, page, lots):
        found = Page(page.get(LIST))

        offered = [one.attributes["value"] for one in found.all("option")]
        assert "Trades" in offered
        assert "red" in offered

    def test_no_inline_code(self, page, lots):
        for address in (LIST, f"/inventory/lots/{lots[0].pk}/", "/inventory/add/"):
            assert Page(page.get(address)).inline_code() == []
