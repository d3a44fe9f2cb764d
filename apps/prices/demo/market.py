"""Prices of the demo market for any moment, always the same ones.

Every variant (a printing in one finish) has a level from the facts and a course: the
market's, its card's and its own wandering, leaps, and the stories that befall it. A
stream sees that course through its own opinion, prices a series anew only now and
then, and writes the price its own way. Calibrated to what is known of real feeds: the
shares of prices that stay as they are, the sizes of changes, what foils cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from mtgintel.core.constants import Finish, Side

from .chance import Array, normal, seeds, uniform, wander
from .facts import Printing, printings
from .stories import occurrences
from .streams import STREAMS, Stream

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A series is priced anew at least this often, so a look back this far finds a price.
_LONGEST_STAND = 90
# How many days a leap is felt.
_LEAP_FELT = 120
# Daily movement (log) of a card by its price in dollars.
_PRICES = np.log([0.1, 1, 3, 10, 45, 150, 1000])
_MOVES = np.array([0.036, 0.028, 0.0245, 0.0165, 0.0088, 0.0075, 0.0065])
# A foil is dearer by this factor in the median, and one in eight is cheaper.
_FOIL_FACTOR, _FOIL_CHEAPER = 2.24, 0.12
_TIX_FOIL_FACTOR = 1.15
# Dearer series are never absent: without one of them a plain mean over a currency
# would show a fall that no price made.
_ALWAYS_THERE_FROM = 100.0
_BUYLIST_FROM = 0.8


@dataclass(frozen=True, slots=True)
class Variant:
    """A printing in one finish; `usd` and `tix` are its levels, None without one."""

    printing: Printing
    finish: Finish
    usd: float | None
    tix: float | None

    @property
    def key(self) -> str:
        return f"{self.printing.key} {self.finish}"


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """Observations as columns. `stream` and `variant` are indexes, `time` is in
    microseconds since the Unix epoch, prices are thousandths; an absent price is 0,
    an absent count -1."""

    stream: Array
    variant: Array
    time: Array
    price: Array
    price_low: Array
    price_mid: Array
    num_listings: Array
    total_quantity: Array

    def __len__(self) -> int:
        return len(self.price)

    def __getitem__(self, chosen: Array) -> Quotes:
        return Quotes(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


def nothing() -> Quotes:
    """No rows."""
    return Quotes(*(np.zeros(0, np.int64) for _ in fields(Quotes)))


def joined(parts: Iterable[Quotes]) -> Quotes:
    """All rows of `parts`, in their order."""
    parts = list(parts)
    return Quotes(
        **{
            f.name: np.concatenate([getattr(part, f.name) for part in parts])
            for f in fields(Quotes)
        }
    )


def _foil_factors(pairs: list[str]) -> dict[str, float]:
    """The price of a foil over its nonfoil, spread evenly over the distribution."""
    middle = np.log(_FOIL_FACTOR)
    deviation = -middle / NormalDist().inv_cdf(_FOIL_CHEAPER)
    order = np.argsort(seeds(f"foil {key}" for key in pairs))
    factors = {}
    for rank, i in enumerate(order):
        z = NormalDist().inv_cdf((rank + 0.5) / len(pairs))
        factors[pairs[i]] = float(np.exp(middle + deviation * z))
    return factors


@lru_cache(maxsize=1)
def variants() -> tuple[Variant, ...]:
    """Every printing in every finish it exists in."""
    seconds = [
        f"{printing.key} {finish}"
        for printing in printings()
        for finish in printing.finishes[1:]
    ]
    factors = _foil_factors(seconds)
    made = []
    for printing in printings():
        for i, finish in enumerate(printing.finishes):
            factor = factors[f"{printing.key} {finish}"] if i else 1.0
            usd = None if printing.usd is None else printing.usd * factor
            tix = None
            if printing.tix is not None and finish is not Finish.ETCHED:
                tix = printing.tix * (_TIX_FOIL_FACTOR if i else 1.0)
            made.append(Variant(printing, finish, usd, tix))
    return tuple(made)


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """The series of one stream: which variants, at what log level, with which seeds."""

    variants: Array
    levels: Array
    seeds: Array


def _is_sold(variant: Variant, stream: Stream) -> bool:
    if stream.currency == "TIX":
        return variant.tix is not None
    if variant.usd is None:
        return False
    if stream.slug.startswith("cardkingdom") and variant.printing.lang_code != "en":
        return False
    return stream.side is not Side.BUYLIST or variant.usd >= _BUYLIST_FROM


@lru_cache(maxsize=len(STREAMS))
def _series(stream: Stream) -> _Series:
    chosen = [i for i, v in enumerate(variants()) if _is_sold(v, stream)]
    names = [f"{stream.slug} {variants()[i].key}" for i in chosen]
    own = seeds(names)
    column = "tix" if stream.currency == "TIX" else "usd"
    levels = np.log([getattr(variants()[i], column) for i in chosen])
    opinion = normal(own, np.zeros(1), "opinion")[0]
    return _Series(
        variants=np.array(chosen),
        levels=levels + np.log(stream.level) + stream.spread * opinion,
        seeds=own,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """What moves variants, per day (row): logs of factors, and where they leap."""

    factor: Array
    leaps: Array


def _course(days: Array) -> _Course:
    """The course of every variant at the midnights that begin `days`."""
    cards = sorted({v.printing.card.name for v in variants()})
    card_of = np.array([cards.index(v.printing.card.name) for v in variants()])
    own = seeds(v.key for v in variants())
    levels = np.log([v.usd or v.tix or 1.0 for v in variants()])
    move = np.interp(levels, _PRICES, _MOVES)
    together = wander(seeds(cards), days, "card")[:, card_of]
    alone = wander(own, days, "variant")
    factor = move * (0.75 * together + 0.66 * alone)
    factor += 0.004 * wander(seeds(["market"]), days, "market")
    leaps = np.zeros(factor.shape, bool)
    _add_leaps(factor, leaps, days, (seeds(cards), card_of))
    _add_leaps(factor, leaps, days, (own, np.arange(len(own))))
    _add_stories(factor, leaps, days, only=None)
    return _Course(factor, leaps)


def _add_leaps(
    factor: Array, leaps: Array, days: Array, holders: tuple[Array, Array]
) -> None:
    """Sudden moves, which fade: small ones either way, and now and then a doubling.

    `holders` are the seeds of what leaps and the holder of every variant.
    """
    of, holder = holders
    earlier = np.arange(days[0] - _LEAP_FELT, days[-1] + 1)
    chance = uniform(of, earlier, "leap")
    size = -np.log1p(-uniform(of, earlier, "leap size"))
    sign = np.where(uniform(of, earlier, "leap sign") < 0.55, 1, -1)
    felt = np.arange(_LEAP_FELT)
    for row, column in np.argwhere(chance < 0.0028):
        if chance[row, column] < 0.00012:
            course = (0.75 + 0.3 * size[row, column]) * np.exp(-felt / 18)
        else:
            course = sign[row, column] * 0.12 * size[row, column] * np.exp(-felt / 40)
        begin = row - _LEAP_FELT
        visible = np.arange(max(begin, 0), min(begin + _LEAP_FELT, len(days)))
        of_holder = np.flatnonzero(holder == column)
        factor[np.ix_(visible, of_holder)] += course[visible - begin, None]
        if begin >= 0:
            leaps[begin, of_holder] = True


def _add_stories(factor: Array, leaps: Array, days: Array, only: str | None) -> None:
    """The stories that all streams see, or those that only one does."""
    names = np.array([v.printing.card.name for v in variants()])
    for happening in occurrences(int(days[0]), int(days[-1])):
        if happening.story.only == only:
            effect = happening.effect(days)
            of_card = np.flatnonzero(names == happening.card)
            factor[:, of_card] += effect[:, None]
            sudden = np.abs(np.diff(effect, prepend=effect[:1])) > 0.03
            leaps[np.ix_(sudden, of_card)] = True


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """The prices of a stream's series from `first_day` on, one row a day.

    `fresh` are the prices of that day's repricing, where there `is_repriced`, in force
    from the fraction `since` of the day; `standing` are those at its end.
    """

    first_day: int
    fresh: Array
    is_repriced: Array
    since: Array
    standing: Array

    def at(self, days: Array, fraction: Array) -> Array:
        """Prices in force at moments, given as day and fraction of the day."""
        rows = days - self.first_day
        is_new = self.is_repriced[rows] & (self.since[rows] <= fraction[:, None])
        return np.where(is_new, self.fresh[rows], self.standing[rows - 1])


@lru_cache(maxsize=1)
def _paths(first_day: int, last_day: int) -> tuple[_Path, ...]:
    """Paths of all streams that hold for the days given."""
    days = np.arange(first_day - 1 - _LONGEST_STAND, last_day + 2)
    course = _course(days)
    return tuple(_path(stream, days, course) for stream in STREAMS)


def _path(stream: Stream, days: Array, course: _Course) -> _Path:
    series = _series(stream)
    factor = course.factor[:, series.variants].copy()
    leaps = course.leaps[:, series.variants].copy()
    if any(
        h.story.only == stream.slug for h in occurrences(int(days[0]), int(days[-1]))
    ):
        own = np.zeros(course.factor.shape)
        own_leaps = np.zeros(own.shape, bool)
        _add_stories(own, own_leaps, days, only=stream.slug)
        factor += own[:, series.variants]
        leaps |= own_leaps[:, series.variants]
    target = series.levels + factor + stream.drift * wander(series.seeds, days, "drift")
    since = uniform(series.seeds, days[:-1], "since")
    amounts = np.exp(target[:-1] * (1 - since) + target[1:] * since)
    turn = (days[:-1, None] + (series.seeds % _LONGEST_STAND).astype(np.int64)) % (
        _LONGEST_STAND
    )
    is_repriced = uniform(series.seeds, days[:-1], "reprice") < stream.repricing
    is_repriced |= turn == 0
    noticed = np.roll(leaps, stream.lag, axis=0)[:-1]
    noticed[: stream.lag] = False
    is_repriced |= noticed
    fresh = stream.rounded(amounts)
    last = np.maximum.accumulate(
        np.where(is_repriced, np.arange(len(fresh))[:, None], 0), axis=0
    )
    standing = np.take_along_axis(fresh, last, axis=0)
    return _Path(int(days[0]), fresh, is_repriced, since, standing)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _observed(
    stream_index: int, moments: Array, paths: tuple[_Path, ...], *, scheduled: bool
) -> Quotes:
    """What a stream shows at `moments`; gaps belong to its schedule only."""
    stream, series = STREAMS[stream_index], _series(STREAMS[stream_index])
    if scheduled and stream.silent_day is not None:
        moments = moments[moments // _DAY % 89 != stream.silent_day]
    days = moments // _DAY
    price = paths[stream_index].at(days, moments % _DAY / _DAY)
    is_there = _on_sale(stream, series, days)
    if scheduled:
        missed = uniform(series.seeds, moments // _HOUR, "missing") < stream.missing
        is_there &= ~(missed & _may_be_absent(series))
    rows, columns = np.nonzero(is_there)
    return _with_details(stream_index, columns, moments[rows], price[rows, columns])


def _may_be_absent(series: _Series) -> Array:
    return series.levels < np.log(_ALWAYS_THERE_FROM)


def _on_sale(stream: Stream, series: _Series, days: Array) -> Array:
    """False in the stretches in which a shop is out of stock, or is not buying."""
    stretch = days // 40
    is_off = uniform(series.seeds, stretch, "off sale") < stream.off_sale
    begin = 20 * uniform(series.seeds, stretch, "off sale from")
    length = 4 + 16 * uniform(series.seeds, stretch, "off sale for")
    day = (days % 40)[:, None]
    is_off &= (begin <= day) & (day < begin + length)
    return ~(is_off & _may_be_absent(series))


def _with_details(
    stream_index: int, columns: Array, time: Array, price: Array
) -> Quotes:
    """Offers and stock around the prices, where the stream shows such."""
    stream, series = STREAMS[stream_index], _series(STREAMS[stream_index])
    n = len(price)
    draw = _per_row(series.seeds[columns], time // _DAY, "offers")
    popularity = _per_row(series.seeds[columns], np.zeros(n, np.int64), "popularity")
    supply = 8 * np.exp(3.2 * popularity) * (1.15 - 0.3 * draw)
    nothing, unknown = np.zeros(n, np.int64), np.full(n, -1)
    low = mid = nothing
    listings = quantity = unknown
    cents = stream.rounded if stream.currency != "TIX" else None
    if stream.slug == "tcgplayer" and cents:
        low = np.minimum(cents(price / 1000 * (0.78 + 0.18 * draw)), price)
        mid = np.maximum(cents(price / 1000 * (1.08 + 0.2 * draw)), price)
        listings = np.rint(supply).astype(np.int64)
        quantity = np.rint(supply * (1.5 + 2 * popularity)).astype(np.int64)
    elif stream.slug == "cardmarket" and cents:
        low = np.minimum(cents(price / 1000 * (0.45 + 0.4 * draw)), price)
    elif stream.side is Side.RETAIL:
        quantity = np.rint(1 + supply / 10).astype(np.int64)
    elif stream.side is Side.BUYLIST:
        quantity = np.rint(1 + 12 * popularity).astype(np.int64)
    return Quotes(
        stream=np.full(n, stream_index),
        variant=series.variants[columns],
        time=time,
        price=price,
        price_low=low,
        price_mid=mid,
        num_listings=listings,
        total_quantity=quantity,
    )


def _per_row(of: Array, numbers: Array, purpose: str) -> Array:
    """A draw in [0, 1) for every pair of seed and number."""
    kinds, column = np.unique(of, return_inverse=True)
    steps, row = np.unique(numbers, return_inverse=True)
    return uniform(kinds, steps, purpose)[row, column]


def scheduled(since: datetime, until: datetime, *, intraday_from: datetime) -> Quotes:
    """What the streams report of themselves in (since, until].

    Once a day at the stream's hour; from `intraday_from` on every six hours, where
    the stream shows as much.
    """
    first, last = _microseconds(since) // _HOUR + 1, _microseconds(until) // _HOUR
    hours = np.arange(first, last + 1)
    if not len(hours):
        return nothing()
    paths = _paths(first // 24, last // 24)
    parts = []
    for i, stream in enumerate(STREAMS):
        due = hours % 24 == stream.hour
        if stream.shows_intraday:
            due |= (hours % 6 == 0) & (hours * _HOUR >= _microseconds(intraday_from))
        parts.append(_observed(i, hours[due] * _HOUR, paths, scheduled=True))
    return joined(parts)


def quotes_at(moment: datetime) -> Quotes:
    """Every series that is on sale at `moment`."""
    at = np.array([_microseconds(moment)])
    paths = _paths(int(at[0] // _DAY), int(at[0] // _DAY))
    return joined(_observed(i, at, paths, scheduled=False) for i in range(len(STREAMS)))
