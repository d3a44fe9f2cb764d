"""Every card's vector, made anew from the catalogue and what prices did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from apps.market.maths.features import Array, volatility
from apps.market.maths.vectors import (
    DIMENSIONS,
    PARTS,
    VERSION,
    CardFacts,
    attribute_bags,
    attributes,
    grouped_medians,
    joined,
    price_part,
    projected,
    text_bag,
    text_bags,
)
from apps.market.selectors.grids import asked, grid_of, ranges_of_cards, streams_of
from apps.market.selectors.vectors import (
    COMPONENTS,
    catalogue_state,
    is_build_due,
    newest_build,
)
from mtgintel.core import cache
from mtgintel.core.bulk import read_columns
from mtgintel.core.constants import Currency
from mtgintel.core.sql import load_sql

# What a card may be played in, as far as it tells cards apart.
FORMATS = ("standard", "pioneer", "modern", "legacy", "vintage", "pauper", "commander")
RETURNS = ("7d", "30d", "90d")
# Volatility is of so many days, of at least so many daily returns.
VOLATILITY_DAYS, VOLATILITY_RETURNS = 30, 10
_COLUMN_TYPES = ("uuid", "int4", "bytea", "varchar", "int4", *["float4"] * 4)


@dataclass(frozen=True, slots=True)
class Card:
    """A card of all its printings: which one stands for it, and what it is."""

    oracle_id: UUID
    card_id: int
    card_ids: list[int]
    facts: CardFacts


@dataclass(slots=True, eq=False)
class Prices:
    """What is known of the cards' prices, a value for each card, NaN for unknown.

    `currency` is a place in Currency, -1 for a card without prices. `price` is in
    thousandths, the returns are logs of quotients, `volatility` is their daily standard
    deviation. `level` is the log of the price, less the median of its currency.
    """

    currency: Array
    price: Array
    level: Array
    returns: dict[str, Array]
    volatility: Array

    @classmethod
    def unknown(cls, cards: int) -> Prices:
        def nothing() -> Array:
            return np.full(cards, np.nan)

        returns = {window: nothing() for window in RETURNS}
        currency = np.full(cards, -1)
        return cls(currency, nothing(), nothing(), returns, nothing())

    def columns(self) -> list[Array]:
        return [*self.returns.values(), self.volatility]


def update_similar_cards(*, is_forced: bool = False) -> int:
    """Make all vectors anew if cards or method changed or a day has passed; how many
    were made, 0 where they are up to date."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('similar cards'))")
        if not is_forced and not is_build_due(newest_build()):
            return 0
        state, cards = catalogue_state(), _cards(cursor)
        prices = _prices(cursor, cards)
        components, idf = _components(cards, prices)
        cursor.execute("DELETE FROM card_vectors")
        _store(cursor, cards, prices, components)
        cursor.execute(
            "INSERT INTO card_vector_builds (version, built_at, cards, catalogue, idf) "
            "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET "
            "version = EXCLUDED.version, built_at = EXCLUDED.built_at, "
            "cards = EXCLUDED.cards, catalogue = EXCLUDED.catalogue, "
            "idf = EXCLUDED.idf",
            [VERSION, timezone.now(), len(cards), state, idf.astype("<f4").tobytes()],
        )
        transaction.on_commit(cache.bump)
    return len(cards)


def _cards(cursor: Any) -> list[Card]:
    cursor.execute(load_sql("market", "cards_to_compare"), {"formats": list(FORMATS)})
    return [_card(*row) for row in cursor]


def _card(
    oracle_id: UUID, card_id: int, card_ids: list[int], name: str, *facts: Any
) -> Card:
    (type_line, text, colors, identity, mana_value, *rest) = facts
    rarity, set_code, year, formats, is_reserved = rest
    return Card(
        oracle_id,
        card_id,
        card_ids,
        CardFacts(
            name=name,
            type_line=type_line,
            text=text,
            colors=colors,
            identity=identity,
            mana_value=mana_value,
            rarity=rarity,
            set_code=set_code,
            year=year,
            formats=formats,
            is_reserved=is_reserved,
        ),
    )


def _components(cards: Sequence[Card], prices: Prices) -> tuple[Array, Array]:
    """The vectors, and the IDF of the texts' terms."""
    what = attribute_bags([attributes(card.facts) for card in cards])
    said = text_bags([text_bag(card.facts.text, card.facts.name) for card in cards])
    figures = np.stack([prices.level, *prices.columns()], axis=1)
    idf = said.idf
    parts = {
        "attributes": projected(what.weighted(what.idf), _size("attributes")),
        "text": projected(said.weighted(idf), _size("text")),
        "price": price_part(figures),
    }
    return joined(parts), idf


def _size(part: str) -> int:
    return PARTS[part].stop - PARTS[part].start


def _prices(cursor: Any, cards: Sequence[Card]) -> Prices:
    """In the first currency that a card has prices in: dollars, euros, tickets."""
    found = Prices.unknown(len(cards))
    card_of = _card_of_printing(cards)
    for number, currency in enumerate(Currency.values):
        own = _prices_in(cursor, currency, card_of, len(cards))
        chosen = (found.currency < 0) & ~np.isnan(own.price)
        found.currency[chosen] = number
        for whole, part in (
            (found.price, own.price),
            (found.level, own.level),
            *zip(found.columns(), own.columns(), strict=True),
        ):
            whole[chosen] = part[chosen]
    return found


def _card_of_printing(cards: Sequence[Card]) -> Array:
    """The place of the card that a printing is of, by its id; -1 for none."""
    ids = np.fromiter(chain.from_iterable(card.card_ids for card in cards), np.int64)
    found = np.full(max(ids, default=0) + 1, -1)
    found[ids] = np.repeat(np.arange(len(cards)), [len(c.card_ids) for c in cards])
    return found


def _prices_in(cursor: Any, currency: str, card_of: Array, cards: int) -> Prices:
    found = Prices.unknown(cards)
    found.price = _lowest(cursor, currency, card_of, cards)
    known = ~np.isnan(found.price)
    if not known.any():
        return found
    found.level[known] = np.log(found.price[known] / np.median(found.price[known]))
    names = [f"{when}_{window}" for window in RETURNS for when in ("then", "now")]
    kinds = {"card": ">i4", **dict.fromkeys(names, ">i4")}
    rows = read_columns(
        cursor, load_sql("market", "card_moves"), {"currency": currency}, kinds
    )
    card, rows = _matched(rows, card_of)
    for window in RETURNS:
        then = np.where(rows[f"then_{window}"] > 0, rows[f"then_{window}"], np.nan)
        moved = np.log(rows[f"now_{window}"].clip(1) / then)
        found.returns[window] = grouped_medians(card, moved, cards)
    found.volatility = _volatility(currency, card_of, cards)
    return found


def _lowest(cursor: Any, currency: str, card_of: Array, cards: int) -> Array:
    """The price of each card's cheapest printing, thousandths."""
    kinds = {"card": ">i4", "price": ">i4"}
    rows = read_columns(
        cursor, load_sql("market", "card_prices_now"), {"currency": currency}, kinds
    )
    card, rows = _matched(rows, card_of)
    lowest = np.full(cards, np.inf)
    np.minimum.at(lowest, card, rows["price"])
    return np.where(np.isinf(lowest), np.nan, lowest)


def _matched(rows: Array, card_of: Array) -> tuple[Array, Array]:
    """The rows of printings that belong to a card, and the places of those cards."""
    rows = rows[rows["card"] < len(card_of)]
    card = card_of[rows["card"]]
    return card[card >= 0], rows[card >= 0]


def _volatility(currency: str, card_of: Array, cards: int) -> Array:
    """The median over each card's printings, finishes and streams."""
    last = datetime.now(UTC).date()
    first = last - timedelta(days=VOLATILITY_DAYS)
    streams = streams_of(currency)
    card, values = [np.zeros(0, np.int64)], [np.zeros(0)]
    for some in ranges_of_cards(VOLATILITY_DAYS + 1):
        grid = grid_of(some, first, last, streams)
        figures = volatility(
            grid.prices, grid.eras, VOLATILITY_DAYS, VOLATILITY_RETURNS
        )
        rows = asked(grid, streams) & (grid.card < len(card_of))
        own = card_of[grid.card[rows]]
        card.append(own[own >= 0])
        values.append(figures[rows, -1][own >= 0])
    return grouped_medians(np.concatenate(card), np.concatenate(values), cards)


def _store(
    cursor: Any, cards: Sequence[Card], prices: Prices, components: Array
) -> None:
    # One format for pgvector's type and for plain bytes.
    statement = "COPY card_vectors FROM STDIN (FORMAT BINARY)"
    with cursor.copy(statement) as copy:
        copy.set_types(_COLUMN_TYPES)
        for row in _rows(cards, prices, components):
            copy.write_row(row)


def _rows(
    cards: Sequence[Card], prices: Prices, components: Array
) -> Iterator[tuple[object, ...]]:
    packed = np.zeros(len(cards), COMPONENTS)
    packed["heading"] = (DIMENSIONS, 0)
    packed["components"] = components
    labels = [*Currency.values, ""]
    figures = [_or_none(column) for column in prices.columns()]
    price = [None if one is None else int(one) for one in _or_none(prices.price)]
    for i, card in enumerate(cards):
        currency = labels[prices.currency[i]]
        known = (price[i], *(column[i] for column in figures))
        yield (card.oracle_id, card.card_id, packed[i].tobytes(), currency, *known)


def _or_none(column: Array) -> list[float | None]:
    return [None if np.isnan(one) else float(one) for one in column]
