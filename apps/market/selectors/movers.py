"""What rose and fell the most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from apps.cards.models import Card
from apps.prices.models import LatestPrice, Marketplace
from apps.prices.selectors import Quote, freshness, quotes_of
from mtgintel.core import cache
from mtgintel.core.changes import percent_change
from mtgintel.core.constants import WINDOWS
from mtgintel.core.money import to_thousandths
from mtgintel.core.sql import load_sql

# +1 for what rose, -1 for what fell.
DIRECTIONS = {"gainers": 1, "losers": -1}
MAX_MOVERS = 50
ONE_CURRENCY_UNIT = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A printing whose price changed: from `then` to `now`, in percent.

    `vendor_count` is how many vendors of the currency moved the same way. Flags are
    the quote's, and SOLO where only one did.
    """

    card: Card
    quote: Quote
    window: str
    then: Decimal
    now: Decimal
    change_percent: Decimal
    vendor_count: int
    flags: tuple[str, ...]


def movers(
    currency: str = "USD",
    *,
    window: str = "1d",
    direction: str = "gainers",
    min_price: Decimal = ONE_CURRENCY_UNIT,
    limit: int = 10,
) -> list[Mover]:
    """The largest changes over `window` (WINDOWS), the largest first.

    Near Mint retail and market prices that were at least `min_price` at the window's
    start. What its stream no longer lists is left out.
    """
    return cache.get_or_compute(
        f"market.movers:{currency}:{window}:{direction}:{min_price}:{limit}",
        lambda: _movers(currency, window, direction, min_price, limit),
    )


def _movers(
    currency: str, window: str, direction: str, min_price: Decimal, limit: int
) -> list[Mover]:
    statement, parameters = movers_query(currency, window, direction, min_price, limit)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = cursor.fetchall()
    rows = _rows(row[0] for row in found)
    return [_mover(rows[tuple(key)], window, vendors) for *key, vendors in found]


def movers_query(
    currency: str, window: str, direction: str, min_price: Decimal, limit: int
) -> tuple[str, dict[str, Any]]:
    """The statement behind `movers` and its parameters."""
    ids = dict(Marketplace.objects.values_list("slug", "id"))
    streams = [stream for stream in freshness() if stream.as_of]
    return load_sql("market", "movers").replace(
        "{reference}", f"price_{WINDOWS[window].name}"
    ), {
        "stream_ids": [ids[stream.marketplace] for stream in streams],
        "seen_since": [
            stream.as_of - timedelta(hours=stream.freshness_hours)
            for stream in streams
            if stream.as_of
        ],
        "currency": currency,
        "min_price": max(to_thousandths(min_price), 1),
        "sign": DIRECTIONS[direction],
        "limit": limit,
    }


def _rows(card_ids: Iterable[int]) -> dict[tuple[int, int, str, str], LatestPrice]:
    rows = (
        LatestPrice.objects.of_cards(card_ids)
        .of_streams_in_use()
        .select_related("card__card_set")
        .filter(condition="NEAR_MINT")
    )
    return {
        (row.card_id, row.marketplace_id, row.finish, row.language): row for row in rows
    }


def _mover(row: LatestPrice, window: str, vendor_count: int) -> Mover:
    (quote,) = quotes_of([row])
    then = getattr(row, f"price_{window}")
    change = percent_change(then, row.price)
    if change is None:
        message = f"{row.card} has no price {window} ago"
        raise ValueError(message)
    return Mover(
        card=row.card,
        quote=quote,
        window=window,
        then=then,
        now=row.price,
        change_percent=change,
        vendor_count=vendor_count,
        flags=quote.flags if vendor_count > 1 else (*quote.flags, "SOLO"),
    )
