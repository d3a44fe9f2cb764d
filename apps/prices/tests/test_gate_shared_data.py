"""How good the gate is on real prices: the figures of docs/quality.md."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.prices.models import IngestRun, PriceSnapshot, QuarantinedPrice
from apps.prices.services import (
    VendorFile,
    ingest_mtgjson_identifiers,
    ingest_mtgjson_prices,
    ingest_scryfall,
    ingest_vendor,
)

pytestmark = [pytest.mark.shared_data, pytest.mark.django_db]


@pytest.fixture
def catalogue(shared_data):
    ingest_scryfall(path=shared_data / "scryfall" / "default-cards.jsonl.gz")
    ingest_mtgjson_identifiers(path=shared_data / "mtgjson" / "AllIdentifiers.json.gz")


def doubted(runs: list[IngestRun]) -> dict[str, int]:
    """How many prices the runs doubted, by what became of them."""
    found = QuarantinedPrice.objects.doubted().filter(run__in=runs)
    return dict(Counter(found.values_list("status", flat=True)))


def usable(runs: list[IngestRun]) -> int:
    return sum(run.rows_written + run.rows_unchanged for run in runs)


def labelled(path: Path) -> list[dict[str, str]]:
    """The moves within the days that we have all prices of."""
    with path.open(newline="") as file:
        return [
            row
            for row in csv.DictReader(file, delimiter="\t")
            if "2021-04-18" < row["day"] <= "2021-07-17"
        ]


def what_became_of(row: dict[str, str]) -> str:
    at = datetime.fromisoformat(row["day"]).replace(tzinfo=UTC)
    same = {"card__scryfall_id": row["scryfall_id"], "marketplace__slug": "tcgplayer"}
    found = QuarantinedPrice.objects.filter(time=at, **same).first()
    if found is not None:
        return found.status
    return "PASSED" if PriceSnapshot.objects.filter(time=at, **same) else "ABSENT"


def test_one_source_alone_over_ninety_days(catalogue, shared_data):
    run = ingest_mtgjson_prices(
        path=shared_data / "mtgjson" / "AllPrices-usd-2021.json.gz"
    )

    assert usable([run]) == 2_818_908
    assert doubted([run]) == {"RELEASED": 281, "CONFIRMED": 103, "HELD": 3}
    rows = labelled(shared_data / "anomalies" / "real_anomalies_usd_avg.tsv")
    became = Counter((row["outcome"], what_became_of(row)) for row in rows)
    assert became == {
        ("held", "PASSED"): 10,
        ("held", "RELEASED"): 30,
        ("held", "CONFIRMED"): 12,
        ("reverted_within_7d", "CONFIRMED"): 7,
        ("reverted_within_7d", "RELEASED"): 2,
        ("reverted_within_7d", "PASSED"): 1,
    }


def test_several_sources_over_five_weeks(catalogue, shared_data):
    run = ingest_mtgjson_prices(
        path=shared_data / "mtgjson" / "AllPrices-multi-2026.json.gz"
    )

    assert usable([run]) == 133_042
    assert doubted([run]) == {"RELEASED": 59, "HELD": 4, "CONFIRMED": 3}


def test_the_days_of_two_vendors(catalogue, shared_data):
    found = {}
    for source, pattern in (
        ("cardmarket", "price_guide_1_*.json.gz"),
        ("cardkingdom", "pricelist_*.json.gz"),
    ):
        runs = [
            ingest_vendor(source=source, file=VendorFile(path))
            for path in sorted((shared_data / source).glob(pattern))
        ]
        found[source] = usable(runs), doubted(runs)

    assert found == {
        "cardmarket": (101_013, {}),
        "cardkingdom": (354_208, {"HELD": 4, "RELEASED": 2}),
    }
