"""What rose and fell the most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.cards.models import Card
from apps.prices.models import LatestPrice
from apps.prices.selectors import Quote, freshness, quotes_of
from apps.prices.selectors.quotes import with_overrides
from mtgintel.core import cache
from mtgintel.core.changes import percent_change
from mtgintel.core.constants import WINDOWS, Condition
from mtgintel.core.money import from_thousandths, to_thousandths
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

# +1 for what rose, -1 for what fell.
DIRECTIONS = {"gainers": 1, "losers": -1}
MAX_MOVERS = 100
ONE_CURRENCY_UNIT = Decimal(1)

# Where the two prices come from, beside a marketplace's slug: the preferred stream of
# each printing, or the medians over its streams.
PREFERRED, CONSENSUS = "preferred", "consensus"
SOURCES = {PREFERRED: "Preferred stream", CONSENSUS: "Median of all streams"}

# What the size of a change is measured in.
SIZES = {
    "percent": "(m.{now} - m.{then})::double precision / m.{then}",
    "amount": "(m.{now} - m.{then})",
}

_CARD_FILTERS = {
    "card_set": "c.card_set_id = (SELECT id FROM card_sets WHERE code = %(card_set)s)",
    "rarity": "c.rarity = %(rarity)s",
    "format": "c.legalities ->> %(format)s IN ('legal', 'restricted')",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MoversQuery:
    """Which movers are asked for; an empty string leaves that question open.

    `window` is one of WINDOWS, `by` one of SIZES, `source` one of SOURCES or a
    marketplace's slug. `min_price` is what the price was at least at the window's
    start, `vendors` how many vendors at least moved the same way. `card_set` is a set
    code, `format` a play format. `cards` are the ids of the cards that are looked at,
    None for all; such an answer is somebody's own and is not kept.
    """

    currency: str = "USD"
    window: str = "1d"
    direction: str = "gainers"
    by: str = "percent"
    source: str = PREFERRED
    min_price: Decimal = ONE_CURRENCY_UNIT
    vendors: int = 1
    card_set: str = ""
    rarity: str = ""
    format: str = ""
    finish: str = ""
    limit: int = 10
    cards: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """A printing whose price changed: from `then` to `now`, in percent.

    `quote` is that of the stream the prices are from; with the medians of
    `stream_count` streams, the most preferred of them. `vendor_count` is how many
    vendors of the currency moved the same way. Flags are the quote's, and SOLO where
    only one did.
    """

    card: Card
    quote: Quote
    window: str
    then: Decimal
    now: Decimal
    change_percent: Decimal
    stream_count: int
    vendor_count: int
    flags: tuple[str, ...]

    @property
    def change_amount(self) -> Decimal:
        return self.now - self.then


def movers(currency: str = "USD", **choices: Any) -> list[Mover]:
    """The largest changes, the largest first; `choices` are those of MoversQuery.

    Near Mint retail and market prices. What its stream no longer lists is left out.
    """
    wanted = MoversQuery(currency=currency, **choices)
    if wanted.cards is not None:
        return _movers(wanted)
    key = ":".join(map(str, astuple(wanted)))
    return cache.get_or_compute(
        f"market.movers:{key}",
        lambda: _movers(wanted),
        scope=cache.of_currency(currency),
    )


def _movers(wanted: MoversQuery) -> list[Mover]:
    statement, parameters = movers_query(wanted)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = cursor.fetchall()
    rows = _rows(row[0] for row in found)
    # A series may have gone since the moves were computed.
    return [
        _mover(rows[card_id, stream, finish, language], wanted.window, figures)
        for card_id, stream, finish, language, *figures in found
        if (card_id, stream, finish, language) in rows
    ]


def movers_query(wanted: MoversQuery) -> tuple[str, dict[str, Any]]:
    """The statement behind `movers` and its parameters."""
    statement = load_sql(
        "market", "movers" if wanted.source in SOURCES else "movers_of_stream"
    )
    for name, sql in (
        ("{cards}", _card_filter(wanted)),
        ("{size}", SIZES[wanted.by]),
        *_columns(wanted).items(),
    ):
        statement = statement.replace(name, sql)
    return statement, {
        **asdict(wanted),
        "cards": None if wanted.cards is None else sorted(wanted.cards),
        "min_price": max(to_thousandths(wanted.min_price), 1),
        "sign": DIRECTIONS[wanted.direction],
        "seen_since": None if wanted.source in SOURCES else _seen_since(wanted.source),
    }


def _card_filter(wanted: MoversQuery) -> str:
    """A join with the cards, where they are asked about."""
    asked = [sql for name, sql in _CARD_FILTERS.items() if getattr(wanted, name)]
    return (
        f"JOIN cards c ON c.id = m.card_id AND {' AND '.join(asked)}" if asked else ""
    )


def _columns(wanted: MoversQuery) -> dict[str, str]:
    """The columns that hold what is asked for."""
    window = WINDOWS[wanted.window].name
    vendors = "rising" if wanted.direction == "gainers" else "falling"
    then, now = {
        PREFERRED: (f"then_{window}", f"now_{window}"),
        CONSENSUS: (f"median_then_{window}", f"median_now_{window}"),
    }.get(wanted.source, (f"price_{window}", "price"))
    return {
        "{window}": window,
        "{vendors}": f"{vendors}_{window}",
        "{then}": then,
        "{now}": now,
    }


def _seen_since(source: str) -> datetime | None:
    """Since when a stream lists a price that it still does; None without prices."""
    for stream in freshness():
        if stream.marketplace == source and stream.as_of:
            return stream.as_of - timedelta(hours=stream.freshness_hours)
    return None


def _rows(card_ids: Iterable[int]) -> dict[tuple[int, int, str, str], LatestPrice]:
    rows = (
        with_overrides(LatestPrice.objects.of_cards(card_ids))
        .of_streams_in_use()
        .select_related("card__card_set")
        .filter(condition=Condition.NEAR_MINT)
    )
    return {
        (row.card_id, row.marketplace_id, row.finish, row.language): row for row in rows
    }


def _mover(row: LatestPrice, window: str, figures: list[int]) -> Mover:
    price_then, price, stream_count, vendor_count = figures
    (quote,) = quotes_of([row])
    then, now = from_thousandths(price_then), from_thousandths(price)
    change = percent_change(then, now)
    assert change is not None  # noqa: S101 (the query asks for a price then)
    return Mover(
        card=row.card,
        quote=quote,
        window=window,
        then=then,
        now=now,
        change_percent=change,
        stream_count=stream_count,
        vendor_count=vendor_count,
        flags=quote.flags if vendor_count > 1 else (*quote.flags, "SOLO"),
    )
