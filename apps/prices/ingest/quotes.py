"""What the adapters of single vendors share: numbers read with care, rows collected."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, Protocol

import numpy as np

from mtgintel.core.feeds import CorruptFeedError, Reject, Rejects
from mtgintel.core.money import MAX_THOUSANDTHS, SCALE

from .base import (
    ABSENT_COUNT,
    ABSENT_PRICE,
    NEAR_MINT,
    Array,
    PriceBlock,
    microseconds,
)
from .card_index import CardIndex, RowError
from .mtgjson import Stream
from .sealed import SealedQuote

# Thousandths in a unit of what the feed counts in.
IN_UNITS = SCALE
IN_CENTS = SCALE // 100
_HALF = Decimal("0.5")
# Quotes are packed into columns whenever there are this many.
_PACK = 65_536
# Clocks differ; a feed from further ahead than this would be "latest" for ever.
_AHEAD = timedelta(days=2)
# Reasons for which a row was not taken that are about which card it is.
UNRESOLVED = frozenset(
    {
        "unknown card",
        "ambiguous card",
        "contradictory card",
        "ambiguous product",
        "unknown blueprint",
    }
)


class BadPriceError(RowError):
    """An amount that is no price."""


def read_price(value: object, unit: int = IN_UNITS) -> int:
    """An amount of a feed in thousandths; 0 when it says there is none.

    None, "", 0 and "0.00" all mean no price. Raises BadPriceError for what is no
    amount, is negative or is beyond what a column holds.
    """
    if value is None or value in ("", 0):
        return ABSENT_PRICE
    amount = _amount(value)
    # Halves away from zero, as money is rounded everywhere.
    if isinstance(amount, Decimal):
        thousandths = math.floor(amount * unit + _HALF)
    else:
        thousandths = math.floor(amount * unit + 0.5)
    if thousandths > MAX_THOUSANDTHS:
        raise BadPriceError("price too large")
    if thousandths == 0 and amount > 0:
        raise BadPriceError("price too small")
    return thousandths


def _amount(value: object) -> float | Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise BadPriceError("not a number")
    amount = _decimal(value) if isinstance(value, str) else value
    if not math.isfinite(amount):
        raise BadPriceError("not a number")
    if amount < 0:
        raise BadPriceError("negative price")
    return amount


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        raise BadPriceError("not a number") from None


def read_extra_price(value: object, unit: int = IN_UNITS) -> int:
    """A price beside the price: what is none does not cost us the row."""
    try:
        return read_price(value, unit)
    except BadPriceError:
        return ABSENT_PRICE


def read_count(value: object) -> int:
    """A quantity as a number or its digits; -1 for what is neither."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    is_count = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
    if not is_count or not 0 <= value <= MAX_THOUSANDTHS:  # type: ignore[operator]
        return ABSENT_COUNT
    return int(value)  # type: ignore[call-overload]


def read_moment(text: object, zone: tzinfo | None = None) -> datetime | None:
    """An ISO 8601 moment, with or without a colon in its offset.

    One without an offset is of `zone`; without a zone either it says nothing.
    """
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment if moment.tzinfo else None


class Quote(NamedTuple):
    """One price of one product; codes and thousandths as in PriceBlock.

    A `price` of 0 only claims the card for its `product`: it is not on offer now. Of
    several products that claim a card in a finish, those of the highest `rank` count.
    `time` is in microseconds; 0 where the row has none of its own.
    """

    card_id: int
    marketplace_id: int
    finish: int
    language: int
    price: int
    condition: int = NEAR_MINT
    price_low: int = ABSENT_PRICE
    price_mid: int = ABSENT_PRICE
    price_high: int = ABSENT_PRICE
    price_market: int = ABSENT_PRICE
    num_listings: int = ABSENT_COUNT
    total_quantity: int = ABSENT_COUNT
    product: int = 0
    rank: int = 0
    time: int = 0


_OPTIONAL = {
    "price_low": ABSENT_PRICE,
    "price_mid": ABSENT_PRICE,
    "price_high": ABSENT_PRICE,
    "price_market": ABSENT_PRICE,
    "num_listings": ABSENT_COUNT,
    "total_quantity": ABSENT_COUNT,
}


class Quotes:
    """Collects the quotes of one file and gives them back as columns.

    `rows` counts the prices seen, rejected ones too.
    """

    def __init__(self, streams: Mapping[str, Stream], rejects: Rejects) -> None:
        self._streams, self.rejects = streams, rejects
        self._packed: list[Array] = []
        self._waiting: list[Quote] = []
        self.rows = 0

    def stream(self, slug: str, currency: str) -> int:
        """The marketplace a price goes to. Raises RowError where it cannot."""
        stream = self._streams.get(slug)
        if stream is None:
            raise RowError(f"no stream for {slug}")
        if stream.currency != currency:
            raise RowError("currency contradicts the marketplace")
        return stream.marketplace_id

    def add(self, quote: Quote) -> None:
        self.rows += quote.price > 0
        self._waiting.append(quote)
        if len(self._waiting) >= _PACK:
            self._pack()

    def reject(
        self, error: RowError, position: str, raw: dict[str, Any], rows: int = 1
    ) -> None:
        """Count `rows` prices that are not taken; `raw` is what they were."""
        self.rows += rows
        candidates = error.candidates
        if candidates:
            raw = {**raw, "candidates": list(candidates)}
        card_id = candidates[0] if len(candidates) == 1 else None
        reject = Reject(error.reason, position, raw=raw, card_id=card_id)
        self.rejects.add(reject, rows)

    def block(self, time_us: int) -> PriceBlock:
        """All that was added, of this moment unless a row has its own. Empties the
        collection.

        A card that two products claim in one finish gets the price of neither.
        """
        self._pack()
        rows = np.concatenate(
            [np.empty((0, len(Quote._fields)), np.int64), *self._packed]
        )
        self._packed.clear()
        contested = _contested(rows)
        if contested.any():
            self._reject_contested(rows, contested)
        rows = rows[~contested & (_column(rows, "price") > 0)]
        return _as_block(rows, time_us)

    def _pack(self) -> None:
        if self._waiting:
            self._packed.append(np.array(self._waiting, np.int64))
            self._waiting.clear()

    def _reject_contested(self, rows: Array, contested: Array) -> None:
        claims = _claims(rows)
        products: dict[int, set[int]] = {}
        for claim, product in zip(
            claims[contested].tolist(),
            _column(rows, "product")[contested].tolist(),
            strict=True,
        ):
            products.setdefault(claim, set()).add(product)
        for i in np.flatnonzero(contested & (_column(rows, "price") > 0)).tolist():
            quote = Quote(*rows[i].tolist())
            self.rejects.add(
                Reject(
                    "ambiguous product",
                    position=f"product {quote.product}",
                    detail="other products are said to be the same card and finish",
                    raw={
                        "products": sorted(products[int(claims[i])]),
                        "price": quote.price / SCALE,
                    },
                    card_id=quote.card_id,
                    marketplace_id=quote.marketplace_id,
                )
            )


def _column(rows: Array, name: str) -> Array:
    return rows[:, Quote._fields.index(name)]


def _claims(rows: Array) -> Array:
    """What a product claims: card, marketplace and finish in one number."""
    claim = _column(rows, "card_id")
    for name, bits in (("marketplace_id", 15), ("finish", 3), ("language", 5)):
        claim = (claim << bits) | _column(rows, name)
    return claim


def _contested(rows: Array) -> Array:
    """The rows whose claim another product has with the same right or a better one."""
    contested = np.zeros(len(rows), bool)
    if not len(rows):
        return contested
    claims, product, rank = (
        _claims(rows),
        _column(rows, "product"),
        _column(rows, "rank"),
    )
    order = np.lexsort((product, rank, claims))
    claims, product, rank = claims[order], product[order], rank[order]
    starts = np.flatnonzero(np.r_[True, claims[1:] != claims[:-1]])
    group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(rows)]))
    best = np.maximum.reduceat(rank, starts)[group]
    is_best = rank == best
    highest = np.maximum.reduceat(np.where(is_best, product, -1), starts)[group]
    lowest = np.minimum.reduceat(
        np.where(is_best, product, np.iinfo(np.int64).max), starts
    )[group]
    contested[order] = ~is_best & (product != highest) | (highest != lowest)
    return contested


def _as_block(rows: Array, time_us: int) -> PriceBlock:
    optional: dict[str, Array | None] = {}
    for name, absent in _OPTIONAL.items():
        values = _column(rows, name).astype(np.int32)
        optional[name] = values if (values != absent).any() else None
    times = _column(rows, "time")
    return PriceBlock(
        card_id=_column(rows, "card_id").astype(np.int32),
        marketplace_id=_column(rows, "marketplace_id").astype(np.int16),
        condition=_column(rows, "condition").astype(np.int16),
        finish=_column(rows, "finish").astype(np.int16),
        language=_column(rows, "language").astype(np.int16),
        time=np.where(times > 0, times, time_us),
        price=_column(rows, "price").astype(np.int32),
        **optional,
    )


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader needs beside the file.

    `at` is the moment the user says the prices held, `read_at` the moment the file was
    fetched or last changed: the first wins over what the feed says, the second stands
    in where it says nothing. `sealed` collects the prices of what is no card.
    """

    cards: CardIndex
    streams: Mapping[str, Stream]
    rejects: Rejects
    read_at: datetime
    at: datetime | None = None
    sealed: list[SealedQuote] = field(default_factory=list)

    def moment(self, said: datetime | None) -> datetime:
        """When the prices held, in UTC. Raises CorruptFeedError for a date yet to
        come."""
        if self.at is None and said is not None and said > self.read_at + _AHEAD:
            raise CorruptFeedError(
                f"The file says it is of {said.isoformat()}, which is yet to come. "
                "Nothing of it was stored; give the right moment with --at."
            )
        return (self.at or said or self.read_at).astimezone(UTC)


class FeedReader(Protocol):
    """What every adapter is: `blocks` reads the file, the rest is known afterwards.

    `rows` counts the prices seen so far, rejected ones too.
    """

    @property
    def rows(self) -> int: ...

    @property
    def as_of(self) -> datetime: ...

    def blocks(self) -> Iterator[PriceBlock]: ...


class VendorReader:
    """A reader whose prices are all of one moment, which the file may say last."""

    def __init__(self, context: Context) -> None:
        self.context, self.cards = context, context.cards
        self.quotes = Quotes(context.streams, context.rejects)
        self.said_at: datetime | None = None

    @property
    def rows(self) -> int:
        return self.quotes.rows

    @property
    def as_of(self) -> datetime:
        return self.context.moment(self.said_at)

    def blocks(self) -> Iterator[PriceBlock]:
        """Raises CorruptFeedError when the file turns out to be none."""
        self.read()
        yield self.quotes.block(microseconds(self.as_of))

    def read(self) -> None:
        """Collect every quote of the file, and when it says they held."""
        raise NotImplementedError
