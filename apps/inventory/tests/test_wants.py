"""What somebody looks for: the offers found, the list's cost, the page and the API."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.inventory.models import Want
from apps.inventory.selectors.wants import totals_of, want_lines
from apps.inventory.services import wants
from apps.inventory.services.wants import (
    add_pasted,
    add_want,
    change_want,
    follow_merged_cards,
)
from apps.prices.models import (
    IngestRun,
    LatestPrice,
    Marketplace,
    PriceOverride,
    QuarantinedPrice,
    SeriesBreak,
)
from apps.prices.tests.factories import make_card, make_price
from mtgintel.core import cache
from tests.html import Page

pytestmark = [pytest.mark.django_db, pytest.mark.storage]

PAGE = "/inventory/wants/"
API = "/api/inventory/want-list"


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
def bolt():
    return make_card("Lightning Bolt", set_code="m10", collector_number="146")


def offer_of(owner):
    (line,) = want_lines(owner)
    return line.offer


def test_the_cheapest_offer_that_would_do(owner, bolt):
    make_price(bolt, "9.00", "cardkingdom")
    make_price(bolt, "8.00", "cardtrader-usd", total_quantity=2)
    # Neither an offer, nor of one grade, nor what one can buy at.
    make_price(bolt, "7.00", "tcgplayer")
    make_price(bolt, "6.00", "manapool")
    make_price(bolt, "5.00", "cardkingdom-buylist")
    # Other goods.
    make_price(bolt, "4.00", "cardkingdom", condition="LIGHTLY_PLAYED")
    make_price(bolt, "4.00", "cardkingdom", finish="FOIL")
    make_price(bolt, "4.00", "cardkingdom", language="JAPANESE")
    add_want(owner=owner, card=bolt, finish="NONFOIL", language="ENGLISH", quantity=3)

    (line,) = want_lines(owner)

    assert (line.offer.price, line.offer.marketplace) == (
        Decimal("8.00"),
        "cardtrader-usd",
    )
    assert line.offer.is_offer
    assert line.is_short
    assert line.cost == Decimal("24.00")


def test_any_finish_language_and_a_worse_grade_may_do(owner, bolt):
    make_price(bolt, "9.00", "cardkingdom")
    make_price(bolt, "5.00", "cardkingdom", condition="LIGHTLY_PLAYED")
    make_price(bolt, "4.00", "cardkingdom", condition="HEAVILY_PLAYED")
    make_price(bolt, "6.00", "cardkingdom", finish="FOIL")
    want = add_want(owner=owner, card=bolt, min_condition="NEAR_MINT")
    assert offer_of(owner).price == Decimal("6.00")

    change_want(want=want, min_condition="MODERATELY_PLAYED")
    assert offer_of(owner).price == Decimal("5.00")


def test_any_printing_of_the_card(owner, bolt):
    old = make_card("Lightning Bolt", set_code="lea", collector_number="161")
    gone = make_card("Lightning Bolt", set_code="xxx", removed_at=timezone.now())
    other = make_card("Shock")
    for card, price in ((bolt, "9"), (old, "3"), (gone, "2"), (other, "1")):
        make_price(card, price, "cardkingdom")
    want = add_want(owner=owner, card=bolt)
    assert offer_of(owner).price == Decimal("9.00")

    change_want(want=want, is_any_printing=True)

    offer = offer_of(owner)
    assert (offer.price, offer.card_id, offer.set_code) == (
        Decimal("3.00"),
        old.pk,
        "lea",
    )


def test_a_price_that_names_no_language_is_of_the_printings_own(owner):
    card = make_card("Opt", language="JAPANESE", lang_code="ja")
    make_price(card, "2.00", "cardkingdom")
    want = add_want(owner=owner, card=card, language="JAPANESE")
    assert offer_of(owner).price == Decimal("2.00")

    change_want(want=want, language="ENGLISH")
    assert offer_of(owner) is None


def test_what_is_not_live_is_no_offer(owner, bolt):
    want = add_want(owner=owner, card=bolt)
    now = timezone.now()
    row = make_price(bolt, "5.00", "cardkingdom")
    other = make_card("Opt")
    make_price(other, "1.00", "cardkingdom")

    def change(**fields):
        LatestPrice.objects.filter(card=bolt).update(**fields)
        cache.bump()

    assert offer_of(owner).price == Decimal("5.00")
    change(as_of=now - timedelta(hours=49))
    assert offer_of(owner) is None
    change(as_of=now, total_quantity=0)
    assert offer_of(owner) is None
    change(total_quantity=None)
    assert offer_of(owner).price == Decimal("5.00")

    held = QuarantinedPrice.objects.create(
        run=IngestRun.objects.create(source="cardkingdom"),
        reason="OUTLIER",
        card=bolt,
        marketplace=row.marketplace,
        condition="NEAR_MINT",
        finish="NONFOIL",
        language="ENGLISH",
        currency="USD",
        time=now + timedelta(minutes=1),
        price=Decimal("500.00"),
    )
    assert offer_of(owner) is None
    held.delete()

    override = PriceOverride.objects.create(
        card=bolt,
        marketplace=row.marketplace,
        condition="NEAR_MINT",
        finish="NONFOIL",
        language="ENGLISH",
        currency="USD",
        price=Decimal("5.00"),
        valid_from=now,
        reason="known better",
        author=owner,
    )
    assert offer_of(owner) is None
    override.revoked_at = now
    override.save()
    assert offer_of(owner).price == Decimal("5.00")

    SeriesBreak.objects.create(
        marketplace=row.marketplace,
        began_on=now.date(),
        reason="another scale",
        before="a",
        after="b",
    )
    change(as_of=now.replace(hour=0, minute=0, second=0) - timedelta(seconds=1))
    assert offer_of(owner) is None
    assert want.pk


def test_where_no_shop_is_live_figures_of_sales_stand_in(owner, bolt):
    make_price(bolt, "7.00", "cardmarket")
    add_want(owner=owner, card=bolt, currency="EUR", target_price=Decimal(8))
    (line,) = want_lines(owner)
    assert (line.offer.price, line.offer.is_offer) == (Decimal("7.00"), False)
    assert line.is_reached

    make_price(make_card("Opt"), "1.00", "cardtrader")
    cache.bump()
    assert offer_of(owner) is None


def test_the_distance_to_the_target_and_the_cost_of_all(owner, bolt):
    opt, shock = make_card("Opt"), make_card("Shock")
    make_price(bolt, "12.00", "cardkingdom")
    make_price(opt, "2.00", "cardkingdom")
    make_price(shock, "3.00", "cardtrader")
    add_want(owner=owner, card=bolt, quantity=4, target_price=Decimal("10.00"))
    add_want(owner=owner, card=opt, target_price=Decimal("2.00"), priority=1)
    add_want(owner=owner, card=make_card("Duress"), quantity=2)
    add_want(owner=owner, card=shock, quantity=2, currency="EUR")

    lines = want_lines(owner)
    dollars, euros = totals_of(lines)

    assert [line.name for line in lines] == ["Opt", "Lightning Bolt", "Duress", "Shock"]
    # 12 is 20 % above 10; 2.00 is the target.
    assert lines[1].above_target_percent == Decimal("20.00")
    assert [line.is_reached for line in lines] == [True, False, False, False]
    assert (dollars.currency, dollars.cost) == ("USD", Decimal("50.00"))
    assert (dollars.lines, dollars.copies) == (3, 7)
    assert (dollars.without_offer, dollars.reached) == (1, 1)
    assert (euros.currency, euros.cost, euros.lines) == ("EUR", Decimal("6.00"), 1)


def test_a_long_list_takes_as_many_statements_as_a_short_one(owner, bolt, page):
    make_price(bolt, "12.00", "cardkingdom")
    add_want(owner=owner, card=bolt)
    page.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as few:
        page.get(PAGE)
    cards = [make_card(f"Card {number}") for number in range(60)]
    Want.objects.bulk_create(
        Want(owner=owner, card=card, is_any_printing=True, quantity=number + 1)
        for number, card in enumerate(cards)
    )
    cache.bump()
    page.get(PAGE)
    with CaptureQueriesContext(connection) as many:
        answer = page.get(PAGE)

    assert len(many) == len(few)
    assert "61 lines" in Page(answer).text("main")
    assert "Page 1 of 2" in Page(answer).text("main")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"finish": "FOIL"}, "__all__"),
        ({"finish": "ETCHED"}, "finish"),
        ({"quantity": 0}, "__all__"),
        ({"quantity": 10_001}, "__all__"),
        ({"target_price": Decimal(0)}, "__all__"),
        ({"notes": "x" * 2001}, "notes"),
        ({"currency": "GBP"}, "currency"),
        ({"owner_id": 1}, "owner_id"),
    ],
)
def test_what_is_wrong_is_refused(owner, bolt, fields, field):
    add_want(owner=owner, card=bolt, finish="FOIL")

    with pytest.raises(ValidationError) as error:
        add_want(owner=owner, card=bolt, **fields)

    assert field in error.value.message_dict
    assert Want.objects.count() == 1


def test_a_list_has_an_end(owner, bolt, monkeypatch):
    monkeypatch.setattr(wants, "MAX_WANTS", 1)
    add_want(owner=owner, card=bolt)

    with pytest.raises(ValidationError, match="at most"):
        add_want(owner=owner, card=bolt, finish="FOIL")
    with pytest.raises(ValidationError, match="at most"):
        add_pasted(owner=owner, text="1 Lightning Bolt (M10) 146", currency="USD")

    assert Want.objects.count() == 1


def test_a_pasted_list(owner, bolt):
    make_card("Lightning Bolt", set_code="lea", collector_number="161")
    text = "4 Lightning Bolt\n2 Lightning Bolt (M10) 146\n1 Nonsense\n"

    found = add_pasted(owner=owner, text=text, currency="EUR")
    again = add_pasted(owner=owner, text=text, currency="EUR")

    assert (found.added, found.present, again.added, again.present) == (2, 0, 0, 2)
    ((number, reason),) = found.problems
    assert number == 3
    assert "Nonsense" in reason
    assert list(
        Want.objects.values_list("quantity", "is_any_printing", "card", "currency")
        .order_by("quantity")
        .filter(is_any_printing=False)
    ) == [(2, False, bolt.pk, "EUR")]
    assert Want.objects.get(quantity=4).is_any_printing


def test_wants_follow_a_card_that_is_merged_away(owner, bolt):
    new = make_card("Lightning Bolt", set_code="sld")
    add_want(owner=owner, card=bolt)
    foil = add_want(owner=owner, card=bolt, finish="FOIL")
    add_want(owner=owner, card=new)

    follow_merged_cards([(bolt.pk, new.pk)])

    assert set(Want.objects.values_list("card", "finish")) == {
        (new.pk, None),
        (new.pk, "FOIL"),
    }
    foil.refresh_from_db()
    assert foil.card_id == new.pk


def test_the_page(page, owner, bolt):
    make_price(bolt, "12.00", "cardkingdom")
    notes = "<script>alert(1)</script>"
    assert page.get(PAGE).status_code == 200
    proposed = page.get(f"{PAGE}new/{bolt.pk}/?finish=FOIL")
    assert b'<option value="FOIL" selected>' in proposed.content

    sent = page.post(
        f"{PAGE}new/{bolt.pk}/",
        {
            "quantity": 2,
            "target_price": "10,50",
            "currency": "USD",
            "min_condition": "NEAR_MINT",
            "priority": 1,
            "notes": notes,
        },
    )

    assert sent.status_code == 302
    answer = page.get(PAGE)
    text = Page(answer).text("main")
    assert "Lightning Bolt" in text
    assert "$10.50 $12.00 14.3 % above $24.00 Card Kingdom" in text
    assert notes.encode() not in answer.content
    want = Want.objects.get()
    changed = page.post(
        f"{PAGE}{want.pk}/",
        {
            "is_any_printing": "on",
            "quantity": 1,
            "currency": "USD",
            "min_condition": "NEAR_MINT",
            "priority": 2,
        },
    )
    assert changed.status_code == 302
    want.refresh_from_db()
    assert (want.is_any_printing, want.quantity, want.target_price) == (True, 1, None)
    assert page.post(f"{PAGE}{want.pk}/remove/").status_code == 302
    assert not Want.objects.exists()


def test_the_page_says_what_is_wrong(page, bolt):
    answer = page.post(f"{PAGE}new/{bolt.pk}/", {"quantity": "NaN"})
    assert answer.status_code == 400
    assert "Enter a whole number" in Page(answer).text("main")
    assert (
        page.post(PAGE, {"list-text": "\x07", "list-currency": "USD"}).status_code
        == 400
    )
    assert page.get(f"{PAGE}new/999999999999999999999/").status_code == 404
    assert not Want.objects.exists()


def test_a_list_is_pasted_on_the_page(page, owner, bolt):
    answer = page.post(
        PAGE,
        {"list-text": "3 Lightning Bolt\nNonsense", "list-currency": "USD"},
        follow=True,
    )

    text = Page(answer).text("main")
    assert "1 added." in text
    assert "Line 2: no card is called “Nonsense”." in text


def test_the_file(page, owner, bolt):
    make_price(bolt, "12.00", "cardkingdom")
    add_want(owner=owner, card=bolt, quantity=2, notes="=1+1")

    rows = list(
        csv.DictReader(io.StringIO(page.get("/inventory/wants.csv").content.decode()))
    )

    assert rows[0]["notes"] == "'=1+1"
    assert (rows[0]["offer"], rows[0]["cost"]) == ("12.00", "24.00")


def test_nobody_elses(client, owner, bolt):
    want = add_want(owner=owner, card=bolt)
    bob = User.objects.create_user("bob")
    for path in (PAGE, "/inventory/wants.csv", f"{PAGE}{want.pk}/"):
        assert client.get(path).status_code == 302
    client.force_login(bob)
    assert "Lightning Bolt" not in Page(client.get(PAGE)).text("main")
    assert client.get(f"{PAGE}{want.pk}/").status_code == 404
    assert client.post(f"{PAGE}{want.pk}/remove/").status_code == 404

    api = APIClient()
    assert api.get(API).status_code == 401
    api.force_login(bob)
    assert api.get(API).json()["results"] == []
    for method in (api.get, api.delete):
        assert method(f"{API}/{want.pk}").status_code == 404
    assert api.patch(f"{API}/{want.pk}", {"quantity": 9}, "json").status_code == 404
    want.refresh_from_db()
    assert want.quantity == 1


def test_the_api(api, owner, bolt):
    make_price(bolt, "12.00", "cardkingdom")
    made = api.post(
        API,
        {
            "card": str(bolt.scryfall_id),
            "quantity": 2,
            "target_price": "10.50",
            "language": "en",
        },
        "json",
    )
    assert made.status_code == 201, made.content
    found = made.json()
    assert {k: found[k] for k in ("card_id", "quantity", "target_price", "cost")} == {
        "card_id": bolt.pk,
        "quantity": 2,
        "target_price": "10.50",
        "cost": "24.00",
    }
    assert found["offer"]["marketplace"] == "cardkingdom"
    assert found["above_target_percent"] == 14.29
    assert found["language"] == "ENGLISH"

    listed = api.get(API).json()
    assert (listed["count"], listed["totals"][0]["cost"]) == (1, "24.00")
    path = f"{API}/{found['id']}"
    assert api.patch(path, {"quantity": 1}, "json").json()["cost"] == "12.00"
    assert api.get(f"{path}/").json()["quantity"] == 1
    assert api.delete(path).status_code == 204
    assert not Want.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "card"),
        ({"card": "nope"}, "card"),
        ({"card": 1, "colour": "red"}, "colour"),
        ({"card": 1, "quantity": 10**30}, "quantity"),
        ({"card": 1, "quantity": "NaN"}, "quantity"),
        ({"card": 1, "target_price": "NaN"}, "target_price"),
        ({"card": 1, "target_price": "Infinity"}, "target_price"),
        ({"card": 1, "target_price": "9" * 40}, "target_price"),
        ({"card": 1, "finish": "SHINY"}, "finish"),
        ({"card": 1, "notes": "a\x00b"}, "notes"),
    ],
)
def test_the_api_refuses(api, bolt, body, field):
    if body.get("card") == 1:
        body["card"] = bolt.pk
    answer = api.post(API, body, "json")
    assert answer.status_code == 400
    assert field in answer.json()["extra"]
    assert not Want.objects.exists()


def test_the_api_refuses_what_it_does_not_know(api):
    assert api.get(f"{API}?sort=name").status_code == 400
    assert api.post(API, [1], "json").status_code == 400
    assert api.get(f"{API}/99999999999999999999").status_code == 404


def test_the_card_page_leads_to_it(client, bolt):
    page = client.get(f"/cards/{bolt.pk}/").content.decode()
    assert f'href="/inventory/wants/new/{bolt.pk}/"' in page
    assert Marketplace.objects.exists()
