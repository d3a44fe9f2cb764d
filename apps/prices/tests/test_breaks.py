"""Series breaks: what was measured differently is not compared."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from apps.cards.models import Card
from apps.prices.ingest.base import PriceData
from apps.prices.models import IngestRun, LatestPrice, Marketplace, SeriesBreak
from apps.prices.selectors import breaks_by_marketplace, breaks_of, card_history
from apps.prices.services import (
    delete_series_break,
    record_prices,
    save_series_break,
)
from tests.html import Page

from .factories import add_observations, make_card, make_price, refresh

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

# The day of the break that every database knows of.
BREAK = datetime(2026, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def card() -> Card:
    return make_card()


@pytest.fixture
def record(card):
    """Stores prices by days after the break, all of one stream, as one run."""

    def store(prices: dict[float, str], slug: str = "cardmarket") -> IngestRun:
        stream = Marketplace.objects.get(slug=slug)
        return record_prices(
            [
                PriceData(
                    card_id=card.pk,
                    marketplace_id=stream.pk,
                    price=Decimal(price),
                    currency=stream.currency,
                    time=BREAK + days * DAY,
                )
                for days, price in prices.items()
            ],
            source="test",
        )

    return store


def latest(slug: str = "cardmarket") -> LatestPrice:
    return LatestPrice.objects.get(marketplace__slug=slug)


def compared(slug: str = "cardmarket") -> dict[str, object]:
    """What the latest price is compared with; absent comparisons are left out."""
    row = latest(slug)
    names = ("previous_price", "changed_at", *map("price_{}d".format, (1, 7, 30, 90)))
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def make_break(slug: str, days: int) -> SeriesBreak:
    series_break = SeriesBreak(
        marketplace=Marketplace.objects.get(slug=slug),
        began_on=(BREAK + days * DAY).date(),
        reason="another figure",
        before="this",
        after="that",
    )
    save_series_break(series_break=series_break)
    return series_break


class TestReferences:
    def test_the_known_break_is_seeded(self):
        known = SeriesBreak.objects.get()
        assert known.marketplace.slug == "cardmarket"
        assert known.began_on == date(2026, 2, 8)
        assert known.before == "Average of one day's sales"
        assert known.after == "Trend price: a moving figure of recent sales"

    def test_nothing_from_before_is_compared_with_the_first_day_after(self, record):
        record({-30: "1", -7: "2", -1: "3", 0: "9"})
        assert latest().price == Decimal("9.00")
        assert compared() == {}

    def test_the_same_days_of_another_stream_are_compared(self, record):
        record({-30: "1", -7: "2", -1: "3", 0: "9"}, "tcgplayer")
        assert compared("tcgplayer") == {
            "previous_price": Decimal("3.00"),
            "changed_at": BREAK,
            "price_1d": Decimal("3.00"),
            "price_7d": Decimal("2.00"),
            "price_30d": Decimal("1.00"),
        }

    def test_a_window_that_starts_after_the_break_is_compared(self, record):
        record({-30: "1", -1: "3", 0: "9", 6: "10", 7: "12"})
        # One day ago 10, a week ago the first trend price; 30 days ago an average.
        assert compared() == {
            "previous_price": Decimal("10.00"),
            "changed_at": BREAK + 7 * DAY,
            "price_1d": Decimal("10.00"),
            "price_7d": Decimal("9.00"),
        }

    def test_a_window_within_tolerance_does_not_reach_over_the_break(self, record):
        # A week before day 6 is a day before the break.
        record({-2: "3", 6: "12"})
        assert compared() == {}

    def test_prices_all_from_before_are_compared_with_one_another(self, record):
        record({-31: "1", -8: "2", -2: "3", -1: "4"})
        assert compared() == {
            "previous_price": Decimal("3.00"),
            "changed_at": BREAK - DAY,
            "price_1d": Decimal("3.00"),
            "price_7d": Decimal("2.00"),
            "price_30d": Decimal("1.00"),
        }

    def test_day_by_day_it_is_the_same_as_at_once(self, record):
        for days, price in {-7: "2", -1: "3", 0: "9", 1: "9", 2: "10"}.items():
            record({days: price})
        assert compared() == {
            "previous_price": Decimal("9.00"),
            "changed_at": BREAK + 2 * DAY,
            "price_1d": Decimal("9.00"),
        }

    def test_no_change_is_told_on_the_day_of_the_break(self, record):
        record({-1: "3"})
        record({0: "9"})
        assert compared() == {}
        record({1: "9"})
        assert compared() == {"price_1d": Decimal("9.00")}

    def test_a_late_day_from_before_changes_nothing(self, record):
        record({0: "9", 1: "10"})
        record({-1: "3"})
        assert latest().price == Decimal("10.00")
        assert compared() == {
            "previous_price": Decimal("9.00"),
            "changed_at": BREAK + DAY,
            "price_1d": Decimal("9.00"),
        }

    def test_the_last_of_several_breaks_counts(self, record):
        make_break("cardmarket", 10)
        record({0: "1", 8: "2", 9: "3", 10: "4", 11: "5"})
        assert compared() == {
            "previous_price": Decimal("4.00"),
            "changed_at": BREAK + 11 * DAY,
            "price_1d": Decimal("4.00"),
        }


class TestNotingABreak:
    def test_compares_the_stream_anew_and_no_other(self, record):
        for slug in ("tcgplayer", "cardkingdom"):
            record({0: "1", 20: "2", 27: "3", 29: "4", 30: "5"}, slug)
        run = latest("tcgplayer").run_id
        make_break("tcgplayer", 25)
        assert compared("tcgplayer") == {
            "previous_price": Decimal("4.00"),
            "changed_at": BREAK + 30 * DAY,
            "price_1d": Decimal("4.00"),
        }
        assert compared("cardkingdom") == {
            "previous_price": Decimal("4.00"),
            "changed_at": BREAK + 30 * DAY,
            "price_1d": Decimal("4.00"),
            "price_7d": Decimal("2.00"),
            "price_30d": Decimal("1.00"),
        }
        assert latest("tcgplayer").run_id == run
        assert latest("tcgplayer").price == Decimal("5.00")
        assert latest("tcgplayer").as_of == BREAK + 30 * DAY

    def test_on_the_newest_day_leaves_nothing_to_compare(self, record):
        record({0: "1", 29: "4", 30: "5"}, "tcgplayer")
        make_break("tcgplayer", 30)
        assert compared("tcgplayer") == {}

    def test_takes_back_a_change_further_back_than_is_compared(self, record):
        record({0: "1", 1: "2", 150: "2"}, "tcgplayer")
        record({151: "2"}, "tcgplayer")
        LatestPrice.objects.filter(marketplace__slug="tcgplayer").update(
            previous_price=Decimal(1), changed_at=BREAK + DAY
        )
        make_break("tcgplayer", 1)
        assert compared("tcgplayer") == {"price_1d": Decimal("2.00")}

    def test_keeps_such_a_change_that_came_after_it(self, record):
        record({0: "1", 1: "2", 150: "2", 151: "2"}, "tcgplayer")
        LatestPrice.objects.filter(marketplace__slug="tcgplayer").update(
            previous_price=Decimal(1), changed_at=BREAK + DAY
        )
        make_break("tcgplayer", 0)
        assert compared("tcgplayer") == {
            "previous_price": Decimal("1.00"),
            "changed_at": BREAK + DAY,
            "price_1d": Decimal("2.00"),
        }

    def test_forgetting_it_brings_the_comparison_back(self, record):
        record({0: "1", 29: "4", 30: "5"}, "tcgplayer")
        before = compared("tcgplayer")
        delete_series_break(series_break=make_break("tcgplayer", 30))
        assert compared("tcgplayer") == before
        assert before["price_30d"] == Decimal("1.00")

    def test_moving_it_to_another_stream_concerns_both(self, record):
        for slug in ("tcgplayer", "cardkingdom"):
            record({29: "4", 30: "5"}, slug)
        series_break = make_break("tcgplayer", 30)
        series_break.marketplace = Marketplace.objects.get(slug="cardkingdom")
        save_series_break(series_break=series_break)
        assert compared("tcgplayer")["price_1d"] == Decimal("4.00")
        assert compared("cardkingdom") == {}


class TestSelectors:
    def test_breaks_of_the_streams_between_two_moments(self):
        make_break("tcgplayer", 5)
        make_break("tcgplayer", 3)
        ids = dict(Marketplace.objects.values_list("slug", "id"))
        tcgplayer, cardmarket = ids["tcgplayer"], ids["cardmarket"]

        def found(streams, start: float, end: float) -> list[tuple[str, datetime]]:
            breaks = breaks_of(streams, BREAK + start * DAY, BREAK + end * DAY)
            return [(one.marketplace, one.began_at) for one in breaks]

        assert found(None, -1, 9) == [
            ("cardmarket", BREAK),
            ("tcgplayer", BREAK + 3 * DAY),
            ("tcgplayer", BREAK + 5 * DAY),
        ]
        assert found([tcgplayer], -1, 4) == [("tcgplayer", BREAK + 3 * DAY)]
        # What is of the day of the break is of after it.
        assert found([cardmarket], 0, 9) == []
        assert found([cardmarket], -1, 0) == [("cardmarket", BREAK)]
        assert found([ids["manapool"]], -9, 9) == []

    def test_by_marketplace_the_oldest_first(self):
        make_break("tcgplayer", 5)
        make_break("tcgplayer", 3)
        ids = dict(Marketplace.objects.values_list("id", "slug"))
        assert {
            ids[stream]: [one.began_at for one in breaks]
            for stream, breaks in breaks_by_marketplace().items()
        } == {
            "cardmarket": [BREAK],
            "tcgplayer": [BREAK + 3 * DAY, BREAK + 5 * DAY],
        }


@pytest.mark.django_db(transaction=True)
class TestHistory:
    NOW = datetime(2026, 2, 20, 12, tzinfo=UTC)

    @pytest.fixture(autouse=True)
    def _now(self):
        with time_machine.travel(self.NOW, tick=False):
            yield

    def test_the_week_of_a_break_is_two_candles(self, card):
        # The weeks begin on Mondays, the 2nd and the 9th; the break is on a Sunday.
        prices = [
            (BREAK - 1200 * DAY, "1"),
            (BREAK - 2 * DAY, "2"),
            (BREAK - DAY, "4"),
            (BREAK, "9"),
            (BREAK + DAY, "11"),
            (BREAK + 6 * DAY, "12"),
        ]
        add_observations(card, prices, "cardmarket")
        refresh(prices)
        history = card_history(card.pk, period="all")
        (series,) = history.series
        assert history.interval == "week"
        assert series["time"][1:] == [
            "2026-02-02T00:00:00Z",
            "2026-02-08T00:00:00Z",
            "2026-02-09T00:00:00Z",
        ]
        assert series["open"][1:] == ["2.00", "9.00", "11.00"]
        assert series["close"][1:] == ["4.00", "9.00", "12.00"]
        assert series["count"][1:] == [2, 1, 2]

    def test_the_chart_of_a_card_says_it_everywhere(self, client, card):
        prices = [(BREAK + days * DAY, str(9 + days)) for days in range(-3, 4)]
        for slug in ("cardmarket", "cardtrader"):
            add_observations(card, prices, slug)
            make_price(card, "12", slug, as_of=prices[-1][0])
        refresh(prices)
        response = client.get(f"{card.get_absolute_url()}?currency=EUR")
        page = Page(response)
        (data,) = page.all("script", type="application/json")
        drawn = json.loads(data.text)
        assert [len(line["stretches"]) for line in drawn["lines"]] == [2, 1]
        assert drawn["marks"] == [
            {
                "time": int(BREAK.timestamp()),
                "label": "Cardmarket changed what it measures",
            }
        ]
        assert len(page.all("path", class_="mark-line")) == 1
        assert page.text("p", class_="break-note").startswith(
            "BREAK On 8 Feb 2026 Cardmarket changed what it measures: "
            "MTGJSON 5.3.0 gives another of Cardmarket's figures. "
            "Before: Average of one day's sales."
        )
        assert page.text("figcaption").startswith(
            "Cardmarket since 8 Feb 2026: from €9.00 on 8 Feb 2026 "
            "to €12.00 on 11 Feb 2026 (+33.3%)"
        )
        told = [
            each
            for each in page.texts("th", scope="rowgroup")
            if "another figure" in each
        ]
        (only,) = told
        assert only == (
            "8 Feb 2026: Cardmarket changed what it measures; "
            "what follows is another figure"
        )


class TestAdmin:
    URL = "/admin/prices/seriesbreak/add/"

    def form(self, **changes: object) -> dict[str, object]:
        stream = Marketplace.objects.get(slug="tcgplayer")
        return {
            "marketplace": stream.pk,
            "began_on": (BREAK + 30 * DAY).date().isoformat(),
            "reason": "Another figure",
            "before": "this",
            "after": "that",
            "source": "",
        } | changes

    def test_a_new_break_compares_the_stream_anew(self, admin_client, record):
        record({29: "4", 30: "5"}, "tcgplayer")
        response = admin_client.post(self.URL, self.form())
        assert response.status_code == 302
        assert compared("tcgplayer") == {}

    def test_deleting_it_in_the_list_does_too(self, admin_client, record):
        record({29: "4", 30: "5"}, "tcgplayer")
        series_break = make_break("tcgplayer", 30)
        admin_client.post(
            "/admin/prices/seriesbreak/",
            {
                "action": "delete_selected",
                "_selected_action": series_break.pk,
                "post": "yes",
            },
        )
        assert compared("tcgplayer")["price_1d"] == Decimal("4.00")
        assert not SeriesBreak.objects.filter(pk=series_break.pk).exists()

    def test_two_breaks_of_a_day_are_refused(self, admin_client):
        make_break("tcgplayer", 30)
        response = admin_client.post(self.URL, self.form())
        assert response.status_code == 200
        assert SeriesBreak.objects.filter(marketplace__slug="tcgplayer").count() == 1

    def test_nobody_else_gets_in(self, client):
        response = client.post(self.URL, self.form())
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")
        assert SeriesBreak.objects.count() == 1
