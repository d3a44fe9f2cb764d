"""What was known of every card at the end of every day, and what became of it.

One row for each printing, finish and day that some stream has a Near Mint English
price of. Everything but the later returns rests on that day and those before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from django.db.models import Max, Min

from apps.market.maths.features import (
    Array,
    counted,
    first_row,
    held,
    highest,
    later_return,
    lowest,
    past_return,
    trend,
    volatility,
)
from apps.market.models import MarketIndexDaily
from apps.market.training_columns import (
    COLUMNS,
    HELD_DAYS,
    LATER,
    MINIMUM,
    MONEY,
    SCHEMA,
    TEXT,
    WINDOW_DAYS,
    Column,
)
from mtgintel.core.constants import WINDOWS, Currency, Side
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

from .grids import (
    DAY,
    EPOCH,
    FINISHES,
    Grid,
    Stream,
    asked,
    grid_of,
    is_of,
    ranges_of_cards,
    streams_of,
)

_LONGEST = WINDOWS["90d"]
LOOKBACK_DAYS = (_LONGEST.length + _LONGEST.tolerance).days
LOOKAHEAD_DAYS = _LONGEST.length.days


@dataclass(frozen=True, slots=True)
class Span:
    """The days of an export, `first` to `last`, with prices up to `known_until`."""

    first: date
    last: date
    known_until: date


def known_days(currency: str) -> tuple[date, date] | None:
    """The first and the last day that has prices and is over; None without any."""
    found = MarketIndexDaily.objects.filter(currency=currency).aggregate(
        first=Min("bucket"), last=Max("bucket")
    )
    if found["first"] is None:
        return None
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    last = min(found["last"].astimezone(UTC).date(), yesterday)
    first = found["first"].astimezone(UTC).date()
    return (first, last) if first <= last else None


def training_rows(span: Span, currency: str) -> Iterator[pa.Table]:
    """The rows of SCHEMA by printing, finish and day, some hundred printings a time."""
    streams = streams_of(currency)
    start = span.first - LOOKBACK_DAYS * DAY
    end = min(span.last + LOOKAHEAD_DAYS * DAY, span.known_until)
    for cards in ranges_of_cards((end - start).days + 1):
        grid = grid_of(cards, start, end, streams)
        if len(grid):
            yield _table(grid, cards, streams, span, Currency(currency))


def _table(
    grid: Grid, cards: range, streams: list[Stream], span: Span, currency: Currency
) -> pa.Table:
    figures = _figures(grid, streams, span)
    printings = _printings(cards)
    # A printing that is no longer in the catalogue has nothing to go by.
    known = np.isin(figures.card, list(printings))
    figures = figures.where(known)
    columns = (
        figures.columns
        | _attributes(figures, printings)
        | {
            "finish": _labels(figures.finish, [str(one) for one in FINISHES]),
            "marketplace": _labels(figures.stream, [one.slug for one in streams]),
            "currency": _labels(np.zeros(len(figures.card), np.int32), [str(currency)]),
            "day": pa.array(figures.day, pa.int32()).cast(pa.date32()),
            "price": _money(figures.price),
        }
    )
    arrays = [_typed(columns[column.name], column) for column in COLUMNS]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


@dataclass(frozen=True, slots=True, eq=False)
class _Figures:
    """The rows as columns: `day` since the epoch, `stream` a place in the streams."""

    card: Array
    finish: Array
    stream: Array
    day: Array
    price: Array
    columns: dict[str, Any]

    def where(self, rows: Array) -> _Figures:
        return _Figures(
            card=self.card[rows],
            finish=self.finish[rows],
            stream=self.stream[rows],
            day=self.day[rows],
            price=self.price[rows],
            columns={name: values[rows] for name, values in self.columns.items()},
        )


def _figures(grid: Grid, streams: list[Stream], span: Span) -> _Figures:
    """One row for each variant and day on which some stream asks a price."""
    starts = grid.variant_starts
    is_asked = asked(grid, streams)
    chosen = first_row(grid.only(is_asked), starts)
    low = (span.first - grid.first).days
    high = (span.last - grid.first).days + 1
    variant, day = np.nonzero(chosen[:, low:high] >= 0)
    day += low
    row = chosen[variant, day]
    prices, eras = grid.prices, grid.eras
    price = prices[row, day]
    own = {name: each[row, day] for name, each in _own_figures(prices, eras)}
    others = {name: each[variant, day] for name, each in _beside(grid, streams, starts)}
    bid = others.pop("bid")
    return _Figures(
        card=grid.card[row],
        finish=grid.finish[row],
        stream=grid.stream[row],
        day=day + (grid.first - EPOCH).days,
        price=price,
        columns=own
        | others
        | {"buylist_ratio": bid / price, "quantity": grid.quantity[row, day]},
    )


def _own_figures(prices: Array, eras: Array) -> Iterator[tuple[str, Array]]:
    """What a series says of itself, one matrix at a time."""
    for name, window in WINDOWS.items():
        length, tolerance = window.length.days, window.tolerance.days
        yield f"return_{name}", past_return(prices, eras, length, tolerance)
        if name in LATER:
            later = later_return(prices, eras, length, tolerance)
            yield f"later_return_{name}", later
    yield "volatility_30d", volatility(prices, eras, WINDOW_DAYS, MINIMUM)
    line = trend(prices, eras, WINDOW_DAYS, MINIMUM)
    yield from (
        ("trend_30d", line.slope),
        ("trend_t_30d", line.t),
        ("trend_r2_30d", line.r_squared),
    )


def _beside(
    grid: Grid, streams: list[Stream], starts: Array
) -> Iterator[tuple[str, Array]]:
    """What all streams of a variant say together."""
    sides = {
        side: is_of(grid, [stream.side == side for stream in streams]) for side in Side
    }
    newest = held(grid.prices, grid.eras, HELD_DAYS)

    def of(rows: Array) -> Array:
        return np.where(rows[:, None], newest, np.nan)

    yield "streams", counted(of(~sides[Side.BUYLIST]), starts)
    yield "bid", highest(of(sides[Side.BUYLIST]), starts)
    retail = of(sides[Side.RETAIL])
    spread = highest(retail, starts) / lowest(retail, starts) - 1
    yield "ask_spread", np.where(counted(retail, starts) > 1, spread, np.nan)


def _printings(cards: range) -> dict[int, tuple[Any, ...]]:
    """The facts of printings by their id."""
    bounds = {"first_card": cards.start, "end_card": cards.stop}
    with connection.cursor() as cursor:
        cursor.execute(load_sql("market", "cards_of_training"), bounds)
        return {card_id: tuple(facts) for card_id, *facts in cursor}


_FACTS = (
    *("scryfall_id", "name", "set", "collector_number", "rarity", "colors"),
    *("mana_value", "type_line", "is_reserved"),
)


def _attributes(
    figures: _Figures, printings: dict[int, tuple[Any, ...]]
) -> dict[str, Any]:
    """The facts of each row's printing, and how old it and its card were that day."""
    ids, place = np.unique(figures.card, return_inverse=True)
    facts = [printings[int(one)] for one in ids]
    columns: dict[str, Any] = {}
    for number, name in enumerate(_FACTS):
        values = [each[number] for each in facts]
        if SCHEMA.field(name).type == TEXT:
            columns[name] = _labels(place.astype(np.int32), values)
        else:
            columns[name] = pa.array(values, SCHEMA.field(name).type).take(
                pa.array(place)
            )
    *_, released, came_out = zip(*facts, strict=True) if facts else ((), ())
    columns["age_days"] = figures.day - _days(released)[place]
    columns["sets"] = _counts_by(came_out, place, figures.day)
    return columns


def _days(dates: tuple[date | None, ...]) -> Array:
    """Days since the epoch, NaN for none."""
    return np.array([np.nan if d is None else (d - EPOCH).days for d in dates], float)


def _counts_by(dates: tuple[list[date], ...], place: Array, day: Array) -> Array:
    """How many of the dates at each row's place had come by its day; the rows come in
    the order of their places."""
    counts = np.zeros(len(day), np.int64)
    ends = np.searchsorted(place, np.arange(len(dates) + 1))
    for number, each in enumerate(dates):
        rows = slice(ends[number], ends[number + 1])
        came_out = np.sort(_days(tuple(each)))
        counts[rows] = np.searchsorted(came_out, day[rows], "right")
    return counts


def _labels(codes: Array, labels: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(labels, pa.string())
    )


def _money(thousandths: Array) -> pa.Array:
    """Decimals with three places; none is absent."""
    wide = np.zeros((len(thousandths), 2), "<i8")
    wide[:, 0] = thousandths
    return pa.Array.from_buffers(MONEY, len(wide), [None, pa.py_buffer(wide)])


def _typed(values: Any, column: Column) -> pa.Array:
    """Numbers of numpy in the column's type, NaN as null."""
    if isinstance(values, pa.Array):
        return values
    absent = np.isnan(values) if values.dtype.kind == "f" else None
    if pa.types.is_integer(column.type) and absent is not None:
        values = np.where(absent, 0, values).astype(np.int64)
    return pa.array(values, mask=absent).cast(column.type)
