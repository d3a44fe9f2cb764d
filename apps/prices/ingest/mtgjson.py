"""MTGJSON AllPrices and AllPricesToday.

    data.<uuid>.<game>.<provider>.{currency, retail|buylist.<finish>.<date>: price}

The figures are JSON numbers in the provider's currency; `normal` means nonfoil.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import numpy as np
from django.utils import timezone

from mtgintel.core.constants import Finish
from mtgintel.core.feeds import FURTHEST_AHEAD, Reject, Rejects
from mtgintel.core.money import MAX_THOUSANDTHS, SCALE

from .base import (
    FINISH_CODE,
    NEAR_MINT,
    Array,
    PriceBlock,
)
from .identity import CardFacts
from .members import Member, Members

# Provider and side -> the stream its figures belong to.
STREAMS = {
    ("tcgplayer", "retail"): "tcgplayer",
    ("cardkingdom", "retail"): "cardkingdom",
    ("cardkingdom", "buylist"): "cardkingdom-buylist",
    ("cardmarket", "retail"): "cardmarket",
    ("manapool", "retail"): "manapool",
    ("cardhoarder", "retail"): "cardhoarder",
}
PROVIDERS = {provider for provider, _ in STREAMS}
# Its tickets are labelled USD.
MISLABELLED = {"cardhoarder"}
FINISHES = {
    "normal": FINISH_CODE[Finish.NONFOIL],
    "foil": FINISH_CODE[Finish.FOIL],
    "etched": FINISH_CODE[Finish.ETCHED],
}
SIDES = ("retail", "buylist")

# The game came out in 1993.
_FIRST_DAY = date(1993, 8, 5)
_EPOCH = date(1970, 1, 1)
_DAY_US = 86_400_000_000
_BAD_DAY = -1
_BLOCK_ROWS = 200_000


class Provider(msgspec.Struct):
    """One provider's node as it should be; anything else is read with more care."""

    currency: str | None = None
    retail: dict[str, dict[str, float]] = {}
    buylist: dict[str, dict[str, float]] = {}


_decode = msgspec.json.Decoder(dict[str, dict[str, Provider]]).decode


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a provider's figures go: a marketplace and its currency."""

    marketplace_id: int
    currency: str


class _Days(dict[str, int]):
    """ISO date -> days since the epoch, parsed once; _BAD_DAY for what is none."""

    def __init__(self) -> None:
        self._last = timezone.now().date() + FURTHEST_AHEAD

    def __missing__(self, text: str) -> int:
        try:
            day = date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            day = None
        if day is None or not _FIRST_DAY <= day <= self._last:
            self[text] = _BAD_DAY
        else:
            self[text] = (day - _EPOCH).days
        return self[text]


@dataclass(slots=True)
class _Series:
    """One finish of one stream of one card, whose points are in the columns."""

    position: str
    card: CardFacts
    marketplace_id: int
    finish: int


@dataclass(slots=True)
class _Columns:
    """Points as they come, a row each; a series says what it is about."""

    series: list[_Series] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    prices: list[float] = field(default_factory=list)


class PriceReader:
    """Reads the prices of an AllPrices file as blocks of columns.

    `cards` maps an MTGJSON uuid to the card it is, `streams` a marketplace's slug to
    its stream. `rows` counts the points seen so far, rejected ones too, and `as_of`
    is the file's own date once it has been read.
    """

    def __init__(
        self,
        pieces: Iterator[bytes],
        *,
        cards: dict[str, CardFacts],
        streams: dict[str, Stream],
        rejects: Rejects,
    ) -> None:
        self._members = Members(pieces, _decode)
        self._cards, self._rejects = cards, rejects
        self._streams = {
            pair: streams[slug] for pair, slug in STREAMS.items() if slug in streams
        }
        self._days = _Days()
        self._columns = _Columns()
        self.rows = 0

    @property
    def as_of(self) -> datetime | None:
        return file_date(self._members.meta)

    def blocks(self) -> Iterator[PriceBlock]:
        """Raises CorruptFeedError when the file turns out to be none."""
        for member in self._members:
            self._read(member)
            if len(self._columns.prices) >= _BLOCK_ROWS:
                yield self._block()
        yield self._block()

    def _read(self, member: Member) -> None:
        position = f"{member.key} at byte {member.offset}"
        nodes = member.value
        if nodes is None:
            nodes = self._repaired(member, position)
        if not nodes:
            return
        card = self._cards.get(member.key)
        if card is None or card.is_ambiguous:
            reason = "ambiguous card" if card else "unknown card"
            self._reject(Reject(reason, position), _count_points(nodes))
            return
        for providers in nodes.values():
            for provider, node in providers.items():
                self._read_provider(position, card, provider, node)

    def _read_provider(
        self, position: str, card: CardFacts, provider: str, node: Provider
    ) -> None:
        for side in SIDES:
            for finish, points in getattr(node, side).items():
                if not points:
                    continue
                reason = self._problem(card, provider, side, finish, node.currency)
                if reason is None:
                    stream = self._streams[provider, side]
                    series = _Series(
                        position, card, stream.marketplace_id, FINISHES[finish]
                    )
                    self._append(series, points)
                else:
                    detail = f"{provider} {side} {finish}"
                    reject = Reject(reason, position, detail, card_id=card.id)
                    self._reject(reject, len(points))

    def _append(self, series: _Series, points: dict[str, float]) -> None:
        columns = self._columns
        columns.series.append(series)
        columns.lengths.append(len(points))
        columns.dates.extend(points)
        columns.prices.extend(points.values())

    def _problem(
        self, card: CardFacts, provider: str, side: str, finish: str, label: str | None
    ) -> str | None:
        """Why a series cannot be taken, or None."""
        stream = self._streams.get((provider, side))
        if stream is None:
            known = provider in PROVIDERS
            return (
                f"no stream for {provider} {side}"
                if known
                else (f"unknown provider {provider}")
            )
        if finish not in FINISHES:
            return f"unknown finish {finish}"
        if label and label != stream.currency and provider not in MISLABELLED:
            return "currency contradicts the marketplace"
        if not card.has_finish(FINISHES[finish]):
            return "impossible finish"
        return None

    def _reject(self, reject: Reject, rows: int = 1) -> None:
        self.rows += rows
        self._rejects.add(reject, rows)

    def _block(self) -> PriceBlock:
        """What has been gathered, as columns; points that are no prices fall out."""
        columns, self._columns = self._columns, _Columns()
        n = len(columns.prices)
        self.rows += n
        days = np.fromiter(map(self._days.__getitem__, columns.dates), np.int64, n)
        figures = np.array(columns.prices, np.float64)
        with np.errstate(invalid="ignore"):
            # Halves away from zero, as money is rounded everywhere.
            thousandths = np.floor(figures * SCALE + 0.5)
            usable = (thousandths >= 1) & (thousandths <= MAX_THOUSANDTHS)
            usable &= days != _BAD_DAY
        index = np.repeat(np.arange(len(columns.series)), columns.lengths)
        if not usable.all():
            self._reject_points(columns, index, np.flatnonzero(~usable))
            index, days = index[usable], days[usable]
            thousandths = thousandths[usable]
        return _as_block(columns.series, index, days, thousandths)

    def _reject_points(self, columns: _Columns, index: Array, bad: Array) -> None:
        for i in bad.tolist():
            series, day, price = (
                columns.series[index[i]],
                columns.dates[i],
                columns.prices[i],
            )
            reason = _price_problem(price) or "not a date"
            reject = Reject(
                reason,
                series.position,
                detail=day[:40],
                raw={"date": day[:40], "price": str(price)},
                card_id=series.card.id,
                marketplace_id=series.marketplace_id,
            )
            self._rejects.add(reject)

    def _repaired(
        self, member: Member, position: str
    ) -> dict[str, dict[str, Provider]] | None:
        """A member of another shape: what is usable in it, the rest rejected."""
        try:
            nodes = json.loads(member.raw) if member.has_uuid else None
        except (ValueError, RecursionError):
            nodes = None
        if not isinstance(nodes, dict):
            raw = {"text": member.raw[:500].decode(errors="replace")}
            self._reject(Reject("malformed record", position, member.error, raw))
            return None
        repaired: dict[str, dict[str, Provider]] = {}
        for game, providers in _objects(nodes, self._malformed(position)):
            repaired[game] = {
                provider: self._repaired_node(node, position)
                for provider, node in _objects(providers, self._malformed(position))
            }
        return repaired

    def _repaired_node(self, node: dict[str, Any], position: str) -> Provider:
        currency = node.get("currency")
        fixed = Provider(currency=currency if isinstance(currency, str) else None)
        malformed = self._malformed(position)
        for side in SIDES:
            finishes = node.get(side)
            if finishes is None:
                continue
            if not isinstance(finishes, dict):
                malformed(side, finishes)
                continue
            setattr(
                fixed,
                side,
                {
                    finish: {day: _number(value) for day, value in points.items()}
                    for finish, points in _objects(finishes, malformed)
                },
            )
        return fixed

    def _malformed(self, position: str) -> Any:
        def reject(key: str, value: object) -> None:
            raw = {key: str(value)[:200]}
            self._reject(Reject("malformed record", position, f"at {key}", raw))

        return reject


def _objects(node: dict[str, Any], malformed: Any) -> Iterator[tuple[str, dict]]:
    """The members of `node` that are objects; null is absent, the rest malformed."""
    for key, value in node.items():
        if isinstance(value, dict):
            yield key, value
        elif value is not None:
            malformed(key, value)


# Told apart from NaN, which is rejected as no number: a null is an absent price.
_NULL = 0.0


def _number(value: object) -> float:
    if value is None:
        return _NULL
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _price_problem(price: float) -> str | None:
    if math.isnan(price):
        return "not a number"
    if price == 0:
        return "no price"
    if price < 0:
        return "negative price"
    if price * SCALE < 0.5:
        return "price too small"
    return "price too large" if price * SCALE > MAX_THOUSANDTHS else None


def _count_points(nodes: dict[str, dict[str, Provider]]) -> int:
    return sum(
        len(points)
        for providers in nodes.values()
        for node in providers.values()
        for side in SIDES
        for points in getattr(node, side).values()
    )


def _as_block(
    series: list[_Series], index: Array, days: Array, thousandths: Array
) -> PriceBlock:
    def column(values: Iterable[int], kind: type) -> Array:
        return np.fromiter(values, kind, len(series))[index]

    return PriceBlock(
        card_id=column((s.card.id for s in series), np.int32),
        marketplace_id=column((s.marketplace_id for s in series), np.int16),
        condition=np.full(len(index), NEAR_MINT, np.int16),
        finish=column((s.finish for s in series), np.int16),
        language=column((s.card.language for s in series), np.int16),
        time=days * _DAY_US,
        price=thousandths.astype(np.int32),
    )


def file_date(meta: dict[str, Any]) -> datetime | None:
    """The date MTGJSON gives a file, at midnight UTC."""
    try:
        day = date.fromisoformat(meta["date"])
    except (KeyError, TypeError, ValueError):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


# --- AllIdentifiers ----------------------------------------------------------------


class _Vendors(msgspec.Struct, rename="camel"):
    """The ids of a card that we use. All are text, all may be missing."""

    scryfall_id: str | None = None
    tcgplayer_product_id: str | None = None
    tcgplayer_etched_product_id: str | None = None
    tcgplayer_alternative_foil_product_id: str | None = None
    mcm_id: str | None = None
    card_kingdom_id: str | None = None
    card_kingdom_foil_id: str | None = None
    card_kingdom_etched_id: str | None = None
    mtgo_id: str | None = None
    mtgo_foil_id: str | None = None
    mtg_arena_id: str | None = None
    multiverse_id: str | None = None


class _Entry(msgspec.Struct):
    identifiers: _Vendors


_decode_entry = msgspec.json.Decoder(_Entry).decode

# Attribute -> whose id it is, and the finish it stands for.
VENDOR_IDS: dict[str, tuple[str, str | None]] = {
    "tcgplayer_product_id": ("tcgplayer", None),
    "tcgplayer_etched_product_id": ("tcgplayer", Finish.ETCHED.value),
    "tcgplayer_alternative_foil_product_id": ("tcgplayer", Finish.FOIL.value),
    "mcm_id": ("cardmarket", None),
    "card_kingdom_id": ("cardkingdom", Finish.NONFOIL.value),
    "card_kingdom_foil_id": ("cardkingdom", Finish.FOIL.value),
    "card_kingdom_etched_id": ("cardkingdom", Finish.ETCHED.value),
    "mtgo_id": ("mtgo", Finish.NONFOIL.value),
    "mtgo_foil_id": ("mtgo", Finish.FOIL.value),
    "mtg_arena_id": ("arena", None),
    "multiverse_id": ("multiverse", None),
}


@dataclass(frozen=True, slots=True)
class VendorId:
    """What a vendor calls a card; `finish` where the id is for one finish only."""

    source: str
    external_id: str
    card_id: int
    finish: str | None


class IdentifierReader:
    """Reads AllIdentifiers as vendor ids of known cards.

    `cards` maps a Scryfall id to the card. `rows` counts the uuids seen, `usable`
    those that were resolved.
    """

    def __init__(
        self, pieces: Iterator[bytes], *, cards: dict[str, CardFacts], rejects: Rejects
    ) -> None:
        self._members = Members(pieces, _decode_entry)
        self._cards, self._rejects = cards, rejects
        self.rows = self.usable = 0

    @property
    def as_of(self) -> datetime | None:
        return file_date(self._members.meta)

    def ids(self) -> Iterator[VendorId]:
        for member in self._members:
            self.rows += 1
            position = f"{member.key} at byte {member.offset}"
            if member.value is None:
                raw = {"text": member.raw[:500].decode(errors="replace")}
                self._rejects.add(
                    Reject("malformed record", position, member.error, raw)
                )
                continue
            vendors = member.value.identifiers
            card = self._cards.get((vendors.scryfall_id or "").lower())
            if card is None:
                self._rejects.add(
                    Reject("unknown card", position, f"Scryfall {vendors.scryfall_id}")
                )
                continue
            self.usable += 1
            yield VendorId("mtgjson", member.key, card.id, None)
            for name, (source, finish) in VENDOR_IDS.items():
                external_id = getattr(vendors, name)
                if external_id:
                    yield VendorId(source, external_id[:64], card.id, finish)
