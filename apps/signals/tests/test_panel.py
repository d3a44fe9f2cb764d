"""Panels: one stream per variant, breaks, and what could be known on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from apps.signals.maths.detectors import KINDS, Unit
from apps.signals.maths.panel import ENOUGH_DAYS, Observations, Panel, calendar

from .panels import TODAY, observations

NAN = np.nan


def test_the_preferred_stream_speaks():
    panel = observations((1, 20, [5] * 40), (1, 10, [7] * 40), (2, 20, [9] * 40)).upto(
        TODAY
    )
    assert panel.card_ids.tolist() == [1, 2]
    assert panel.marketplace_ids.tolist() == [10, 20]
    assert panel.now.tolist() == [7, 9]
    assert panel.day == TODAY


def test_not_once_it_is_silent_for_three_days():
    rows = [(1, 20, [5] * 40), (1, 10, [7] * 37 + [None] * 3)]
    seen = observations(*rows)
    assert seen.upto(TODAY).marketplace_ids.tolist() == [20]
    # On the day before it had been seen two days ago.
    assert seen.upto(TODAY - timedelta(days=1)).marketplace_ids.tolist() == [10]


def test_nor_before_it_has_been_seen_enough():
    new = [None] * (40 - ENOUGH_DAYS + 1) + [7] * (ENOUGH_DAYS - 1)
    seen = observations((1, 10, new), (1, 20, [5] * 40))
    assert seen.upto(TODAY).marketplace_ids.tolist() == [20]
    # Where none has been, the preferred one speaks.
    seen = observations((1, 10, new), (1, 20, [None] * 39 + [5]))
    assert seen.upto(TODAY).marketplace_ids.tolist() == [10]


def test_a_variant_that_is_not_seen_any_more_is_left_out():
    assert len(observations((1, 10, [7] * 37 + [None] * 3)).upto(TODAY)) == 0


def test_finishes_are_variants_of_their_own():
    seen = observations((1, 10, [1] * 40), (1, 10, [3] * 40))
    panel = replace(seen, finishes=np.array([0, 1], np.int8)).upto(TODAY)
    assert panel.finishes.tolist() == [0, 1]
    assert panel.now.tolist() == [1, 3]


def test_the_best_bid_of_each_day():
    panel = observations(
        (1, 10, [9] * 4),
        (1, 50, [2, 3, None, None]),
        (1, 60, [1, 4, 2, None]),
        (2, 50, [8, 8, 8, 8]),
        bids=(50, 60),
    ).upto(TODAY)
    # Card 2 has nothing but a bid.
    assert panel.card_ids.tolist() == [1]
    np.testing.assert_array_equal(panel.bid, [[2, 4, 2, NAN]])


def test_copies_are_of_the_preferred_stream_that_tells():
    seen = observations((1, 10, [9] * 3), (1, 20, [8] * 3), (2, 10, [5] * 3))
    copies = np.array([[NAN] * 3, [4, 5, 6], [NAN] * 3])
    panel = replace(seen, copies=copies).upto(TODAY)
    assert panel.marketplace_ids.tolist() == [10, 10]
    np.testing.assert_array_equal(panel.copies, [[4, 5, 6], [NAN] * 3])


def test_what_a_buylist_wants_is_not_on_offer():
    seen = observations((1, 10, [9] * 3), (1, 50, [4] * 3), bids=(50,))
    panel = replace(seen, copies=np.array([[NAN] * 3, [7] * 3])).upto(TODAY)
    assert np.isnan(panel.copies).all()


class TestBreaks:
    began = TODAY - timedelta(days=2)
    seen = observations(
        (1, 10, [1, 2, 3, 4, 5]), (2, 20, [9] * 5), breaks={10: [began]}
    )

    def test_nothing_before_it_is_seen_from_after_it(self):
        panel = self.seen.upto(TODAY)
        np.testing.assert_array_equal(panel.close, [[NAN, NAN, 3, 4, 5], [9] * 5])

    def test_before_it_nobody_knows_of_it(self):
        panel = self.seen.upto(self.began - timedelta(days=1))
        np.testing.assert_array_equal(panel.close, [[1, 2], [9, 9]])

    def test_the_last_of_several_counts(self):
        seen = replace(self.seen, breaks={10: [self.began, TODAY]})
        close = seen.upto(TODAY).close
        np.testing.assert_array_equal(close[0], [NAN, NAN, NAN, NAN, 5])


def test_looks_back_no_further_than_it_is_told():
    seen = observations((1, 10, list(range(1, 101))))
    assert seen.upto(TODAY).close.shape == (1, 91)
    assert seen.upto(TODAY).days[0] == np.datetime64(TODAY - timedelta(days=90))
    np.testing.assert_array_equal(seen.upto(TODAY, 2).close, [[98, 99, 100]])


def test_calendar_has_every_day():
    assert calendar(date(2026, 2, 27), date(2026, 3, 2)).astype(str).tolist() == [
        *("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02")
    ]


# Prices in cents that step, jump, trend and fall silent: all kinds occur among them.
DAYS = 100


@st.composite
def markets(draw: st.DrawFn) -> Observations:
    """A few cards in three streams and a buylist, with gaps, copies and a break."""
    cards = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = 4 * cards
    drift = np.repeat(rng.normal(0, 0.01, cards), 4)[:, None]
    steps = rng.normal(0, 1, (n, DAYS)) * rng.choice([0.0, 0.02, 0.1], (n, 1)) + drift
    steps[rng.random((n, DAYS)) < draw(st.sampled_from([0.0, 0.5, 0.9]))] = 0
    close = np.rint(np.exp(np.cumsum(steps, axis=1)) * 1000) / 100
    close[rng.random((n, DAYS)) < draw(st.sampled_from([0.0, 0.1, 0.5]))] = np.nan
    copies = np.rint(30 * np.exp(np.cumsum(rng.normal(-0.01, 0.1, (n, DAYS)), axis=1)))
    copies[rng.random((n, DAYS)) < 0.2] = np.nan
    streams = np.tile(np.array([10, 20, 30, 50], np.int16), cards)
    began = TODAY - timedelta(days=draw(st.integers(0, DAYS - 1)))
    return Observations.of(
        currency="USD",
        days=calendar(TODAY - timedelta(days=DAYS - 1), TODAY),
        card_ids=np.repeat(np.arange(cards, dtype=np.int32), 4),
        finishes=np.zeros(n, np.int8),
        marketplace_ids=streams,
        places=streams.copy(),
        is_bid=streams == 50,
        close=np.where(close > 0, close, np.nan),
        copies=copies,
        breaks={10: [began]} if draw(st.booleans()) else {},
    )


def signals(panel: Panel, scale: float = 1.0) -> dict[tuple[str, int], tuple]:
    """Everything that is found, by kind and card; amounts divided by `scale`."""
    found = {}
    for kind in KINDS.values():
        detected = kind(panel)
        for i, row in enumerate(detected.rows):
            values = [
                detected.values[one.name][i]
                / (scale if one.unit == Unit.AMOUNT else 1.0)
                for one in kind.values
            ]
            numbers = [detected.strength[i], detected.confidence[i], *values]
            found[kind.slug, int(panel.card_ids[row])] = (
                int(detected.direction[i]),
                int(detected.observations[i]),
                [round(float(number), 6) for number in numbers],
            )
    return found


def alike(one: dict, other: dict) -> None:
    assert one.keys() == other.keys()
    for key, (direction, n, numbers) in one.items():
        assert other[key][:2] == (direction, n), key
        np.testing.assert_allclose(other[key][2], numbers, rtol=1e-5, atol=2e-6)


@settings(deadline=None, max_examples=60)
@given(markets(), st.sampled_from([0.001, 0.3, 7.0, 1000.0]))
def test_all_prices_times_k_change_nothing(market, k):
    panel = market.upto(TODAY)
    scaled = replace(market, close=market.close * k).upto(TODAY)
    alike(signals(panel), signals(scaled, k))


@settings(deadline=None, max_examples=60)
@given(markets(), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_of_no_matter(market, random):
    order = list(range(len(market)))
    random.shuffle(order)
    columns = {
        name: getattr(market, name)[order]
        for name in (
            *("card_ids", "finishes", "marketplace_ids", "places", "is_bid"),
            *("close", "copies"),
        )
    }
    whole = {name: getattr(market, name) for name in ("currency", "days", "breaks")}
    shuffled = Observations.of(**columns, **whole)
    assert signals(market.upto(TODAY)) == signals(shuffled.upto(TODAY))


@settings(deadline=None, max_examples=60)
@given(
    markets(),
    st.integers(1, 60),
    arrays(float, (16, 60), elements=st.floats(0.01, 1000) | st.just(np.nan)),
)
def test_the_future_changes_nothing(market, back, future):
    """Whatever happens after a day, what is said about it stays."""
    day = TODAY - timedelta(days=back)
    known = signals(market.upto(day))
    close, copies = market.close.copy(), market.copies.copy()
    close[:, -back:] = copies[:, -back:] = future[: len(market), :back]
    later = {20: [day + timedelta(days=1)], **market.breaks}
    other = replace(market, close=close, copies=copies, breaks=later)
    assert signals(other.upto(day)) == known
    # Nor does it matter whether the days after it exist at all.
    cut = replace(
        market,
        days=market.days[:-back],
        close=market.close[:, :-back],
        copies=market.copies[:, :-back],
    )
    assert signals(cut.upto(day)) == known


@settings(deadline=None, max_examples=60)
@given(markets())
def test_every_signal_is_within_bounds(market):
    panel = market.upto(TODAY)
    for kind in KINDS.values():
        detected = kind(panel)
        assert np.isin(detected.direction, (-1, 0, 1)).all()
        for numbers in (detected.strength, detected.confidence):
            assert ((numbers >= 0) & (numbers <= 1)).all()
        assert set(detected.values) == {one.name for one in kind.values}
        for numbers in detected.values.values():
            assert np.isfinite(numbers).all()


def test_the_markets_of_these_tests_have_every_kind_of_signal():
    """Otherwise the properties above would hold for nothing."""
    seen: set[str] = set()

    @settings(deadline=None, max_examples=100, derandomize=True, database=None)
    @given(markets())
    def look(market):
        seen.update(kind for kind, _ in signals(market.upto(TODAY)))

    look()
    assert seen == set(KINDS)


@pytest.mark.parametrize("lookback", [1, 5])
def test_too_short_a_panel_says_nothing(lookback):
    panel = observations((1, 10, [7] * 40)).upto(TODAY, lookback)
    assert signals(panel) == {}
