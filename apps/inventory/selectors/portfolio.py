"""A whole collection in one currency: its worth by three methods, what it consists of
and what in it did best and worst."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from apps.cards.models import Card, CardSet
from apps.inventory.maths.extremes import extremes, won
from apps.inventory.maths.shares import (
    BANDS,
    Array,
    Concentration,
    allocation,
    bands,
    concentration,
    sums,
)
from apps.prices.selectors import freshness
from apps.settings.selectors import preferences_of
from mtgintel.core import cache
from mtgintel.core.bulk import read_columns
from mtgintel.core.changes import percent_change
from mtgintel.core.constants import Finish, Rarity, Side
from mtgintel.core.fees import FeeProfile, sale_terms
from mtgintel.core.money import SCALE, from_thousandths
from mtgintel.core.sql import load_sql

from .benchmark import Benchmark
from .values import Holdings, HoldingsQuery, LotsState

METHODS = {
    "market": "At market",
    "buylist": "To buylists",
    "net": "Net of fees",
}
# How many a list of the best and worst has.
EXTREMES = 5
_MICRO = 1_000_000
_EPOCH = date(1970, 1, 1)
_COLOURS = "WUBRG"
_COLOUR_NAMES = ("White", "Blue", "Black", "Red", "Green")
_WINDOWS = {"change_7d": timedelta(days=7), "change_30d": timedelta(days=30)}
_COLUMNS = (
    *("id", "card", "card_set", "rarity", "colours", "finish", "held", "started"),
    *("cost", "price", "bid", "net", "observed", "price_7d", "price_30d"),
    *("is_estimate", "is_bid_estimate", "is_stale", "is_special", "as_of"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """What `copies` are worth by one method, `estimated` of them by a multiplier;
    `missing` plain copies have no such price and are not in it."""

    value: Decimal
    copies: int
    estimated: int
    missing: int


@dataclass(frozen=True, slots=True)
class Worth:
    """What `copies` were worth at one moment. `special` of them are graded, signed,
    altered, proxies or misprints: no method has a price for those."""

    copies: int
    special: int
    market: Figure
    buylist: Figure
    net: Figure

    @property
    def plain(self) -> int:
        return self.copies - self.special

    @property
    def covered_percent(self) -> Decimal | None:
        """The share of plain copies with a price; None without such copies."""
        if not self.plain:
            return None
        return (Decimal(100 * self.market.copies) / self.plain).quantize(Decimal("0.1"))


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the value, by its name; `key` says which for a script."""

    key: str
    name: str
    value: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Performer:
    """A lot that won or lost: how much, that in percent, and what the chained index of
    the currency did over the same days (None where it has none)."""

    lot_id: int
    card: Card
    finish: str
    quantity: int
    amount: Decimal
    percent: Decimal | None
    index_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Performers:
    """The best and worst of a collection, the largest amounts first."""

    top: list[Performer]
    flop: list[Performer]

    @property
    def both(self) -> list[list[Performer]]:
        return [rows for rows in (self.top, self.flop) if rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """A collection, or what a query leaves of it, as it is worth now.

    `unpriced` and `estimated` count lots. `cost` is that of the `with_cost` lots whose
    cost is known in the currency, by the owner's method; `gain` is unrealised and of
    the `with_gain` that have a price as well (None without any).
    `stale` copies, worth `stale_value`, have a price their stream should have renewed.
    `allocations` are by set, colour, rarity, finish and price of a copy; `performers`
    by gain, change_7d and change_30d.
    """

    currency: str
    worth: Worth
    lots: int
    unpriced: int
    estimated: int
    stale: int
    stale_value: Decimal
    cost: Decimal
    with_cost: int
    gain: Decimal | None
    with_gain: int
    oldest: datetime | None
    as_of: datetime | None
    allocations: dict[str, list[Slice]]
    concentration: Concentration | None
    performers: dict[str, Performers]


def portfolio(
    user: Any, wanted: HoldingsQuery, lots: LotsState | None = None
) -> Portfolio:
    """Kept until prices, these lots or what their owner prefers change."""
    held = Holdings(user, wanted, lots)
    terms = fee_terms(preferences_of(user).fee_profile(wanted.currency))
    key = f"inventory.portfolio:{held.state}:{terms}"
    return cache.get_or_compute(key, lambda: compute_portfolio(user, wanted))


def compute_portfolio(user: Any, wanted: HoldingsQuery) -> Portfolio:
    """The same from what the tables hold now, whatever was kept."""
    columns = lot_columns(user, wanted)
    return _portfolio(wanted.currency, columns, Benchmark.of(wanted.currency))


def fee_terms(profile: FeeProfile) -> dict[str, int]:
    """What a sale leaves of a price, as the statements reckon it: `factor` millionths
    of it and `amount` (below 0) millionths of a thousandth."""
    terms = sale_terms(profile)
    return {
        "factor": int((terms.factor * _MICRO).to_integral_value()),
        "amount": int((terms.amount * SCALE * _MICRO).to_integral_value()),
    }


def lot_columns(user: Any, wanted: HoldingsQuery) -> Array:
    """A row for each lot with what portfolio_lots.sql finds of it."""
    statement, parameters = lots_query(user, wanted)
    with connection.cursor() as cursor:
        return read_columns(
            cursor, statement, parameters, dict.fromkeys(_COLUMNS, ">i8")
        )


def lots_query(user: Any, wanted: HoldingsQuery) -> tuple[str, dict[str, Any]]:
    """The statement behind a portfolio and its parameters."""
    preferences = preferences_of(user)
    ending = load_sql("inventory", "portfolio_lots")
    statement, parameters = Holdings(user, wanted).statement(ending)
    bids = [
        (one.marketplace_id, one.as_of - timedelta(hours=one.freshness_hours))
        for one in freshness()
        if one.side == Side.BUYLIST
        and one.currency == wanted.currency
        and one.as_of is not None
        and preferences.uses(one.marketplace)
    ]
    return statement, {
        **parameters,
        **fee_terms(preferences.fee_profile(wanted.currency)),
        "buylists": [stream for stream, _ in bids],
        "seen_since": [since for _, since in bids],
        "rarities": list(Rarity.values),
        "now": timezone.now(),
    }


def _portfolio(currency: str, rows: Array, benchmark: Benchmark) -> Portfolio:
    one = {name: rows[name].astype(np.int64) for name in _COLUMNS}
    is_priced, is_stale = one["price"] >= 0, one["is_stale"] == 1
    costs, has_cost = one["cost"], one["cost"] >= 0
    one["value"] = value = np.where(is_priced, one["price"], 0) * one["held"]
    gains = np.where(is_priced & has_cost, value - costs, 0)
    moments = one["as_of"][is_priced]
    with_gain = int((is_priced & has_cost).sum())
    return Portfolio(
        currency=currency,
        worth=_worth(one),
        lots=len(rows),
        unpriced=int((~is_priced).sum()),
        estimated=int(one["is_estimate"].sum()),
        stale=int(one["held"][is_stale].sum()),
        stale_value=_sum(value[is_stale]),
        cost=_sum(costs[has_cost]),
        with_cost=int(has_cost.sum()),
        gain=_sum(gains) if with_gain else None,
        with_gain=with_gain,
        oldest=_moment(moments.min()) if len(moments) else None,
        as_of=_moment(moments.max()) if len(moments) else None,
        allocations=_allocations(one, value),
        concentration=concentration(sums(one["card"], value).values()),
        performers=_performers(one, value, gains, benchmark),
    )


def _worth(one: dict[str, Array]) -> Worth:
    held, is_plain = one["held"], one["is_special"] == 0
    plain = int(held[is_plain].sum())

    def figure(prices: Array, is_counted: Array, is_estimate: Array) -> Figure:
        copies = int(held[is_counted].sum())
        estimated = int(held[is_counted & is_estimate].sum())
        value = _sum((prices * held)[is_counted])
        return Figure(value, copies, estimated, plain - copies)

    is_estimate = one["is_estimate"] == 1
    return Worth(
        copies=int(held.sum()),
        special=int(held[~is_plain].sum()),
        market=figure(one["price"], one["price"] >= 0, is_estimate),
        buylist=figure(one["bid"], one["bid"] >= 0, one["is_bid_estimate"] == 1),
        net=figure(one["net"], one["net"] > 0, is_estimate),
    )


def _allocations(one: dict[str, Array], value: Array) -> dict[str, list[Slice]]:
    by_set = sums(one["card_set"], value)
    sets = CardSet.objects.in_bulk([key for key in by_set if key])
    named: dict[str, tuple[dict[int, int], Callable[[int], tuple[str, str]]]] = {
        "set": (by_set, lambda key: _set_name(sets.get(key))),
        "colour": (sums(one["colours"], value), _colour_name),
        "rarity": (sums(one["rarity"], value), _rarity_name),
        "finish": (sums(one["finish"], value), _finish_name),
        "price": (sums(bands(one["price"]), value), _band_name),
    }
    return {
        kind: [
            Slice(*name(part.key), from_thousandths(part.amount), part.percent)
            for part in allocation(amounts)
        ]
        for kind, (amounts, name) in named.items()
    }


def _set_name(found: CardSet | None) -> tuple[str, str]:
    return (found.code, found.name) if found else ("", "No set")


def _colour_name(bits: int) -> tuple[str, str]:
    """Of the five bits of WUBRG; what has two and more goes together."""
    letters = "".join(c for place, c in enumerate(_COLOURS) if bits >> place & 1)
    if not letters:
        return "C", "Colourless"
    if len(letters) > 1:
        return letters, letters
    return letters, _COLOUR_NAMES[_COLOURS.index(letters)]


def _rarity_name(place: int) -> tuple[str, str]:
    if not place:
        return "", "Unknown"
    rarity = Rarity.values[place - 1]
    return rarity, rarity.capitalize()


def _finish_name(place: int) -> tuple[str, str]:
    value, label = Finish.choices[place - 1]
    return value, label


def _band_name(band: int) -> tuple[str, str]:
    edges = [bound // SCALE for bound in BANDS]
    if band == 0:
        return f"0-{edges[0]}", f"under {edges[0]}"
    if band == len(edges):
        return f"{edges[-1]}-", f"{edges[-1]} and more"
    return f"{edges[band - 1]}-{edges[band]}", f"{edges[band - 1]} to {edges[band]}"


def _performers(
    one: dict[str, Array], value: Array, gains: Array, benchmark: Benchmark
) -> dict[str, Performers]:
    amounts = {"gain": gains}
    for name in _WINDOWS:
        then = one[name.replace("change", "price")]
        amounts[name] = won(value, one["observed"], then)
    chosen = {name: extremes(each, EXTREMES) for name, each in amounts.items()}
    places = {at for each in chosen.values() for at in (*each.top, *each.flop)}
    cards = Card.objects.select_related("card_set").in_bulk(
        [int(one["card"][at]) for at in places]
    )

    def row(name: str, at: int) -> Performer:
        return Performer(
            lot_id=int(one["id"][at]),
            card=cards[int(one["card"][at])],
            finish=Finish.values[int(one["finish"][at]) - 1],
            quantity=int(one["held"][at]),
            amount=from_thousandths(int(amounts[name][at])),
            percent=_percent(one, name, at),
            index_percent=_index_percent(one, name, at, benchmark),
        )

    return {
        name: Performers(
            [row(name, at) for at in each.top], [row(name, at) for at in each.flop]
        )
        for name, each in chosen.items()
    }


def _percent(one: dict[str, Array], name: str, at: int) -> Decimal | None:
    now, then = "value", "cost"
    if name != "gain":
        now, then = "observed", name.replace("change", "price")
    return percent_change(Decimal(int(one[then][at])), Decimal(int(one[now][at])))


def _index_percent(
    one: dict[str, Array], name: str, at: int, benchmark: Benchmark
) -> Decimal | None:
    """Since the lot was acquired, or since the window began."""
    if name == "gain":
        return benchmark.change(_EPOCH + timedelta(days=int(one["started"][at])))
    return benchmark.change_over(_WINDOWS[name])


def _sum(amounts: Array) -> Decimal:
    return from_thousandths(int(amounts.sum()))


def _moment(milliseconds: Any) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def worth_of(row: Iterable[int]) -> Worth:
    """From what replay.sql and portfolio_values have of a day: copies, special, priced,
    estimated, market, bid, buylist, sold, net."""
    copies, special, priced, estimated, market, bid, buylist, sold, net = row
    plain = copies - special

    def figure(value: int, counted: int, by_multiplier: int = 0) -> Figure:
        amount = from_thousandths(value)
        return Figure(amount, counted, by_multiplier, plain - counted)

    return Worth(
        copies=copies,
        special=special,
        market=figure(market, priced, estimated),
        buylist=figure(buylist, bid),
        net=figure(net, sold),
    )
