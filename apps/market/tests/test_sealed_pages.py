"""Sealed products beside the singles of their sets."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from apps.cards.models import SealedProduct
from apps.market.selectors.compare import compare, compared
from apps.market.services import update_set_values
from apps.prices.models import Marketplace, SealedPrice
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from tests.html import Page

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def products():
    """A box of a set whose only card costs 40, and a box of no set."""
    with time_machine.travel(NOW, tick=False):
        card = make_card(set_code="neo")
        add_observations(card, [(NOW, "40")])
        make_price(card, "40", as_of=NOW - timedelta(hours=3))
        refresh([(NOW, "")])
        update_set_values()
        box = SealedProduct.objects.create(
            name="Neon Dynasty Display",
            category="Booster box",
            card_set=card.card_set,
            contents={"sealed": [{"count": 30, "name": "Set Booster Pack"}]},
        )
        other = SealedProduct.objects.create(name="Another box")
        stream = Marketplace.objects.get(slug="tcgplayer")
        for product, prices in ((box, ("100", "110")), (other, ("9", "8"))):
            for age, price in zip((7, 0), prices, strict=True):
                SealedPrice.objects.create(
                    product=product,
                    marketplace=stream,
                    day=NOW.date() - age * DAY,
                    as_of=NOW - age * DAY - timedelta(hours=3),
                    price=price,
                    price_low=price,
                )
        yield box, other


@pytest.fixture
def page(client):
    def open_page(address: str) -> Page:
        response = client.get(address)
        assert response.status_code == 200
        found = Page(response)
        assert found.inline_code() == []
        return found

    return open_page


def names(found: Page) -> list[str]:
    rows = [one.text for one in found.all("th", scope="row")]
    return [text.split(" Booster box")[0] for text in rows]


class TestPage:
    def test_says_how_old_the_prices_of_products_are(self, products, page):
        with time_machine.travel(NOW, tick=False):
            make_price(make_card("Opt"), "1", as_of=NOW - timedelta(hours=1))
            head = page("/sealed/").text("header", class_="panel__head")

        assert "as of 3 h ago" in head

    def test_prices_beside_the_singles_of_the_set(self, products, page):
        found = page("/sealed/")
        assert names(found) == ["Another box", "Neon Dynasty Display"]
        assert found.texts("td", class_="price") == ["$8.00", "$110.00"]
        assert [one.text for one in found.all(data_label="7 days")] == [
            *("−11.1%", "+10.0%")
        ]
        assert [one.text for one in found.all(data_label="One of each card")] == [
            *("–", "$40.00 NEO 1 of 1")
        ]

    def test_contents_only_where_they_are_known(self, products, page):
        found = page("/sealed/")
        assert found.texts("summary", class_="small") == ["What is in it"]
        assert "30 × Set Booster Pack" in found.texts("li")

    def test_filters_and_order(self, products, page):
        assert names(page("/sealed/?ordering=-price"))[0] == "Neon Dynasty Display"
        assert names(page("/sealed/?set=NEO")) == ["Neon Dynasty Display"]
        assert names(page("/sealed/?q=other")) == ["Another box"]
        nothing = page("/sealed/?currency=EUR")
        assert nothing.text("h3") == "No sealed product to show"
        bad = page("/sealed/?set=xyz&ordering=size")
        complaints = bad.text("ul", role="alert")
        assert "There is no set “xyz”." in complaints
        assert "“size” is none of" in complaints

    def test_on_the_page_of_its_set(self, products, page):
        found = page("/sets/neo/")
        assert found.text("h2", id="sealed-title") == "Sealed"
        assert "$110.00" in found.texts("td", class_="price")

    def test_csv_of_the_same_view(self, products, client):
        response = client.get("/sealed.csv?set=neo")
        (row,) = csv.DictReader(io.StringIO(response.content.decode()))
        assert (row["name"], row["price"], row["change_7d"], row["singles_value"]) == (
            *("Neon Dynasty Display", "110.00", "10.00", "40.00"),
        )
        assert client.get("/sealed.csv?set=xyz").status_code == 400

    def test_json_of_the_same_view(self, products, client):
        box, _ = products
        found = client.get("/api/market/sealed?set=neo").json()
        assert found["count"] == 1
        assert found["results"] == [
            {
                "id": box.pk,
                "name": "Neon Dynasty Display",
                "category": "Booster box",
                "set": "neo",
                "released_on": None,
                "contents": ["30 × Set Booster Pack"],
                "marketplace": "tcgplayer",
                "price_basis": Marketplace.objects.get(slug="tcgplayer").price_basis,
                "as_of": "2026-03-10T09:00:00Z",
                "price": "110.00",
                "price_low": "110.00",
                "change_7d": 10.0,
                "change_30d": None,
                "singles": {
                    "day": "2026-03-10",
                    "value": "40.00",
                    "cards": 1,
                    "priced": 1,
                },
            }
        ]
        other = client.get("/api/market/sealed?q=another").json()["results"][0]
        assert (other["set"], other["singles"]) == (None, None)
        assert client.get("/api/market/sealed?set=xyz").status_code == 400

    def test_queries(self, products, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(10):
            client.get("/sealed/")


class TestCompared:
    def test_a_box_beside_its_set(self, products):
        box, _ = products
        wanted, errors = compared({"sealed": str(box.pk), "sets": "neo"})
        assert errors == []
        found = compare(wanted, scale="absolute")
        assert found.unit == "USD"
        sealed = next(line for line in found.lines if line.of.kind == "sealed")
        assert (sealed.source, [day for day, _ in sealed.points]) == (
            "TCGplayer",
            [date(2026, 3, 3), date(2026, 3, 10)],
        )

    def test_page_with_a_link_back(self, products, page):
        box, _ = products
        found = page(f"/compare/?sealed={box.pk}")
        (link,) = found.all("a", class_="row-link")
        assert link.text == "Neon Dynasty Display"
        assert page(str(link.attributes["href"])).texts("h1") == ["Sealed"]

    @pytest.mark.parametrize("name", ["0", "x", "9" * 30, "²", "\0"])
    def test_unknown(self, name):
        found, (error,) = compared({"sealed": name})
        assert (found, error.field) == ([], "sealed")
