"""Scryfall and MTGJSON from their servers: what is asked for, and what if it fails."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from apps.cards.models import Card, CardIdentifier, CardMigration, CardSet
from apps.cards.tests.test_catalogue import OUTFITTER, SLIVER, card_object, jsonl
from apps.prices import tasks
from apps.prices.models import IngestRun, LatestPrice, PriceSnapshot
from apps.prices.services import fetch_mtgjson, fetch_scryfall, live
from mtgintel.core.feeds import CorruptFeedError
from mtgintel.core.http import FetchError

from .conftest import Server, all_prices

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]

UUID_OF_MTGJSON = str(UUID(int=7))


def as_json(node: object) -> tuple[str, bytes]:
    return "application/json", json.dumps(node).encode()


@pytest.fixture
def scryfall(server, monkeypatch) -> Server:
    """One card with a price, its set, and a merge on the second page."""
    monkeypatch.setattr(live, "SCRYFALL", server.url)
    cards = jsonl(card_object(prices={"usd": "1.50"}), card_object(id=OUTFITTER))
    listed = {
        "type": "default_cards",
        "updated_at": "2026-08-10T09:05:00+00:00",
        "jsonl_download_uri": f"{server.url}/default-cards.jsonl.gz",
    }
    set_object = {"object": "set", "code": "tsp", "name": "Time Spiral"}
    merge = {
        "id": str(UUID(int=1)),
        "performed_at": "2026-08-01",
        "migration_strategy": "merge",
        "old_scryfall_id": OUTFITTER,
        "new_scryfall_id": SLIVER,
    }
    server.documents |= {
        "/bulk-data": as_json({"data": [{"type": "rulings"}, listed]}),
        "/default-cards.jsonl.gz": ("application/gzip", gzip.compress(cards)),
        "/sets": as_json({"data": [set_object], "has_more": False}),
        "/migrations": as_json(
            {"data": [], "has_more": True, "next_page": f"{server.url}/migrations/2"}
        ),
        "/migrations/2": as_json({"data": [merge], "has_more": False}),
    }
    return server


@pytest.fixture
def mtgjson(server, monkeypatch) -> Server:
    """The history of a card by its own uuid, and who that is, with checksums."""
    monkeypatch.setattr(live, "MTGJSON", server.url)
    identifiers = {"identifiers": {"scryfallId": SLIVER}}
    days = {"2026-08-09": 2, "2026-08-10": 3}
    for name, node in {
        "AllIdentifiers": {"meta": {}, "data": {UUID_OF_MTGJSON: identifiers}},
        "AllPrices": all_prices(days, uuid=UUID_OF_MTGJSON),
        "AllPricesToday": all_prices({"2026-08-11": 4}, uuid=UUID_OF_MTGJSON),
    }.items():
        text = gzip.compress(json.dumps(node).encode())
        digest = hashlib.sha256(text).hexdigest().encode()
        server.documents[f"/{name}.json.gz"] = ("application/gzip", text)
        server.documents[f"/{name}.json.gz.sha256"] = ("text/plain", digest)
    return server


def test_catalogue_comes_with_sets_merges_and_prices_of_its_moment(scryfall):
    cards, prices = fetch_scryfall()

    assert (cards.rows_written, prices.rows_written) == (2, 1)
    assert CardSet.objects.get().name == "Time Spiral"
    assert CardMigration.objects.get().new_scryfall_id == UUID(SLIVER)
    latest = LatestPrice.objects.get()
    assert (latest.card.scryfall_id, latest.price, latest.as_of) == (
        UUID(SLIVER),
        Decimal("1.50"),
        datetime(2026, 8, 10, 9, 5, tzinfo=UTC),
    )


def test_bulk_file_from_another_address_comes_with_the_lists_as_well(scryfall):
    scryfall.documents["/mine-20260809000000.jsonl"] = (
        "application/json",
        jsonl(card_object(prices={"usd": "1.40"})),
    )

    url = f"{scryfall.url}/mine-20260809000000.jsonl"
    call_command("ingest", "scryfall", "--url", url)

    assert LatestPrice.objects.get().as_of == datetime(2026, 8, 9, tzinfo=UTC)
    assert CardSet.objects.get().name == "Time Spiral"


@pytest.mark.parametrize("missing", ["/bulk-data", "/sets", "/migrations/2"])
def test_no_half_of_scryfall_is_stored(scryfall, missing):
    del scryfall.documents[missing]

    with pytest.raises(FetchError, match=f"{missing} answered 404"):
        fetch_scryfall()

    assert Card.objects.count() == 0


def test_identifiers_come_before_the_prices_that_need_them(scryfall, mtgjson):
    fetch_scryfall()

    identifiers, prices = fetch_mtgjson()

    assert CardIdentifier.objects.get(source="mtgjson").external_id == UUID_OF_MTGJSON
    assert (identifiers.rows_written, prices.rows_written) == (1, 2)
    assert prices.uri == f"{mtgjson.url}/AllPrices.json.gz"


@pytest.mark.parametrize("name", ["AllIdentifiers", "AllPrices"])
def test_file_with_another_checksum_stores_nothing(scryfall, mtgjson, name):
    fetch_scryfall()
    runs = IngestRun.objects.count()
    mtgjson.documents[f"/{name}.json.gz.sha256"] = ("text/plain", b"0" * 64)

    with pytest.raises(CorruptFeedError, match=f"{name}.json.gz does not have the"):
        fetch_mtgjson()

    assert IngestRun.objects.count() == runs + 1
    failed = IngestRun.objects.latest("id")
    assert (failed.source, failed.status) == ("mtgjson", "FAILED")
    assert "does not have the checksum published for it" in failed.error
    assert PriceSnapshot.objects.count() == 1


def test_scheduled_readings_say_what_they_wrote(scryfall, mtgjson):
    assert tasks.ingest_scryfall() == {"scryfall-cards": 2, "scryfall": 1}
    assert tasks.ingest_mtgjson_history() == {"mtgjson-identifiers": 1, "mtgjson": 2}
    assert tasks.ingest_mtgjson_today() == {
        "mtgjson-identifiers": 0,
        "mtgjson-today": 1,
    }


class TestAll:
    @pytest.fixture(autouse=True)
    def _no_vendors(self, monkeypatch):
        monkeypatch.setattr(live, "configured_vendors", list)
        monkeypatch.setattr(live, "fetch_rates", lambda **_: [])

    def test_history_the_first_time_then_the_day(self, scryfall, mtgjson):
        first = [run.source for run in live.fetch_all()]
        second = [run.source for run in live.fetch_all()]

        catalogue = ["scryfall-cards", "scryfall", "mtgjson-identifiers"]
        assert first == [*catalogue, "mtgjson"]
        assert second == [*catalogue, "mtgjson-today"]

    def test_one_that_fails_does_not_hide_the_others(self, scryfall, mtgjson, capsys):
        fetch_scryfall()
        del scryfall.documents["/bulk-data"]

        with pytest.raises(CommandError, match="bulk-data answered 404"):
            call_command("ingest", "all")

        assert "mtgjson: 2 written, 0 unchanged" in capsys.readouterr().out
