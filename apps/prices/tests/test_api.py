"""Cards with their prices over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from apps.cards.models import Card, CardSet
from apps.prices.api import serializers
from apps.prices.models import LatestPrice, Marketplace, SeriesBreak
from mtgintel.core import cache

from .factories import add_observations, make_card, make_price, refresh

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def listed(client: Client, **query: object) -> list[tuple[str, str | None]]:
    response = client.get("/api/cards", query)
    assert response.status_code == 200, response.json()
    return [(card["name"], card["price"]) for card in response.json()["results"]]


def refusal(client: Client, address: str, **query: object) -> str:
    response = client.get(address, query)
    assert response.status_code == 400
    assert response.json()["code"] == "invalid"
    return response.json()["message"]


class TestCardList:
    @pytest.fixture
    def _cards(self):
        cheap = make_card("Cheap", released_on="2020-01-01")
        dear = make_card("Dear", released_on="2021-01-01", set_code="lea")
        make_card("Unpriced", set_code="lea")
        make_price(cheap, "1.50", "cardkingdom", price_1d="1")
        make_price(cheap, "9", finish="FOIL")
        make_price(cheap, "0.5", "cardkingdom-buylist")
        make_price(dear, "20", as_of=NOW)
        make_price(dear, "7", "cardmarket")

    @pytest.mark.usefixtures("_cards")
    def test_each_printing_with_its_headline_price(self, client):
        response = client.get("/api/cards")
        page = response.json()
        assert {name: page[name] for name in page if name != "results"} == {
            "count": 3,
            "page": 1,
            "page_size": 50,
            "next": None,
            "previous": None,
            "currency": "USD",
        }
        cheap = page["results"][0]
        assert set(cheap) == set(serializers.PricedPrintingSerializer().fields)
        assert (cheap["name"], cheap["set"], cheap["price"]) == ("Cheap", "mh2", "1.50")
        assert cheap["as_of"] == cheap["quote"]["as_of"] == "2026-03-10T11:00:00Z"
        assert cheap["quote"]["marketplace"] == "cardkingdom"
        assert cheap["quote"]["change_1d"] == 50.0
        assert page["results"][2]["quote"] is None
        assert response["X-Data-As-Of"] == "2026-03-10T12:00:00+00:00"

    @pytest.mark.usefixtures("_cards")
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["Cheap", "Dear", "Unpriced"]),
            ({"ordering": "-name"}, ["Unpriced", "Dear", "Cheap"]),
            ({"ordering": "price"}, ["Cheap", "Dear", "Unpriced"]),
            ({"ordering": "-price"}, ["Dear", "Cheap", "Unpriced"]),
            ({"ordering": "-released_on"}, ["Dear", "Cheap", "Unpriced"]),
            ({"min_price": "1.5"}, ["Cheap", "Dear"]),
            ({"min_price": "1.501"}, ["Dear"]),
            ({"max_price": "19.99"}, ["Cheap"]),
            ({"min_price": "2", "max_price": "3"}, []),
            ({"currency": "eur", "min_price": "0"}, ["Dear"]),
            ({"set": "LEA", "ordering": "price"}, ["Dear", "Unpriced"]),
            ({"q": "dear", "max_price": "30"}, ["Dear"]),
            ({"q": "", "set": "", "rarity": ""}, ["Cheap", "Dear", "Unpriced"]),
            ({"lang": "en"}, ["Cheap", "Dear", "Unpriced"]),
            ({"lang": "JAPANESE"}, []),
            ({"format": "modern", "finish": "foil"}, ["Cheap", "Dear", "Unpriced"]),
            ({"color": "u"}, []),
        ],
    )
    def test_filters_and_orders(self, client, query, found):
        assert [name for name, _ in listed(client, **query)] == found

    @pytest.mark.usefixtures("_cards")
    def test_prices_are_in_the_currency_asked_for(self, client):
        assert listed(client, currency="EUR") == [
            ("Cheap", None),
            ("Dear", "7.00"),
            ("Unpriced", None),
        ]

    @pytest.mark.usefixtures("_cards")
    def test_pages(self, client):
        page = client.get("/api/cards/?page_size=2&ordering=name").json()
        assert (page["count"], page["previous"]) == (3, None)
        assert page["next"] == "/api/cards?page_size=2&ordering=name&page=2"
        last = client.get(page["next"]).json()
        assert [card["name"] for card in last["results"]] == ["Unpriced"]
        assert last["previous"] == "/api/cards?page_size=2&ordering=name&page=1"
        missing = client.get("/api/cards?page_size=2&page=3")
        assert missing.status_code == 404
        assert missing.json()["message"] == "There is no page 3."

    def test_an_empty_catalogue_has_a_first_page(self, client):
        assert listed(client) == []

    @pytest.mark.parametrize("query", [{}, {"q": "a"}, {"ordering": "price"}])
    def test_queries_do_not_grow_with_the_page(
        self, client, query, django_assert_max_num_queries
    ):
        for number in range(12):
            make_price(make_card(f"A card {number}"), "1")
        with django_assert_max_num_queries(4):
            assert len(listed(client, **query)) == 12

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ({"currency": "GBP"}, 'currency: "GBP" is not one of: USD, EUR, TIX.'),
            ({"finish": "SHINY"}, 'finish: "SHINY" is not one of: NONFOIL, FOIL, ETC'),
            ({"rarity": "epic"}, 'rarity: "epic" is not one of: common, uncommon, '),
            ({"lang": "xx"}, 'lang: "xx" is not one of: ENGLISH, JAPANESE, GERMAN,'),
            ({"format": "json"}, 'format: "json" is not one of: standard, pioneer,'),
            ({"color": "X"}, "color: Allowed: letters of WUBRG"),
            ({"ordering": "id"}, 'ordering: "id" is not one of: name, -name, price,'),
            ({"page": "0"}, "page: Ensure this value is greater than or equal to 1"),
            ({"page": "x"}, "page: A valid integer is required."),
            ({"page_size": "101"}, "page_size: Ensure this value is less than or"),
            ({"min_price": "NaN"}, "min_price: A valid number is required."),
            ({"min_price": "-1"}, "min_price: Ensure this value is greater than"),
            ({"max_price": "1e9"}, "max_price: "),
            ({"set": "mh3"}, "set: There is no set 'mh3'. Close to it: mh2."),
            ({"set": "mh\0"}, "set: Null characters are not allowed."),
            (
                {"set": "m" * 13},
                "set: Ensure this field has no more than 12 characters.",
            ),
        ],
    )
    def test_refusals_name_what_is_allowed(self, client, query, message):
        CardSet.objects.create(code="mh2", name="Modern Horizons 2")
        assert refusal(client, "/api/cards", **query).startswith(message)


class TestCardDetail:
    def test_a_printing_with_quotes_and_printings(self, client):
        card = make_card("Bolt", released_on="2021-01-01")
        other = make_card("Bolt", released_on="2022-01-01", set_code="lea")
        make_price(card, "20", price_1d="10", num_listings=1)
        make_price(other, "30")
        found = client.get(f"/api/cards/{card.pk}").json()
        assert set(found) == set(serializers.CardDetailSerializer().fields)
        assert (found["id"], found["name"], found["set"]) == (card.pk, "Bolt", "mh2")
        assert [(q["price"], q["flags"]) for q in found["quotes"]] == [
            ("20.00", ["THIN"])
        ]
        assert found["printings_count"] == 2
        assert [p["set"] for p in found["printings"]] == ["lea", "mh2"]
        assert found["as_of"] == "2026-03-10T11:00:00Z"

    def test_uuid_and_number_name_the_same_printing(self, client):
        card = make_card()
        by_number = client.get(f"/api/cards/{card.pk}")
        by_uuid = client.get(f"/api/cards/{card.scryfall_id}")
        assert by_number.content == by_uuid.content

    def test_faces(self, client):
        card = make_card("Fire // Ice", faces=[{"name": "Fire"}, {"name": "Ice"}])
        faces = client.get(f"/api/cards/{card.pk}").json()["faces"]
        assert [face["name"] for face in faces] == ["Fire", "Ice"]
        assert faces[0]["mana_cost"] == ""

    def test_queries_do_not_grow_with_the_printings(
        self, client, django_assert_max_num_queries
    ):
        cards = [make_card("Bolt", set_code=f"s{number:02}") for number in range(8)]
        for slug in ("tcgplayer", "cardkingdom", "manapool"):
            make_price(cards[0], "1", slug)
        # Five of our own, and those of the apps that add to the answer.
        with django_assert_max_num_queries(11):
            client.get(f"/api/cards/{cards[0].pk}")

    def test_a_card_has_no_parameters(self, client):
        card = make_card()
        message = refusal(client, f"/api/cards/{card.pk}", currency="USD")
        assert message == "currency: Unknown parameter; allowed: none."


class TestCardPrices:
    def test_quotes_with_source_age_and_changes(self, client):
        card = make_card()
        make_price(
            card,
            "12.345",
            price_1d="12.345",
            price_7d="24.69",
            price_low="10",
            num_listings=2,
            total_quantity=9,
            previous_price="13",
            changed_at=NOW - timedelta(days=3),
            as_of=NOW - timedelta(hours=50),
        )
        answer = client.get(f"/api/cards/{card.pk}/prices").json()
        assert answer == {
            "card_id": card.pk,
            "as_of": "2026-03-08T10:00:00Z",
            "quotes": [
                {
                    "marketplace": "tcgplayer",
                    "marketplace_name": "TCGplayer",
                    "side": "MARKET",
                    "currency": "USD",
                    "condition": "NEAR_MINT",
                    "finish": "NONFOIL",
                    "is_foil": False,
                    "language": "ENGLISH",
                    "price": "12.345",
                    "price_low": "10.00",
                    "price_mid": None,
                    "price_high": None,
                    "price_market": None,
                    "num_listings": 2,
                    "total_quantity": 9,
                    "as_of": "2026-03-08T10:00:00Z",
                    "changed_at": "2026-03-07T12:00:00Z",
                    "previous_price": "13.00",
                    "change_1d": 0.0,
                    "change_7d": -50.0,
                    "change_30d": None,
                    "change_90d": None,
                    "price_basis": "Market price: what recent sales went for",
                    "website": "https://www.tcgplayer.com",
                    "flags": ["STALE", "THIN"],
                }
            ],
        }

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, 4),
            ({"currency": "EUR"}, 1),
            ({"condition": "near_mint"}, 3),
            ({"finish": "FOIL"}, 1),
            ({"language": "ja"}, 0),
            ({"side": "BUYLIST"}, 1),
            ({"side": "BUYLIST", "currency": "EUR"}, 0),
        ],
    )
    def test_filters(self, client, query, found):
        card = make_card()
        make_price(card, "1")
        make_price(card, "1", "cardmarket", condition="DAMAGED")
        make_price(card, "1", "cardkingdom", finish="FOIL")
        make_price(card, "1", "cardkingdom-buylist")
        answer = client.get(f"/api/cards/{card.pk}/prices", query).json()
        assert len(answer["quotes"]) == found

    def test_a_card_without_prices(self, client):
        card = make_card()
        answer = client.get(f"/api/cards/{card.pk}/prices").json()
        assert answer == {"card_id": card.pk, "as_of": None, "quotes": []}

    def test_asks_twice(self, client, django_assert_num_queries):
        card = make_card()
        make_price(card, "1")
        with django_assert_num_queries(2):
            client.get(f"/api/cards/{card.pk}/prices")


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestCardHistory:
    @pytest.fixture
    def address(self) -> str:
        card = make_card()
        prices = [(NOW - timedelta(days=2), "1.00"), (NOW, "2.00")]
        add_observations(card, prices)
        add_observations(card, prices, "cardkingdom", finish="FOIL")
        refresh(prices)
        make_price(card, "2.00", as_of=NOW)
        return f"/api/cards/{card.pk}/history"

    def test_columns(self, client, address):
        response = client.get(address)
        answer = response.json()
        series = answer.pop("series")
        assert answer == {
            "card_id": int(address.split("/")[3]),
            "period": "30d",
            "interval": "day",
            "start": "2026-02-08T12:00:00Z",
            "end": "2026-03-10T12:00:00Z",
            "as_of": "2026-03-10T12:00:00Z",
            "breaks": [],
        }
        assert [(one["marketplace"], one["finish"]) for one in series] == [
            ("tcgplayer", "NONFOIL"),
            ("cardkingdom", "FOIL"),
        ]
        described = set(serializers.HistorySeriesSerializer().fields) - {"points"}
        assert set(series[0]) == described
        assert series[0]["time"] == ["2026-03-08T00:00:00Z", "2026-03-10T00:00:00Z"]
        assert series[0]["close"] == ["1.00", "2.00"]
        assert response["X-Data-As-Of"] == "2026-03-10T12:00:00+00:00"

    def test_rows(self, client, address):
        (series,) = client.get(address, {"rows": "true", "finish": "FOIL"}).json()[
            "series"
        ]
        assert series["points"] == [
            {
                "time": "2026-03-08T00:00:00Z",
                "open": "1.00",
                "high": "1.00",
                "low": "1.00",
                "close": "1.00",
                "avg": "1.00",
                "count": 1,
            },
            {
                "time": "2026-03-10T00:00:00Z",
                "open": "2.00",
                "high": "2.00",
                "low": "2.00",
                "close": "2.00",
                "avg": "2.00",
                "count": 1,
            },
        ]
        assert "close" not in series

    @pytest.mark.parametrize("period", ["24h", "7d", "30d", "90d", "1y", "all"])
    @pytest.mark.parametrize("interval", ["auto", "raw", "hour", "day"])
    def test_every_period_and_interval(self, client, address, period, interval):
        response = client.get(address, {"period": period, "interval": interval})
        allowed = {"raw": ("24h", "7d"), "hour": ("24h", "7d", "30d")}
        if period not in allowed.get(interval, (period,)):
            assert response.status_code == 400
            assert response.json()["message"].startswith(
                f"interval: period {period} comes in: auto, "
            )
        else:
            closes = [one["close"][-1] for one in response.json()["series"]]
            assert closes == ["2.00", "2.00"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"marketplace": "cardkingdom"}, ["cardkingdom"]),
            ({"finish": "NONFOIL"}, ["tcgplayer"]),
            ({"currency": "EUR"}, []),
            ({"condition": "MINT"}, []),
            ({"language": "en"}, ["tcgplayer", "cardkingdom"]),
        ],
    )
    def test_filters(self, client, address, query, found):
        series = client.get(address, query).json()["series"]
        assert [one["marketplace"] for one in series] == found

    def test_refusals_name_what_is_allowed(self, client, address):
        slugs = ", ".join(Marketplace.objects.values_list("slug", flat=True))
        assert refusal(client, address, marketplace="ebay") == (
            f'marketplace: "ebay" is not one of: {slugs}.'
        )
        assert refusal(client, address, period="2w") == (
            'period: "2w" is not one of: 24h, 7d, 30d, 90d, 1y, all.'
        )
        assert refusal(client, address, rows="maybe") == "rows: Allowed: true, false."

    def test_asks_twice_once_the_breaks_are_known(
        self, client, address, django_assert_num_queries
    ):
        with django_assert_num_queries(3):
            client.get(address)
        with django_assert_num_queries(2):
            client.get(address, {"period": "7d"})

    def test_breaks_of_its_streams_in_the_period(self, client, address):
        for slug, day in (("tcgplayer", 9), ("manapool", 9), ("tcgplayer", 1)):
            SeriesBreak.objects.create(
                marketplace=Marketplace.objects.get(slug=slug),
                began_on=date(2026, 3, day),
                reason="Another figure",
                before="this",
                after="that",
            )
        answer = client.get(address, {"period": "7d"}).json()
        assert answer["breaks"] == [
            {
                "marketplace": "tcgplayer",
                "marketplace_name": "TCGplayer",
                "began_at": "2026-03-09T00:00:00Z",
                "reason": "Another figure",
                "before": "this",
                "after": "that",
                "source": "",
            }
        ]

    def test_says_which_series_are_stale(self, client, address):
        series = client.get(address).json()["series"]
        card = Card.objects.get()
        assert [one["is_stale"] for one in series] == [False, True]
        LatestPrice.objects.filter(card=card, finish="NONFOIL").update(
            as_of=NOW - timedelta(hours=49)
        )
        cache.bump()
        series = client.get(address).json()["series"]
        assert series[0]["as_of"] == "2026-03-08T11:00:00Z"
        assert series[0]["is_stale"] is True

    def test_a_card_without_prices(self, client):
        card = make_card(set_code="lea")
        answer = client.get(f"/api/cards/{card.pk}/history").json()
        assert (answer["series"], answer["as_of"]) == ([], None)
