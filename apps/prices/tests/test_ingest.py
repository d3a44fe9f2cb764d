"""Whole files in: what is stored, refused, rolled back, healed and told."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.cards.models import Card, CardIdentifier, CardMigration, CardSet
from apps.cards.tests.test_catalogue import OUTFITTER, SLIVER, card_object, jsonl
from apps.prices.ingest.base import PriceData
from apps.prices.models import (
    CardPriceDaily,
    IngestRun,
    LatestPrice,
    Marketplace,
    PriceSnapshot,
    QuarantinedPrice,
)
from apps.prices.services import (
    drop_demo_market,
    heal_refreshes,
    ingest_mtgjson_identifiers,
    ingest_mtgjson_prices,
    ingest_scryfall,
    merge,
    record_prices,
    runs,
)
from apps.prices.services.live import bulk_file
from mtgintel.core import cache, events
from mtgintel.core.feeds import (
    CorruptFeedError,
    IngestError,
    RefusedFeedError,
)
from tests.engines.storage import compress_all

from .conftest import NOON, all_prices

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

DAY = timedelta(days=1)


def stored() -> dict[str, Decimal]:
    return {
        f"{time:%Y-%m-%d}": price
        for time, price in PriceSnapshot.objects.values_list("time", "price")
    }


class TestScryfall:
    PRICES = {
        "usd": "1.23",
        "usd_foil": "4.50",
        "usd_etched": None,
        "eur": "0.95",
        "eur_foil": "",
        "tix": "0.03",
    }

    def test_each_price_goes_to_its_stream(self, write):
        text = jsonl(card_object(prices=self.PRICES, lang="ja"))

        catalogue, prices = ingest_scryfall(path=write(text), at=NOON)

        assert (catalogue.rows_written, prices.rows_written) == (1, 4)
        rows = LatestPrice.objects.values_list(
            "marketplace__slug", "finish", "currency", "price", "language", "as_of"
        )
        assert set(rows) == {
            ("tcgplayer", "NONFOIL", "USD", Decimal("1.23"), "JAPANESE", NOON),
            ("tcgplayer", "FOIL", "USD", Decimal("4.50"), "JAPANESE", NOON),
            ("cardmarket", "NONFOIL", "EUR", Decimal("0.95"), "JAPANESE", NOON),
            ("cardhoarder", "NONFOIL", "TIX", Decimal("0.03"), "JAPANESE", NOON),
        }

    def test_prices_that_cannot_be_are_rejected(self, write):
        prices = {"usd": "1", "usd_etched": "2", "eur": "many", "usd_glossy": "3"}
        text = jsonl(card_object(prices={**prices, "tix": "0.00"}))

        _, run = ingest_scryfall(path=write(text), at=NOON)

        assert run.rejects == {
            "impossible finish": 1,
            "not a price": 1,
            "unknown price usd_glossy": 1,
        }
        assert (run.rows_seen, run.rows_written, run.rows_rejected) == (4, 1, 3)

    def test_array_file(self, write):
        text = json.dumps([card_object(prices=self.PRICES)], indent=1).encode()

        ingest_scryfall(path=write(text, "cards.json"), at=NOON)

        assert PriceSnapshot.objects.count() == 4

    def test_when_the_prices_held(self, write):
        path = write(jsonl(card_object()), "default-cards-20260821093012.jsonl.gz")
        stamped = datetime(2026, 8, 21, 9, 30, 12, tzinfo=UTC)

        assert ingest_scryfall(path=path)[0].as_of == stamped
        assert ingest_scryfall(path=path, at=NOON)[0].as_of == NOON
        plain = write(jsonl(card_object()), "cards.jsonl")
        os.utime(plain, (1_700_000_000, 1_700_000_000))
        assert ingest_scryfall(path=plain)[0].as_of == datetime.fromtimestamp(
            1_700_000_000, UTC
        )

    def test_file_that_is_cut_off_changes_nothing(self, write, tmp_path):
        whole = gzip.compress(jsonl(card_object(), card_object(id=OUTFITTER)))
        path = tmp_path / "cut.jsonl.gz"
        path.write_bytes(whole[:-10])

        with pytest.raises(CorruptFeedError, match="cut off"):
            ingest_scryfall(path=path, at=NOON)

        assert not Card.objects.exists()
        run = IngestRun.objects.get()
        assert (run.status, run.rows_written) == ("FAILED", 0)
        assert "cut off" in run.error

    def test_file_without_a_card_is_refused(self, card, write):
        with pytest.raises(RefusedFeedError, match="no usable rows"):
            ingest_scryfall(path=write(b'{"object":"error"}\n'), at=NOON)

        assert Card.objects.count() == 1
        assert IngestRun.objects.first().status == "REFUSED"

    def test_prices_may_be_refused_where_the_catalogue_is_taken(self, write):
        ingest_scryfall(path=write(jsonl(card_object(prices={"usd": "1"}))), at=NOON)
        text = jsonl(card_object(name="Renamed", prices={"usd": None}))

        catalogue, prices = ingest_scryfall(path=write(text), at=NOON + DAY)

        assert (catalogue.status, prices.status) == ("SUCCEEDED", "REFUSED")
        assert Card.objects.get().name == "Renamed"
        assert LatestPrice.objects.get().price == Decimal("1.00")

    def test_first_catalogue_removes_the_demo_market(self, card, write):
        self._make_demo(card)

        ingest_scryfall(path=write(jsonl(card_object(id=OUTFITTER))), at=NOON)

        assert [str(one.scryfall_id) for one in Card.objects.all()] == [OUTFITTER]
        for model in (PriceSnapshot, LatestPrice, CardPriceDaily):
            assert not model.objects.exists()
        assert not IngestRun.objects.filter(source="demo").exists()

    def test_demo_stays_when_the_catalogue_fails(self, card, write):
        self._make_demo(card)

        with pytest.raises(IngestError):
            ingest_scryfall(
                path=write(jsonl(card_object(id=OUTFITTER))), sets=b"<html>", at=NOON
            )

        assert [str(one.scryfall_id) for one in Card.objects.all()] == [SLIVER]
        assert PriceSnapshot.objects.count() == 1
        assert IngestRun.objects.filter(source="demo").count() == 1

    def test_nothing_is_dropped_without_a_demo(self, card):
        assert drop_demo_market() is False
        assert Card.objects.count() == 1

    def _make_demo(self, card):
        marketplace = Marketplace.objects.get(slug="tcgplayer")
        record_prices(
            PriceData(card.pk, marketplace.pk, Decimal(1), "USD", NOON), source="demo"
        )
        assert CardPriceDaily.objects.count() == 1

    def test_sets_come_with_it(self, write):
        node = {
            "object": "set",
            "code": "tsp",
            "name": "Time Spiral",
            "card_count": 301,
        }

        ingest_scryfall(
            path=write(jsonl(card_object())),
            sets=json.dumps({"data": [node]}).encode(),
            at=NOON,
        )

        assert CardSet.objects.get().card_count == 301


class TestMigrations:
    def test_merge_moves_history_and_ids_along_a_chain(self, write):
        middle, gone = str(UUID(int=1)), str(UUID(int=2))
        cards = [
            card_object(prices={"usd": "5.00"}),
            card_object(id=OUTFITTER, tcgplayer_id=None, prices={"usd": "9.00"}),
            card_object(id=gone, tcgplayer_id=5),
        ]
        ingest_scryfall(path=write(jsonl(*cards)), at=NOON - DAY)
        newer = jsonl({**cards[1], "prices": {"usd": "7.00"}})
        nodes = [
            self._node(1, "merge", SLIVER, middle),
            self._node(2, "merge", middle, OUTFITTER),
            self._node(3, "delete", gone, None),
            {"object": "migration"},
        ]
        text = json.dumps({"data": nodes}).encode()

        for _ in range(2):
            ingest_scryfall(path=write(newer), migrations=text, at=NOON, force=True)

        old, new, deleted = (
            Card.objects.get(scryfall_id=one) for one in (SLIVER, OUTFITTER, gone)
        )
        assert old.removed_at is not None
        assert deleted.removed_at is not None
        assert new.removed_at is None
        prices = PriceSnapshot.objects.order_by("time")
        assert [(p.card_id, p.price) for p in prices] == [
            (new.pk, Decimal("9.00")),
            (new.pk, Decimal("7.00")),
        ]
        latest = LatestPrice.objects.get()
        assert (latest.card_id, latest.price, latest.price_1d) == (
            new.pk,
            Decimal("7.00"),
            Decimal("9.00"),
        )
        ids = CardIdentifier.objects.filter(source="tcgplayer", external_id="14240")
        assert [one.card_id for one in ids] == [new.pk]
        assert CardMigration.objects.count() == 3

    def test_history_the_target_lacks_becomes_its_own(self, card, write):
        marketplace = Marketplace.objects.get(slug="tcgplayer")
        ingest_scryfall(path=write(jsonl(card_object(id=OUTFITTER))), at=NOON)
        target = Card.objects.get(scryfall_id=OUTFITTER)
        record_prices(
            [
                PriceData(card.pk, marketplace.pk, Decimal(3), "USD", NOON),
                PriceData(card.pk, marketplace.pk, Decimal(2), "USD", NOON - 7 * DAY),
                PriceData(target.pk, marketplace.pk, Decimal(1), "USD", NOON - DAY),
            ],
            source="test",
        )
        nodes = [self._node(1, "merge", SLIVER, OUTFITTER)]

        ingest_scryfall(
            path=write(jsonl(card_object(id=OUTFITTER))),
            migrations=json.dumps({"data": nodes}).encode(),
            at=NOON,
        )

        assert PriceSnapshot.objects.filter(card_id=target.pk).count() == 3
        latest = LatestPrice.objects.get()
        assert (latest.card_id, latest.price, latest.as_of) == (
            target.pk,
            Decimal("3.00"),
            NOON,
        )
        assert (latest.price_1d, latest.price_7d) == (Decimal("1.00"), Decimal("2.00"))
        buckets = CardPriceDaily.objects.values_list("card_id", flat=True)
        assert set(buckets) == {target.pk}

    def test_target_stands_where_both_have_a_price_of_the_same_moment(
        self, card, write
    ):
        middle = str(UUID(int=1))
        others = [card_object(id=middle), card_object(id=OUTFITTER)]
        ingest_scryfall(path=write(jsonl(*others)), at=NOON)
        ids = {str(one.scryfall_id): one.pk for one in Card.objects.all()}
        marketplace = Marketplace.objects.get(slug="tcgplayer").pk
        figures = {SLIVER: (3, 30), middle: (2, 20), OUTFITTER: (1, 10)}
        record_prices(
            [
                PriceData(ids[one], marketplace, Decimal(price), "USD", moment)
                for one, prices in figures.items()
                for moment, price in zip((NOON - DAY, NOON), prices, strict=True)
            ],
            source="test",
        )
        nodes = [
            self._node(1, "merge", SLIVER, middle),
            self._node(2, "merge", middle, OUTFITTER),
        ]

        ingest_scryfall(
            path=write(jsonl(card_object(id=OUTFITTER))),
            migrations=json.dumps({"data": nodes}).encode(),
            at=NOON,
        )

        prices = PriceSnapshot.objects.order_by("time")
        assert [(p.card_id, p.price) for p in prices] == [
            (ids[OUTFITTER], Decimal("1.00")),
            (ids[OUTFITTER], Decimal("10.00")),
        ]
        latest = LatestPrice.objects.get()
        assert (latest.price, latest.previous_price, latest.price_1d) == (
            Decimal("10.00"),
            Decimal("1.00"),
            Decimal("1.00"),
        )
        days = CardPriceDaily.objects.order_by("bucket")
        assert [(day.card_id, day.close_price) for day in days] == [
            (ids[OUTFITTER], Decimal("1.00")),
            (ids[OUTFITTER], Decimal("10.00")),
        ]

    def test_crash_after_a_merge_is_healed_by_the_next_run(
        self, card, write, monkeypatch
    ):
        ingest_scryfall(path=write(jsonl(card_object(id=OUTFITTER))), at=NOON)
        ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 5})))
        nodes = [self._node(1, "merge", SLIVER, OUTFITTER)]
        with monkeypatch.context() as patch:
            patch.setattr(runs, "refresh_aggregates", self._crash)
            with pytest.raises(OSError, match="power cut"):
                ingest_scryfall(
                    path=write(jsonl(card_object(id=OUTFITTER))),
                    migrations=json.dumps({"data": nodes}).encode(),
                    at=NOON,
                )

        version = cache.data_version()

        assert heal_refreshes() == 1

        target = Card.objects.get(scryfall_id=OUTFITTER)
        assert CardPriceDaily.objects.get().card_id == target.pk
        assert cache.data_version() != version

    def _crash(self, *_):
        raise OSError("power cut")

    def test_prices_for_a_merged_id_reach_the_target(self, write):
        cards = [card_object(), card_object(id=OUTFITTER)]
        nodes = [self._node(1, "merge", SLIVER, OUTFITTER)]
        ingest_scryfall(
            path=write(jsonl(*cards)),
            migrations=json.dumps({"data": nodes}).encode(),
            at=NOON,
        )

        ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 5})))

        target = Card.objects.get(scryfall_id=OUTFITTER)
        assert PriceSnapshot.objects.get().card_id == target.pk

    def test_target_we_do_not_have_takes_the_card_over(self, card, write):
        nodes = [self._node(1, "merge", SLIVER, OUTFITTER)]

        ingest_scryfall(
            path=write(jsonl(card_object())),
            migrations=json.dumps({"data": nodes}).encode(),
            at=NOON,
        )

        assert str(Card.objects.get(pk=card.pk).scryfall_id) == OUTFITTER

    def _node(self, number, strategy, old, new):
        return {
            "object": "migration",
            "id": str(UUID(int=100 + number)),
            "performed_at": f"2026-01-0{number}",
            "migration_strategy": strategy,
            "old_scryfall_id": old,
            "new_scryfall_id": new,
            "note": None,
        }


class TestMtgjson:
    def test_prices_by_uuid_that_identifiers_resolve(self, card, write):
        uuid = str(UUID(int=77))
        entry = {"identifiers": {"scryfallId": SLIVER, "cardKingdomId": "5"}}
        identifiers = {"meta": {"date": "2026-03-10"}, "data": {uuid: entry}}

        first = ingest_mtgjson_identifiers(path=write(identifiers))
        run = ingest_mtgjson_prices(
            path=write(all_prices({"2026-03-10": 1.5}, uuid=uuid))
        )

        assert (first.rows_seen, first.rows_rejected) == (1, 0)
        snapshot = PriceSnapshot.objects.get()
        assert (snapshot.card_id, snapshot.price) == (card.pk, Decimal("1.50"))
        assert snapshot.time == datetime(2026, 3, 10, tzinfo=UTC)
        assert (run.source, run.as_of.date()) == ("mtgjson", snapshot.time.date())
        assert run.checksum
        assert run.bytes_read == run.bytes_total

    def test_uuid_of_two_cards_is_nobodys(self, card, write):
        uuid = str(UUID(int=77))
        ingest_scryfall(path=write(jsonl(card_object(id=OUTFITTER))), at=NOON)
        for one in Card.objects.all():
            CardIdentifier.objects.create(source="mtgjson", external_id=uuid, card=one)

        with pytest.raises(RefusedFeedError):
            ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 1}, uuid=uuid)))

        assert IngestRun.objects.first().rejects == {"ambiguous card": 1}

    def test_the_same_file_twice_writes_nothing(self, card, write):
        path = write(all_prices({"2026-03-09": 1, "2026-03-10": 2}))
        ingest_mtgjson_prices(path=path)
        before = self._versions()

        run = ingest_mtgjson_prices(path=path)

        assert (run.rows_seen, run.rows_written, run.rows_unchanged) == (2, 0, 2)
        assert self._versions() == before

    def _versions(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 'snapshot', xmin::text, time, price FROM price_snapshots "
                "UNION ALL "
                "SELECT 'latest', xmin::text, as_of, price FROM latest_prices "
                "UNION ALL SELECT 'bucket', '', bucket, close_price "
                "FROM card_prices_daily ORDER BY 1, 3"
            )
            return cursor.fetchall()

    def test_an_older_file_adds_history_and_leaves_latest_alone(self, card, write):
        ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 9})))

        older = all_prices({"2026-03-01": 5, "2026-03-02": 6}, day="2026-03-02")
        ingest_mtgjson_prices(path=write(older))

        latest = LatestPrice.objects.get()
        assert (latest.price, latest.as_of.day) == (Decimal("9.00"), 10)
        assert latest.price_7d == Decimal("6.00")
        assert len(stored()) == 3

    @pytest.mark.parametrize("cut", [4, 100, 2000])
    def test_truncated_gzip_commits_nothing(self, card, write, tmp_path, cut):
        prices = {(NOON - n * DAY).date().isoformat(): 1 + n / 7 for n in range(1000)}
        whole = gzip.compress(json.dumps(all_prices(prices)).encode())
        path = tmp_path / "cut.gz"
        path.write_bytes(whole[:-cut])

        with pytest.raises(CorruptFeedError):
            ingest_mtgjson_prices(path=path)

        assert stored() == {}
        assert not LatestPrice.objects.exists()
        assert IngestRun.objects.first().status == "FAILED"

    def test_damaged_gzip_commits_nothing(self, card, write, tmp_path):
        whole = bytearray(
            gzip.compress(json.dumps(all_prices({"2026-03-10": 1})).encode())
        )
        whole[20] ^= 0xFF
        path = tmp_path / "damaged.gz"
        path.write_bytes(whole)

        with pytest.raises(CorruptFeedError):
            ingest_mtgjson_prices(path=path)
        assert stored() == {}

    @pytest.mark.parametrize("name", ["missing.json", "."])
    def test_what_is_no_file_is_a_sentence(self, tmp_path, name):
        with pytest.raises(CorruptFeedError, match="cannot be read"):
            ingest_mtgjson_prices(path=tmp_path / name)

    def test_rejects_are_kept_with_place_and_reason(self, card, write):
        document = all_prices({"2026-03-10": 1, "2026-03-09": -4})

        run = ingest_mtgjson_prices(path=write(document))

        assert run.rejects == {"negative price": 1}
        held = QuarantinedPrice.objects.get()
        assert (held.run_id, held.reason, held.card_id) == (
            run.pk,
            "negative price",
            card.pk,
        )
        assert held.position.startswith(f"{SLIVER} at byte ")
        assert held.raw == {"date": "2026-03-09", "price": "-4.0"}

    def test_faces_that_bring_one_price_twice(self, card, write):
        uuid = str(UUID(int=77))
        CardIdentifier.objects.create(source="mtgjson", external_id=uuid, card=card)
        document = all_prices({"2026-03-10": 1})
        document["data"] |= all_prices({"2026-03-10": 2}, uuid=uuid)["data"]

        run = ingest_mtgjson_prices(path=write(document))

        assert stored() == {"2026-03-10": Decimal("1.00")}
        assert (run.rows_seen, run.rejects) == (2, {"duplicate": 1})

    def test_under_half_of_the_last_file_is_refused(self, card, write, monkeypatch):
        monkeypatch.setattr(runs, "SMALLEST_MARKET", 4)
        days = [(NOON - n * DAY).date().isoformat() for n in range(4)]
        ingest_mtgjson_prices(path=write(all_prices(dict.fromkeys(days, 1))))
        poor = write(all_prices({days[0]: 2}))

        with pytest.raises(RefusedFeedError, match="under half of the 4"):
            ingest_mtgjson_prices(path=poor)

        assert set(stored().values()) == {Decimal("1.00")}
        assert IngestRun.objects.first().status == "REFUSED"
        # Another kind of file is measured by its own kind.
        ingest_mtgjson_prices(path=poor, is_today=True)
        assert ingest_mtgjson_prices(path=poor, force=True).status == "SUCCEEDED"
        assert stored()[days[0]] == Decimal("2.00")

    def test_file_of_another_year_is_another_market(self, card, write, monkeypatch):
        monkeypatch.setattr(runs, "SMALLEST_MARKET", 4)
        days = [(NOON - n * DAY).date().isoformat() for n in range(4)]
        ingest_mtgjson_prices(path=write(all_prices(dict.fromkeys(days, 1))))
        old = write(all_prices({"2021-07-17": 2}, day="2021-07-17"))

        run = ingest_mtgjson_prices(path=old)

        assert run.status == "SUCCEEDED"
        assert stored()["2021-07-17"] == Decimal("2.00")

    def test_run_of_a_killed_process_is_closed(self, card, write):
        IngestRun.objects.create(source="mtgjson")

        ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 1})))

        statuses = IngestRun.objects.filter(source="mtgjson").order_by("id")
        assert [run.status for run in statuses] == ["FAILED", "SUCCEEDED"]


class TestAfterCommit:
    def test_aggregates_cache_and_events(self, card, write, monkeypatch):
        told: list[set[str]] = []
        monkeypatch.setattr(events, "publish", lambda topics: told.append(set(topics)))
        version = cache.data_version()

        run = ingest_mtgjson_prices(
            path=write(all_prices({"2026-03-08": 1, "2026-03-10": 3}))
        )

        buckets = CardPriceDaily.objects.order_by("bucket")
        assert [(b.bucket.day, b.close_price) for b in buckets] == [
            (8, Decimal("1.00")),
            (10, Decimal("3.00")),
        ]
        assert run.refreshed_at is not None
        assert "roll-ups" in run.stage_seconds
        assert "chained indices" in run.stage_seconds
        assert all(seconds >= 0 for seconds in run.stage_seconds.values())
        assert cache.data_version() != version
        assert told == [{f"card:{card.pk}", "market:USD", "dashboard:USD"}]

    def test_other_currencies_stay_in_the_cache(self, card, write):
        scopes = [cache.of_currency(each) for each in ("USD", "EUR", "TIX")]
        before = [cache.data_version(scope) for scope in scopes]

        ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 3})))

        after = [cache.data_version(scope) for scope in scopes]
        changed = [was != now for was, now in zip(before, after, strict=True)]
        assert changed == [True, False, False]

    def test_nothing_new_is_told_to_nobody(self, card, write, monkeypatch):
        path = write(all_prices({"2026-03-10": 3}))
        ingest_mtgjson_prices(path=path)
        monkeypatch.setattr(events, "publish", lambda topics: pytest.fail(str(topics)))

        assert ingest_mtgjson_prices(path=path).refreshed_at is None

    def test_crash_before_the_refresh_is_healed_by_the_next_run(
        self, card, write, monkeypatch
    ):
        def crash(*_: object) -> None:
            raise OSError("power cut")

        with monkeypatch.context() as patch:
            patch.setattr(runs, "refresh_aggregates", crash)
            with pytest.raises(OSError, match="power cut"):
                ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 3})))
        run = IngestRun.objects.first()
        assert (run.status, run.rows_written, run.refreshed_at) == (
            "SUCCEEDED",
            1,
            None,
        )
        assert run.dirty_from.day == run.dirty_to.day == 10

        ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 3})))

        run.refresh_from_db()
        assert run.refreshed_at is not None
        assert CardPriceDaily.objects.get().close_price == Decimal("3.00")
        assert heal_refreshes() == 0

    def test_correction_reaches_its_bucket(self, card, write):
        ingest_mtgjson_prices(
            path=write(all_prices({"2026-03-09": 1, "2026-03-10": 1}))
        )
        ingest_mtgjson_prices(
            path=write(all_prices({"2026-03-09": 8, "2026-03-10": 1}))
        )

        buckets = CardPriceDaily.objects.order_by("bucket")
        assert [b.close_price for b in buckets] == [Decimal("8.00"), Decimal("1.00")]

    def test_compressed_chunks_are_corrected_and_stay_compressed(self, card, write):
        days = [(NOON - n * DAY).date().isoformat() for n in range(21)]
        ingest_mtgjson_prices(path=write(all_prices(dict.fromkeys(days, 1))))
        compressed = compress_all("price_snapshots")

        run = ingest_mtgjson_prices(
            path=write(all_prices(dict.fromkeys(days, 1) | {days[10]: 7}))
        )

        assert (run.rows_written, run.rows_unchanged) == (1, 20)
        assert stored()[days[10]] == Decimal("7.00")
        assert len(stored()) == 21
        if compressed:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM timescaledb_information.chunks "
                    "WHERE hypertable_name = 'price_snapshots' AND is_compressed"
                )
                assert cursor.fetchone() == (len(compressed),)

    def test_large_load_tells_the_planner(self, card, write, monkeypatch):
        monkeypatch.setattr(merge, "_ANALYZE_ROWS", 1)

        ingest_mtgjson_prices(path=write(all_prices({"2026-03-10": 1})))

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stats WHERE tablename = 'price_snapshots' "
                "AND attname = 'card_id'"
            )
            assert cursor.fetchone() == (1,)


class TestCommand:
    def test_reports_what_became_of_the_rows(self, card, write, capsys):
        path = write(all_prices({"2026-03-10": 1, "2026-03-09": 0}))

        call_command("ingest", "mtgjson", "--prices", str(path))

        out = capsys.readouterr().out
        assert "mtgjson: 1 written, 0 unchanged, 1 rejected of 2" in out
        assert "rejected: no price: 1" in out

    def test_failure_is_one_sentence(self, tmp_path):
        (tmp_path / "page.json").write_bytes(b"<html>")

        with pytest.raises(CommandError, match="not an MTGJSON file"):
            call_command("ingest", "mtgjson", "--prices", str(tmp_path / "page.json"))

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            (["--file", "cards.json", "--url", "https://x.example"], "not allowed"),
            (["--at", "9999-12-31"], "no moment at which cards had prices"),
            (["--at", "0001-01-01"], "no moment at which cards had prices"),
            (["--at", "today"], "not an ISO 8601 time"),
            (["--file", "cards.json", "--sets", "missing"], "missing cannot be read"),
        ],
    )
    def test_options_that_make_no_sense_are_refused(self, options, complaint):
        with pytest.raises(CommandError, match=complaint):
            call_command("ingest", "scryfall", *options)

        assert not IngestRun.objects.exists()

    def test_scryfall_with_lists(self, write, capsys):
        lists = {"data": [{"code": "tsp", "name": "Time Spiral"}]}
        sets = write(lists, "sets.json.gz")
        migrations = write({"data": []}, "migrations.json")
        path = write(jsonl(card_object(prices={"usd": "2.00"})), "cards.jsonl")

        call_command(
            "ingest",
            "scryfall",
            *("--file", str(path)),
            *("--at", "2026-03-10T12:00:00"),
            *("--sets", str(sets)),
            *("--migrations", str(migrations)),
        )

        assert "scryfall-cards: 1 written" in capsys.readouterr().out
        assert LatestPrice.objects.get().as_of == NOON


@pytest.mark.parametrize("key", ["download_uri", "jsonl_download_uri"])
def test_bulk_listing_of_either_form(key):
    node = {"type": "default_cards", key: "https://x.example/f", "updated_at": "junk"}
    other = {"type": "rulings", "jsonl_download_uri": "https://x.example/r"}

    assert bulk_file({"data": [other, node]}) == ("https://x.example/f", None)
    assert bulk_file({**node, "updated_at": "2024-02-21T10:04:28.932000Z"})[1] == (
        datetime(2024, 2, 21, 10, 4, 28, 932000, tzinfo=UTC)
    )


@pytest.mark.parametrize("listing", [{}, {"data": []}, [], {"data": [{"type": "x"}]}])
def test_bulk_listing_of_another_form_is_a_sentence(listing):
    with pytest.raises(IngestError, match="bulk listing"):
        bulk_file(listing)


def test_admin_pages_answer(admin_client, card, write):
    run = ingest_mtgjson_prices(
        path=write(all_prices({"2026-03-10": 1.25, "2026-03-09": -1}))
    )
    IngestRun.objects.filter(pk=run.pk).update(started_at=timezone.now())
    pages = [
        "/admin/prices/ingestrun/",
        f"/admin/prices/ingestrun/{run.pk}/change/",
        "/admin/prices/quarantinedprice/",
        f"/admin/prices/quarantinedprice/{QuarantinedPrice.objects.get().pk}/change/",
        "/admin/prices/marketplace/",
        "/admin/cards/card/?q=sliver",
        "/admin/cards/cardset/",
        "/admin/cards/cardmigration/",
    ]
    for page in pages:
        assert admin_client.get(page).status_code == 200, page

    page = admin_client.get(f"/admin/cards/card/{card.pk}/change/").content.decode()
    assert "1.25 USD" in page
    assert "14240" in page
    assert admin_client.get("/admin/prices/ingestrun/add/").status_code == 403


@pytest.mark.parametrize("kind", ["cards/card", "prices/marketplace"])
def test_admin_deletes_nothing_that_prices_are_of(admin_client, card, kind):
    stream = Marketplace.objects.get(slug="tcgplayer")
    number = {"cards/card": card.pk, "prices/marketplace": stream.pk}[kind]

    answer = admin_client.post(f"/admin/{kind}/{number}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert Card.objects.filter(pk=card.pk).exists()
    assert Marketplace.objects.filter(pk=stream.pk).exists()
