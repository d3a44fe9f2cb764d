"""From the stored prices to panels."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from apps.prices.models import Marketplace, SeriesBreak
from apps.prices.tests.factories import add_observations, make_card, refresh
from apps.signals.selectors import load_observations, load_panels, newest_price_day
from apps.signals.selectors import panel as loading

from .market import DAY, add_daily, known_market

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

NAN = np.nan


def ids(*slugs: str) -> list[int]:
    return [Marketplace.objects.get(slug=slug).pk for slug in slugs]


class TestPanels:
    @pytest.fixture
    def cards(self):
        return known_market()

    def test_has_one_stream_of_every_variant(self, cards):
        assert newest_price_day() == DAY
        (panel,) = load_panels(DAY, "USD")
        assert panel.card_ids.tolist() == [
            cards[name].pk for name in ("Riser", "Faller", "Still", "Cheap")
        ]
        assert panel.finishes.tolist() == [0, 1, 0, 0]
        assert set(panel.marketplace_ids.tolist()) == set(ids("tcgplayer"))
        assert (panel.currency, panel.day) == ("USD", DAY)
        assert panel.close.shape == (4, 91)
        np.testing.assert_array_equal(panel.close[2], [NAN] * 31 + [7.0] * 60)
        assert panel.close[0, -60:].round(2).tolist()[:2] == [10.0, 10.1]
        # Bids and copies are of other streams.
        assert panel.bid[0, -60:].round(2).tolist()[:2] == [5.0, 5.06]
        np.testing.assert_array_equal(panel.copies[0], [NAN] * 31 + [8.0] * 60)
        assert np.isnan(panel.bid[1:]).all()
        assert np.isnan(panel.copies[1:]).all()

    def test_of_some_cards(self, cards):
        wanted = [cards["Still"].pk, cards["Riser"].pk]
        (panel,) = load_panels(DAY, "USD", card_ids=wanted)
        assert panel.card_ids.tolist() == sorted(wanted)
        assert list(load_panels(DAY, "USD", card_ids=[])) == []
        # Of another currency.
        (panel,) = load_panels(DAY, "TIX")
        assert panel.card_ids.tolist() == [cards["Ticket"].pk]
        assert list(load_panels(DAY, "EUR")) == []

    def test_in_batches_it_is_the_same(self, cards, monkeypatch):
        (whole,) = load_panels(DAY, "USD")
        monkeypatch.setattr(loading, "CELLS", 1)
        panels = list(load_panels(DAY, "USD"))
        assert [panel.card_ids.tolist() for panel in panels] == [
            [card] for card in whole.card_ids
        ]
        for name in ("close", "bid", "copies", "marketplace_ids"):
            parts = np.concatenate([getattr(panel, name) for panel in panels])
            np.testing.assert_array_equal(parts, getattr(whole, name))

    def test_over_a_range_each_day_is_as_by_itself(self, cards):
        days = [DAY - timedelta(days=n) for n in (0, 5, 20)]
        (usd,) = load_observations(days[-1], days[0], ["USD"])
        for day in days:
            (alone,) = load_panels(day, "USD")
            panel = usd.upto(day)
            np.testing.assert_array_equal(panel.days, alone.days)
            for name in ("card_ids", "close", "bid", "copies"):
                np.testing.assert_array_equal(
                    getattr(panel, name), getattr(alone, name)
                )


def test_without_prices():
    make_card()
    assert newest_price_day() is None
    assert list(load_panels(DAY, "USD")) == []


def test_the_last_price_of_a_day_and_the_mean_of_its_copies():
    card = make_card()
    rows = add_daily(card, ["5.00"], quantity=4)
    evening = [(rows[0][0] + timedelta(hours=6), "6.00")]
    add_observations(card, evening, quantity=8)
    refresh(rows + evening)
    (panel,) = load_panels(DAY, "USD")
    assert panel.now.tolist() == [6.0]
    assert panel.copies[0, -1] == 6


def test_none_left_is_not_the_same_as_not_told():
    card = make_card()
    refresh(add_daily(card, ["5.00"], quantity=0))
    (panel,) = load_panels(DAY, "USD")
    assert panel.copies[0, -1] == 0


def test_breaks_of_a_stream():
    card = make_card()
    refresh(add_daily(card, ["5.00", "6.00", "7.00"]))
    SeriesBreak.objects.create(
        marketplace=Marketplace.objects.get(slug="tcgplayer"), began_on=DAY, reason="x"
    )
    (panel,) = load_panels(DAY, "USD")
    np.testing.assert_array_equal(panel.close[0, -3:], [NAN, NAN, 7])
    (panel,) = load_panels(DAY - timedelta(days=1), "USD")
    np.testing.assert_array_equal(panel.close[0, -2:], [5, 6])
