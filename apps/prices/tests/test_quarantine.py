"""What people decide: release, confirm, override, revoke; and all that follows."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from apps.prices.models import (
    CardPriceDaily,
    IngestRun,
    LatestPrice,
    PriceOverride,
    PriceSnapshot,
    QuarantinedPrice,
)
from apps.prices.selectors import card_quotes
from apps.prices.services import (
    OverrideRevokedError,
    add_override,
    confirm_bad,
    ingest_mtgjson_prices,
    record_prices,
    release_prices,
    revoke_override,
    runs,
)
from apps.prices.services.migrations import apply_migrations
from mtgintel.core.feeds import RefusedFeedError
from mtgintel.core.timescale import compressed_chunks
from tests.engines.storage import compress_all

from .conftest import all_prices
from .factories import make_card
from .test_gate import DAY, NOON, Streams, prices, stored

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

JUMP = {0: 10, 1: 10, 2: 200}


@pytest.fixture
def streams() -> Streams:
    return Streams(make_card())


@pytest.fixture
def staff() -> User:
    return User.objects.create_user("sam", is_staff=True)


def record(*prices_in, as_of: datetime | None = None) -> IngestRun:
    return record_prices(list(prices_in), source="test", as_of=as_of)


def held() -> QuarantinedPrice:
    return QuarantinedPrice.objects.get()


def daily() -> dict[datetime, Decimal]:
    return dict(CardPriceDaily.objects.values_list("bucket", "close_price"))


def midnight(day: int) -> datetime:
    return (NOON + day * DAY).replace(hour=0)


def state():
    """All that prices are derived into."""
    latest = LatestPrice.objects.order_by("marketplace_id")
    return (
        list(
            PriceSnapshot.objects.order_by("time").values_list("time", "price", "run")
        ),
        list(
            latest.values_list(
                "price", "as_of", "run", "previous_price", "changed_at", "price_1d"
            )
        ),
        daily(),
    )


class TestDecisions:
    def test_release_lets_the_price_in_with_all_that_follows(self, streams, staff):
        record(*streams.course("tcgplayer", JUMP))

        assert release_prices(ids=[held().pk], by=staff, why="seen in the shop") == 1

        assert stored() == prices("10.00", "10.00", "200.00")
        latest = LatestPrice.objects.get()
        assert (latest.price, latest.previous_price) == (
            Decimal("200.00"),
            Decimal("10.00"),
        )
        assert daily()[midnight(2)] == Decimal("200.00")
        row = held()
        assert (row.status, row.decided_by, row.decision) == (
            "RELEASED",
            staff,
            "seen in the shop",
        )
        assert row.decided_at is not None
        run = IngestRun.objects.get(source="release")
        assert (run.status, run.rows_seen, run.rows_written) == ("SUCCEEDED", 1, 1)
        assert run.refreshed_at is not None

    def test_released_it_passes_when_it_is_read_again(self, streams, staff):
        file = streams.course("tcgplayer", JUMP)
        record(*file)
        release_prices(ids=[held().pk], by=staff)

        run = record(*file)

        assert (run.rows_unchanged, run.rows_rejected) == (3, 0)

    def test_released_twice_is_released_once(self, streams, staff):
        record(*streams.course("tcgplayer", JUMP))
        release_prices(ids=[held().pk], by=staff)

        assert release_prices(ids=[held().pk], by=staff) == 0
        assert IngestRun.objects.filter(source="release").count() == 1

    def test_a_release_does_not_undo_a_newer_correction(self, streams, staff):
        record(*streams.course("tcgplayer", JUMP), as_of=NOON)
        record(streams.price("tcgplayer", 2, 20), as_of=NOON + DAY)

        release_prices(ids=[held().pk], by=staff)

        assert stored() == prices("10.00", "10.00", "20.00")

    def test_confirmed_it_stays_out_for_ever(self, streams, staff):
        file = streams.course("tcgplayer", JUMP)
        record(*file)

        assert confirm_bad(ids=[held().pk], by=staff) == 1

        record(*file, *streams.course("tcgplayer", dict.fromkeys(range(3, 9), 200)))
        assert held_at(2).status == "CONFIRMED"
        assert Decimal("200.00") not in [
            price for time, price, _ in state()[0] if time == NOON + 2 * DAY
        ]

    def test_confirming_what_got_in_takes_it_out(self, streams, staff):
        record(*streams.course("tcgplayer", {0: 10, 1: 10}))
        before = state()
        record(streams.price("tcgplayer", 2, 200))
        release_prices(ids=[held().pk], by=staff)

        confirm_bad(ids=[held().pk], by=staff)

        assert state() == before
        assert held().status == "CONFIRMED"

    def test_what_was_never_read_well_cannot_be_released(self, streams, staff):
        record(streams.price("tcgplayer", 0, -1))

        assert release_prices(ids=[held().pk], by=staff) == 0
        assert held().status == "HELD"


class TestWholeFiles:
    """Files that are refused stand in the same list."""

    def test_a_file_without_prices(self, write, streams):
        with pytest.raises(RefusedFeedError):
            ingest_mtgjson_prices(path=write(all_prices({})))

        row = held()
        assert (row.reason, row.run.status) == ("file refused", "REFUSED")
        assert "no usable rows" in row.detail

    @pytest.mark.parametrize(("days", "is_refused"), [(1, False), (2, True)])
    def test_the_same_bytes_for_days_under_later_dates(
        self, monkeypatch, days, is_refused
    ):
        monkeypatch.setattr(runs, "SMALLEST_MARKET", 1)
        values = {"source": "shop", "checksum": "c0ffee"}
        IngestRun.objects.create(**values, status="SUCCEEDED", as_of=NOON)
        run = IngestRun.objects.create(**values, as_of=NOON + days * DAY)

        if is_refused:
            with pytest.raises(
                RefusedFeedError, match="same file as that of 2026-03-10"
            ):
                runs.refuse_if_poor(run, 1)
        else:
            runs.refuse_if_poor(run, 1)
        runs.refuse_if_poor(run, 1, force=True)

    def test_a_file_read_again_is_not_stale(self, monkeypatch):
        monkeypatch.setattr(runs, "SMALLEST_MARKET", 1)
        values = {"source": "shop", "checksum": "c0ffee", "as_of": NOON}
        IngestRun.objects.create(**values, status="SUCCEEDED")

        runs.refuse_if_poor(IngestRun.objects.create(**values), 1)


def held_at(day: int) -> QuarantinedPrice:
    return QuarantinedPrice.objects.get(time=NOON + day * DAY)


def override(streams: Streams, by: User, price: str | None, **more) -> PriceOverride:
    values = {
        "card": streams.card,
        "marketplace": streams.of["tcgplayer"],
        "price": price and Decimal(price),
        "valid_from": NOON + DAY,
        "reason": "a misprint was sold as the card",
        "author": by,
    }
    return add_override(override=PriceOverride(**(values | more)))


class TestOverrides:
    def test_it_wins_over_what_is_stored_and_what_comes(self, streams, staff):
        record(*streams.course("tcgplayer", {0: 10, 1: 11, 2: 12}))

        override(streams, staff, "15")

        assert stored() == prices("10.00", "15.00")
        latest = LatestPrice.objects.get()
        assert (latest.price, latest.as_of) == (Decimal("15.00"), NOON + DAY)
        assert (latest.previous_price, latest.price_1d) == (Decimal("10.00"),) * 2
        assert daily() == {
            midnight(0): Decimal("10.00"),
            midnight(1): Decimal("15.00"),
        }

        run = record(*streams.course("tcgplayer", {2: 12, 3: 13}))

        assert stored() == prices("10.00", "15.00")
        assert run.rejects == {"overridden by hand": 2}
        assert [
            (str(row.price), row.reason, row.status)
            for row in QuarantinedPrice.objects.order_by("time")
        ] == [
            ("11.00", "overridden by hand", "HELD"),
            ("12.00", "overridden by hand", "HELD"),
            ("13.00", "overridden by hand", "HELD"),
        ]

    def test_revoked_all_is_as_if_it_had_never_been(self, streams, staff):
        course = {0: 10, 1: 11, 2: 12}
        record(*streams.course("tcgplayer", course))
        before = state()
        standing = override(streams, staff, "15")

        revoked = revoke_override(override=standing, by=staff, reason="it was right")

        snapshots, latest, candles = state()
        assert [row[:2] for row in snapshots] == [row[:2] for row in before[0]]
        assert [(r[0], r[1], *r[3:]) for r in latest] == [
            (r[0], r[1], *r[3:]) for r in before[1]
        ]
        assert candles == before[2]
        assert (revoked.revoked_by, revoked.revoke_reason) == (staff, "it was right")
        assert set(QuarantinedPrice.objects.values_list("status", flat=True)) == {
            "RELEASED"
        }
        run = record(*streams.course("tcgplayer", course))
        assert (run.rows_unchanged, run.rows_rejected) == (3, 0)

    def test_what_came_while_it_stood_comes_back(self, streams, staff):
        record(streams.price("tcgplayer", 0, 10))
        standing = override(streams, staff, "15")
        record(streams.price("tcgplayer", 2, 12))

        revoke_override(override=standing, by=staff, reason="x")

        assert stored() == prices("10.00", "12.00")
        assert LatestPrice.objects.get().price == Decimal("12.00")

    def test_it_cannot_be_revoked_twice(self, streams, staff):
        standing = override(streams, staff, "15")
        revoke_override(override=standing, by=staff, reason="x")

        with pytest.raises(OverrideRevokedError, match=r"15\.00 USD from 2026-03-11"):
            revoke_override(override=standing, by=staff, reason="y")
        standing.refresh_from_db()
        assert standing.revoke_reason == "x"

    def test_after_its_end_the_feed_goes_on(self, streams, staff):
        override(streams, staff, "15", valid_to=NOON + 3 * DAY)

        record(*streams.course("tcgplayer", {2: 12, 3: 13}))

        assert stored() == prices("15.00", "13.00")

    def test_other_series_are_left_alone(self, streams, staff):
        override(streams, staff, "15")

        run = record(
            streams.price("tcgplayer", 2, 30, finish="FOIL"),
            streams.price("cardkingdom", 2, 14),
        )

        assert (run.rows_written, run.rows_rejected) == (2, 0)

    def test_no_price_takes_out_what_is_stored(self, streams, staff):
        record(*streams.course("tcgplayer", {0: 10, 1: 11, 2: 12}))

        override(streams, staff, None, valid_to=NOON + 2 * DAY)

        assert stored() == prices("10.00", "12.00")
        assert midnight(1) not in daily()
        row = held()
        assert (row.price, row.status, row.decided_by) == (
            Decimal("11.00"),
            "CONFIRMED",
            staff,
        )
        record(streams.price("tcgplayer", 1, 11.5))
        assert stored() == prices("10.00", "12.00")

    def test_the_only_price_leaves_none(self, streams, staff):
        record(streams.price("tcgplayer", 1, 11))

        standing = override(streams, staff, None)

        assert not LatestPrice.objects.exists()
        revoke_override(override=standing, by=staff, reason="x")
        assert LatestPrice.objects.get().price == Decimal("11.00")

    def test_what_an_override_keeps_out_is_not_released_beside_it(self, streams, staff):
        override(streams, staff, "15")
        record(streams.price("tcgplayer", 2, 12))

        assert release_prices(ids=[held().pk], by=staff) == 0
        assert stored() == prices("15.00")

    def test_in_compressed_chunks_as_well(self, streams, staff):
        record(*streams.course("tcgplayer", {0: 10, 1: 11, 20: 12}))
        compress_all("price_snapshots")
        span = "price_snapshots", NOON, NOON + 20 * DAY
        compressed = compressed_chunks(*span)

        override(streams, staff, "15", valid_to=NOON + 2 * DAY)

        assert stored() == prices("10.00", "15.00", "12.00")
        assert compressed_chunks(*span) == compressed

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"price": "0"}, "more than nothing"),
            ({"finish": "ETCHED"}, "exists in NONFOIL, FOIL"),
            ({"valid_to": NOON - 9 * DAY}, "ends before it begins"),
            ({"valid_from": datetime(2999, 1, 1, tzinfo=UTC)}, "in the future"),
            ({"reason": ""}, "cannot be blank"),
            ({"valid_to": NOON + 2 * DAY}, "revoke it first"),
            ({"valid_to": None}, "revoke it first"),
        ],
    )
    def test_what_cannot_be_is_refused(self, streams, staff, change, message):
        override(streams, staff, "15")
        before = state()
        earlier = {"valid_from": NOON - 9 * DAY, "valid_to": NOON - 8 * DAY}

        with pytest.raises(ValidationError, match=message):
            override(streams, staff, **({"price": "16"} | earlier | change))

        assert state() == before
        assert PriceOverride.objects.count() == 1

    def test_it_is_seen_beside_the_price(self, streams, staff):
        override(streams, staff, "15")

        (quote,) = card_quotes(streams.card.pk)

        assert "OVERRIDE" in quote.flags
        assert quote.override_reason == "a misprint was sold as the card"


def test_doubts_and_overrides_follow_a_merged_card(streams, staff):
    record(*streams.course("tcgplayer", JUMP))
    override(streams, staff, "15", finish="FOIL")
    target = make_card("The same card", collector_number="139")
    node = {
        "id": str(uuid.uuid4()),
        "performed_at": "2026-03-13",
        "migration_strategy": "merge",
        "old_scryfall_id": str(streams.card.scryfall_id),
        "new_scryfall_id": str(target.scryfall_id),
    }

    apply_migrations(nodes=[node], run=IngestRun.objects.create(source="test"))

    assert held().card_id == target.pk
    assert PriceOverride.objects.get().card_id == target.pk
