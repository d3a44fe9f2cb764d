"""Prices of many variants side by side, a column per day.

`Observations` holds every stream of some cards; `Observations.upto(day)` makes a
`Panel` of it: what could be known at the end of that day, with one stream per variant.
Which stream that is, and what lies before a break, depend on the day; so a panel is
made for each day anew, and nothing of the days after it can reach it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .windows import daily_returns, last_seen

Array = NDArray[Any]

# The days a panel looks back on: 90 and the last.
LOOKBACK = 90
# A stream speaks for a variant as long as it was seen this many days ago at most.
ALIVE_DAYS = 2
# And before the preferred ones, if those were seen on fewer days than this.
ENOUGH_DAYS = 30
# A variant is a number: card id * FINISHES + the finish.
FINISHES = 4

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Panel:
    """Some variants as known at the end of the last of `days`: a row per variant (a
    printing in one finish: 0 nonfoil, 1 foil, 2 etched), a column per calendar day,
    none left out.

    `close` is the last price of the day in the stream `marketplace_ids` names, in units
    of the currency; `bid` the most that a shop paid for it; `copies` how many were on
    offer, in the preferred stream that tells (the mean over what was observed that
    day). NaN where nothing was seen. Every variant was seen ALIVE_DAYS before the last
    day at the earliest. Prices of Near Mint English copies.
    """

    currency: str
    days: Array
    card_ids: Array
    finishes: Array
    marketplace_ids: Array
    close: Array
    copies: Array
    bid: Array

    def __len__(self) -> int:
        return len(self.card_ids)

    @property
    def day(self) -> date:
        last: date = self.days[-1].astype("datetime64[D]").item()
        return last

    def where(self, chosen: Array) -> Panel:
        """The rows that a mask or a list of positions chooses."""
        rows = {
            field.name: getattr(self, field.name)[chosen]
            for field in fields(self)
            if field.name not in ("currency", "days")
        }
        return replace(self, **rows)

    @cached_property
    def now(self) -> Array:
        """The newest price of each variant, float64[n]."""
        return last_seen(self.close)[0]

    @cached_property
    def returns(self) -> Array:
        """Daily logarithmic returns, float64[n, d]: see windows.daily_returns."""
        return daily_returns(self.close)


@dataclass(frozen=True, eq=False)
class Observations:
    """Every stream's prices of some cards in one currency: a row per series, sorted by
    card, finish and `place` (of its stream in the order of preference), a column per
    calendar day.

    `is_bid` marks buylists. `breaks` are the days on which a stream, by its id, became
    another. Made by `Observations.of`.
    """

    currency: str
    days: Array
    card_ids: Array
    finishes: Array
    marketplace_ids: Array
    places: Array
    is_bid: Array
    close: Array
    copies: Array
    breaks: Mapping[int, Sequence[date]]

    @classmethod
    def of(cls, **columns: Any) -> Observations:
        """From rows in any order."""
        variant = columns["card_ids"].astype(np.int64) * FINISHES + columns["finishes"]
        order = np.lexsort((columns["places"], variant))
        whole = ("currency", "days", "breaks")
        return cls(
            **{
                name: value if name in whole else value[order]
                for name, value in columns.items()
            }
        )

    def __len__(self) -> int:
        return len(self.card_ids)

    def upto(self, day: date, lookback: int = LOOKBACK) -> Panel:
        """What was known at the end of `day`, of that day and `lookback` before it."""
        last = np.datetime64(day, "D")
        columns = (self.days > last - (lookback + 1) * _DAY) & (self.days <= last)
        days = self.days[columns]
        close = self.close[:, columns]
        copies = np.where(self.is_bid[:, None], np.nan, self.copies[:, columns])
        self._forget_what_broke(days, close, copies, day)
        variant = self.card_ids.astype(np.int64) * FINISHES + self.finishes
        rows = _speaking(variant, self.places, close, ~self.is_bid)
        telling = _speaking(variant, self.places, copies, ~self.is_bid)
        return Panel(
            currency=self.currency,
            days=days,
            card_ids=self.card_ids[rows],
            finishes=self.finishes[rows],
            marketplace_ids=self.marketplace_ids[rows],
            close=close[rows],
            copies=_beside(variant[rows], variant[telling], copies[telling]),
            bid=_beside(variant[rows], *_best(variant, close, self.is_bid)),
        )

    def _forget_what_broke(
        self, days: Array, close: Array, copies: Array, day: date
    ) -> None:
        """Blank what a stream said before its last break up to `day`."""
        for stream, began in self.breaks.items():
            known = [one for one in began if one <= day]
            if known:
                cell = np.ix_(
                    self.marketplace_ids == stream, days < np.datetime64(max(known))
                )
                close[cell] = copies[cell] = np.nan


def _speaking(variant: Array, places: Array, values: Array, may: Array) -> Array:
    """The row that speaks for each variant that has one alive, by variant."""
    seen = ~np.isnan(values)
    alive = np.flatnonzero(may & seen[:, -1 - ALIVE_DAYS :].any(axis=1))
    is_short = seen[alive].sum(axis=1) < ENOUGH_DAYS
    rows = alive[np.lexsort((places[alive], is_short, variant[alive]))]
    owner = variant[rows]
    return rows[np.r_[True, owner[1:] != owner[:-1]][: len(rows)]]


def _best(variant: Array, values: Array, may: Array) -> tuple[Array, Array]:
    """The variants of the rows that may, and the largest value of each day."""
    rows = np.flatnonzero(may)
    owner = variant[rows]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]][: len(rows)])
    if not len(starts):
        return owner, values[rows]
    return owner[starts], np.fmax.reduceat(values[rows], starts, axis=0)


def _beside(variant: Array, known: Array, values: Array) -> Array:
    """The values of each of `variant`, NaN for those that are not `known` (sorted)."""
    found = np.full((len(variant), values.shape[1]), np.nan)
    if len(known):
        place = np.minimum(np.searchsorted(known, variant), len(known) - 1)
        is_known = known[place] == variant
        found[is_known] = values[place[is_known]]
    return found


def calendar(first: date, last: date) -> Array:
    """Every day from `first` to `last`, datetime64[D]."""
    return np.arange(np.datetime64(first), np.datetime64(last) + _DAY)
