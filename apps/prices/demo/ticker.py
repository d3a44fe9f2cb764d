"""The small moves between two reports, so that a demo market looks alive."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np

from mtgintel.core.constants import Finish, Side

from .chance import Array, normal, seeds, uniform
from .market import Quotes, quotes_at, variants
from .streams import STREAMS

# How many series move in a minute, by currency and by whether they are foil.
_MOVING = {
    ("USD", False): 5,
    ("USD", True): 4,
    ("EUR", False): 3,
    ("EUR", True): 2,
    ("TIX", False): 2,
    ("TIX", True): 1,
}
# Below this a small move is lost in rounding.
_WORTH_MOVING = 500


def moving_quotes(moment: datetime) -> Quotes:
    """The handful of series that are quoted anew at the minute `moment`.

    Their mean is close to that of all series of their currency: a plain mean over
    what a bucket holds must not depend on which series happened to tick in it.
    """
    quotes = quotes_at(moment)
    minute = np.array([int(moment.timestamp()) // 60])
    own = _series_seeds(quotes)
    turn = uniform(own, minute, "turn")[0]
    is_bid = np.array([s.side is Side.BUYLIST for s in STREAMS])[quotes.stream]
    currency = np.array([s.currency for s in STREAMS])[quotes.stream]
    is_foil = np.array([v.finish is not Finish.NONFOIL for v in variants()])
    chosen = [np.flatnonzero(is_bid)[[np.argmin(turn[is_bid])]]]
    for (unit, foil), count in _MOVING.items():
        pool = (currency == unit) & (is_foil[quotes.variant] == foil) & ~is_bid
        rows = np.flatnonzero(pool)
        chosen.append(rows[_representative(quotes.price[rows], turn[rows], count)])
    picked = np.concatenate(chosen)
    return _flickering(quotes[picked], own[picked], minute)


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
