"""The market over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.market.api import serializers
from apps.market.services import update_indices, update_moves, update_totals
from apps.prices.models import IngestRun, Marketplace
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
)
from mtgintel.core import cache

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)

KNOWN_INDICES = (
    "all, standard, pioneer, modern, commander, pauper, reserved-list, mythics, "
    "foils, white, blue, black, red, green, multicolour, colourless, "
    "set-CODE of a known set"
)

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
        index = get(client, "index", period="30d", finish="nonfoil", method="average")
        assert set(index) == set(serializers.IndexSerializer().fields)
        assert index == {
            "index": "all",
            "currency": "USD",
            "period": "30d",
            "method": "average",
            "bucket": "day",
            "finish": "NONFOIL",
            "as_of": "2026-03-10T12:00:00Z",
            "is_stale": False,
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
                    "is_provisional": False,
                },
                {
                    "time": "2026-03-10T00:00:00Z",
                    "value": "20.00",
                    "unique_cards": 1,
                    "total_volume": 3,
                    "total_snapshots": 1,
                    "is_thin": False,
                    "is_provisional": False,
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

    def test_asks_a_few_times(self, client, django_assert_num_queries):
        with django_assert_num_queries(3):
            get(client, "index", method="average")
        update_indices()
        cache.bump()
        with django_assert_num_queries(4):
            get(client, "index", method="chained")

    def test_methods_that_do_not_exist_are_refused(self, client):
        response = client.get("/api/market/index?method=median")
        assert response.status_code == 400
        message = '"median" is not one of: chained, average.'
        assert response.json() == {
            "code": "invalid",
            "message": f"method: {message}",
            "extra": {"method": [message]},
        }


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestChainedIndex:
    @pytest.fixture(autouse=True)
    def _prices(self):
        card = make_card("Opt")
        days = [NOW - age * timedelta(days=1) for age in (2, 1, 0)]
        prices = list(zip(days, ("10.00", "12.00", "15.00"), strict=True))
        add_observations(card, prices)
        add_observations(card, [(moment, "5.00") for moment in days], finish="FOIL")
        refresh(prices)
        make_price(card, "15", as_of=NOW)
        update_indices()

    def test_is_the_default_where_it_has_points(self, client):
        index = get(client, "index", finish="nonfoil")
        assert set(index) == set(serializers.IndexSerializer().fields)
        assert (index["index"], index["method"], index["bucket"]) == (
            "all",
            "chained",
            "day",
        )
        assert (index["base"], index["as_of"]) == (
            "2026-03-08T00:00:00Z",
            "2026-03-10T12:00:00Z",
        )
        assert index["change_percent"] == 50.0
        assert index["points"] == [
            {
                "time": f"2026-03-{day:02}T00:00:00Z",
                "value": value,
                "unique_cards": cards,
                "total_volume": None,
                "total_snapshots": cards,
                "is_thin": False,
                "is_provisional": day == 10,
            }
            for day, value, cards in (
                (8, "100.00", 0),
                (9, "120.00", 1),
                (10, "150.00", 1),
            )
        ]

    def test_average_where_it_has_none(self, client):
        assert get(client, "index", currency="EUR")["method"] == "average"
        assert get(client, "index", currency="EUR", method="chained")["points"] == []

    def test_period_starts_with_the_level_to_compare_with(self, client):
        index = get(client, "index", period="24h", finish="NONFOIL")
        assert [point["value"] for point in index["points"]] == ["120.00", "150.00"]
        assert index["change_percent"] == 25.0

    def test_of_a_part_of_the_market(self, client):
        values = {
            index: [p["value"] for p in get(client, "index", index=index)["points"]]
            for index in ("foils", "modern", "set-mh2", "standard")
        }
        assert values["foils"] == ["100.00", "100.00", "100.00"]
        assert values["modern"] == values["set-mh2"]
        assert values["standard"] == []

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("index=vintage", f'index: "vintage" is not one of: {KNOWN_INDICES}.'),
            ("index=set-%00", f'index: "set-\0" is not one of: {KNOWN_INDICES}.'),
            ("index=set-xyz", f'index: "set-xyz" is not one of: {KNOWN_INDICES}.'),
            (
                "index=foils&finish=FOIL",
                "finish: The index foils is of all its finishes together.",
            ),
            (
                "index=modern&method=average",
                "method: average is of the whole market (all) only.",
            ),
        ],
    )
    def test_refusals(self, client, query, message):
        response = client.get(f"/api/market/index?{query}")
        assert (response.status_code, response.json()["message"]) == (400, message)

    def test_list_of_indices(self, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(4):
            answer = get(client, "indices")
        assert [one["index"] for one in answer["indices"]] == [
            *("all", "modern", "mythics", "foils", "colourless")
        ]
        foils = answer["indices"][3]
        assert set(foils) == set(serializers.IndexSummarySerializer().fields)
        assert (foils["level"], foils["constituents"], foils["day"]) == (
            "100.00",
            1,
            "2026-03-10",
        )
        # The day before there is; a week before there is nothing.
        assert (foils["change_1d"], foils["change_7d"]) == (0.0, None)

    def test_constituents_with_their_weights(self, client):
        answer = get(client, "index/constituents")
        assert set(answer) == set(serializers.ConstituentsSerializer().fields)
        assert (answer["count"], answer["day"]) == (2, "2026-03-10")
        heavy, light = answer["results"]
        # sqrt(12 * 15) against 5.
        assert (heavy["finish"], heavy["share_percent"]) == ("NONFOIL", 72.85)
        assert (light["finish"], light["share_percent"]) == ("FOIL", 27.15)
        assert (heavy["price"], heavy["before"], heavy["before_on"]) == (
            "15.00",
            "12.00",
            "2026-03-09",
        )
        assert (heavy["change_percent"], heavy["is_limited"]) == (25.0, False)
        assert heavy["card"]["name"] == "Opt"
        assert heavy["marketplace"] == "tcgplayer"

    def test_constituents_of_a_part_page_by_page(self, client):
        foil = get(client, "index/constituents", index="foils")
        assert [row["share_percent"] for row in foil["results"]] == [100.0]
        second = get(client, "index/constituents", page=2, page_size=1)
        assert [row["finish"] for row in second["results"]] == ["FOIL"]
        assert second["previous"] == (
            "/api/market/index/constituents?page=1&page_size=1"
        )
        assert get(client, "index/constituents", index="standard")["count"] == 0
        assert client.get("/api/market/index/constituents?page=9").status_code == 404


def test_overview(client, within_one_span, django_assert_max_num_queries):
    make_price(make_card(), "20", as_of=NOW, num_listings=3)
    update_totals()
    with django_assert_max_num_queries(10):
        figures = get(client, "overview")
    assert set(figures) == set(serializers.OverviewSerializer().fields)
    assert (
        figures.items()
        >= {
            "currency": "USD",
            "index": "all",
            "finish": "",
            "period": "30d",
            "as_of": "2026-03-10T12:00:00Z",
            "is_stale": False,
            "card_count": 1,
            "set_count": 1,
            "priced_card_count": 1,
            "series_count": 1,
            "average_price": "20.00",
            "standing": None,
        }.items()
    )
    assert figures["breadth_1d"] == {"advancers": 0, "decliners": 0, "unchanged": 0}
    assert figures["volumes"] == [
        {
            "marketplace": "tcgplayer",
            "as_of": "2026-03-10T12:00:00Z",
            "series_count": 1,
            "listed_count": 1,
            "listings": 3,
            "counted_count": 0,
            "quantity": 0,
        }
    ]
    with django_assert_max_num_queries(0):
        assert get(client, "overview") == figures


class TestMovers:
    def test_entries(self, client):
        make_price(make_card("Up"), "20", price_1d="10", num_listings=1)
        make_price(make_card("Down"), "5", price_1d="10")
        update_moves()
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
        update_moves()
        (mover,) = get(client, "movers", window=window)["movers"]
        assert mover["change_percent"] == 50.0

    def test_limit_and_bound(self, client):
        for number in range(3):
            make_price(make_card(str(number)), "3", price_1d="2")
        update_moves()
        assert len(get(client, "movers", limit=2)["movers"]) == 2
        assert get(client, "movers", min_price="2.01")["movers"] == []
        assert len(get(client, "movers", min_price="0")["movers"]) == 3

    def test_queries_do_not_grow_with_the_list(
        self, client, django_assert_max_num_queries
    ):
        for number in range(12):
            make_price(make_card(str(number)), "3", price_1d="2")
        update_moves()
        with django_assert_max_num_queries(6):
            assert len(get(client, "movers", limit=12)["movers"]) == 12

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("window=2d", 'window: "2d" is not one of: 1d, 7d, 30d, 90d.'),
            ("direction=up", 'direction: "up" is not one of: gainers, losers.'),
            ("limit=101", "limit: Ensure this value is less than or equal to 100."),
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
