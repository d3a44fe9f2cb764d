"""The chained index by numbers worked by hand, and by what must always hold."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.market.maths.chained import (
    NO_LINK,
    TOLERANCE,
    Closes,
    Matches,
    capped,
    carried,
    link,
    match,
    weigh,
)

CHEAP, DEAR, OTHER = 4, 8, 12
SHOP, RIVAL = 0, 1

# Prices in thousandths by variant and stream.
Day = dict[tuple[int, int], int]


def closes(day: Day) -> Closes:
    keys = np.array(list(day), np.int64).reshape(-1, 2)
    return Closes.of(keys[:, 0], keys[:, 1], np.array(list(day.values()), np.int32))


def factor(today: Day, *earlier: Day, recent: tuple[float, ...] = ()) -> float:
    return link(match(closes(today), [closes(day) for day in earlier]), recent).factor


def chain(days: list[Day]) -> list[float]:
    """The links of all days but the first, as the service computes them."""
    links: list[float] = []
    for i in range(1, len(days)):
        earlier = [closes(day) for day in days[max(0, i - TOLERANCE) : i]][::-1]
        recent = links[::-1][: TOLERANCE - 1]
        links.append(link(match(closes(days[i]), earlier), recent).factor)
    return links


class TestByHand:
    def test_weights_are_the_geometric_means_of_both_prices(self):
        # 1.00 -> 1.21 weighs sqrt(1 * 1.21) = 1.1, 10.00 -> 10.00 weighs 10:
        # 1.21 ^ (1.1 / 11.1).
        before = {(CHEAP, SHOP): 1000, (DEAR, SHOP): 10_000}
        today = {(CHEAP, SHOP): 1210, (DEAR, SHOP): 10_000}
        assert factor(today, before) == pytest.approx(1.21 ** (1.1 / 11.1), rel=1e-12)

    def test_link_tells_constituents_and_weight(self):
        matches = match(closes({(CHEAP, SHOP): 1210}), [closes({(CHEAP, SHOP): 1000})])
        found = link(matches)
        assert (found.constituents, found.weight) == (1, pytest.approx(1100))

    def test_preferred_stream_counts_and_the_other_does_not(self):
        before = {(CHEAP, SHOP): 1000, (CHEAP, RIVAL): 1000}
        today = {(CHEAP, SHOP): 1100, (CHEAP, RIVAL): 1900}
        assert factor(today, before) == pytest.approx(1.1)

    def test_stream_seen_the_day_before_comes_before_a_preferred_one(self):
        today = {(CHEAP, SHOP): 3000, (CHEAP, RIVAL): 1100}
        before = {(CHEAP, RIVAL): 1000}
        earlier = {(CHEAP, SHOP): 2000, (CHEAP, RIVAL): 1000}
        assert factor(today, before, earlier) == pytest.approx(1.1)

    def test_a_price_is_compared_within_its_stream_only(self):
        today, before = {(CHEAP, RIVAL): 1500}, {(CHEAP, SHOP): 1000}
        found = match(closes(today), [closes(before)])
        assert (len(found), link(found)) == (0, NO_LINK)

    def test_missing_day_is_bridged_by_what_the_index_did(self):
        # The index rose by 5 % on the day the card was not seen; of its own 21 % that
        # leaves 1.21 / 1.05.
        days = ({(CHEAP, SHOP): 1210}, {}, {(CHEAP, SHOP): 1000})
        assert factor(*days, recent=(1.05,)) == pytest.approx(1.21 / 1.05)

    def test_no_further_back_than_the_tolerance(self):
        today, seen = {(CHEAP, SHOP): 1210}, {(CHEAP, SHOP): 1000}
        gap: list[Day] = [{}] * (TOLERANCE - 1)
        assert factor(today, *gap, seen) == pytest.approx(1.21)
        assert factor(today, *gap, {}, seen) == 1.0

    def test_relatives_stop_at_twice_and_half_the_median(self):
        keys = [(variant, SHOP) for variant in (4, 8, 12, 16, 20)]
        before = dict.fromkeys(keys, 1000)
        today = dict(zip(keys, [1000, 1000, 1000, 90_000, 10], strict=True))
        matches = match(closes(today), [closes(before)])
        relative, weight = weigh(matches)
        assert relative.tolist() == pytest.approx([0, 0, 0, math.log(2), -math.log(2)])
        assert weight.tolist() == pytest.approx(
            [1000, 1000, 1000, 1000 * math.sqrt(90), 100]
        )

    def test_no_comparison_across_a_break(self):
        today = closes({(CHEAP, SHOP): 500, (CHEAP, RIVAL): 1100})
        before = closes({(CHEAP, SHOP): 1000, (CHEAP, RIVAL): 1000})
        nothing = np.array([], np.int64)
        assert link(match(today, [before], [nothing])).factor == pytest.approx(0.5)
        assert link(match(today, [before], [np.array([SHOP])])).factor == (
            pytest.approx(1.1)
        )

    def test_what_was_carried(self):
        assert carried([1.1, 1.2, 9.9]).tolist() == pytest.approx([1, 1, 1.1, 1.32])
        assert carried([]).tolist() == [1, 1, 1, 1]

    def test_dearest_of_a_thousand_weighs_one_hundredth(self):
        # cap = 0.01 * (cap + 999) => cap = 999 / 99.
        weights = capped(np.r_[np.ones(999), 1e6])
        assert weights[:999].tolist() == [1] * 999
        assert weights[999] == pytest.approx(999 / 99)
        assert weights[999] / weights.sum() == pytest.approx(0.01)

    def test_dearest_of_a_large_index_weighs_one_thousandth(self):
        weights = capped(np.r_[np.ones(19_999), 1e6])
        assert weights[-1] / weights.sum() == pytest.approx(0.001)

    def test_small_index_allows_ten_equal_shares(self):
        # Twenty variants: half. cap = 0.5 * (cap + 19) => cap = 19.
        assert capped(np.r_[np.ones(19), 50]).tolist() == [1] * 19 + [19]
        assert capped(np.array([1.0, 2.0, 900.0])).tolist() == [1, 2, 900]

    def test_packed_and_unpacked(self):
        matches = match(
            closes({(CHEAP, SHOP): 5, (DEAR, RIVAL): 7}),
            [closes({(CHEAP, SHOP): 4}), closes({(DEAR, RIVAL): 6})],
        )
        again = Matches.unpacked(matches.packed())
        for name in ("variant", "stream", "age", "price", "before"):
            assert getattr(again, name).tolist() == getattr(matches, name).tolist()
        assert again.age.tolist() == [1, 2]


keys = st.tuples(st.integers(1, 12), st.integers(0, 2))
prices = st.integers(20, 5_000_000)
days = st.dictionaries(keys, prices, max_size=30)


thoroughly = settings(max_examples=200, deadline=None)


class TestAlways:
    @thoroughly
    @given(st.lists(days, min_size=2, max_size=7), st.integers(1, 5), st.floats(0.3, 3))
    def test_a_factor_on_all_prices_from_a_day_on_moves_that_link_alone(
        self, market, day, k
    ):
        # Whole thousandths would round the factor away: floats, as if unrounded.
        day = min(day, len(market) - 1)
        before = chain_of_floats(market)
        after = chain_of_floats(
            [
                {key: price * (k if i >= day else 1) for key, price in today.items()}
                for i, today in enumerate(market)
            ]
        )
        # A day without a link cannot move; the next that has one does.
        assume(matched(market, day))
        before[day - 1] *= k
        assert after == pytest.approx(before, rel=1e-9)

    @thoroughly
    @given(st.lists(st.sets(keys), min_size=2, max_size=8), st.randoms())
    def test_what_enters_or_leaves_moves_nothing(self, presence, random):
        price = {}
        market = [
            {key: price.setdefault(key, random.randint(20, 10**6)) for key in present}
            for present in presence
        ]
        assert chain(market) == [1.0] * (len(market) - 1)

    @thoroughly
    @given(st.lists(days, min_size=2, max_size=7), st.integers(0, 6), prices)
    def test_a_card_seen_on_one_day_changes_nothing(self, market, day, price):
        day = min(day, len(market) - 1)
        before = chain(market)
        with_guest = [dict(prices) for prices in market]
        with_guest[day][99, SHOP] = price
        assert chain(with_guest) == before

    @thoroughly
    @given(st.lists(days, min_size=2, max_size=6), st.integers(1, 5), st.data())
    def test_a_feed_that_begins_changes_no_link_up_to_then(self, market, day, data):
        day = min(day, len(market) - 1)
        feed = [data.draw(st.dictionaries(st.integers(1, 12), prices)) for _ in market]
        joined = [
            today | {(variant, 3): p for variant, p in feed[i].items() if i >= day}
            for i, today in enumerate(market)
        ]
        assert chain(joined)[:day] == chain(market)[:day]

    @thoroughly
    @given(days, days, st.randoms())
    def test_order_of_rows_is_irrelevant(self, before, today, random):
        def shuffled(day: Day) -> Day:
            rows = list(day.items())
            random.shuffle(rows)
            return dict(rows)

        assert factor(shuffled(today), shuffled(before)) == factor(today, before)

    @thoroughly
    @given(days, days)
    def test_there_and_back_is_nowhere(self, before, today):
        both = before.keys() & today.keys()
        before = {key: before[key] for key in both}
        today = {key: today[key] for key in both}
        there, back = factor(today, before), factor(before, today)
        assert there * back == pytest.approx(1.0)

    @thoroughly
    @given(days, days)
    def test_a_link_is_between_its_relatives(self, before, today):
        matches = match(closes(today), [closes(before)])
        if len(matches):
            relatives = matches.price / matches.before
            found = link(matches).factor
            assert relatives.min() * (1 - 1e-9) <= found
            assert found <= relatives.max() * (1 + 1e-9)

    @thoroughly
    @given(st.lists(days, min_size=2, max_size=7))
    def test_is_what_the_definition_says(self, market):
        assert chain(market) == pytest.approx(defined(market), rel=1e-9)

    @thoroughly
    @given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=700))
    def test_no_weight_is_above_the_cap(self, weights):
        weights = np.array(weights)
        found = capped(weights)
        share = max(0.001, 10 / len(weights))
        assert found.max() <= share * found.sum() * (1 + 1e-9) or share >= 1
        assert (found <= weights).all()
        # All below the cap keep theirs.
        assert (found[found < found.max()] == weights[found < found.max()]).all()


def chain_of_floats(market: list[Day]) -> list[float]:
    def as_floats(day: Day) -> Closes:
        keys = np.array(list(day), np.int64).reshape(-1, 2)
        return Closes.of(keys[:, 0], keys[:, 1], np.array(list(day.values()), float))

    links: list[float] = []
    for i in range(1, len(market)):
        earlier = [as_floats(day) for day in market[max(0, i - TOLERANCE) : i]][::-1]
        matches = match(as_floats(market[i]), earlier)
        links.append(link(matches, links[::-1][: TOLERANCE - 1]).factor)
    return links


def matched(market: list[Day], day: int) -> bool:
    """Whether the link of `day` rests on anything."""
    before = market[max(0, day - TOLERANCE) : day][::-1]
    return bool(len(match(closes(market[day]), [closes(one) for one in before])))


def defined(market: list[Day]) -> list[float]:
    """The links as docs/methodology.md has them, one variant after the other."""
    links: list[float] = []
    for i in range(1, len(market)):
        comparisons = {}
        for (variant, stream), now in sorted(market[i].items()):
            for age in range(1, min(TOLERANCE, i) + 1):
                before = market[i - age].get((variant, stream))
                if before is not None:
                    found = (age, stream, before, now)
                    comparisons[variant] = min(found, comparisons.get(variant, found))
                    break
        relatives, weights = [], []
        for age, _, before, now in comparisons.values():
            before_then = before * math.prod(links[i - age : i - 1])
            relatives.append(math.log(now / before_then))
            weights.append(math.sqrt(before_then * now))
        links.append(weighted_mean(relatives, weights) if relatives else 1.0)
    return links


def weighted_mean(relatives: list[float], weights: list[float]) -> float:
    middle, reach = statistics.median(relatives), math.log(2)
    share = max(0.001, 10 / len(weights))
    cap = highest_cap(weights, share)
    mean = sum(
        min(weight, cap) * min(max(relative, middle - reach), middle + reach)
        for relative, weight in zip(relatives, weights, strict=True)
    ) / sum(min(weight, cap) for weight in weights)
    return math.exp(mean)


def highest_cap(weights: list[float], share: float) -> float:
    """By halving: the highest cap that is no more than its share of the sum."""
    low, high = 0.0, max(weights)
    if high <= share * sum(weights):
        return high
    for _ in range(200):
        cap = (low + high) / 2
        if cap <= share * sum(min(weight, cap) for weight in weights):
            low = cap
        else:
            high = cap
    return low
