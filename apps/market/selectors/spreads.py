"""Where one can sell for more than one has to pay, under somebody's fees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from apps.cards.models import Card
from apps.market.maths.spreads import (
    ARBITRAGE,
    BUYLIST_GAP,
    REGION_GAP,
    WIDE_PERCENT,
    Trade,
    capacity,
    terms,
    trade,
)
from apps.market.models import SpreadCount, SpreadOpportunity
from apps.prices.models import Marketplace
from apps.prices.selectors import MAX_RATE_AGE, DatedRate, exchange_rate
from mtgintel.core import cache
from mtgintel.core.constants import Currency, Side
from mtgintel.core.fees import FeeProfile, default_profile
from mtgintel.core.money import to_thousandths
from mtgintel.core.replica import connection
from mtgintel.core.sql import load_sql

# As far as a list of gaps can be leafed through or taken away.
MAX_SPREADS = 10_000
# Of gaps that opened this long ago or later we say how long they live.
LIVES_SINCE = timedelta(days=90)
ONE_CURRENCY_UNIT = Decimal(1)

# What a list is ordered by, the largest first.
ORDERS = {
    "net": "net",
    "net_percent": "net_percent",
    "total": "total",
    "gross_percent": "gross_percent",
    "first_seen": "first_seen",
}
# Why a pair of prices with a gap between them is no opportunity.
REASONS = {
    "STALE": "a price is older than its stream's prices should be",
    "NO_STOCK": "none in stock, or not buying",
    "MIXED": "a price is of any condition, so there is nothing to compare it with",
    "DOUBTED": "a newer price of the same is held in quarantine",
    "BY_HAND": "a price was set by hand",
    "BROKEN": "a price is from before its stream changed what it measures",
}

_CAPACITY = {
    # The smaller of the two, as far as they are told: maths.spreads.capacity.
    ARBITRAGE: "least(o.ask_quantity, o.bid_quantity)",
    REGION_GAP: "least(o.ask_quantity, o.bid_quantity)",
    BUYLIST_GAP: "o.bid_quantity",
}
_FILTERS = {
    "from_marketplace": "a.slug = %(from_marketplace)s",
    "to_marketplace": "b.slug = %(to_marketplace)s",
    "finish": "o.finish::text = %(finish)s",
    "condition": "o.condition::text = %(condition)s",
}
_BOUNDS = {
    "min_net": "got - paid >= %(min_net)s",
    "min_percent": "paid > 0 AND round(100 * (got - paid) / paid, 2) >= "
    "%(min_percent)s",
}
_OF_SET = (
    "JOIN cards c ON c.id = o.card_id AND c.card_set_id = "
    "(SELECT id FROM card_sets WHERE code = %(card_set)s)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadsQuery:
    """Which gaps are asked for; an empty string or None leaves that question open.

    `kind` is one of KINDS. `currency` is what one pays in and counts in: of a region
    gap that of the ask. `from_marketplace` and `to_marketplace` are slugs, `by` one of
    ORDERS. `min_price` bounds the ask, `min_net` what is left per card after the fees
    of `profile`, `min_percent` the same in percent of what is paid.
    """

    kind: str = ARBITRAGE
    currency: str = "USD"
    from_marketplace: str = ""
    to_marketplace: str = ""
    card_set: str = ""
    finish: str = ""
    condition: str = ""
    min_price: Decimal = ONE_CURRENCY_UNIT
    min_net: Decimal | None = None
    min_percent: Decimal | None = None
    by: str = "net"
    profile: FeeProfile = field(kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One side of a gap: a price of a stream, how many copies it is for, of when.

    `is_offer` is False of a market figure: what a copy fetched, not what one can buy
    or sell at.
    """

    marketplace: str
    name: str
    side: str
    currency: str
    price: Decimal
    quantity: int | None
    as_of: datetime
    is_offer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A gap, and what it comes to after fees.

    `ask` is where one buys (between buylists: the lower offer) and `bid` where one
    sells; `bid_worth` is the bid in the ask's currency. Flags: INDICATIVE, a leg is no
    offer; WIDE, so wide that one of the prices may be of something else.
    """

    id: int
    kind: str
    card: Card
    condition: str
    finish: str
    language: str
    currency: str
    ask: Leg
    bid: Leg
    bid_worth: Decimal
    rate: Decimal | None
    rate_on: date | None
    gross_percent: Decimal
    trade: Trade
    first_seen: datetime
    last_seen: datetime
    is_open: bool
    flags: tuple[str, ...]

    @property
    def age(self) -> timedelta:
        """How long it has been, or was, seen."""
        return self.last_seen - self.first_seen


@dataclass(frozen=True, slots=True)
class _Found:
    """What the database says about a query: counts, and ids in their order."""

    count: int
    paying: int
    gone_stale: int
    ids: list[int]


class Spreads(Sequence[Spread]):
    """The gaps of a query in their order, at most MAX_SPREADS; a slice reads its page.

    `total` counts all of them, `paying` those with something left after fees.
    """

    def __init__(self, wanted: SpreadsQuery) -> None:
        self.wanted = wanted

    @cached_property
    def _found(self) -> _Found:
        key = ":".join(map(str, astuple(self.wanted)))
        return cache.get_or_compute(
            f"market.spreads:{key}", lambda: _find(self.wanted), timeout=60
        )

    @property
    def total(self) -> int:
        return self._found.count

    @property
    def paying(self) -> int:
        return self._found.paying

    def __len__(self) -> int:
        return len(self._found.ids)

    def __getitem__(self, chosen: Any) -> Any:
        ids = self._found.ids[chosen]
        if isinstance(ids, int):
            return spreads_of([ids], self.wanted.profile)[0]
        return spreads_of(ids, self.wanted.profile)

    @cached_property
    def excluded(self) -> dict[str, int]:
        """{reason of REASONS: pairs of the kind and currency that it left out}."""
        rows = _counts().get((self.wanted.kind, self.wanted.currency), {})
        found = {reason: rows.get(reason, 0) for reason in REASONS}
        found["STALE"] += self._found.gone_stale
        return {reason: pairs for reason, pairs in found.items() if pairs}

    @cached_property
    def computed_at(self) -> datetime | None:
        """When gaps were last looked for; None before the first time."""
        moments = SpreadCount.objects.values_list("computed_at", flat=True)
        return moments.order_by("-computed_at").first()

    @cached_property
    def rate(self) -> DatedRate | None:
        """What a bid abroad is converted with, however old; None where none is used."""
        others = {Currency.USD: Currency.EUR, Currency.EUR: Currency.USD}
        other = others.get(Currency(self.wanted.currency))
        if self.wanted.kind != REGION_GAP or other is None:
            return None
        return exchange_rate(other, self.wanted.currency)

    @property
    def why_none(self) -> str:
        """What is missing for gaps of this kind, in words; "" where nothing is."""
        if self.wanted.kind != REGION_GAP:
            return ""
        if self.wanted.currency == Currency.TIX:
            return "Event tickets have no exchange rate: there are no region gaps."
        if self.rate is None:
            return "No exchange rate is known yet, so no gaps between regions."
        if self.rate.is_too_old:
            return (
                f"The newest exchange rate is of {self.rate.day:%Y-%m-%d}, more than "
                f"{MAX_RATE_AGE.days} days old, so no gaps between regions are shown."
            )
        return ""


def spreads(kind: str = ARBITRAGE, currency: str = "USD", **choices: Any) -> Spreads:
    """Open gaps of a kind; `choices` are those of SpreadsQuery.

    Without a `profile` the fees are those of `default_profile(currency)`.
    """
    profile = choices.pop("profile", None) or default_profile(currency)
    return Spreads(
        SpreadsQuery(kind=kind, currency=currency, profile=profile, **choices)
    )


def best_spreads(
    currency: str, *, limit: int = 5, profile: FeeProfile | None = None
) -> list[Spread]:
    """The arbitrage that leaves the most per card, if anything; for an overview."""
    found = spreads(currency=currency, profile=profile, min_net=Decimal("0.01"))
    best: list[Spread] = found[:limit]
    return best


def _find(wanted: SpreadsQuery) -> _Found:
    if wanted.kind == REGION_GAP and Spreads(wanted).why_none:
        return _Found(0, 0, 0, [])
    statement, parameters = spreads_query(wanted)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return _Found(*cursor.fetchone())


def spreads_query(wanted: SpreadsQuery) -> tuple[str, dict[str, Any]]:
    """The statement behind `spreads` and its parameters."""
    costs, to_shop = terms(wanted.kind, wanted.profile)
    _, to_market = terms(wanted.kind, wanted.profile, to_buylist=False)
    filters = [sql for name, sql in _FILTERS.items() if getattr(wanted, name)]
    bounds = [sql for name, sql in _BOUNDS.items() if getattr(wanted, name) is not None]
    statement = load_sql("market", "spreads")
    for name, sql in (
        ("{capacity}", _CAPACITY[wanted.kind]),
        ("{cards}", _OF_SET if wanted.card_set else ""),
        ("{filters}", "".join(f" AND {one}" for one in filters)),
        ("{bounds}", " AND ".join(bounds) or "true"),
        ("{order}", ORDERS[wanted.by]),
    ):
        statement = statement.replace(name, sql)
    asked = {name: value for name, value in asdict(wanted).items() if name != "profile"}
    return statement, {
        **asked,
        "now": timezone.now(),
        "limit": MAX_SPREADS,
        "min_price": to_thousandths(wanted.min_price),
        "min_net": None if wanted.min_net is None else wanted.min_net * 1000,
        "cost_factor": costs.factor,
        "cost_amount": costs.amount * 1000,
        "shop_factor": to_shop.factor,
        "shop_amount": to_shop.amount * 1000,
        "sale_factor": to_market.factor,
        "sale_amount": to_market.amount * 1000,
    }


def spreads_of(ids: Iterable[int], profile: FeeProfile) -> list[Spread]:
    """The gaps of these ids, in their order; one that is gone meanwhile is left out."""
    ids = list(ids)
    rows = _with_relations(SpreadOpportunity.objects.filter(pk__in=ids)).in_bulk()
    return [spread_of(rows[one], profile) for one in ids if one in rows]


def spread_history(
    kind: str, currency: str, *, card_id: int | None = None
) -> QuerySet[SpreadOpportunity]:
    """Every gap of a kind that there was, open or closed, the newest first.

    Rows for a page of `spread_of`, each without what fees leave of it.
    """
    rows = SpreadOpportunity.objects.filter(kind=kind, ask_currency=currency)
    if card_id is not None:
        rows = rows.filter(card_id=card_id)
    return _with_relations(rows).order_by("-first_seen", "-id")


def _with_relations(
    rows: QuerySet[SpreadOpportunity],
) -> QuerySet[SpreadOpportunity]:
    return rows.select_related("card__card_set", "ask_marketplace", "bid_marketplace")


def spread_of(row: SpreadOpportunity, profile: FeeProfile) -> Spread:
    """A row, its card and marketplaces joined, under somebody's fees."""
    quantity = capacity(row.kind, row.ask_quantity, row.bid_quantity)
    to_buylist = row.bid_marketplace.side == Side.BUYLIST
    costs, earns = terms(row.kind, profile, to_buylist=to_buylist)
    ask = _leg(row.ask_marketplace, row.ask, row.ask_quantity, row.ask_as_of)
    bid = _leg(row.bid_marketplace, row.bid, row.bid_quantity, row.bid_as_of)
    flags = [] if ask.is_offer and bid.is_offer else ["INDICATIVE"]
    if row.gross_percent > WIDE_PERCENT:
        flags.append("WIDE")
    return Spread(
        id=row.pk,
        kind=row.kind,
        card=row.card,
        condition=row.condition,
        finish=row.finish,
        language=row.language,
        currency=row.ask_currency,
        ask=ask,
        bid=bid,
        bid_worth=row.bid_worth,
        rate=row.rate,
        rate_on=row.rate_on,
        gross_percent=row.gross_percent,
        trade=trade(costs, earns, row.ask, row.bid_worth, quantity),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        is_open=row.is_open,
        flags=tuple(flags),
    )


def _leg(
    stream: Marketplace, price: Decimal, quantity: int | None, as_of: datetime
) -> Leg:
    return Leg(
        marketplace=stream.slug,
        name=stream.name,
        side=stream.side,
        currency=stream.currency,
        price=price,
        quantity=quantity,
        as_of=as_of,
        is_offer=stream.side != Side.MARKET,
    )


def _counts() -> dict[tuple[str, str], dict[str, int]]:
    """{(kind, currency): {reason: pairs}} of the newest computation."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in SpreadCount.objects.all():
        found.setdefault((row.kind, row.currency), {})[row.reason] = row.pairs
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadLives:
    """How long gaps that opened in the last 90 days were seen.

    `median_closed` is of those that are over, `median_open` how old the others are;
    None without any. A gap is looked for after each ingest, so a life is known to the
    time between two, and one that was seen once lasted 0.
    """

    closed: int
    median_closed: timedelta | None
    open: int
    median_open: timedelta | None


def spread_lives(kind: str, currency: str) -> SpreadLives:
    """How long gaps of a kind live."""
    key = f"market.spread_lives:{kind}:{currency}"
    return cache.get_or_compute(key, lambda: _lives(kind, currency))


def _lives(kind: str, currency: str) -> SpreadLives:
    since = timezone.now() - LIVES_SINCE
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("market", "spread_lives"),
            {"kind": kind, "currency": currency, "since": since},
        )
        closed, median_closed, still_open, median_open = cursor.fetchone()
    return SpreadLives(
        closed=closed,
        median_closed=_length(median_closed),
        open=still_open,
        median_open=_length(median_open),
    )


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=round(seconds))
