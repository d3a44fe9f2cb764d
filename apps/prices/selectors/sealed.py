"""What sealed products cost, and what is in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from apps.cards.models import SealedProduct
from apps.prices.models import Marketplace, SealedPrice
from mtgintel.core import cache
from mtgintel.core.changes import percent_change
from mtgintel.core.constants import WINDOWS, Currency, Side
from mtgintel.core.money import from_thousandths
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedListing:
    """A sealed product and its newest price in one currency: in the most preferred
    stream that has any, on `day`. Changes are in percent, None without a price then.
    """

    product: SealedProduct
    currency: str
    marketplace: str
    marketplace_name: str
    price_basis: str
    day: date
    as_of: datetime
    price: Decimal
    price_low: Decimal | None
    change_7d: Decimal | None
    change_30d: Decimal | None

    @property
    def contents(self) -> list[str]:
        return contents_in_words(self.product.contents)


def contents_in_words(contents: dict[str, Any]) -> list[str]:
    """What MTGJSON says is in a product, a line each; nothing where it says nothing.

    What varies from one copy to the next is named as such, not averaged.
    """
    lines = []
    for kind in ("sealed", "deck", "pack", "card", "other"):
        found = contents.get(kind)
        for one in found if isinstance(found, list) else ():
            name = one.get("name") or one.get("code") if isinstance(one, dict) else None
            if name:
                lines.append(f"{one.get('count', 1)} × {name}")
    if contents.get("variable"):
        lines.append("and what differs from one to the next")
    return lines


def sealed_listings(
    currency: str = Currency.USD, set_id: int | None = None
) -> list[SealedListing]:
    """Of all products with a price, or of a set's, by name."""
    return cache.get_or_compute(
        f"prices.sealed:{currency}:{set_id}", lambda: _listings(currency, set_id)
    )


def _listings(currency: str, set_id: int | None) -> list[SealedListing]:
    asked: dict[str, Any] = {"currency": currency, "set_id": set_id}
    for name in ("7d", "30d"):
        window = WINDOWS[name]
        asked[f"length_{name}"] = window.length.days
        asked[f"oldest_{name}"] = (window.length + window.tolerance).days
    with connection.cursor() as cursor:
        cursor.execute(load_sql("prices", "sealed_prices"), asked)
        rows = cursor.fetchall()
    products = SealedProduct.objects.select_related("card_set").in_bulk(
        [row[0] for row in rows]
    )
    found = [_listing(products[row[0]], currency, row) for row in rows]
    return sorted(found, key=lambda one: (one.product.name, one.product.pk))


def _listing(
    product: SealedProduct, currency: str, row: tuple[Any, ...]
) -> SealedListing:
    _, slug, name, basis, day, as_of, price, low, week, month = row
    now = from_thousandths(price)
    then = [None if one is None else from_thousandths(one) for one in (week, month)]
    return SealedListing(
        product=product,
        currency=currency,
        marketplace=slug,
        marketplace_name=name,
        price_basis=basis,
        day=day,
        as_of=as_of,
        price=now,
        price_low=None if low is None else from_thousandths(low),
        change_7d=percent_change(then[0], now),
        change_30d=percent_change(then[1], now),
    )


@dataclass(frozen=True, slots=True)
class SealedHistory:
    """A product's daily prices in the most preferred stream that has any, oldest
    first; no stream and no points without a price."""

    stream: Marketplace | None
    points: list[tuple[date, Decimal]]


def sealed_histories(
    product_ids: Iterable[int], currency: str, start: date | None = None
) -> dict[int, SealedHistory]:
    """{product id: its history from `start` on}"""
    streams = Marketplace.objects.filter(currency=currency, is_active=True)
    preferred = list(streams.exclude(side=Side.BUYLIST).order_by("preference", "id"))
    wanted = list(product_ids)
    rows = SealedPrice.objects.filter(
        product_id__in=wanted, marketplace__in=preferred
    ).order_by("day")
    if start:
        rows = rows.filter(day__gte=start)
    found: dict[tuple[int, int], list[tuple[date, Decimal]]] = {}
    for product_id, stream_id, day, price in rows.values_list(
        "product_id", "marketplace_id", "day", "price"
    ):
        found.setdefault((product_id, stream_id), []).append((day, price))
    return {
        product_id: next(
            (
                SealedHistory(stream, found[product_id, stream.pk])
                for stream in preferred
                if (product_id, stream.pk) in found
            ),
            SealedHistory(None, []),
        )
        for product_id in wanted
    }
