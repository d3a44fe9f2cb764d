"""What the newest link of a chained index rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import overload

import numpy as np
from django.db.models import QuerySet

from apps.cards.models import Card
from apps.market.indices import INDICES, set_code
from apps.market.maths.chained import TOLERANCE, Array, Matches, is_limited, weigh
from apps.market.models import ChainedIndexBasket, ChainedIndexPoint
from apps.prices.models import Marketplace
from mtgintel.core.changes import percent_change
from mtgintel.core.money import from_thousandths

from .closes import Streams, days_before
from .members import FINISH_ORDER, FINISHES

_THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Constituent:
    """A printing in one finish: `price` on the link's day against `before`, its price
    on `before_on` in the same stream.

    `share_percent` is its weight in the link. `is_limited`: its change counts only as
    far as the method lets one price move the index.
    """

    card: Card
    finish: str
    marketplace: str
    marketplace_name: str
    price: Decimal
    before: Decimal
    before_on: date
    change_percent: Decimal | None
    share_percent: Decimal
    is_limited: bool


@dataclass(frozen=True, slots=True, eq=False)
class Constituents(Sequence[Constituent]):
    """Those of the link of `day`, the heaviest first; a slice reads their printings.

    Empty where nothing is known. A printing that went since is left out of a slice.
    """

    currency: str
    day: date | None
    earlier: list[date]
    matches: Matches
    share: Array
    is_limited: Array

    def __len__(self) -> int:
        return len(self.matches)

    @overload
    def __getitem__(self, wanted: int) -> Constituent: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Constituent]: ...
    def __getitem__(self, wanted: int | slice) -> Constituent | list[Constituent]:
        if isinstance(wanted, int):
            return self._rows([wanted])[0]
        return self._rows(list(range(*wanted.indices(len(self)))))

    def _rows(self, rows: list[int]) -> list[Constituent]:
        matches = self.matches.where(np.array(rows, np.int64))
        card_ids = (matches.variant // FINISHES).tolist()
        cards = Card.objects.with_set().in_bulk(card_ids)
        ids = Streams.load().ids[self.currency]
        streams = Marketplace.objects.in_bulk(ids)
        found = []
        for i, row in enumerate(rows):
            if card_ids[i] not in cards:
                continue
            stream = streams[ids[int(matches.stream[i])]]
            price, before = (
                from_thousandths(int(amount[i]))
                for amount in (matches.price, matches.before)
            )
            found.append(
                Constituent(
                    card=cards[card_ids[i]],
                    finish=FINISH_ORDER[int(matches.variant[i]) % FINISHES].value,
                    marketplace=stream.slug,
                    marketplace_name=stream.name,
                    price=price,
                    before=before,
                    before_on=self.earlier[int(matches.age[i]) - 1],
                    change_percent=percent_change(before, price),
                    share_percent=_percent(self.share[row]),
                    is_limited=bool(self.is_limited[row]),
                )
            )
        return found


def _percent(share: float) -> Decimal:
    return (100 * Decimal(float(share))).quantize(_THOUSANDTH, ROUND_HALF_UP)


def constituents(slug: str, currency: str, finish: str | None = None) -> Constituents:
    """What an index's link of the newest day with prices rests on."""
    basket = ChainedIndexBasket.objects.filter(currency=currency).first()
    matches = Matches.unpacked(bytes(basket.matches) if basket else b"")
    matches = matches.where(_is_member(slug, finish, matches.variant))
    if basket is None or not len(matches):
        nothing = np.zeros(0)
        day = basket.day if basket else None
        return Constituents(currency, day, [], matches, nothing, nothing)
    earlier = days_before(currency, basket.day, TOLERANCE)[::-1]
    points = ChainedIndexPoint.objects.filter(
        index__slug=slug, index__currency=currency, index__finish=finish
    )
    links = dict(points.filter(day__in=earlier).values_list("day", "link"))
    recent = [links.get(day, 1.0) for day in earlier]
    _, weight = weigh(matches, recent)
    order = np.argsort(-weight, kind="stable")
    return Constituents(
        currency=currency,
        day=basket.day,
        earlier=earlier,
        matches=matches.where(order),
        share=(weight / weight.sum())[order],
        is_limited=is_limited(matches, recent)[order],
    )


def _is_member(slug: str, finish: str | None, variant: Array) -> Array:
    """Which of these variants an index is of."""
    one = INDICES.get(slug)
    finishes = one.finishes if one else FINISH_ORDER
    numbers = [FINISH_ORDER.index(each) for each in finishes if finish in (None, each)]
    mask = np.isin(variant % FINISHES, numbers)
    cards = Card.objects.order_by().values_list("id", flat=True)
    if one is None:
        return mask & _is_one_of(cards.filter(card_set__code=set_code(slug)), variant)
    if one.members is not None:
        return mask & _is_one_of(cards.filter(one.members), variant)
    return mask


def _is_one_of(card_ids: QuerySet, variant: Array) -> Array:
    ids = np.fromiter(card_ids.iterator(chunk_size=10_000), np.int64)
    return np.isin(variant // FINISHES, ids)
