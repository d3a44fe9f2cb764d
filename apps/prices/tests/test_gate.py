"""The quality gate: what is held, what lets it in, what keeps it out, on any order."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from apps.cards.models import Card
from apps.prices.ingest.base import PriceData
from apps.prices.ingest.spool import series_keys
from apps.prices.ingest.witnesses import SeriesParts, parts_of, series_key
from apps.prices.models import (
    LatestPrice,
    Marketplace,
    PriceSnapshot,
    QuarantinedPrice,
    SeriesBreak,
)
from apps.prices.services import gate, record_prices
from mtgintel.core.feeds import RefusedFeedError

from .factories import make_card

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Streams:
    """Prices of one card by stream and day; day 0 is NOON."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.of = {m.slug: m for m in Marketplace.objects.all()}

    def price(self, slug: str, day: float, price: float, **more) -> PriceData:
        stream = self.of[slug]
        values = {
            "card_id": self.card.pk,
            "marketplace_id": stream.pk,
            "price": Decimal(str(price)),
            "currency": stream.currency,
            "time": NOON + day * DAY,
        }
        return PriceData(**(values | more))

    def course(self, slug: str, prices: dict[int, float]) -> list[PriceData]:
        return [self.price(slug, day, price) for day, price in prices.items()]


@pytest.fixture
def streams() -> Streams:
    return Streams(make_card())


def record(*prices: PriceData | list[PriceData]):
    flat = [p for one in prices for p in (one if isinstance(one, list) else [one])]
    return record_prices(flat, source="test")


def stored(slug: str = "tcgplayer") -> list[Decimal]:
    rows = PriceSnapshot.objects.filter(marketplace__slug=slug).order_by("time")
    return [row.price for row in rows]


def quarantined() -> list[tuple[str, str, str]]:
    rows = QuarantinedPrice.objects.order_by("time", "marketplace_id")
    return [(str(row.price), row.reason, row.status) for row in rows]


def prices(*values: float) -> list[Decimal]:
    return [Decimal(str(value)) for value in values]


LONE = "jump no other source shares"
DISAGREES = "disagrees with the other sources"


def test_series_are_packed_as_the_spool_packs_them():
    parts = SeriesParts(110_000, 17, 5, 2, 12)
    row = {name: np_one(value) for name, value in parts._asdict().items()}

    assert series_keys(row)[0] == series_key(parts)
    assert parts_of(series_key(parts)) == parts


def np_one(value: int):
    import numpy as np

    return np.array([value])


class TestHolding:
    def test_a_lone_jump_is_held_with_its_evidence(self, streams):
        record(streams.course("tcgplayer", {0: 10, 1: 11}))
        quantity = {"total_quantity": 3, "price_low": Decimal("99.5")}

        run = record(streams.price("tcgplayer", 2, 120, **quantity))

        assert stored() == prices("10.00", "11.00")
        assert LatestPrice.objects.get().price == Decimal("11.00")
        held = QuarantinedPrice.objects.get()
        assert (held.reason, held.status, held.run_id) == (LONE, "HELD", run.pk)
        assert (held.card_id, held.time) == (streams.card.pk, NOON + 2 * DAY)
        assert (held.price, held.price_low, held.total_quantity, held.num_listings) == (
            Decimal("120.00"),
            Decimal("99.50"),
            3,
            None,
        )
        assert (held.finish, held.condition, held.language, held.currency) == (
            "NONFOIL",
            "NEAR_MINT",
            "ENGLISH",
            "USD",
        )
        assert held.evidence == {
            "ratio": "10.91",
            "previous": {"price": "11.00", "at": "2026-03-11T12:00:00+00:00"},
            "others": [],
        }
        assert (run.rows_seen, run.rows_written, run.rows_rejected) == (1, 0, 1)
        assert run.rejects == {LONE: 1}

    def test_what_others_say_is_the_evidence(self, streams):
        record(
            streams.course("tcgplayer", {0: 10}),
            streams.course("cardkingdom", {0: 9}),
            streams.course("manapool", {0: 12}),
        )

        record(streams.price("tcgplayer", 1, 40))

        held = QuarantinedPrice.objects.get()
        assert held.reason == DISAGREES
        assert (held.evidence["median"], held.evidence["ratio"]) == ("10.50", "3.81")
        assert [
            (one["marketplace"], one["price"]) for one in held.evidence["others"]
        ] == [("cardkingdom", "9.00"), ("manapool", "12.00")]

    def test_a_move_others_share_passes_at_once(self, streams):
        record(
            streams.course("tcgplayer", {0: 10, 1: 45}),
            streams.course("cardmarket", {0: 8, 1: 30}),
        )

        assert stored() == prices("10.00", "45.00")
        assert quarantined() == []

    def test_a_move_to_where_the_others_are_passes(self, streams):
        record(streams.course("cardkingdom", {0: 50, 1: 50}))
        record(streams.course("tcgplayer", {0: 20, 1: 61}))

        assert stored() == prices("20.00", "61.00")

    def test_sources_that_always_differed_go_on(self, streams):
        record(
            streams.course("cardkingdom", {0: 10, 1: 10, 2: 10}),
            streams.course("tcgplayer", {0: 40, 1: 41, 2: 39}),
        )

        assert quarantined() == []

    def test_a_new_series_far_from_the_others_waits(self, streams):
        record(streams.course("cardkingdom", {0: 10}))

        record(streams.price("tcgplayer", 0, 51))

        assert quarantined() == [("51.00", DISAGREES, "HELD")]

    def test_in_one_file_they_are_compared_as_well(self, streams):
        record(
            streams.course("cardkingdom", {0: 10}), streams.price("tcgplayer", 0, 51)
        )

        # Neither can be told from the other.
        assert quarantined() == [
            ("51.00", DISAGREES, "HELD"),
            ("10.00", DISAGREES, "HELD"),
        ]

    def test_another_finish_currency_or_an_old_price_is_no_witness(self, streams):
        record(
            streams.price("cardkingdom", 0, 10, finish="FOIL"),
            streams.price("cardmarket", 0, 10),
            streams.price("manapool", -4, 10),
        )

        record(streams.price("tcgplayer", 0, 51))

        assert stored() == prices("51.00")

    def test_a_shop_paying_more_than_it_asks_is_held(self, streams):
        record(
            streams.course("cardkingdom", {0: 10, 1: 10}),
            streams.course("cardkingdom-buylist", {0: 7, 1: 16}),
        )

        assert stored("cardkingdom-buylist") == prices("7.00")
        assert quarantined() == [
            ("16.00", "buylist above the shop's own price", "HELD")
        ]

    def test_after_a_month_of_silence_nothing_is_compared(self, streams):
        record(streams.course("tcgplayer", {0: 10}))
        record(streams.price("tcgplayer", 31, 500))

        assert stored() == prices("10.00", "500.00")

    def test_nothing_is_compared_across_a_series_break(self, streams):
        SeriesBreak.objects.create(
            marketplace=streams.of["tcgplayer"],
            began_on=date(2026, 3, 11),
            reason="test",
            before="one thing",
            after="another",
        )
        record(streams.course("tcgplayer", {0: 10, 1: 500}))
        record(streams.course("tcgplayer", {2: 10}))

        assert stored() == prices("10.00", "500.00")
        assert quarantined() == [("10.00", LONE, "HELD")]

    def test_a_break_between_two_files_as_well(self, streams):
        record(streams.course("tcgplayer", {0: 10}))
        SeriesBreak.objects.create(
            marketplace=streams.of["tcgplayer"],
            began_on=date(2026, 3, 11),
            reason="test",
            before="one thing",
            after="another",
        )

        record(streams.course("tcgplayer", {1: 500}))

        assert stored() == prices("10.00", "500.00")

    def test_a_stream_that_moves_as_a_whole_is_refused(self, streams):
        cards = [make_card(f"Card {n}", collector_number=str(n)) for n in range(1000)]
        each = [streams.price("tcgplayer", 0, 10, card_id=card.pk) for card in cards]
        record(each)
        cents = [
            streams.price("tcgplayer", 1, 1000 if n < 101 else 10, card_id=card.pk)
            for n, card in enumerate(cards)
        ]

        with pytest.raises(RefusedFeedError, match="101 of 1000 prices of tcgplayer"):
            record(cents)

        assert PriceSnapshot.objects.count() == 1000
        assert not QuarantinedPrice.objects.exists()

    @pytest.mark.parametrize("from_rows", [1, 10**9])
    def test_large_files_are_compared_here_small_ones_there(
        self, streams, monkeypatch, from_rows
    ):
        monkeypatch.setattr(gate, "_COMPARE_HERE", from_rows)
        course = {0: 10, 1: 11, 2: 300}
        foils = [streams.price("cardkingdom", d, 5, finish="FOIL") for d in range(3)]
        for day in range(3):
            record(streams.price("tcgplayer", day, course[day]), foils[day])
        again = record(streams.course("tcgplayer", course), foils)
        record(streams.price("tcgplayer", -3, 500))

        assert (again.rows_unchanged, again.rejects) == (5, {LONE: 1})
        assert stored() == prices("500.00", "10.00", "11.00")
        assert quarantined() == [("300.00", LONE, "HELD")]

    def test_what_is_asked_of_the_database_does_not_grow_with_the_rows(
        self, streams, django_assert_max_num_queries
    ):
        cards = [make_card(f"Card {n}", collector_number=str(n)) for n in range(300)]
        record([streams.price("tcgplayer", 0, 10, card_id=c.pk) for c in cards])
        jump = [streams.price("tcgplayer", 1, 999, card_id=c.pk) for c in cards]

        with django_assert_max_num_queries(60):
            run = record(jump)

        assert run.rejects == {LONE: 300}


class TestTheNextDays:
    def test_back_at_the_old_level_confirms_it_bad(self, streams):
        record(streams.course("tcgplayer", {0: 10, 1: 200, 2: 11}))

        assert stored() == prices("10.00", "11.00")
        held = QuarantinedPrice.objects.get()
        assert (held.status, held.decision, held.decided_by) == (
            "CONFIRMED",
            "not borne out: 11.00 on 2026-03-12",
            None,
        )

    def test_five_days_at_the_new_level_release_it(self, streams):
        record(streams.course("tcgplayer", {0: 10}))
        for day in range(1, 5):
            record(streams.price("tcgplayer", day, 200 + day))
        assert stored() == prices("10.00")

        run = record(streams.price("tcgplayer", 5, 205))

        assert stored() == prices(
            "10.00", "201.00", "202.00", "203.00", "204.00", "205.00"
        )
        assert {status for *_, status in quarantined()} == {"RELEASED"}
        assert (run.rows_written, run.rows_rejected) == (5, 0)
        latest = LatestPrice.objects.get()
        assert (latest.price, latest.price_1d) == (Decimal("205.00"), Decimal("204.00"))

    def test_a_source_that_follows_releases_it(self, streams):
        record(
            streams.course("tcgplayer", {0: 10, 1: 40}),
            streams.course("cardkingdom", {0: 10, 1: 10}),
        )
        assert quarantined() == [("40.00", DISAGREES, "HELD")]

        record(streams.price("tcgplayer", 2, 41), streams.price("cardkingdom", 2, 39))

        assert stored() == prices("10.00", "40.00", "41.00")

    def test_over_weeks_of_one_file_the_counts_add_up(self, streams):
        # Day 2 is a Thursday: weeks begin there.
        run = record(
            streams.course("tcgplayer", {0: 10} | dict.fromkeys(range(1, 7), 99))
        )

        assert (run.rows_seen, run.rows_written, run.rows_rejected) == (7, 7, 0)
        assert len(stored()) == 7
        assert LatestPrice.objects.get().as_of == NOON + 6 * DAY


class TestReadAgain:
    def test_held_rows_are_not_doubled(self, streams):
        file = streams.course("tcgplayer", {0: 10, 1: 200})
        record(file)

        run = record(file)

        assert quarantined() == [("200.00", LONE, "HELD")]
        assert (run.rows_written, run.rows_unchanged, run.rejects) == (0, 1, {LONE: 1})

    def test_what_is_confirmed_stays_out_and_what_is_released_stays_in(self, streams):
        file = streams.course(
            "tcgplayer", {0: 10, 1: 200, 2: 10} | dict.fromkeys(range(3, 8), 99)
        )
        record(file)
        before = stored(), quarantined()

        run = record(file)

        assert (stored(), quarantined()) == before
        assert (run.rows_written, run.rows_unchanged, run.rejects) == (0, 7, {LONE: 1})

    def test_a_corrected_price_is_judged_anew(self, streams):
        record(streams.course("tcgplayer", {0: 10, 1: 200}))

        record(streams.course("tcgplayer", {0: 10, 1: 20}))

        assert stored() == prices("10.00", "20.00")
        held = QuarantinedPrice.objects.get()
        assert (held.price, held.status, held.decision) == (
            Decimal("200.00"),
            "CONFIRMED",
            "corrected by its source",
        )

    def test_a_correction_that_is_a_jump_leaves_what_is_stored(self, streams):
        record(streams.course("tcgplayer", {0: 10, 1: 10, 2: 10}))

        record(streams.course("tcgplayer", {0: 10, 1: 300, 2: 10}))

        assert stored() == prices("10.00", "10.00", "10.00")
        assert quarantined() == [("300.00", LONE, "CONFIRMED")]

    def test_a_late_day_is_judged_by_the_days_around_it(self, streams):
        record(streams.course("tcgplayer", {0: 10, 2: 10}))

        record(streams.price("tcgplayer", 1, 300))
        record(streams.price("tcgplayer", -1, 9))

        assert stored() == prices("9.00", "10.00", "10.00")
        assert quarantined() == [("300.00", LONE, "CONFIRMED")]


SLUGS = ("tcgplayer", "cardkingdom", "cardkingdom-buylist", "cardmarket")
LEVELS = (0.4, 2, 10, 16, 40, 45, 200, 215, 3000)
COURSES = st.lists(
    st.lists(st.sampled_from((None, *LEVELS)), min_size=4, max_size=4),
    min_size=2,
    max_size=16,
)
CUTS = st.sets(st.integers(1, 15))


class TestAnyPortions(HypothesisTestCase):
    """A file in one piece, in any portions, or twice, gives the same."""

    @settings(max_examples=60, deadline=None)
    @given(courses=COURSES, cuts=CUTS)
    def test_the_same(self, courses, cuts):
        streams = Streams(make_card())
        days = [
            [
                streams.price(slug, day, price)
                for slug, price in zip(SLUGS, row, strict=True)
                if price is not None
            ]
            for day, row in enumerate(courses)
        ]
        bounds = sorted({0, len(days), *(c for c in cuts if c < len(days))})
        for start, end in itertools.pairwise(bounds):
            record(*days[start:end])
        in_portions = self._result()
        record(*days)
        assert self._result() == in_portions

        PriceSnapshot.objects.all().delete()
        LatestPrice.objects.all().delete()
        QuarantinedPrice.objects.all().delete()
        record(*days)
        assert self._result() == in_portions

    def _result(self):
        return (
            sorted(PriceSnapshot.objects.values_list("time", "marketplace", "price")),
            sorted(LatestPrice.objects.values_list("marketplace", "as_of", "price")),
            sorted(
                (
                    row.time,
                    row.marketplace_id,
                    row.price,
                    row.reason,
                    row.status,
                    row.decision,
                    str(row.evidence),
                )
                for row in QuarantinedPrice.objects.all()
            ),
        )
