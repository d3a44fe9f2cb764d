"""Sealed products and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from apps.cards.models import CardSet, SealedProduct
from apps.prices.ingest.sealed import (
    CARDMARKET,
    TCGPLAYER,
    SealedQuote,
    SealedRecord,
)
from apps.prices.models import SealedPrice
from mtgintel.core import cache
from mtgintel.core.money import from_thousandths
from mtgintel.core.sql import load_sql

_ID_OF = {TCGPLAYER: "tcgplayer_id", CARDMARKET: "cardmarket_id"}
_IDS = ("mtgjson_uuid", *_ID_OF.values())


@dataclass(frozen=True, slots=True)
class SealedImport:
    """How many products are new, and how many learnt something or were joined."""

    created: int
    changed: int


@transaction.atomic
def import_sealed_products(*, records: Iterable[SealedRecord]) -> SealedImport:
    """Make products known by their ids, or tell what is known about them more.

    What a product has is kept, but for the name, where MTGJSON says it. Products that a
    record names by two of their ids are one: the older takes the prices of the other.
    """
    known = _Known()
    sets = dict(CardSet.objects.values_list("code", "pk"))
    created = changed = 0
    for record in records:
        product = known.product_of(record)
        if product is None:
            known.add(SealedProduct(name=record.name), record, sets)
            created += 1
        elif known.add(product, record, sets):
            changed += 1
    transaction.on_commit(cache.bump)
    return SealedImport(created, changed)


class _Known:
    """The stored products by each of their ids."""

    def __init__(self) -> None:
        self._by_id = {
            (name, value): product
            for product in SealedProduct.objects.order_by("id")
            for name in _IDS
            if (value := getattr(product, name)) is not None
        }

    def product_of(self, record: SealedRecord) -> SealedProduct | None:
        """The product that any of the record's ids names, joined with the others."""
        found = {
            product.pk: product
            for name in _IDS
            if (product := self._by_id.get((name, getattr(record, name))))
        }
        if not found:
            return None
        first, *others = (found[key] for key in sorted(found))
        for other in others:
            self._join(first, other)
        return first

    def _join(self, product: SealedProduct, other: SealedProduct) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                load_sql("prices", "move_sealed_prices"),
                {"to": product.pk, "from": other.pk},
            )
        other.delete()
        for name in _IDS:
            value = getattr(other, name)
            if value is not None and getattr(product, name) is None:
                setattr(product, name, value)
                self._by_id[name, value] = product
        product.save()

    def add(
        self, product: SealedProduct, record: SealedRecord, sets: dict[str, int]
    ) -> bool:
        """Fill in what the product lacks; whether anything was new."""
        said = {
            "category": record.category,
            "released_on": record.released_on,
            "contents": record.contents,
            "card_set_id": sets.get(record.set_code),
            **{name: getattr(record, name) for name in _IDS},
        }
        news = {
            name: value
            for name, value in said.items()
            if value not in (None, "", {}) and not getattr(product, name)
        }
        if record.mtgjson_uuid and product.name != record.name:
            news["name"] = record.name
        for name, value in news.items():
            setattr(product, name, value)
        if news or product.pk is None:
            product.save()
        for name in _IDS:
            value = getattr(product, name)
            if value is not None:
                self._by_id[name, value] = product
        return bool(news)


@transaction.atomic
def record_sealed_prices(*, quotes: Sequence[SealedQuote], as_of: datetime) -> int:
    """Keep the prices of a feed's sealed products for the day of `as_of`; how many.

    A product that is not known yet is made known where the feed names it and its set.
    An older file of a day changes nothing that a newer one said.
    """
    if not quotes:
        return 0
    products = _products(quotes)
    day = as_of.astimezone(UTC).date()
    newer = set(
        SealedPrice.objects.filter(day=day, as_of__gt=as_of).values_list(
            "product_id", "marketplace_id"
        )
    )
    rows: dict[tuple[int, int], SealedPrice] = {}
    for quote in quotes:
        product_id = products.get((quote.vendor, quote.product))
        place = (product_id or 0, quote.marketplace_id)
        if product_id is None or place in newer or place in rows:
            continue
        rows[place] = SealedPrice(
            product_id=product_id,
            marketplace_id=quote.marketplace_id,
            day=day,
            as_of=as_of,
            price=from_thousandths(quote.price),
            price_low=from_thousandths(quote.price_low) if quote.price_low else None,
        )
    SealedPrice.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["product", "marketplace", "day"],
        update_fields=["as_of", "price", "price_low"],
    )
    return len(rows)


def _products(quotes: Sequence[SealedQuote]) -> dict[tuple[str, int], int]:
    """{(vendor, its id): product id}; those that the feed names are made where new."""
    found = _stored(quotes)
    groups = dict(
        CardSet.objects.exclude(tcgplayer_group_id=None).values_list(
            "tcgplayer_group_id", "pk"
        )
    )
    new = {
        quote.product: SealedProduct(
            name=quote.name[:300],
            tcgplayer_id=quote.product,
            card_set_id=groups.get(quote.group),
        )
        for quote in quotes
        if quote.vendor == TCGPLAYER
        and quote.name
        and (quote.vendor, quote.product) not in found
    }
    for product in SealedProduct.objects.bulk_create(new.values()):
        found[TCGPLAYER, product.tcgplayer_id or 0] = product.pk
    return found


def _stored(quotes: Sequence[SealedQuote]) -> dict[tuple[str, int], int]:
    found = {}
    for vendor, name in _ID_OF.items():
        ids = {quote.product for quote in quotes if quote.vendor == vendor}
        rows = SealedProduct.objects.filter(**{f"{name}__in": ids})
        found.update({(vendor, one): pk for one, pk in rows.values_list(name, "pk")})
    return found
