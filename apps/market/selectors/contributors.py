"""The cards of a set by what they add to its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import overload

import numpy as np

from apps.cards.models import Card
from apps.market.maths.chained import Closes
from apps.market.maths.sets import DAYS, Array, choose, grid, known
from apps.market.models import SetValue
from apps.prices.models import Marketplace
from mtgintel.core.constants import Currency
from mtgintel.core.money import from_thousandths
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

from .closes import Streams, days_before, midnight
from .members import FINISH_ORDER, FINISHES, variants
from .rosters import Roster

_DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)
_HUNDREDTH = Decimal("0.01")
_COLUMNS = [
    ("day", "i4"),
    ("card", "i4"),
    ("marketplace", "i2"),
    ("finish", "i2"),
    ("price", "i4"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributor:
    """A card of a set in the finish it counts in. Without a price, all about it is
    None; `seen_on` is the day it was last seen."""

    card: Card
    finish: str
    price: Decimal | None
    share_percent: Decimal | None
    marketplace: str | None
    marketplace_name: str | None
    seen_on: date | None


@dataclass(frozen=True, slots=True, eq=False)
class Contributors(Sequence[Contributor]):
    """Of the value of `day`: the dearest first, at the end those without a price.

    A slice reads its printings; one that went since is left out.
    """

    currency: str
    day: date | None
    variant: Array
    price: Array
    stream: Array
    seen_on: list[date | None]

    def __len__(self) -> int:
        return len(self.variant)

    @property
    def priced(self) -> int:
        return int((self.price > 0).sum())

    @property
    def value(self) -> Decimal:
        return from_thousandths(int(self.price.sum()))

    @overload
    def __getitem__(self, wanted: int) -> Contributor: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Contributor]: ...
    def __getitem__(self, wanted: int | slice) -> Contributor | list[Contributor]:
        if isinstance(wanted, int):
            return self._rows([wanted])[0]
        return self._rows(list(range(*wanted.indices(len(self)))))

    def _rows(self, rows: list[int]) -> list[Contributor]:
        card_ids = (self.variant[rows] // FINISHES).tolist()
        cards = Card.objects.with_set().in_bulk(card_ids)
        streams = list(_streams(self.currency)) if rows else []
        return [
            self._row(row, cards[card_id], streams)
            for row, card_id in zip(rows, card_ids, strict=True)
            if card_id in cards
        ]

    def _row(self, row: int, card: Card, streams: list[Marketplace]) -> Contributor:
        price = int(self.price[row])
        stream = streams[int(self.stream[row])] if price else None
        return Contributor(
            card=card,
            finish=FINISH_ORDER[int(self.variant[row] % FINISHES)],
            price=from_thousandths(price) if price else None,
            share_percent=self._share(price) if price else None,
            marketplace=stream.slug if stream else None,
            marketplace_name=stream.name if stream else None,
            seen_on=self.seen_on[row] if price else None,
        )

    def _share(self, price: int) -> Decimal:
        share = Decimal(100 * price) / int(self.price.sum())
        return share.quantize(_HUNDREDTH, ROUND_HALF_UP)


def contributors(
    set_id: int, currency: str = Currency.USD, *, is_foil: bool = False
) -> Contributors:
    """The cards of a set, or its foils, as their newest value counts them."""
    roster = Roster.load(set_id)
    basket = roster.baskets[is_foil]
    day = _newest_day(set_id, currency, is_foil=is_foil)
    price, stream, seen_on = _prices(roster, currency, day)
    column = basket.column
    order = column[np.lexsort((roster.variant[column], -price[column]))]
    return Contributors(
        currency=currency,
        day=day,
        variant=roster.variant[order],
        price=price[order],
        stream=stream[order],
        seen_on=[seen_on[column] for column in order],
    )


def _newest_day(set_id: int, currency: str, *, is_foil: bool) -> date | None:
    rows = SetValue.objects.filter(
        card_set_id=set_id, currency=currency, is_foil=is_foil
    )
    return rows.order_by("-day").values_list("day", flat=True).first()


def _prices(
    roster: Roster, currency: str, day: date | None
) -> tuple[Array, Array, list[date | None]]:
    """By column: price (0: none), place of its stream, and the day it is of."""
    none = np.zeros(len(roster.variant), np.int32)
    streams = Streams.load()
    days = days_before(currency, day + _DAY, DAYS)[::-1] if day else []
    if not days or not len(none):
        return none, none, [None] * len(none)
    rows = _rows(roster, days, streams.ids[currency])
    grids = [(one, _grid(rows, one, roster, streams.ids[currency])) for one in days]
    broken = [streams.broken(currency, one, days[0]) for one in days]
    chosen = choose(known(grids, broken))
    return chosen.price, chosen.stream, [days[age] for age in chosen.age]


def _rows(roster: Roster, days: list[date], ids: list[int]) -> Array:
    """The closes of the roster's cards on `days`, the newest first, and between."""
    bounds = {
        "start": midnight(days[-1]),
        "end": midnight(days[0] + _DAY),
        "card_ids": np.unique(roster.variant // FINISHES).tolist(),
        "marketplace_ids": ids,
    }
    with connection.cursor() as cursor:
        cursor.execute(load_sql("market", "set_closes"), bounds)
        return np.array(cursor.fetchall(), _COLUMNS)


def _grid(rows: Array, day: date, roster: Roster, ids: list[int]) -> Array:
    own = rows[rows["day"] == (day - _EPOCH).days]
    place = np.zeros(max(ids, default=0) + 1, np.int64)
    place[ids] = range(len(ids))
    closes = Closes.of(
        variants(own["card"], own["finish"]),
        place[own["marketplace"]],
        own["price"].astype(np.int32),
    )
    return grid(closes, roster.variant, len(ids))


def _streams(currency: str) -> list[Marketplace]:
    ids = Streams.load().ids[currency]
    found = Marketplace.objects.in_bulk(ids)
    return [found[one] for one in ids]
