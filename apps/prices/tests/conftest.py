"""Feed files and a card to price."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.cards.models import Card
from apps.cards.tests.test_catalogue import SLIVER, card_object, jsonl
from apps.prices.services import ingest_scryfall

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def write(tmp_path):
    """Writes a feed file: bytes as they are, anything else as JSON."""

    def build(content: Any, name: str = "feed.json.gz"):
        path = tmp_path / name
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return build


@pytest.fixture
def card(write) -> Card:
    ingest_scryfall(path=write(jsonl(card_object()), "cards.jsonl"), at=NOON)
    return Card.objects.get()


def all_prices(
    prices: dict[str, float], *, uuid: str = SLIVER, day: str = "2026-03-10"
):
    """An AllPrices document of one card's nonfoil TCGplayer prices by date."""
    node = {"currency": "USD", "retail": {"normal": prices}, "buylist": {}}
    return {"meta": {"date": day}, "data": {uuid: {"paper": {"tcgplayer": node}}}}
