"""The market over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.market.api import serializers
from apps.prices.models import IngestRun, Marketplace
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def get(client, address, **query):
    response = client.get(f"/api/market/{address}", query)
    assert response.status_code == 200, response.json()
    return response.json()


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestIndex:
    @pytest.fixture(autouse=True)
    def _prices(self):
        card = make_card()
        prices = [(NOW - timedelta(days=2), "10.00"), (NOW, "20.00")]
        add_observations(card, prices, quantity=3)
        add_observations(card, [prices[1]], finish="FOIL")
        refresh(prices)
        make_price(card, "20", as_of=NOW)

    def test_points_and_change(self, client):
        index = get(client, "index", period="30d", finish="nonfoil")
        assert set(index) == set(serializers.IndexSerializer().fields)
        assert index == {
            "currency": "USD",
            "period": "30d",
            "method": "average",
            "bucket": "day",
            "finish": "NONFOIL",
            "as_of": "2026-03-10T12:00:00Z",
            "base": "2026-03-08T00:00:00Z",
            "change_percent": 100.0,
            "points": [
                {
                    "time": "2026-03-08T00:00:00Z",
                    "value": "10.00",
                    "unique_cards": 1,
                    "total_volume": 3,
                    "total_snapshots": 1,
                    "is_thin": False,
                },
                {
                    "time": "2026-03-10T00:00:00Z",
                    "value": "20.00",
                    "unique_cards": 1,
                    "total_volume": 3,
                    "total_snapshots": 1,
                    "is_thin": False,
                },
            ],
        }

    def test_is_of_dollars_and_a_week_unless_told_otherwise(self, client):
        index = get(client, "index")
        assert (index["currency"], index["period"], index["finish"]) == (
            "USD",
            "7d",
            None,
        )
        assert [point["unique_cards"] for point in index["points"]] == [1, 2]

    def test_of_a_currency_without_prices(self, client):
        index = get(client, "index", currency="TIX")
        assert (index["points"], index["base"], index["change_percent"]) == (
            [],
            None,
            None,
        )

    def test_asks_three_times(self, client, django_assert_num_queries):
        with django_assert_num_queries(3):
            get(client, "index")

    def test_methods_that_do_not_exist_are_refused(self, client):
        response = client.get("/api/market/index?method=chained")
        assert response.status_code == 400
        assert response.json() == {
            "code": "invalid",
            "message": 'method: "chained" is not one of: average.',
            "extra": {"method": ['"chained" is not one of: average.']},
        }


def test_overview(client, django_assert_max_num_queries):
    make_price(make_card(), "20", price_1d="10", price_7d="20", as_of=NOW)
    with django_assert_max_num_queries(6):
        figures = get(client, "overview")
    assert figures == {
        "currency": "USD",
        "as_of": "2026-03-10T12:00:00Z",
        "is_stale": False,
        "card_count": 1,
        "set_count": 1,
        "priced_card_count": 1,
        "series_count": 1,
        "average_price": "20.00",
        "breadth_1d": {"advancers": 1, "decliners": 0, "unchanged": 0},
        "breadth_7d": {"advancers": 0, "decliners": 0, "unchanged": 1},
    }


class TestMovers:
    def test_entries(self, client):
        make_price(make_card("Up"), "20", price_1d="10", num_listings=1)
        make_price(make_card("Down"), "5", price_1d="10")
        answer = get(client, "movers")
        assert set(answer) == set(serializers.MoversSerializer().fields)
        assert (answer["window"], answer["direction"], answer["min_price"]) == (
            "1d",
            "gainers",
            "1.00",
        )
        (mover,) = answer["movers"]
        assert mover["card"]["name"] == "Up"
        assert (mover["then"], mover["now"], mover["change_percent"]) == (
            "10.00",
            "20.00",
            100.0,
        )
        assert mover["flags"] == ["THIN", "SOLO"]
        (loser,) = get(client, "movers", direction="losers")["movers"]
        assert (loser["card"]["name"], loser["change_percent"]) == ("Down", -50.0)

    @pytest.mark.parametrize("window", ["1d", "7d", "30d", "90d"])
    def test_every_window(self, client, window):
        make_price(make_card(), "3", **{f"price_{window}": "2"})
        (mover,) = get(client, "movers", window=window)["movers"]
        assert mover["change_percent"] == 50.0

    def test_limit_and_bound(self, client):
        for number in range(3):
            make_price(make_card(str(number)), "3", price_1d="2")
        assert len(get(client, "movers", limit=2)["movers"]) == 2
        assert get(client, "movers", min_price="2.01")["movers"] == []
        assert len(get(client, "movers", min_price="0")["movers"]) == 3

    def test_queries_do_not_grow_with_the_list(
        self, client, django_assert_max_num_queries
    ):
        for number in range(12):
            make_price(make_card(str(number)), "3", price_1d="2")
        with django_assert_max_num_queries(6):
            assert len(get(client, "movers", limit=12)["movers"]) == 12

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("window=2d", 'window: "2d" is not one of: 1d, 7d, 30d, 90d.'),
            ("direction=up", 'direction: "up" is not one of: gainers, losers.'),
            ("limit=51", "limit: Ensure this value is less than or equal to 50."),
        ],
    )
    def test_refusals(self, client, query, message):
        response = client.get(f"/api/market/movers?{query}")
        assert (response.status_code, response.json()["message"]) == (400, message)


class TestFreshness:
    def test_streams_and_their_age(self, client, django_assert_max_num_queries):
        make_price(make_card(), "1", as_of=NOW - timedelta(hours=3))
        with django_assert_max_num_queries(4):
            answer = get(client, "freshness")
        assert (answer["as_of"], answer["is_demo_market"]) == (
            "2026-03-10T09:00:00Z",
            False,
        )
        streams = {stream["marketplace"]: stream for stream in answer["streams"]}
        assert len(streams) == Marketplace.objects.count()
        assert streams["tcgplayer"] == {
            "marketplace": "tcgplayer",
            "name": "TCGplayer",
            "side": "MARKET",
            "currency": "USD",
            "as_of": "2026-03-10T09:00:00Z",
            "age_seconds": 10800,
            "freshness_hours": 48,
            "is_stale": False,
            "price_basis": "Market price: what recent sales went for",
            "website": "https://www.tcgplayer.com",
            "series_count": 1,
        }
        assert streams["cardmarket"]["is_stale"] is True

    def test_of_one_currency(self, client):
        streams = get(client, "freshness", currency="TIX")["streams"]
        assert {stream["currency"] for stream in streams} == {"TIX"}
        assert streams[0]["marketplace"] == "cardhoarder"

    def test_says_that_the_market_is_generated(self, client):
        IngestRun.objects.create(source="demo")
        assert get(client, "freshness")["is_demo_market"] is True
