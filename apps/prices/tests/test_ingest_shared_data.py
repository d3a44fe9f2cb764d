"""The real feed files, each checked against a count made another way."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from apps.cards.models import Card
from apps.prices.models import IngestRun
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


def test_prices_stored_are_the_points_in_the_file_less_the_rejects(
    catalogue, shared_data
):
    path = shared_data / "mtgjson" / "AllPrices-multi-2026.json.gz"
    finishes = {
        str(scryfall_id): values
        for scryfall_id, values in Card.objects.values_list("scryfall_id", "finishes")
    }
    ids = load(shared_data / "mtgjson" / "AllIdentifiers.json.gz")["data"]
    expected: Counter = Counter()
    rejected: Counter = Counter()
    for uuid, games in load(path)["data"].items():
        printing = ids.get(uuid, {}).get("identifiers", {}).get("scryfallId", uuid)
        for provider, node in games["paper"].items():
            for side in ("retail", "buylist"):
                for name, points in node[side].items():
                    finish = MTGJSON_FINISHES[name]
                    if printing not in finishes:
                        rejected["unknown card"] += len(points)
                    elif provider == "hareruya":
                        rejected["unknown provider hareruya"] += len(points)
                    elif finish not in finishes[printing]:
                        rejected["impossible finish"] += len(points)
                    else:
                        slug = slug_of(provider, side)
                        expected[slug, finish, node["currency"]] += len(points)

    run = ingest_mtgjson_prices(path=path)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.slug, s.finish::text, s.currency, count(*) FROM price_snapshots s "
            "JOIN marketplaces m ON m.id = s.marketplace_id GROUP BY 1, 2, 3"
        )
        stored = {(slug, finish, cur): n for slug, finish, cur, n in cursor.fetchall()}
    assert stored == expected
    assert run.rejects == dict(rejected)
    assert run.rows_seen == expected.total() + rejected.total()
    assert run.rows_written == expected.total()
    assert run.rows_rejected == rejected.total()
    assert run.refreshed_at is not None

    again = ingest_mtgjson_prices(path=path)

    assert (again.rows_written, again.rows_unchanged) == (0, expected.total())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_stat_get_dead_tuples(inhrelid)) FROM pg_inherits "
            "WHERE inhparent = 'price_snapshots'::regclass"
        )
        assert cursor.fetchone() == (0,)
