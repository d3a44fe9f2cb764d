"""Index, overview and movers."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.market import selectors
from apps.market.charts import index_chart
from apps.market.selectors.index import index_buckets
from apps.market.services import update_moves
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    refresh,
    touched_chunks,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestIndex:
    def test_mean_of_what_was_observed_over_all_finishes(self):
        card, other = make_card("A"), make_card("B")
        # Two days: (1 + 2 + 9) / 3 = 4, then (2 + 4) / 2 = 3.
        before, after = MIDNIGHT - 2 * DAY, MIDNIGHT - DAY
        prices = [(before, "1.00"), (after, "2.00")]
        add_observations(card, prices, quantity=5)
        add_observations(other, [(before, "2.00"), (after, "4.00")])
        add_observations(card, [(before, "9.00")], finish="FOIL", quantity=7)
        refresh(prices)
        make_price(card, "2.00", as_of=after)
        index = selectors.market_index("USD", "30d")
        assert index == selectors.IndexSeries(
            currency="USD",
            period="30d",
            method="average",
            bucket="day",
            finish=None,
            as_of=after,
            is_stale=False,
            base=before,
            change_percent=Decimal("-25.00"),
            points=[
                selectors.IndexPoint(
                    time=before,
                    value=Decimal("4.00"),
                    unique_cards=3,
                    total_volume=12,
                    total_snapshots=3,
                ),
                selectors.IndexPoint(
                    time=after,
                    value=Decimal("3.00"),
                    unique_cards=2,
                    total_volume=5,
                    total_snapshots=2,
                ),
            ],
        )

    def test_a_bucket_of_few_cards_is_compared_with_none(self):
        cards = [make_card(name) for name in "ABCD"]
        full, later = NOW - timedelta(hours=9), NOW - timedelta(hours=2)
        for card in cards:
            add_observations(card, [(full, "2.00"), (full + DAY / 4, "3.00")])
        add_observations(cards[0], [(full - DAY / 8, "90.00"), (later, "80.00")])
        refresh([(full - DAY / 8, ""), (later, "")])
        make_price(cards[0], "80.00", as_of=later)
        index = selectors.market_index("USD", "24h")
        assert [(point.value, point.is_thin) for point in index.points] == [
            (Decimal("90.00"), True),
            (Decimal("2.00"), False),
            (Decimal("3.00"), False),
            (Decimal("80.00"), True),
        ]
        assert (index.base, index.change_percent) == (full, Decimal("50.00"))
        assert index.as_of == full + DAY / 4 + timedelta(minutes=30)
        chart = index_chart(index)
        assert (chart.summary.first, chart.summary.last) == (2, 3)

    def test_feeds_that_end_and_begin_are_thin_for_a_day(self):
        cards = [make_card(name) for name in "ABC"]
        days = [MIDNIGHT - age * DAY for age in (8, 7, 6, 5, 4, 3)]
        add_observations(cards[0], [(day, "1.00") for day in days])
        for card in cards[1:]:
            add_observations(card, [(day, "4.00") for day in days[2:4]])
        refresh([(day, "") for day in days])
        index = selectors.market_index("USD", "30d")
        assert [(point.unique_cards, point.is_thin) for point in index.points] == [
            (1, False),
            (1, True),
            (3, False),
            (3, False),
            (1, True),
            (1, False),
        ]

    def test_one_finish(self):
        card = make_card()
        prices = [(MIDNIGHT - DAY, "1.00")]
        add_observations(card, prices)
        add_observations(card, [(MIDNIGHT - DAY, "9.00")], finish="FOIL")
        refresh(prices)
        index = selectors.market_index("USD", "30d", "FOIL")
        assert [point.value for point in index.points] == [Decimal("9.00")]
        assert index.change_percent == Decimal("0.00")

    def test_what_is_no_like_is_left_out(self):
        card = make_card()
        prices = [(MIDNIGHT - DAY, "1.00")]
        add_observations(card, prices)
        add_observations(card, [(MIDNIGHT - DAY, "50")], "cardkingdom-buylist")
        add_observations(card, [(MIDNIGHT - DAY, "50")], "cardmarket")
        add_observations(card, [(MIDNIGHT - DAY, "50")], condition="DAMAGED")
        add_observations(card, [(MIDNIGHT - DAY, "50")], language="GERMAN")
        refresh(prices)
        index = selectors.market_index("USD", "30d")
        assert [point.value for point in index.points] == [Decimal("1.00")]

    @pytest.mark.parametrize(
        ("period", "bucket", "times"),
        [
            ("24h", "30min", [NOW - timedelta(hours=3)]),
            ("7d", "hour", [NOW - timedelta(hours=50), NOW - timedelta(hours=3)]),
            (
                "30d",
                "day",
                [MIDNIGHT - 20 * DAY, MIDNIGHT - 2 * DAY, MIDNIGHT],
            ),
        ],
    )
    def test_buckets_follow_the_period(self, period, bucket, times):
        card = make_card()
        prices = [
            (NOW - age, "1.00")
            for age in (20 * DAY, timedelta(hours=50), timedelta(hours=3))
        ]
        add_observations(card, prices)
        refresh(prices)
        index = selectors.market_index("USD", period)
        assert (index.bucket, [point.time for point in index.points]) == (
            bucket,
            times,
        )

    @pytest.mark.parametrize("period", ["24h", "7d", "30d"])
    def test_a_period_reads_no_more_chunks_than_it_needs(self, period, engine):
        card = make_card()
        prices = [(NOW - 14 * week * DAY, "1.00") for week in range(60)]
        add_observations(card, prices)
        refresh(prices)
        rows = index_buckets("USD", period, NOW)
        # TimescaleDB adds the raw rows that are newer than the last refresh.
        allowed = 2 if engine == "postgres" else 3
        assert 1 <= len(touched_chunks(*rows.query.sql_with_params())) <= allowed


def test_index_of_nothing():
    index = selectors.market_index("TIX")
    assert (index.points, index.base, index.change_percent) == ([], None, None)


class TestOverview:
    def test_figures(self):
        a, b = make_card("A"), make_card("B", set_code="lea")
        make_card("C", removed_at=NOW)
        make_price(a, "2", as_of=NOW, price_1d="1", price_7d="2")
        make_price(a, "3", "cardkingdom", as_of=NOW - DAY, price_1d="4")
        make_price(b, "4", as_of=NOW - DAY, price_1d="4", price_7d="5")
        make_price(b, "90", "cardkingdom-buylist", price_1d="1")
        make_price(b, "90", condition="DAMAGED", price_1d="1")
        make_price(b, "90", "cardmarket", price_1d="1")
        assert selectors.overview("USD") == selectors.Overview(
            currency="USD",
            as_of=NOW,
            is_stale=False,
            card_count=2,
            set_count=2,
            priced_card_count=2,
            series_count=5,
            average_price=Decimal("3.00"),
            breadth_1d=selectors.Breadth(advancers=1, decliners=1, unchanged=1),
            breadth_7d=selectors.Breadth(advancers=0, decliners=1, unchanged=1),
        )

    def test_nothing_known(self):
        figures = selectors.overview("TIX")
        assert figures.average_price is None
        assert figures.breadth_1d == selectors.Breadth(
            advancers=0, decliners=0, unchanged=0
        )


class TestMovers:
    def movers(self, **wanted):
        update_moves()
        return selectors.movers("USD", **wanted)

    def found(self, **wanted):
        return [
            (mover.card.name, mover.change_percent) for mover in self.movers(**wanted)
        ]

    def test_largest_first_each_way(self):
        for name, then, now in [
            ("Doubled", "10", "20"),
            ("Tripled", "1", "3"),
            ("Halved", "10", "5"),
            ("Flat", "10", "10"),
            ("New", None, "10"),
            ("Penny", "0.10", "10"),
        ]:
            make_price(make_card(name), now, price_1d=then)
        assert self.found() == [
            ("Tripled", Decimal("200.00")),
            ("Doubled", Decimal("100.00")),
        ]
        assert self.found(limit=1) == [("Tripled", Decimal("200.00"))]
        assert self.found(min_price=Decimal("0.1"))[0] == (
            "Penny",
            Decimal("9900.00"),
        )
        assert self.found(direction="losers") == [("Halved", Decimal("-50.00"))]

    def test_each_window_has_its_own_then(self):
        make_price(
            make_card(),
            "8",
            price_1d="4",
            price_7d="2",
            price_30d="16",
            price_90d="1",
        )
        changes = {
            window: [m.change_percent for m in self.movers(window=window)]
            for window in ("1d", "7d", "30d", "90d")
        }
        assert changes == {
            "1d": [Decimal("100.00")],
            "7d": [Decimal("300.00")],
            "30d": [],
            "90d": [Decimal("700.00")],
        }

    def test_the_preferred_stream_speaks_for_a_card_and_others_corroborate(self):
        alone, backed, calm, shop = (
            make_card(name) for name in ("Alone", "Backed", "Calm", "Shop")
        )
        make_price(alone, "20", price_1d="10")
        make_price(alone, "9", "cardkingdom", price_1d="10")
        make_price(backed, "30", price_1d="20", num_listings=1)
        make_price(backed, "11", "cardkingdom", price_1d="10")
        make_price(backed, "99", "cardmarket", price_1d="10")
        make_price(calm, "10", price_1d="10")
        make_price(calm, "50", "cardkingdom", price_1d="10")
        # Two sides of one shop are one voice.
        make_price(shop, "12", "cardkingdom", price_1d="10")
        make_price(shop, "12", "cardkingdom-buylist", price_1d="10")
        found = {
            mover.card.name: (
                mover.quote.marketplace,
                mover.vendor_count,
                mover.flags,
            )
            for mover in self.movers()
        }
        assert found == {
            "Alone": ("tcgplayer", 1, ("SOLO",)),
            "Backed": ("tcgplayer", 2, ("THIN",)),
            "Shop": ("cardkingdom", 1, ("SOLO",)),
        }

    def test_a_price_its_stream_no_longer_shows_moves_nothing(self):
        gone, listed = make_card("Gone"), make_card("Listed")
        make_price(gone, "20", as_of=NOW - 5 * DAY, price_1d="10")
        make_price(listed, "10", as_of=NOW - DAY, price_1d="10")
        assert self.found() == []

    def test_a_feed_that_stopped_still_has_movers_flagged(self):
        make_price(make_card(), "20", as_of=NOW - 5 * DAY, price_1d="10")
        (mover,) = self.movers()
        assert mover.flags == ("STALE", "SOLO")

    def test_queries_do_not_grow_with_the_list(self, django_assert_num_queries):
        for number in range(5):
            make_price(make_card(str(number)), "20", price_1d="10")
        update_moves()
        with django_assert_num_queries(2):
            movers = selectors.movers("USD")
            assert [m.card.set_code for m in movers] == ["mh2"] * 5
        with django_assert_num_queries(0):
            assert selectors.movers("USD") == movers


class TestTopics:
    @pytest.fixture(autouse=True)
    def _market(self):
        card = make_card("Ragavan")
        make_price(card, "20", as_of=NOW, price_1d="10", price_7d="20")
        update_moves()

    def test_market(self):
        snapshot = selectors.market_topic_snapshot("USD")
        assert snapshot == {
            "index": "all",
            "currency": "USD",
            "period": "30d",
            "method": "average",
            "bucket": "day",
            "as_of": "2026-03-10T12:00:00+00:00",
            "is_stale": False,
            "value": None,
            "change_percent": None,
            "points": [],
        }

    def test_dashboard(self):
        snapshot = selectors.dashboard_topic_snapshot("USD")
        assert snapshot["overview"]["breadth_1d"] == {
            "advancers": 1,
            "decliners": 0,
            "unchanged": 0,
        }
        (gainer,) = snapshot["gainers"]
        assert (gainer["name"], gainer["price"], gainer["then"]) == (
            "Ragavan",
            "20.00",
            "10.00",
        )
        assert gainer["change_percent"] == 100.0
        assert (gainer["marketplace_name"], gainer["finish"]) == (
            "TCGplayer",
            "NONFOIL",
        )
        assert gainer["as_of"] == NOW.isoformat()
        assert gainer["flags"] == ["SOLO"]
        assert snapshot["losers"] == []
        streams = {s["marketplace"]: s["is_stale"] for s in snapshot["freshness"]}
        assert streams.pop("tcgplayer") is False
        assert set(streams.values()) == {True}
        assert "cardmarket" not in streams

    @pytest.mark.parametrize("currency", ["USD", "EUR", "TIX"])
    def test_frames_stay_small(self, currency):
        for number in range(20):
            make_price(make_card("Long name " * 5 + str(number)), "20", price_1d="10")
        for snapshot in (
            selectors.market_topic_snapshot(currency),
            selectors.dashboard_topic_snapshot(currency),
        ):
            assert len(json.dumps(snapshot)) < 8000

    @pytest.mark.parametrize("key", ["", "usd", "GBP", "USD'"])
    def test_no_such_currency(self, key):
        assert selectors.market_topic_snapshot(key) is None
        assert selectors.dashboard_topic_snapshot(key) is None
