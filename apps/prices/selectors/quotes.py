"""The newest price of every series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from apps.prices.models import LatestPrice, PriceOverride
from apps.prices.querysets import LatestPriceQuerySet
from mtgintel.core.changes import percent_change

from .freshness import is_stale

# So few listings that one seller decides the price.
THIN_LISTINGS = range(1, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The newest price of one series, with its source, age and changes.

    Amounts are in `currency`, changes in percent; what is not known is None. Flags:
    STALE, older than the stream's freshness window; THIN, one or two listings;
    OVERRIDE, set by hand for `override_reason`.
    `previous_price` was in force until `changed_at`.
    """

    card_id: int
    marketplace: str
    marketplace_name: str
    side: str
    currency: str
    condition: str
    finish: str
    is_foil: bool
    language: str
    price: Decimal
    price_low: Decimal | None
    price_mid: Decimal | None
    price_high: Decimal | None
    price_market: Decimal | None
    num_listings: int | None
    total_quantity: int | None
    as_of: datetime
    changed_at: datetime | None
    previous_price: Decimal | None
    change_1d: Decimal | None
    change_7d: Decimal | None
    change_30d: Decimal | None
    change_90d: Decimal | None
    price_basis: str
    website: str
    flags: tuple[str, ...]
    override_reason: str = ""

    @property
    def is_stale(self) -> bool:
        return "STALE" in self.flags


def card_quotes(
    card_id: int,
    *,
    currency: str | None = None,
    condition: str | None = None,
    finish: str | None = None,
    language: str | None = None,
    side: str | None = None,
) -> list[Quote]:
    """The newest price of every series of a printing, preferred streams first."""
    rows = (
        with_overrides(LatestPrice.objects.for_card(card_id))
        .of_streams_in_use()
        .matching(
            currency=currency,
            condition=condition,
            finish=finish,
            language=language,
            marketplace__side=side,
        )
        .preferred_first()
    )
    return quotes_of(rows)


def headline_prices(card_ids: Iterable[int], currency: str) -> dict[int, Quote]:
    """The one quote that stands for each card in a list; none without a price."""
    rows = (
        with_overrides(LatestPrice.objects.of_cards(card_ids))
        .of_streams_in_use()
        .that_stand_for_a_card(currency)
        .one_per_card()
    )
    return {quote.card_id: quote for quote in quotes_of(rows)}


def with_overrides(rows: LatestPriceQuerySet) -> LatestPriceQuerySet:
    """With the reason of the override a price comes from."""
    own = PriceOverride.objects.standing().filter(
        card_id=OuterRef("card_id"),
        marketplace_id=OuterRef("marketplace_id"),
        condition=OuterRef("condition"),
        finish=OuterRef("finish"),
        language=OuterRef("language"),
        valid_from=OuterRef("as_of"),
        price__isnull=False,
    )
    return rows.annotate(override_reason=Subquery(own.values("reason")[:1]))


def quotes_of(rows: Iterable[LatestPrice]) -> list[Quote]:
    """Rows, their marketplace joined, as quotes; of rows that were read without their
    overrides nothing is said about them."""
    now = timezone.now()
    return [_quote(row, now) for row in rows]


def _quote(row: LatestPrice, now: datetime) -> Quote:
    stream = row.marketplace
    override_reason = getattr(row, "override_reason", None) or ""
    return Quote(
        card_id=row.card_id,
        marketplace=stream.slug,
        marketplace_name=stream.name,
        side=stream.side,
        currency=row.currency,
        condition=row.condition,
        finish=row.finish,
        is_foil=row.is_foil,
        language=row.language,
        price=row.price,
        price_low=row.price_low,
        price_mid=row.price_mid,
        price_high=row.price_high,
        price_market=row.price_market,
        num_listings=row.num_listings,
        total_quantity=row.total_quantity,
        as_of=row.as_of,
        changed_at=row.changed_at,
        previous_price=row.previous_price,
        change_1d=percent_change(row.price_1d, row.price),
        change_7d=percent_change(row.price_7d, row.price),
        change_30d=percent_change(row.price_30d, row.price),
        change_90d=percent_change(row.price_90d, row.price),
        price_basis=stream.price_basis,
        website=stream.website,
        flags=_flags(row, now, override_reason),
        override_reason=override_reason,
    )


def _flags(row: LatestPrice, now: datetime, override_reason: str) -> tuple[str, ...]:
    flags = ["OVERRIDE"] if override_reason else []
    if is_stale(row.as_of, row.marketplace.freshness_hours, now):
        flags.append("STALE")
    if row.num_listings in THIN_LISTINGS:
        flags.append("THIN")
    return tuple(flags)
