"""Index, overview and movers."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.market import selectors
from apps.market.charts import index_chart
from apps.market.indices import INDICES, set_code, set_slug
from apps.market.models import (
    ChainedIndex,
    ChainedIndexBasket,
    ChainedIndexPoint,
    MarketBreadth,
)
from apps.market.selectors.heat import HOT_SETS
from apps.market.selectors.index import index_buckets
from apps.market.selectors.topics import TOPIC_MOVERS, TOPIC_POINTS
from apps.market.services import (
    update_breadth,
    update_indices,
    update_moves,
    update_totals,
)
from apps.prices.tests.factories import (
    add_observations,
    make_card,
    make_price,
    make_set,
    refresh,
    touched_chunks,
)
from mtgintel.core import cache

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
    def test_totals(self):
        a, b = make_card("A"), make_card("B", set_code="lea")
        make_card("C", removed_at=NOW)
        make_price(a, "2", as_of=NOW, num_listings=3, total_quantity=7)
        make_price(a, "3", "cardkingdom", as_of=NOW - DAY)
        make_price(b, "4", as_of=NOW - DAY)
        make_price(b, "90", "cardkingdom-buylist")
        make_price(b, "90", condition="DAMAGED")
        make_price(b, "90", "cardmarket")
        update_totals()
        figures = selectors.overview("USD")
        assert (figures.as_of, figures.is_stale) == (NOW, False)
        assert (figures.card_count, figures.set_count) == (2, 2)
        assert (figures.priced_card_count, figures.series_count) == (2, 5)
        assert figures.average_price == Decimal("3.00")
        assert [
            (one.stream.marketplace, one.listed_count, one.listings)
            for one in figures.volumes
        ] == [("tcgplayer", 1, 3)]
        assert [(one.counted_count, one.quantity) for one in figures.volumes] == [
            (1, 7)
        ]

    def test_nothing_known(self):
        figures = selectors.overview("TIX")
        assert (figures.average_price, figures.standing, figures.activity) == (
            *(None, None, None),
        )
        assert figures.breadth_1d == selectors.Breadth(
            advancers=0, decliners=0, unchanged=0
        )
        assert (figures.volumes, figures.parts, figures.history) == ([], [], [])


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestStanding:
    """Three days: a red Modern card rises, its foil falls, a colourless one stays."""

    @pytest.fixture(autouse=True)
    def _market(self):
        red = make_card("Red", color_identity=["R"])
        none = make_card("None", legalities={})
        days = [MIDNIGHT - 2 * DAY, MIDNIGHT - DAY, MIDNIGHT]
        rising = list(zip(days, ("1", "2", "4"), strict=True))
        falling = list(zip(days, ("8", "4", "2"), strict=True))
        level = list(zip(days, ("5", "5", "5"), strict=True))
        add_observations(red, rising, quantity=3)
        add_observations(red, falling, finish="FOIL")
        add_observations(none, level)
        make_price(red, "4", as_of=NOW)
        refresh(rising)
        update_indices()
        update_breadth()

    def figures(self, **which):
        one = selectors.overview("USD", **which)
        breadth = one.breadth_1d
        return breadth.advancers, breadth.decliners, breadth.unchanged

    def test_of_the_market_of_a_part_and_of_a_finish(self):
        assert self.figures() == (1, 1, 1)
        assert self.figures(index="modern") == (1, 1, 0)
        assert self.figures(index="red", finish="NONFOIL") == (1, 0, 0)
        assert self.figures(finish="FOIL") == (0, 1, 0)
        assert self.figures(index="blue") == (0, 0, 0)

    def test_today_is_not_over(self):
        standing = selectors.overview("USD").standing
        assert (standing.day, standing.is_provisional) == (MIDNIGHT.date(), True)

    def test_what_was_observed_and_how_much_of_it(self):
        activity = selectors.overview("USD").activity
        assert (activity.day, activity.observations, activity.quantity) == (
            *(MIDNIGHT.date(), 3, 3),
        )
        of_foils = selectors.overview("USD", finish="FOIL").activity
        assert (of_foils.observations, of_foils.quantity) == (1, None)

    def test_by_format_and_by_colour(self):
        parts = selectors.market_parts("USD")
        assert [
            (one.kind, one.index.slug, one.summary.change_1d, one.standing.variants)
            for one in parts
        ] == [
            ("format", "modern", Decimal("0.00"), 2),
            ("colour", "red", Decimal("0.00"), 2),
            ("colour", "colourless", Decimal("0.00"), 1),
        ]
        assert [one.index.slug for one in selectors.market_parts("USD", "FOIL")] == [
            "modern",
            "red",
        ]

    def test_day_by_day(self):
        history = selectors.overview("USD", period="7d").history
        assert [one.breadth_1d.advancers for one in history] == [0, 1, 1]
        assert history[0].day == (MIDNIGHT - 2 * DAY).date()
        assert len(selectors.overview("USD", period="24h").history) == 2

    def test_over_http(self, client):
        answer = client.get(
            "/api/market/overview?index=modern&finish=nonfoil&period=7d"
        ).json()
        assert (answer["index"], answer["finish"]) == ("modern", "NONFOIL")
        assert answer["breadth_1d"] == {"advancers": 1, "decliners": 0, "unchanged": 0}
        assert answer["standing"]["variants"] == 1
        assert answer["summary"]["change_1d"] == 100.0
        assert [one["day"] for one in answer["history"]] == [
            "2026-03-08",
            "2026-03-09",
            "2026-03-10",
        ]
        assert {part["index"] for part in answer["parts"]} == {
            *("modern", "red", "colourless")
        }
        refused = client.get("/api/market/overview?index=foils&finish=foil")
        assert refused.status_code == 400
        assert "of all its finishes together" in refused.json()["message"]

    def test_in_the_message_of_the_dashboard(self):
        message = selectors.dashboard_topic_snapshot("USD")
        by_index = {one["index"]: one for one in message["indices"]}
        assert set(by_index) == {
            *("all", "modern", "mythics", "foils", "red", "colourless")
        }
        assert by_index["modern"]["standing"]["breadth_1d"] == {
            "advancers": 1,
            "decliners": 1,
            "unchanged": 0,
        }
        assert by_index["foils"]["change_1d"] == -50.0
        assert message["overview"]["observations"] == 3

    def test_in_the_message_of_the_market(self):
        message = selectors.market_topic_snapshot("USD")
        assert message["method"] == "chained"
        assert set(message["changes"]) == {"24h", "7d", "30d", "90d", "1y", "all"}
        assert message["changes"]["30d"] == message["change_percent"]


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


def make_index(slug: str, days: list[date]) -> None:
    """An index with points and, unless of a set, how its variants stood."""
    if code := set_code(slug):
        make_set(code, f"Set {code}")
    index = ChainedIndex.objects.create(slug=slug, currency="USD", version=1)
    ChainedIndexPoint.objects.bulk_create(
        ChainedIndexPoint(
            index=index, day=day, link=1.01, level=123.456, constituents=99, weight=1
        )
        for day in days
    )
    ChainedIndexBasket.objects.update_or_create(
        currency="USD", defaults={"day": max(days), "matches": b""}
    )
    counts = {
        f"{name}_{window}": 123_456
        for name in ("advancers", "decliners", "unchanged")
        for window in ("1d", "7d", "30d")
    }
    MarketBreadth.objects.create(
        currency="USD",
        slug=slug,
        finish="",
        day=max(days),
        variants=234_567,
        with_mean=234_567,
        above_mean=123_456,
        with_volatility=9,
        median_volatility=0.0123,
        version=1,
        **counts,
    )


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
            "changes": {},
            "points": [],
        }

    def test_dashboard(self):
        snapshot = selectors.dashboard_topic_snapshot("USD")
        assert snapshot["version"] == cache.data_version()
        assert {
            window: len(one["gainers"]) for window, one in snapshot["movers"].items()
        } == {
            "7d": 0,
            "30d": 0,
            "90d": 0,
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

    def test_frames_stay_small(self):
        """With every list as long as it gets, and names as long as they come."""
        windows = {f"price_{window}": "10" for window in ("1d", "7d", "30d", "90d")}
        fallen = dict.fromkeys(windows, "90")
        for number in range(6):
            for then in (windows, fallen):
                card = make_card("Long name " * 14 + str(number))
                make_price(card, "20", finish="ETCHED", num_listings=1, **then)
        update_moves()
        days = [
            date(2026, 3, 10) - timedelta(days=back) for back in range(TOPIC_POINTS)
        ]
        for slug in (*INDICES, *(set_slug(f"s{n:02}") for n in range(HOT_SETS))):
            make_index(slug, days)
        dashboard = selectors.dashboard_topic_snapshot("USD")
        assert len(dashboard["indices"]) == len(INDICES)
        assert len(dashboard["sets"]) == HOT_SETS
        assert len(dashboard["movers"]["90d"]["losers"]) == TOPIC_MOVERS
        assert len(json.dumps(dashboard)) < 40_000
        assert len(json.dumps(selectors.market_topic_snapshot("USD"))) < 6_000

    @pytest.mark.parametrize("key", ["", "usd", "GBP", "USD'"])
    def test_no_such_currency(self, key):
        assert selectors.market_topic_snapshot(key) is None
        assert selectors.dashboard_topic_snapshot(key) is None
