"""The page of a collection, its file, and the same for scripts."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.test import APIClient

from apps.inventory.models import Lot
from apps.prices.tests.factories import make_card, make_price
from apps.settings.models import UserPreferences
from tests.html import Page

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

PAGE = "/inventory/"
FILE = "/inventory.csv"


@pytest.fixture
def page(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def api(owner: User) -> APIClient:
    client = APIClient()
    client.force_login(owner)
    return client


@pytest.fixture
def lots(owner: User) -> list[Lot]:
    """Three bolts at 10.00 that cost 12.00 each, and a played one, estimated."""
    bolt = make_card("Lightning Bolt", set_code="m10", collector_number="146")
    make_price(bolt, "10.00")
    make_price(bolt, "7.00", "cardmarket")
    return [
        Lot.objects.create(
            owner=owner,
            card=bolt,
            quantity=3,
            unit_cost=Decimal("12.00"),
            cost_currency="USD",
        ),
        Lot.objects.create(owner=owner, card=bolt, quantity=1, condition="DAMAGED"),
    ]


def text_of(answer) -> str:
    return Page(answer).text("main")


@pytest.mark.parametrize("address", [PAGE, FILE])
def test_nobody_else_sees_it(client, lots, address):
    answer = client.get(address)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (
        302,
        "/account/login/",
    )

    client.force_login(User.objects.create_user("bob"))
    answer = client.get(address)
    assert answer.status_code == 200
    assert b"Lightning Bolt" not in answer.content


def test_nobody_elses_lots_are_served(lots):
    bob = APIClient()
    assert bob.get("/api/inventory").status_code == 401
    assert bob.get("/api/inventory/value").status_code == 401

    bob.force_login(User.objects.create_user("bob"))
    assert bob.get("/api/inventory").json()["results"] == []
    assert bob.get("/api/inventory/value").json()["lots"] == 0


def test_a_row_says_what_and_where_from(page, lots):
    rows = Page(page.get(PAGE)).texts("tr")[1:]

    assert "Lightning Bolt M10 146 Near Mint 3 $12.00 $10.00 $30.00 -$6.00" in (
        rows[0].replace("−", "-")
    )
    assert "TCGplayer" in rows[0]
    assert "ago" in rows[0]
    assert "EST" not in rows[0]
    assert "$3.50 EST $3.50" in rows[1]


def test_totals_are_of_the_filter_and_not_of_the_page(page, owner, lots):
    Lot.objects.bulk_create(
        Lot(owner=owner, card=lots[0].card, quantity=1) for _ in range(60)
    )

    for address in (PAGE, f"{PAGE}?page=2"):
        text = text_of(page.get(address))
        # 30 + 3.50 + 60 × 10
        assert "$633.50" in text
        assert "62 lots" in text
    assert "Page 2 of 2" in text
    assert "$3.50" in text_of(page.get(f"{PAGE}?condition=DAMAGED"))
    assert "$633.50" not in text_of(page.get(f"{PAGE}?condition=DAMAGED"))


def test_one_currency_at_a_time(page, owner, lots):
    UserPreferences.objects.create(user=owner, currency="EUR")

    text = text_of(page.get(PAGE))

    assert "€21.00" in text
    assert "$30.00" not in text
    assert "$30.00" in text_of(page.get(f"{PAGE}?currency=USD"))


def test_amounts_of_ones_own_can_be_hidden(page, lots):
    hidden = Page(page.get(PAGE)).texts(class_="own-amount")

    assert hidden[0] == "$33.50"
    assert "$30.00" in hidden
    assert "$10.00" not in hidden


def test_a_bad_choice_is_said(page, lots):
    answer = page.get(f"{PAGE}?set=nope&min_price=x&ordering=odd")

    assert answer.status_code == 200
    assert "There is no set “nope”." in text_of(answer)
    assert page.get(f"{FILE}?set=nope").status_code == 400


def test_it_is_led_to(page, client):
    assert 'href="/portfolio/"' in page.get("/preferences/").content.decode()
    assert 'href="/inventory/?currency=USD"' in page.get("/portfolio/").content.decode()
    assert 'href="/portfolio/"' not in client.get("/cards/").content.decode()


def test_the_file_is_what_the_page_shows(page, owner, lots):
    trap = make_card("=1+1", set_code="m10", collector_number="1")
    Lot.objects.create(owner=owner, card=trap, quantity=2)

    answer = page.get(f"{FILE}?ordering=name")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))

    assert [row["name"] for row in rows] == ["'=1+1", *["Lightning Bolt"] * 2]
    assert {name: rows[1][name] for name in ("price", "value", "gain", "set")} == {
        "price": "10.00",
        "value": "30.00",
        "gain": "-6.00",
        "set": "m10",
    }
    assert (rows[1]["marketplace"], rows[2]["is_estimate"]) == ("tcgplayer", "True")
    assert rows[0]["price"] == ""
    assert "no-store" in answer["Cache-Control"]
    assert len(page.get(f"{FILE}?min_price=5").content.splitlines()) == 2


@pytest.mark.parametrize("number", [1, 49])
def test_queries(page, owner, lots, number, django_assert_max_num_queries):
    Lot.objects.bulk_create(
        Lot(owner=owner, card=make_card(f"Card {n}"), quantity=1) for n in range(number)
    )
    page.get(PAGE)

    # Session, user, preferences, and two for the lots.
    with django_assert_max_num_queries(6):
        page.get(f"{PAGE}?page=1")


def test_for_scripts(api, lots):
    found = api.get("/api/inventory?page_size=1").json()

    assert (found["count"], found["currency"]) == (2, "USD")
    assert found["next"] == "/api/inventory?page_size=1&page=2"
    (lot,) = found["results"]
    assert lot.pop("as_of")
    assert lot == {
        "id": lots[0].pk,
        "card_id": lots[0].card_id,
        "name": "Lightning Bolt",
        "set": "m10",
        "collector_number": "146",
        "finish": "NONFOIL",
        "condition": "NEAR_MINT",
        "language": "ENGLISH",
        "quantity": 3,
        "unit_cost": "12.00",
        "cost_currency": "USD",
        "price": "10.00",
        "value": "30.00",
        "gain": "-6.00",
        "marketplace": "tcgplayer",
        "is_estimate": False,
        "is_stale": False,
        "is_special": False,
        "binder": "",
        "tags": [],
        "for_trade": 0,
    }
    assert api.get("/api/inventory?page=9").status_code == 404


def test_the_value_for_scripts(api, lots):
    answer = api.get("/api/inventory/value?currency=usd")
    found = answer.json()

    assert answer["Cache-Control"] == "no-store"
    assert found["oldest"] == found["newest"]
    totals = {
        "currency": "USD",
        "lots": 2,
        "copies": 4,
        "value": "33.50",
        "cost": "36.00",
        "with_cost": 1,
        "gain": "-6.00",
        "with_gain": 1,
        "unpriced": 0,
        "estimated": 1,
    }
    assert {name: found[name] for name in totals} == totals
    assert api.get("/api/inventory/value?q=opt").json()["value"] == "0.00"
    assert api.get("/api/inventory/value?colour=red").status_code == 400
    assert api.get("/api/inventory?q=%00").status_code == 400
