"""Daily prices as matrices: a row for each series, a column for each day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Max, Min

from apps.cards.models import Card
from apps.market.maths.features import Array, eras_of
from apps.prices.models import Marketplace, SeriesBreak
from mtgintel.core.bulk import read_columns
from mtgintel.core.constants import Finish, Side
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

from .closes import midnight

DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)
# As the statement numbers them.
FINISHES = (Finish.NONFOIL, Finish.FOIL, Finish.ETCHED)
# Of one matrix, 8 MB; some thirty of them are in memory at once.
_CELLS = 1_000_000
# Series of a printing in one currency, as they come: finishes times streams.
_SERIES_OF_CARD = 8
_ROW = {
    "card": ">i4",
    "stream": ">i2",
    "finish": ">i2",
    "day": ">i4",
    "price": ">i4",
    "quantity": ">i4",
}


@dataclass(frozen=True, slots=True)
class Stream:
    """A price stream of a currency and the days on which it became another."""

    id: int
    slug: str
    side: str
    breaks: tuple[date, ...]


def streams_of(currency: str) -> list[Stream]:
    """Every stream of the currency, used or no longer, the preferred first."""
    breaks: dict[int, list[date]] = {}
    for one in SeriesBreak.objects.order_by("began_on"):
        breaks.setdefault(one.marketplace_id, []).append(one.began_on)
    rows = Marketplace.objects.filter(currency=currency).order_by("preference", "id")
    return [
        Stream(row.pk, row.slug, row.side, tuple(breaks.get(row.pk, ())))
        for row in rows
    ]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """The days from `first` on, of some series sorted by printing, finish and stream.

    `card`, `finish` (a place in FINISHES) and `stream` (a place in the streams asked
    for) have one value for each row. `prices` are thousandths, float64, and `quantity`
    is copies on offer, float32; NaN is unknown. `eras` are those of
    apps.market.maths.features.
    """

    first: date
    card: Array
    finish: Array
    stream: Array
    prices: Array
    quantity: Array
    eras: Array

    def __len__(self) -> int:
        return len(self.card)

    @property
    def variant_starts(self) -> Array:
        """The first row of every printing in a finish."""
        variant = self.card.astype(np.int64) * len(FINISHES) + self.finish
        is_new = np.ones(len(variant), bool)
        is_new[1:] = variant[1:] != variant[:-1]
        return np.flatnonzero(is_new)

    def only(self, rows: Array) -> Array:
        """The prices, but only those of `rows` (a mask); others unknown."""
        return np.where(rows[:, None], self.prices, np.nan)


def ranges_of_cards(days: int) -> Iterator[range]:
    """All card ids, as many at a time as make matrices of bounded size."""
    ids = Card.objects.aggregate(first=Min("id"), last=Max("id"))
    if ids["first"] is None:
        return
    size = max(_CELLS // (_SERIES_OF_CARD * days), 1)
    for start in range(ids["first"], ids["last"] + 1, size):
        yield range(start, start + size)


def grid_of(cards: range, first: date, last: date, streams: list[Stream]) -> Grid:
    """What these printings cost in these streams from `first` to `last`."""
    rows = _rows(cards, first, last, streams)
    place_of = {stream.id: place for place, stream in enumerate(streams)}
    places = np.zeros(max(place_of, default=0) + 1, np.int64)
    places[list(place_of)] = list(place_of.values())
    key = (rows["card"].astype(np.int64) * len(FINISHES) + rows["finish"]) << 16
    series, row = np.unique(key | places[rows["stream"]], return_inverse=True)
    shape = (len(series), (last - first).days + 1)
    column = rows["day"] - (first - EPOCH).days
    prices, quantity = np.full(shape, np.nan), np.full(shape, np.nan, np.float32)
    prices[row, column] = rows["price"]
    known = rows["quantity"] >= 0
    quantity[row[known], column[known]] = rows["quantity"][known]
    stream = series & 0xFFFF
    return Grid(
        first=first,
        card=(series >> 16) // len(FINISHES),
        finish=(series >> 16) % len(FINISHES),
        stream=stream,
        prices=prices,
        quantity=quantity,
        eras=_eras(streams, first, shape[1])[stream],
    )


def _rows(cards: range, first: date, last: date, streams: list[Stream]) -> Array:
    bounds = {
        "first_card": cards.start,
        "end_card": cards.stop,
        "start": midnight(first),
        "end": midnight(last + DAY),
        "marketplace_ids": [stream.id for stream in streams],
    }
    with connection.cursor() as cursor:
        return read_columns(cursor, load_sql("market", "daily_prices"), bounds, _ROW)


def _eras(streams: list[Stream], first: date, days: int) -> Array:
    columns = [[(day - first).days for day in stream.breaks] for stream in streams]
    return eras_of(columns, days) if streams else np.zeros((0, days), np.int32)


def asked(grid: Grid, streams: list[Stream]) -> Array:
    """Which rows are what a card costs, not what a shop pays for it."""
    return is_of(grid, [stream.side != Side.BUYLIST for stream in streams])


def is_of(grid: Grid, chosen: list[bool]) -> Array:
    """The mask of the rows whose stream is chosen."""
    return np.array(chosen or [False], bool)[grid.stream]
