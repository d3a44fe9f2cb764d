"""Quotes, headline prices, history and freshness."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.prices import selectors
from apps.prices.models import IngestRun
from apps.prices.selectors.history import history_query

from .factories import add_observations, make_card, make_price, refresh, touched_chunks

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


class TestQuotes:
    def test_changes_are_measured_against_then(self):
        card = make_card()
        make_price(card, "20", price_1d="10", price_7d="20", price_30d="40")
        (quote,) = selectors.card_quotes(card.pk)
        assert quote.price == Decimal("20.00")
        assert quote.change_1d == Decimal("100.00")
        assert quote.change_7d == Decimal("0.00")
        assert quote.change_30d == Decimal("-50.00")
        assert quote.change_90d is None

    def test_flags(self):
        card = make_card()
        make_price(card, "1", num_listings=2)
        make_price(card, "1", "cardkingdom", num_listings=3)
        make_price(card, "1", "manapool", as_of=datetime.now(UTC) - timedelta(hours=49))
        flags = {q.marketplace: q.flags for q in selectors.card_quotes(card.pk)}
        assert flags == {
            "tcgplayer": ("THIN",),
            "cardkingdom": (),
            "manapool": ("STALE",),
        }

    def test_filters_and_order(self):
        card, other = make_card(), make_card("Other")
        make_price(other, "9")
        make_price(card, "1", "cardkingdom-buylist")
        make_price(card, "2", "cardkingdom", finish="FOIL")
        make_price(card, "3", "cardmarket")
        make_price(card, "4")

        def slugs(**wanted):
            quotes = selectors.card_quotes(card.pk, **wanted)
            return [quote.marketplace for quote in quotes]

        assert slugs() == [
            "cardmarket",
            "tcgplayer",
            "cardkingdom",
            "cardkingdom-buylist",
        ]
        assert slugs(currency="EUR") == ["cardmarket"]
        assert slugs(side="BUYLIST") == ["cardkingdom-buylist"]
        assert slugs(finish="FOIL") == ["cardkingdom"]
        assert slugs(condition="DAMAGED") == []

    def test_reads_in_one_query(self, django_assert_num_queries):
        card = make_card()
        for slug in ("tcgplayer", "cardkingdom", "manapool"):
            make_price(card, "1", slug)
        with django_assert_num_queries(1):
            assert len(selectors.card_quotes(card.pk)) == 3


class TestHeadlinePrices:
    def test_one_quote_per_card_by_preference(self, django_assert_num_queries):
        cheap, foil_only, bought_only, unpriced = (make_card(n) for n in "ABCD")
        make_price(cheap, "1", "manapool")
        make_price(cheap, "2", "cardkingdom")
        make_price(cheap, "9", "tcgplayer", finish="FOIL")
        make_price(cheap, "3", "tcgplayer", condition="LIGHTLY_PLAYED")
        make_price(cheap, "4", "cardmarket")
        make_price(foil_only, "8", "tcgplayer", finish="ETCHED")
        make_price(foil_only, "7", "manapool", finish="FOIL")
        make_price(bought_only, "5", "cardkingdom-buylist")
        ids = [cheap.pk, foil_only.pk, bought_only.pk, unpriced.pk]
        with django_assert_num_queries(1):
            found = selectors.headline_prices(ids, "USD")
        assert {pk: (q.marketplace, q.price) for pk, q in found.items()} == {
            cheap.pk: ("cardkingdom", Decimal("2.00")),
            foil_only.pk: ("manapool", Decimal("7.00")),
        }

    def test_a_printings_own_language_before_english_and_no_other(self):
        card = make_card(language="JAPANESE")
        make_price(card, "1", language="ENGLISH")
        make_price(card, "2", language="JAPANESE")
        make_price(card, "3", "cardkingdom", language="GERMAN")
        quote = selectors.headline_prices([card.pk], "USD")[card.pk]
        assert (quote.language, quote.price) == ("JAPANESE", Decimal("2.00"))


class TestFreshness:
    def test_age_and_staleness_per_stream(self):
        with time_machine.travel(NOW, tick=False):
            card = make_card()
            make_price(card, "1", as_of=NOW - timedelta(hours=2))
            make_price(card, "1", as_of=NOW - timedelta(hours=9), finish="FOIL")
            make_price(card, "1", "cardkingdom", as_of=NOW - timedelta(hours=60))
            streams = {s.marketplace: s for s in selectors.freshness()}
        fresh, old, empty = (
            streams[slug] for slug in ("tcgplayer", "cardkingdom", "manapool")
        )
        assert (fresh.age_seconds, fresh.is_stale, fresh.series_count) == (
            7200,
            False,
            2,
        )
        assert (old.age_seconds, old.is_stale) == (60 * 3600, True)
        assert (empty.as_of, empty.age_seconds, empty.is_stale) == (None, None, True)

    def test_age_is_of_now_although_the_figures_are_cached(self):
        make_price(make_card(), "1", as_of=NOW)
        ages = []
        for hours in (1, 2):
            with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
                ages += [
                    s.age_seconds
                    for s in selectors.freshness()
                    if s.marketplace == "tcgplayer"
                ]
        assert ages == [3600, 7200]

    def test_newest_observation_of_a_currency(self):
        card = make_card()
        make_price(card, "1", as_of=days_ago(2))
        make_price(card, "1", "cardmarket", as_of=days_ago(1))
        assert selectors.newest_observation("USD") == days_ago(2)
        assert selectors.newest_observation() == days_ago(1)
        assert selectors.newest_observation("TIX") is None


def test_demo_market_is_told_by_its_run():
    IngestRun.objects.create(source="scryfall")
    assert not selectors.is_demo_market()
    IngestRun.objects.create(source="demo")
    assert selectors.is_demo_market()


class TestCardTopic:
    def test_state_of_a_card(self):
        card = make_card()
        with time_machine.travel(NOW, tick=False):
            make_price(card, "12.345", as_of=NOW, price_1d="10", num_listings=1)
            snapshot = selectors.card_topic_snapshot(str(card.pk))
        assert snapshot == {
            "card_id": card.pk,
            "name": card.name,
            "as_of": "2026-03-10T12:00:00+00:00",
            "quotes": [
                {
                    "marketplace": "tcgplayer",
                    "side": "MARKET",
                    "currency": "USD",
                    "condition": "NEAR_MINT",
                    "finish": "NONFOIL",
                    "language": "ENGLISH",
                    "price": "12.345",
                    "previous_price": None,
                    "change_1d": 23.45,
                    "change_7d": None,
                    "change_30d": None,
                    "as_of": "2026-03-10T12:00:00+00:00",
                    "flags": ["THIN"],
                }
            ],
        }

    @pytest.mark.parametrize("key", ["", "x", "0", "-1", "01", "99999999999999", "²"])
    def test_no_such_card(self, key):
        make_card(id=1)
        assert selectors.card_topic_snapshot(key) is None


@pytest.mark.storage
@pytest.mark.django_db(transaction=True)
class TestHistory:
    @pytest.fixture(autouse=True)
    def _now(self):
        with time_machine.travel(NOW, tick=False):
            yield

    def test_daily_candles_as_columns(self):
        card = make_card()
        prices = [
            (days_ago(3), "1.00"),
            (days_ago(3) + timedelta(hours=2), "3.00"),
            (days_ago(3) + timedelta(hours=3), "2.00"),
            (days_ago(1), "0.125"),
        ]
        add_observations(card, prices)
        add_observations(card, [(days_ago(2), "9")], "cardkingdom", finish="FOIL")
        refresh(prices)
        make_price(card, "0.125", as_of=days_ago(1))
        history = selectors.card_history(card.pk, period="30d")
        assert (history.interval, history.as_of) == ("day", days_ago(1))
        assert history.series == [
            {
                "marketplace": "tcgplayer",
                "marketplace_name": "TCGplayer",
                "side": "MARKET",
                "currency": "USD",
                "condition": "NEAR_MINT",
                "finish": "NONFOIL",
                "is_foil": False,
                "language": "ENGLISH",
                "as_of": "2026-03-09T12:00:00Z",
                "is_stale": False,
                "time": ["2026-03-07T00:00:00Z", "2026-03-09T00:00:00Z"],
                "open": ["1.00", "0.125"],
                "high": ["3.00", "0.125"],
                "low": ["1.00", "0.125"],
                "close": ["2.00", "0.125"],
                "avg": ["2.00", "0.125"],
                "count": [3, 1],
            },
            {
                "marketplace": "cardkingdom",
                "marketplace_name": "Card Kingdom",
                "side": "RETAIL",
                "currency": "USD",
                "condition": "NEAR_MINT",
                "finish": "FOIL",
                "is_foil": True,
                "language": "ENGLISH",
                "as_of": None,
                "is_stale": True,
                "time": ["2026-03-08T00:00:00Z"],
                "open": ["9.00"],
                "high": ["9.00"],
                "low": ["9.00"],
                "close": ["9.00"],
                "avg": ["9.00"],
                "count": [1],
            },
        ]

    def test_a_week_of_candles_weighs_every_observation_alike(self):
        card = make_card()
        monday = datetime(2020, 1, 6, tzinfo=UTC)
        prices = [
            (monday, "2.00"),
            (monday + timedelta(hours=1), "4.00"),
            (monday + timedelta(hours=2), "6.00"),
            (monday + timedelta(days=6), "8.00"),
            (monday + timedelta(days=7), "1.00"),
        ]
        add_observations(card, prices)
        refresh(prices)
        history = selectors.card_history(card.pk, period="all")
        assert history.interval == "week"
        (series,) = history.series
        assert series["time"] == ["2020-01-06T00:00:00Z", "2020-01-13T00:00:00Z"]
        assert series["open"] == ["2.00", "1.00"]
        assert series["high"] == ["8.00", "1.00"]
        assert series["low"] == ["2.00", "1.00"]
        assert series["close"] == ["8.00", "1.00"]
        # (2 + 4 + 6 + 8) / 4, where the mean of the days' means would be 6.
        assert series["avg"] == ["5.00", "1.00"]
        assert series["count"] == [4, 1]

    def test_hours_and_raw(self):
        card = make_card()
        hour = NOW.replace(minute=0) - timedelta(hours=2)
        prices = [
            (hour + timedelta(minutes=5), "1.00"),
            (hour + timedelta(minutes=50), "2.00"),
        ]
        add_observations(card, prices)
        refresh(prices)
        auto = selectors.card_history(card.pk, period="24h")
        raw = selectors.card_history(card.pk, period="24h", interval="raw")
        assert (auto.interval, raw.interval) == ("hour", "raw")
        assert auto.series[0]["time"] == ["2026-03-10T10:00:00Z"]
        assert auto.series[0]["avg"] == ["1.50"]
        assert raw.series[0]["time"] == [
            "2026-03-10T10:05:00Z",
            "2026-03-10T10:50:00Z",
        ]
        assert raw.series[0]["close"] == ["1.00", "2.00"]

    def test_raw_keeps_the_newest_thousand(self):
        card = make_card()
        prices = [
            (NOW - timedelta(minutes=minute), str(minute)) for minute in range(1100)
        ]
        add_observations(card, prices)
        (series,) = selectors.card_history(card.pk, period="24h", interval="raw").series
        assert len(series["time"]) == 1000
        assert series["close"][-1] == "0.00"
        assert series["close"][0] == "999.00"

    def test_filters(self):
        card = make_card()
        prices = [(days_ago(1), "1.00")]
        for slug in ("tcgplayer", "cardmarket"):
            for finish in ("NONFOIL", "FOIL"):
                add_observations(card, prices, slug, finish=finish)
        refresh(prices)

        def found(**wanted):
            history = selectors.card_history(card.pk, period="7d", **wanted)
            return [(s["marketplace"], s["finish"]) for s in history.series]

        assert found(marketplace="cardmarket") == [
            ("cardmarket", "NONFOIL"),
            ("cardmarket", "FOIL"),
        ]
        assert found(currency="USD", finish="FOIL") == [("tcgplayer", "FOIL")]
        assert found(condition="DAMAGED") == []
        assert found(language="GERMAN") == []

    def test_a_month_reads_no_more_chunks_than_it_needs(self):
        card = make_card()
        prices = [(days_ago(7 * week), "1.00") for week in range(104)]
        add_observations(card, prices)
        refresh(prices)
        month = timedelta(days=30)
        daily = history_query(card.pk, interval="day", start=NOW - month, end=NOW)
        raw = history_query(
            card.pk, interval="raw", start=NOW - timedelta(days=7), end=NOW
        )
        # Daily chunks are 28 days wide, raw ones 7: a range may touch one more.
        assert len(touched_chunks(*daily)) <= 3
        assert len(touched_chunks(*raw)) <= 2


def test_an_interval_the_period_is_not_kept_in():
    with pytest.raises(selectors.IntervalError, match="period 1y comes in: auto, day"):
        selectors.card_history(1, period="1y", interval="hour")
