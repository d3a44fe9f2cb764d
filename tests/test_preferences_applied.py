"""Preferences where they show: currency, colours, hidden amounts, fees."""

from __future__ import annotations

import pytest

from apps.inventory.models import Disposal, Lot
from apps.market.services import update_moves
from apps.prices.models import Marketplace, PriceOverride
from apps.prices.tests.factories import make_card, make_price
from apps.settings.selectors import preferences_of
from apps.settings.services import delete_account, save_preferences
from apps.settings.tests.door import PASSWORD, log_in, make_user
from tests.html import Page

pytestmark = pytest.mark.django_db

PAGES = ["/", "/cards/", "/movers/", "/indices/", "/signals/", "/sets/", "/spreads/"]


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


def currency_of(page):
    """The one that the switch of currencies stands at."""
    (shown,) = [
        each.text
        for each in page.elements
        if each.attributes.get("aria-current") and each.text in {"USD", "EUR", "TIX"}
    ]
    return shown


class TestCurrency:
    @pytest.mark.parametrize("path", PAGES)
    def test_mine_where_the_address_names_none(self, client, user, path):
        assert currency_of(Page(client.get(path))) == "USD"
        save_preferences(user=user, currency="EUR")
        assert currency_of(Page(client.get(path))) == "EUR"
        assert currency_of(Page(client.get(f"{path}?currency=TIX"))) == "TIX"

    def test_a_download_is_of_the_same_view(self, client, user):
        save_preferences(user=user, currency="EUR")
        risen = {"price_1d": "4", "marketplace": "cardmarket", "num_listings": 1}
        make_price(make_card("Opt"), "5", **risen)
        update_moves()
        mine = client.get("/movers.csv").content
        assert b"Opt" in mine
        assert mine == client.get("/movers.csv?currency=EUR").content
        assert b"Opt" not in client.get("/movers.csv?currency=USD").content

    def test_nobody_elses(self, client, user):
        save_preferences(user=user, currency="EUR")
        client.logout()
        assert currency_of(Page(client.get("/"))) == "USD"

    def test_a_card_that_has_no_price_in_it_shows_another(self, client, user):
        save_preferences(user=user, currency="EUR")
        card = make_card("Opt")
        make_price(card, "2.00")
        page = Page(client.get(f"/cards/{card.pk}/"))
        assert "$2.00" in page.text("main")
        assert not page.all(role="alert")
        make_price(card, "1.50", marketplace="cardmarket")
        assert currency_of(Page(client.get(f"/cards/{card.pk}/"))) == "EUR"


class TestColours:
    def test_kept_with_the_account_on_every_device(self, client, user):
        client.post("/theme", {"theme": "dark", "next": "/movers/"})
        assert preferences_of(user).theme == "dark"
        client.cookies.pop("theme")
        assert self.theme(client) == "dark"

    def test_of_the_device_where_the_account_says_none(self, client, user):
        client.cookies["theme"] = "light"
        assert self.theme(client) == "light"

    def test_of_a_visitor_only_in_a_cookie(self, client):
        answer = client.post("/theme", {"theme": "dark", "next": "https://else.where/"})
        assert answer["Location"] == "/"
        assert self.theme(client) == "dark"

    def theme(self, client):
        return Page(client.get("/")).all("html")[0].attributes["data-theme"]


class TestAmounts:
    def test_hidden_and_shown_again_on_the_same_page(self, client, user):
        assert not self.are_hidden(client)
        answer = client.post("/settings/amounts", {"hide": "1", "next": "/movers/"})
        assert answer["Location"] == "/movers/"
        assert self.are_hidden(client)
        client.post("/settings/amounts", {"hide": "0"})
        assert not self.are_hidden(client)

    def are_hidden(self, client):
        return "data-amounts" in Page(client.get("/")).all("html")[0].attributes


def test_gaps_are_under_ones_own_fees(client, user):
    save_preferences(user=user, fees={"USD": {"sell_percent": "1.25"}})
    field = Page(client.get("/spreads/")).all("input", name="sell_percent")[0]
    assert field.attributes["placeholder"] == "1.25"


def test_streams_out_of_use_are_not_offered(client, user):
    Marketplace.objects.filter(slug="tcgplayer").update(is_active=False)
    page = Page(client.get("/settings/"))
    assert page.all("input", name="marketplaces-cardmarket")
    assert not page.all("input", name="marketplaces-tcgplayer")


def test_whose_decisions_are_on_record_stays(client, user):
    save_preferences(user=user, currency="EUR")
    card = make_card("Opt")
    PriceOverride.objects.create(
        card_id=card.pk,
        marketplace_id=1,
        price="1.00",
        currency="USD",
        valid_from="2026-03-10T00:00:00Z",
        reason="a reason",
        author=user,
    )
    client.logout()
    log_in(client)
    asked = client.get("/settings/data/delete/")
    client.post(asked["Location"], {"password": PASSWORD})
    sent = {"confirmation": "reader@example.org"}
    page = Page(client.post("/settings/data/delete/", sent))
    assert "on record" in page.text("main")
    user.refresh_from_db()
    assert user.preferences.currency == "EUR"
    assert client.get("/settings/data/export").status_code == 200


def test_a_collection_is_exported_and_goes_with_its_owner(client, user):
    card, other = make_card("Opt"), make_user("other@example.org")
    for owner in (user, other):
        lot = Lot.objects.create(
            owner=owner, card=card, quantity=4, unit_cost="1.50", cost_currency="USD"
        )
        Disposal.objects.create(lot=lot, quantity=1, disposed_on="2026-03-10")
    rows = client.get("/settings/data/export").json()["rows"]
    (lot,) = rows["inventory.lot"]
    assert (lot["quantity"], lot["unit_cost"], lot["owner"]) == (4, "1.50", user.pk)
    assert len(rows["inventory.disposal"]) == 1
    delete_account(user=user)
    assert [lot.owner for lot in Lot.objects.all()] == [other]
    assert [gone.lot.owner for gone in Disposal.objects.all()] == [other]
