"""What the streams of a card said and when: who is asked about a doubted price."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np

from mtgintel.core.constants import Side

from .base import Array
from .screening import NEARBY_US, Point, Witness

# How a series is packed into one integer (spool.series_keys): a card, 15 bits of
# marketplace, then condition, finish and language, which are the card's variant.
_VARIANT_BITS = 12
_CARD_BITS = 27
_VARIANT = (1 << _VARIANT_BITS) - 1
_MARKETPLACE = (1 << (_CARD_BITS - _VARIANT_BITS)) - 1
# Before any break.
ALWAYS = -(1 << 62)


_Ids = TypeVar("_Ids", int, Array)


class SeriesParts(NamedTuple):
    card_id: int
    marketplace_id: int
    condition: int
    finish: int
    language: int


def series_key(parts: SeriesParts) -> int:
    """One series as spool.series_keys has it."""
    key = parts.card_id << 15 | parts.marketplace_id
    return ((key << 4 | parts.condition) << 3 | parts.finish) << 5 | parts.language


def parts_of(key: int) -> SeriesParts:
    """The reverse of `series_key`."""
    return SeriesParts(
        key >> _CARD_BITS,
        key >> _VARIANT_BITS & _MARKETPLACE,
        key >> 8 & 15,
        key >> 5 & 7,
        key & 31,
    )


def first_key_of(card_id: _Ids) -> _Ids:
    """No series of the card sorts before this, none of an earlier card after it."""
    return card_id << _CARD_BITS


def cards_of(keys: Array) -> Array:
    return keys >> _CARD_BITS


def marketplaces_of(keys: Array) -> Array:
    return keys >> _VARIANT_BITS & _MARKETPLACE


def variants_of(keys: Array, codes: Array) -> Array:
    """Keys with a code of the marketplace in its place: its currency's, say."""
    others = ~np.int64(_MARKETPLACE << _VARIANT_BITS)
    return keys & others | codes[marketplaces_of(keys)] << _VARIANT_BITS


def _variant(key: int) -> int:
    return key >> _CARD_BITS << _VARIANT_BITS | key & _VARIANT


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the gate has to know of a marketplace; `breaks` in microseconds."""

    marketplace_id: int
    slug: str
    vendor: str
    side: str
    currency: str
    breaks: tuple[int, ...] = ()

    @property
    def is_buylist(self) -> bool:
        return self.side == Side.BUYLIST

    def since(self, time: int) -> int:
        """From when on prices mean what one of `time` means."""
        n = bisect_right(self.breaks, time)
        return self.breaks[n - 1] if n else ALWAYS

    def is_comparable_to(self, other: StreamFacts) -> bool:
        """Whether their prices of one card should be about the same."""
        return (
            self.vendor != other.vendor
            and self.currency == other.currency
            and self.is_buylist == other.is_buylist
        )

    def is_independent_of(self, other: StreamFacts) -> bool:
        """Whether its moves tell anything of the other's: not the same shelf."""
        return self.vendor != other.vendor or self.is_buylist != other.is_buylist


class Testimony:
    """Prices of some cards by stream, as they were observed, held ones too."""

    def __init__(self, streams: Mapping[int, StreamFacts]) -> None:
        self._streams = streams
        self._said: dict[int, dict[int, dict[int, int]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        self._order: dict[tuple[int, int], list[int]] = {}

    def add(self, key: int, time: int, price: int) -> None:
        """A price of series `key`; a later call of the same time replaces it."""
        marketplace_id = key >> _VARIANT_BITS & _MARKETPLACE
        self._said[_variant(key)][marketplace_id][time] = price

    def add_rows(self, keys: Sequence[int], rows: Array) -> None:
        for key, time, price in zip(
            keys, rows["time"].tolist(), rows["price"].tolist(), strict=True
        ):
            self.add(key, time, price)

    def witnesses(
        self, key: int, time: int, previous: Point | None
    ) -> tuple[list[Witness], int | None]:
        """What the other streams say at `time`, and what the same vendor asks, for a
        price that it pays."""
        own = self._streams[key >> _VARIANT_BITS & _MARKETPLACE]
        found, own_retail = [], None
        for stream, now in self._others(key, own, time):
            if own.is_buylist and _asks_for(stream, own):
                own_retail = now.price
            if stream.is_independent_of(own):
                found.append(self._witness(key, own, stream, now, previous))
        return found, own_retail

    def _others(
        self, key: int, own: StreamFacts, time: int
    ) -> Iterator[tuple[StreamFacts, Point]]:
        for marketplace_id in sorted(self._said[_variant(key)]):
            if marketplace_id != own.marketplace_id:
                now = self._at(key, marketplace_id, time)
                if now is not None:
                    yield self._streams[marketplace_id], now

    def _witness(
        self,
        key: int,
        own: StreamFacts,
        stream: StreamFacts,
        now: Point,
        previous: Point | None,
    ) -> Witness:
        before = None
        if previous is not None:
            before = self._at(key, stream.marketplace_id, previous.time)
        if before is not None and before.time < stream.since(now.time):
            before = None
        return Witness(
            stream.marketplace_id,
            now,
            before.price if before else 0,
            stream.is_comparable_to(own),
        )

    def _at(self, key: int, marketplace_id: int, time: int) -> Point | None:
        """The newest price at or before `time`, if it is near."""
        said = self._said[_variant(key)][marketplace_id]
        order = self._order.get((_variant(key), marketplace_id))
        if order is None:
            order = self._order[_variant(key), marketplace_id] = sorted(said)
        n = bisect_left(order, time + 1)
        if not n or order[n - 1] < time - NEARBY_US:
            return None
        return Point(order[n - 1], said[order[n - 1]])


def _asks_for(stream: StreamFacts, own: StreamFacts) -> bool:
    return (
        stream.vendor == own.vendor
        and stream.side == Side.RETAIL
        and stream.currency == own.currency
    )
