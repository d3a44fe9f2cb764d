"""Small worlds for tests: cards, observations, and the latest prices they make."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.cards.models import Card, CardSet
from apps.cards.querysets import fold_name
from apps.prices.models import LatestPrice, Marketplace
from mtgintel.core import timescale
from mtgintel.core.money import to_thousandths

# A partition is named after its first day, TimescaleDB numbers its chunks.
_CHUNK = re.compile(r".*_\d{8}|_hyper_\d+_\d+_chunk")


def make_set(code: str = "mh2", name: str = "Modern Horizons 2") -> CardSet:
    return CardSet.objects.get_or_create(code=code, defaults={"name": name})[0]


def make_card(name: str = "Ragavan, Nimble Pilferer", **fields: Any) -> Card:
    code = fields.pop("set_code", "mh2")
    return Card.objects.create(
        **{
            "scryfall_id": uuid.uuid4(),
            "oracle_id": uuid.uuid5(uuid.NAMESPACE_DNS, name),
            "name": name,
            "search_name": fold_name(name),
            "card_set": make_set(code),
            "collector_number": "138",
            "rarity": "mythic",
            "finishes": ["NONFOIL", "FOIL"],
            "colors": ["R"],
            "legalities": {"modern": "legal", "standard": "not_legal"},
        }
        | fields
    )


def make_price(
    card: Card, price: str | Decimal, marketplace: str = "tcgplayer", **fields: Any
) -> LatestPrice:
    """The newest price of a series, as if its history had been read before."""
    stream = Marketplace.objects.get(slug=marketplace)
    return LatestPrice.objects.create(
        card=card,
        marketplace=stream,
        currency=stream.currency,
        price=Decimal(price),
        **{
            "as_of": timezone.now() - timedelta(hours=1),
            "condition": "NEAR_MINT",
            "finish": "NONFOIL",
            "language": "ENGLISH",
        }
        | {
            name: Decimal(value) if name.startswith("price_") and value else value
            for name, value in fields.items()
        },
    )


def add_observations(
    card: Card,
    observations: list[tuple[datetime, str]],
    marketplace: str = "tcgplayer",
    *,
    finish: str = "NONFOIL",
    condition: str = "NEAR_MINT",
    language: str = "ENGLISH",
    quantity: int | None = None,
) -> None:
    """Snapshots of one series, straight into the hypertable."""
    stream = Marketplace.objects.get(slug=marketplace)
    moments = [moment for moment, _ in observations]
    timescale.ensure_chunks("price_snapshots", min(moments), max(moments))
    prices = [to_thousandths(Decimal(price)) for _, price in observations]
    with connection.cursor() as cursor:
        # One statement: the socket of the WebAssembly engine can stall in a pipeline.
        cursor.execute(
            "INSERT INTO price_snapshots (time, card_id, marketplace_id, condition, "
            "finish, language, currency, price, total_quantity) "
            "SELECT time, %s, %s, %s, %s, %s, %s, price, %s "
            "FROM unnest(%s::timestamptz[], %s::int[]) AS seen (time, price)",
            [
                *(card.pk, stream.pk, condition, finish, language, stream.currency),
                *(quantity, moments, prices),
            ],
        )


def refresh(observations: list[tuple[datetime, str]]) -> None:
    """Bring the aggregates up to date for what was added; needs a test that commits
    on TimescaleDB."""
    moments = [moment for moment, _ in observations]
    timescale.refresh_aggregates(min(moments), max(moments))


def touched_chunks(statement: str, parameters: Any) -> set[str]:
    """The chunks that the plan of a statement reads, on either engine."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        (plan,) = cursor.fetchone()
    text = plan if isinstance(plan, str) else json.dumps(plan)
    names = re.findall(r'"Relation Name": "([^"]+)"', text)
    return {name for name in names if _CHUNK.fullmatch(name)}
