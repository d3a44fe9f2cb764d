"""A small market and its feeds, the same whenever they are made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from apps.cards.tests.test_catalogue import card_object, jsonl

CARDS = 250
# As many of them have prices in an ordinary file; more would only take longer.
PRICED = 40
_WEEK = timedelta(days=7)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The start of a chunk, three whole ones before this one: no retention reaches it.
FIRST_DAY = _EPOCH + ((datetime.now(UTC) - _EPOCH) // _WEEK - 3) * _WEEK
# What the database has before the fault, and what the disturbed file brings: days it
# has, some of them corrected, and new ones. Three chunks, two of which exist.
KNOWN_DAYS = range(10)
NEW_DAYS = range(4, 21)
_STREAMS = (
    ("tcgplayer", "USD", "retail"),
    ("cardkingdom", "USD", "retail"),
    ("cardkingdom", "USD", "buylist"),
    ("cardmarket", "EUR", "retail"),
)


def scryfall_id(number: int) -> str:
    return str(UUID(int=0xCA4D << 64 | number))


def day(number: int) -> date:
    return (FIRST_DAY + number * timedelta(days=1)).date()


def catalogue(*, usd: float | None = None, cards: int = CARDS) -> bytes:
    """Scryfall's bulk file; with `usd`, at about that price."""
    return jsonl(
        *(
            card_object(
                id=scryfall_id(number),
                name=f"Card of the Market {number}",
                collector_number=str(number),
                tcgplayer_id=100_000 + number,
                mtgo_id=None,
                mtgo_foil_id=None,
                prices={"usd": f"{usd + number / 100:.2f}"} if usd else {},
            )
            for number in range(cards)
        )
    )


def all_prices(
    days: Iterable[int], *, corrected: Iterable[int] = (), cards: int = PRICED
) -> bytes:
    """MTGJSON's AllPrices of some days; on `corrected` ones the prices are others."""
    numbers, others = list(days), set(corrected)
    document = {
        "meta": {"date": day(max(numbers)).isoformat()},
        "data": {
            scryfall_id(card): {"paper": _providers(card, numbers, others)}
            for card in range(cards)
        },
    }
    return json.dumps(document).encode()


def _providers(card: int, days: list[int], corrected: set[int]) -> dict[str, Any]:
    providers: dict[str, Any] = {}
    for place, (provider, currency, side) in enumerate(_STREAMS):
        node = providers.setdefault(provider, {"currency": currency})
        # A shop pays half of what it asks.
        pays = side == "buylist"
        node[side] = {
            finish: {
                day(number).isoformat(): _price(card + place - pays, number, factor)
                * (0.5 if pays else 1)
                * (1.25 if number in corrected else 1)
                for number in days
            }
            for finish, factor in (("normal", 1.0), ("foil", 1.5))
        }
    return providers


def _price(card: int, number: int, factor: float) -> float:
    """Between 1 and 15; it moves by a tenth every other day or so."""
    level = 1 + card * 7919 % 800 / 100
    return round(level * factor * (1 + (card + number // 2) % 3 / 10), 2)


def price_list(days_ago: int = 1, *, factor: float = 1.0) -> bytes:
    """Card Kingdom's list of a day; sides and grades as the shop gives them."""
    moment = datetime.now(UTC) - timedelta(days=days_ago)
    document = {
        "meta": {"created_at": f"{moment:%Y-%m-%d %H:%M:%S}"},
        "data": [
            {
                "id": 5000 + card,
                "sku": f"TSP-{card:04}",
                "scryfall_id": scryfall_id(card),
                "name": f"Card of the Market {card}",
                "is_foil": "false",
                "price_retail": f"{factor * (2 + card / 100):.2f}",
                "qty_retail": 4,
                "price_buy": f"{factor * (1 + card / 100):.2f}",
                "qty_buying": 2,
            }
            for card in range(PRICED)
        ],
    }
    return json.dumps(document).encode()
