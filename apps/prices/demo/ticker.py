"""The small moves between two reports, so that a demo market looks alive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np

from mtgintel.core.constants import Finish, Language, Side

from .chance import Array, normal, seeds, uniform
from .market import Quotes, quotes_at, variants
from .streams import STREAMS

# How many series move, by currency: nonfoils and others in the proportion in which
# there are any. Dollars move every minute, euros and tickets by turns.
_MOVING = {"USD": (4, 3), "EUR": (4, 3), "TIX": (2, 2)}
_TURNS = (("USD", "EUR"), ("USD", "TIX"))
# Below this a small move is lost in rounding.
_WORTH_MOVING = 500


def moving_quotes(moment: datetime) -> Quotes:
    """The handful of series that are quoted anew at the minute `moment`.

    In what a market index counts (English, no buylist) their mean is close to that of
    all series of their currency: a plain mean over a bucket must not depend on which
    series happened to tick in it. One that no index counts is quoted as well.
    """
    quotes = quotes_at(moment)
    minute = np.array([int(moment.timestamp()) // 60])
    own = _series_seeds(quotes)
    turn = uniform(own, minute, "turn")[0]
    currency = np.array([s.currency for s in STREAMS])[quotes.stream]
    is_nonfoil = np.array([v.finish is Finish.NONFOIL for v in variants()])
    counted = _is_counted(quotes)
    others = np.flatnonzero(~counted)
    chosen = [others[[np.argmin(turn[others])]]]
    for unit in _TURNS[minute.item() % len(_TURNS)]:
        of_unit = counted & (currency == unit)
        nonfoil = is_nonfoil[quotes.variant]
        for pool, count in zip(
            (of_unit & nonfoil, of_unit & ~nonfoil), _MOVING[unit], strict=True
        ):
            rows = np.flatnonzero(pool)
            chosen.append(rows[_representative(quotes.price[rows], turn[rows], count)])
    picked = np.concatenate(chosen)
    return _flickering(quotes[picked], own[picked], minute)


def _is_counted(quotes: Quotes) -> Array:
    """Whether a market index counts the rows."""
    is_bid = np.array([s.side is Side.BUYLIST for s in STREAMS])
    is_english = np.array([v.printing.language is Language.ENGLISH for v in variants()])
    return ~is_bid[quotes.stream] & is_english[quotes.variant]


def _series_seeds(quotes: Quotes) -> Array:
    return seeds(
        f"{STREAMS[stream].slug} {variants()[variant].key}"
        for stream, variant in zip(quotes.stream, quotes.variant, strict=True)
    )


def _representative(prices: Array, turn: Array, count: int) -> Array:
    """Indexes of `count` prices that together have the mean of all of them.

    Those whose turn is next, without the dearest, and one that makes up for the rest.
    """
    mean = prices.mean()
    usual = np.flatnonzero((prices >= _WORTH_MOVING) & (prices < 1.5 * mean))
    if len(usual) < count:
        usual = np.arange(len(prices))
    picked = usual[np.argsort(turn[usual])][: count - 1]
    missing = np.abs(count * mean - prices[picked].sum() - prices)
    missing[picked] = np.inf
    return np.append(picked, np.argmin(missing))


def _flickering(quotes: Quotes, own: Array, minute: Array) -> Quotes:
    """The same quotes, a little off where the stream is that lively."""
    price = quotes.price.copy()
    move = normal(own, minute, "flicker")[0]
    for i, stream in enumerate(STREAMS):
        if stream.flicker:
            mine = quotes.stream == i
            amounts = price[mine] / 1000 * np.exp(stream.flicker * move[mine])
            price[mine] = stream.rounded(amounts)
    return replace(
        quotes,
        price=price,
        price_low=np.minimum(quotes.price_low, price),
        price_mid=np.where(
            quotes.price_mid > 0, np.maximum(quotes.price_mid, price), 0
        ),
    )
