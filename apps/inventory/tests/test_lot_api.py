"""Lots for scripts: only one's own, another's id is 404."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from apps.inventory.models import Disposal, Lot
from apps.inventory.services.disposals import Departure, dispose
from apps.prices.tests.factories import make_card, make_price

pytestmark = pytest.mark.django_db

LOTS = "/api/inventory/lots"


@pytest.fixture
def card():
    found = make_card("Lightning Bolt", set_code="m10", collector_number="146")
    make_price(found, "10.00")
    return found


@pytest.fixture
def api(owner: User) -> APIClient:
    client = APIClient()
    client.force_login(owner)
    return client


@pytest.fixture
def lot(owner, card) -> Lot:
    return Lot.objects.create(
        owner=owner,
        card=card,
        quantity=4,
        unit_cost=Decimal("2.50"),
        cost_currency="USD",
    )


def send(api: APIClient, path: str, body, method: str = "post"):
    return getattr(api, method)(path, body, format="json")


def test_a_lot_from_its_beginning_to_its_end(api, owner, card):
    made = send(
        api,
        LOTS,
        {
            "card": str(card.scryfall_id),
            "quantity": 3,
            "finish": "foil",
            "language": "de",
            "unit_cost": "1.125",
            "cost_currency": "EUR",
            "tags": ["red"],
        },
    )
    assert made.status_code == 201
    lot = made.json()
    assert (lot["quantity"], lot["held"], lot["finish"]) == (3, 3, "FOIL")
    assert (lot["language"], lot["unit_cost"]) == ("GERMAN", "1.125")
    path = f"{LOTS}/{lot['id']}"

    edited = send(api, path, {"quantity": 5, "unit_cost": None}, "patch").json()
    assert (edited["quantity"], edited["unit_cost"], edited["cost_currency"]) == (
        *(5, None, ""),
    )
    assert edited["tags"] == ["red"]

    gone = api.delete(path)
    assert gone.status_code == 200
    assert gone.json()["lots"] == 1
    assert api.get(path).status_code == 404

    undo = f"/api/inventory/changes/{gone.json()['change']}/undo"
    assert api.post(undo).json() == {"restored": 1, "kept": 0}
    assert api.get(path).json()["quantity"] == 5
    assert api.post(undo).status_code == 404


def test_everything_about_a_lot(api, owner, lot):
    went = Departure(quantity=1, unit_proceeds=Decimal("4.00"), currency="USD")
    (sale,) = dispose(owner=owner, lot_id=lot.pk, went=went)

    found = api.get(f"{LOTS}/{lot.pk}").json()

    assert found["method"] == "FIFO"
    left = found["left"]
    assert left.pop("as_of")
    assert left == {
        "cost": "7.50",
        "cost_currency": "USD",
        "currency": "USD",
        "price": "10.00",
        "value": "30.00",
        "gain": "22.50",
        "marketplace": "tcgplayer",
        "is_estimate": False,
        "is_stale": False,
    }
    (disposal,) = found["disposals"]
    assert disposal == {
        "id": sale.pk,
        "lot": lot.pk,
        "card_id": lot.card_id,
        "name": "Lightning Bolt",
        "set": "m10",
        "collector_number": "146",
        "finish": "NONFOIL",
        "condition": "NEAR_MINT",
        "language": "ENGLISH",
        "kind": "SOLD",
        "quantity": 1,
        "unit_proceeds": "4.00",
        "currency": "USD",
        "proceeds": "4.00",
        "cost": "2.50",
        "cost_currency": "USD",
        "gain": "1.50",
        "disposed_on": sale.disposed_on.isoformat(),
        "recipient": "",
    }


def test_of_a_lot_that_is_gone_nothing_is_worth_anything(api, owner, lot):
    dispose(owner=owner, lot_id=lot.pk, went=Departure(quantity=4))

    left = api.get(f"{LOTS}/{lot.pk}").json()["left"]

    assert (left["cost"], left["price"], left["value"], left["gain"]) == (
        *("0.00", None, None, None),
    )


def test_selling_and_taking_back(api, owner, card, lot):
    Lot.objects.create(owner=owner, card=card, quantity=2)

    answer = send(
        api,
        f"{LOTS}/{lot.pk}/disposals",
        {
            "quantity": 5,
            "unit_proceeds": "3.00",
            "currency": "USD",
            "disposed_on": "2026-01-02",
            "of_all_alike": True,
        },
    )

    assert answer.status_code == 201
    assert [(one["quantity"], one["gain"]) for one in answer.json()] == [
        (4, "2.00"),
        (1, None),
    ]
    listed = api.get("/api/inventory/disposals?year=2026&currency=USD").json()
    assert (listed["count"], listed["method"]) == (2, "FIFO")
    assert listed["totals"] == [
        {
            "year": 2026,
            "currency": "USD",
            "disposals": 2,
            "copies": 5,
            "proceeds": "15.00",
            "cost": "10.00",
            "gain": "2.00",
            "with_gain": 1,
            "unknown_cost": 1,
            "other_currency": 0,
            "unknown_proceeds": 0,
            "gifts": 0,
        }
    ]
    one = listed["results"][0]["id"]
    assert api.delete(f"/api/inventory/disposals/{one}").status_code == 204
    assert api.delete(f"/api/inventory/disposals/{one}").status_code == 404
    assert Disposal.objects.count() == 1


def test_many_at_once(api, owner, card, lot):
    etched = make_card("Opt", finishes=["ETCHED"])
    other = Lot.objects.create(owner=owner, card=etched, quantity=1)
    ids = [lot.pk, other.pk]

    answer = send(
        api,
        f"{LOTS}/bulk",
        {
            "ids": ids,
            "set": {"finish": "FOIL", "add_tags": ["cube"], "unit_cost": None},
        },
    )

    found = answer.json()
    assert (found["lots"], found["kept"]) == (1, 1)
    lot.refresh_from_db()
    assert (lot.finish, lot.tags, lot.unit_cost) == ("FOIL", ["cube"], None)

    all_of_it = send(api, f"{LOTS}/bulk", {"filter": {}, "delete": True})
    assert all_of_it.json()["lots"] == 2
    assert not Lot.objects.exists()


def test_what_a_filter_leaves(api, owner, card, lot):
    Lot.objects.create(owner=owner, card=make_card("Opt"), quantity=1)

    body = {"filter": {"q": "bolt", "min_price": "5"}, "set": {"binder": "Best"}}
    answer = send(api, f"{LOTS}/bulk", body)

    assert answer.json()["lots"] == 1
    assert [one.binder for one in Lot.objects.order_by("pk")] == ["Best", ""]


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        ("post", LOTS, {}, "card: This field is required."),
        ("post", LOTS, {"card": "0"}, "card: There is no card 0."),
        ("post", LOTS, {"card": "{card}", "colour": 1}, "colour: Unknown field;"),
        ("post", LOTS, {"card": "{card}", "finish": "ETCHED"}, "finish: Lightning"),
        ("post", LOTS, {"card": "{card}", "unit_cost": "1"}, "cost_currency: Say"),
        ("post", LOTS, [], "An object, please."),
        ("patch", LOTS + "/{lot}", {"quantity": 0}, "quantity: Ensure"),
        ("patch", LOTS + "/{lot}", {"condition": "NM"}, '"NM" is not one of: MINT'),
        ("patch", LOTS + "/{lot}", {"card": 1}, "card: Unknown field;"),
        ("post", LOTS + "/{lot}/disposals", {"quantity": 5}, "quantity: 4 are held"),
        ("post", LOTS + "/{lot}/disposals", {}, "quantity: This field is required."),
        ("post", LOTS + "/bulk", {"delete": True}, "ids: Send either ids or a filter."),
        ("post", LOTS + "/bulk", {"ids": [], "delete": True}, "ids: "),
        ("post", LOTS + "/bulk", {"filter": {}}, "set: Send either what to set"),
        ("post", LOTS + "/bulk", {"filter": {}, "set": {}}, "Say what is to become"),
        (
            "post",
            LOTS + "/bulk",
            {"filter": {"colour": "red"}, "delete": True},
            "filter: Unknown: colour; allowed: currency",
        ),
        (
            "post",
            LOTS + "/bulk",
            {"filter": {}, "set": {"quantity": 1}},
            "set: Unknown: quantity; allowed: condition",
        ),
        ("get", "/api/inventory/disposals?year=1", None, "year: Ensure"),
        ("get", "/api/inventory/disposals?colour=red", None, "Unknown parameter"),
    ],
)
def test_what_is_wrong_is_said(api, lot, method, path, body, complaint):
    if isinstance(body, dict) and body.get("card") == "{card}":
        body = body | {"card": str(lot.card_id)}
    before = list(Lot.objects.values())

    answer = send(api, path.replace("{lot}", str(lot.pk)), body, method)

    assert answer.status_code == 400, answer.content
    assert complaint in answer.json()["message"]
    assert list(Lot.objects.values()) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", LOTS + "/{lot}", None),
        ("patch", LOTS + "/{lot}", {"quantity": 9}),
        ("delete", LOTS + "/{lot}", None),
        ("post", LOTS + "/{lot}/disposals", {"quantity": 1}),
        ("post", LOTS + "/bulk", {"ids": ["{lot}"], "delete": True}),
        ("delete", "/api/inventory/disposals/{disposal}", None),
        ("post", "/api/inventory/changes/{change}/undo", None),
    ],
)
def test_another_ones_id_is_404(api, owner, lot, method, path, body):
    (sale,) = dispose(owner=owner, lot_id=lot.pk, went=Departure(quantity=1))
    edited = send(api, f"{LOTS}/bulk", {"filter": {}, "set": {"binder": "Mine"}})
    ids = {"lot": lot.pk, "disposal": sale.pk, "change": edited.json()["change"]}
    if body and "ids" in body:
        body = body | {"ids": [lot.pk]}
    before = list(Lot.objects.values())
    bob = APIClient()
    assert send(bob, path.format(**ids), body, method).status_code == 401
    bob.force_login(User.objects.create_user("bob"))

    answer = send(bob, path.format(**ids), body, method)

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert list(Lot.objects.values()) == before
    assert Disposal.objects.count() == 1


def test_nobody_elses_disposals_are_listed(api, owner, lot):
    dispose(owner=owner, lot_id=lot.pk, went=Departure(quantity=1))
    bob = APIClient()
    bob.force_login(User.objects.create_user("bob"))

    found = bob.get("/api/inventory/disposals").json()

    assert (found["count"], found["totals"], found["results"]) == (0, [], [])
    assert api.get("/api/inventory/disposals").json()["count"] == 1
