"""Sealed products of the demo market: what they cost on each day, always the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from apps.cards.models import CardSet, SealedProduct
from apps.prices.models import Marketplace, SealedPrice
from mtgintel.core.money import from_thousandths

from .chance import Array, seeds, wander
from .facts import sealed_products

_EPOCH = date(1970, 1, 1)
# Deviation (in logs) of a day's change: closed boxes move less than cards.
_MOVE = 0.008
# What the lowest listing asks of the price.
_LOWEST = 0.94


@dataclass(frozen=True, slots=True)
class _Shop:
    """`level` is what it asks of the price in dollars, at `hour` UTC of every day."""

    slug: str
    level: float
    hour: int


_SHOPS = (_Shop("tcgplayer", 1.0, 6), _Shop("cardmarket", 0.88, 0))


def load_sealed_products() -> None:
    """Into a database that has the demo's sets."""
    sets = dict(CardSet.objects.values_list("code", "pk"))
    SealedProduct.objects.bulk_create(
        SealedProduct(
            name=facts.name,
            card_set_id=sets[facts.card_set.code],
            category=facts.category,
            released_on=facts.card_set.released_on,
            mtgjson_uuid=facts.uuid,
        )
        for facts in sealed_products()
    )


def record_sealed_days(after: datetime, until: datetime) -> None:
    """Store what the shops said of sealed products after one moment until another."""
    moments = [
        (shop, as_of) for shop in _SHOPS for as_of in _moments(shop.hour, after, until)
    ]
    if moments:
        SealedPrice.objects.bulk_create(_prices(moments), ignore_conflicts=True)


def _moments(hour: int, after: datetime, until: datetime) -> Iterator[datetime]:
    as_of = datetime.combine(after.date(), time(hour), UTC)
    while as_of <= until:
        if as_of > after:
            yield as_of
        as_of += timedelta(days=1)


def _prices(moments: list[tuple[_Shop, datetime]]) -> Iterator[SealedPrice]:
    ids = dict(SealedProduct.objects.values_list("mtgjson_uuid", "pk"))
    streams = dict(Marketplace.objects.values_list("slug", "pk"))
    for shop, as_of in moments:
        amounts = _thousandths(shop, as_of.date()).tolist()
        for product, amount in zip(sealed_products(), amounts, strict=True):
            yield SealedPrice(
                product_id=ids[product.uuid],
                marketplace_id=streams[shop.slug],
                day=as_of.date(),
                as_of=as_of,
                price=from_thousandths(amount),
                price_low=from_thousandths(_cents(_LOWEST * amount)),
            )


def _thousandths(shop: _Shop, day: date) -> Array:
    """What the shop asks for each of the products."""
    number = np.array([(day - _EPOCH).days])
    names = [product.name for product in sealed_products()]
    common = wander(seeds(names), number, "sealed")[0]
    own = wander(seeds(f"{shop.slug} {name}" for name in names), number, "opinion")[0]
    usual = np.array([product.usd for product in sealed_products()]) * shop.level
    cents = np.rint(100 * usual * np.exp(_MOVE * (common + 0.3 * own)))
    return cents.astype(int) * 10


def _cents(thousandths: float) -> int:
    return round(thousandths / 10) * 10
