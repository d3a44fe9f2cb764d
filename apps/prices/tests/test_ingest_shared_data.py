"""The real feed files, each checked against a count made another way."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from apps.cards.models import Card
from apps.prices.models import IngestRun, PriceSnapshot
from apps.prices.services import (
    ingest_mtgjson_identifiers,
    ingest_mtgjson_prices,
    ingest_scryfall,
)

pytestmark = [pytest.mark.shared_data, pytest.mark.django_db(transaction=True)]

UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MTGJSON_FINISHES = {"normal": "NONFOIL", "foil": "FOIL", "etched": "ETCHED"}


def load(path: Path):
    with gzip.open(path) as file:
        return json.load(file)


def slug_of(provider: str, side: str) -> str:
    return f"{provider}-buylist" if side == "buylist" else provider


def test_catalogue_gives_one_card_per_valid_record(shared_data):
    path = shared_data / "scryfall" / "default-cards.jsonl.gz"
    valid, bad = {}, 0
    with gzip.open(path) as file:
        for line in file:
            record = json.loads(line)
            if UUID.fullmatch(record["id"]):
                valid[record["id"]] = record
            else:
                bad += 1

    (run,) = ingest_scryfall(path=path)

    assert set(map(str, Card.objects.values_list("scryfall_id", flat=True))) == set(
        valid
    )
    assert run.status == IngestRun.Status.SUCCEEDED
    assert (run.rows_seen, run.rows_written) == (len(valid) + bad, len(valid))
    assert run.rejects == {"malformed record": bad}
    assert run.quarantined.order_by("id").first().position == "line 1"

    (again,) = ingest_scryfall(path=path)
    assert (again.rows_written, again.rows_unchanged) == (0, len(valid))


@pytest.fixture
def catalogue(shared_data):
    """The real catalogue and MTGJSON's ids for it."""
    ingest_scryfall(path=shared_data / "scryfall" / "default-cards.jsonl.gz")
    ingest_mtgjson_identifiers(path=shared_data / "mtgjson" / "AllIdentifiers.json.gz")


# Read out of the file by hand: printing, stream, finish, day, price.
DOZEN = [
    ("31c687dc-ee0c-4e54-a2b3-5d8e633b3245", "tcgplayer", "NONFOIL", 8, 1, "350.00"),
    ("11dca9ba-b27f-4af8-9962-3794e743886f", "tcgplayer", "NONFOIL", 8, 19, "245.40"),
    ("174eafc5-1489-45dd-9555-123647f2268f", "tcgplayer", "FOIL", 7, 22, "540.00"),
    ("b6a826b1-5935-4fa3-91ab-01caf76760e8", "tcgplayer", "FOIL", 8, 3, "41.04"),
    ("20b7357c-7afc-466a-b74c-a7a8a4c5a4b1", "cardkingdom", "NONFOIL", 8, 5, "44.99"),
    ("cb3b9de4-0d31-431f-b060-69a33e9d9c85", "cardkingdom", "NONFOIL", 7, 26, "109.99"),
    ("5c3ac941-2af2-4652-9b3d-c62d04c8af60", "cardkingdom", "FOIL", 7, 21, "69.99"),
    ("68357502-cf23-4bf6-ab4e-371428e540d0", "cardkingdom", "ETCHED", 7, 21, "47.99"),
    ("952ba126-0915-47f0-9b6a-a0a6dcd22c6f", "buylist", "NONFOIL", 8, 9, "620.00"),
    ("56001a36-126b-4c08-af98-a6cc4d84210e", "buylist", "FOIL", 8, 19, "275.00"),
    ("52ea0f54-cf21-4d7d-af19-d6dc861e0b76", "cardmarket", "NONFOIL", 7, 26, "39.17"),
    ("c7970aee-494f-45c1-9842-04632ad27313", "cardmarket", "FOIL", 7, 18, "61.63"),
]


def points(path: Path) -> Iterator[tuple[str, str, str, str, str, int]]:
    """(uuid, provider, side, finish, currency, points) of every series of a file."""
    for uuid, games in load(path)["data"].items():
        for provider, node in games["paper"].items():
            for side in ("retail", "buylist"):
                for name, prices in node[side].items():
                    finish = MTGJSON_FINISHES[name]
                    yield uuid, provider, side, finish, node["currency"], len(prices)


def counted(path: Path, shared_data: Path) -> tuple[Counter, Counter]:
    """Points by stream, finish and currency; points that must be rejected by reason."""
    finishes = {
        str(scryfall_id): values
        for scryfall_id, values in Card.objects.values_list("scryfall_id", "finishes")
    }
    ids = load(shared_data / "mtgjson" / "AllIdentifiers.json.gz")["data"]
    expected: Counter = Counter()
    rejected: Counter = Counter()
    for uuid, provider, side, finish, currency, n in points(path):
        printing = ids.get(uuid, {}).get("identifiers", {}).get("scryfallId", uuid)
        if printing not in finishes:
            rejected["unknown card"] += n
        elif provider == "hareruya":
            rejected["unknown provider hareruya"] += n
        elif finish not in finishes[printing]:
            rejected["impossible finish"] += n
        else:
            expected[slug_of(provider, side), finish, currency] += n
    return expected, rejected


def rows_touched() -> int:
    """Rows of prices ever inserted, updated or deleted, as the server counts them.

    The tables outlive a test: only a difference says anything.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT sum(pg_stat_get_tuples_inserted(inhrelid)"
            " + pg_stat_get_tuples_updated(inhrelid)"
            " + pg_stat_get_tuples_deleted(inhrelid))::bigint FROM pg_inherits "
            "WHERE inhparent = 'price_snapshots'::regclass"
        )
        (count,) = cursor.fetchone()
    assert count, "nothing was ever counted"
    return count


def test_prices_stored_are_the_points_in_the_file_less_the_rejects(
    catalogue, shared_data
):
    path = shared_data / "mtgjson" / "AllPrices-multi-2026.json.gz"
    expected, rejected = counted(path, shared_data)

    run = ingest_mtgjson_prices(path=path)

    for doubted in run.quarantined.doubted().exclude(status="RELEASED"):
        stream = doubted.marketplace.slug, doubted.finish, doubted.currency
        expected[stream] -= 1
        rejected[doubted.reason] += 1

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.slug, s.finish::text, s.currency, count(*) "
            "FROM price_snapshots s JOIN marketplaces m ON m.id = s.marketplace_id "
            "GROUP BY 1, 2, 3"
        )
        stored = {(slug, finish, cur): n for slug, finish, cur, n in cursor.fetchall()}
    assert stored == expected
    assert run.rejects == dict(rejected)
    assert run.rows_seen == expected.total() + rejected.total()
    assert run.rows_written == expected.total()
    assert run.rows_rejected == rejected.total()
    assert run.refreshed_at is not None

    for printing, stream, finish, month, day, price in DOZEN:
        slug = "cardkingdom-buylist" if stream == "buylist" else stream
        snapshot = PriceSnapshot.objects.get(
            card__scryfall_id=printing,
            marketplace__slug=slug,
            finish=finish,
            time=datetime(2026, month, day, tzinfo=UTC),
        )
        assert snapshot.price == Decimal(price)

    touched = rows_touched()
    again = ingest_mtgjson_prices(path=path)

    assert (again.rows_written, again.rows_unchanged) == (0, expected.total())
    assert rows_touched() == touched
