"""A small stored market whose signals are known."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from apps.cards.models import Card
from apps.prices.models import Marketplace
from apps.prices.tests.factories import add_observations, make_card, refresh
from apps.signals.models import Signal

DAY = date(2026, 3, 10)


def at_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def add_daily(
    card: Card,
    prices: list[str | None],
    marketplace: str = "tcgplayer",
    *,
    last: date = DAY,
    **fields: Any,
) -> list[tuple[datetime, str]]:
    """One observation a day up to `last`, none where there is None; as they were
    added."""
    first = last - timedelta(days=len(prices) - 1)
    rows = [
        (at_noon(first + timedelta(days=n)), price)
        for n, price in enumerate(prices)
        if price is not None
    ]
    add_observations(card, rows, marketplace, **fields)
    return rows


def rising(start: float, step: float, days: int = 60) -> list[str]:
    return [f"{start * (1 + step) ** n:.2f}" for n in range(days)]


def known_market() -> dict[str, Card]:
    """Riser trends up in dollars, Faller down in its foil, Still does nothing, Cheap
    doubles for cents; a shop pays more and more for Riser; Ticket rises on MTGO."""
    cards = {
        name: make_card(name, collector_number=str(n), **fields)
        for n, (name, fields) in enumerate(
            {
                "Riser": {"set_code": "lea"},
                "Faller": {"legalities": {"modern": "banned"}},
                "Still": {},
                "Cheap": {},
                "Ticket": {},
            }.items()
        )
    }
    rows = [
        *add_daily(cards["Riser"], rising(10, 0.01)),
        *add_daily(cards["Riser"], rising(5, 0.012), "cardkingdom-buylist"),
        *add_daily(cards["Riser"], ["11.00"] * 60, "cardkingdom", quantity=8),
        *add_daily(cards["Faller"], rising(80, -0.012), finish="FOIL"),
        *add_daily(cards["Still"], ["7.00"] * 60),
        *add_daily(cards["Cheap"], rising(0.05, 0.02)),
        *add_daily(cards["Ticket"], rising(3, 0.015), "cardhoarder"),
        # Of no matter: another condition, another language.
        *add_daily(cards["Still"], rising(1, 0.05), condition="LIGHTLY_PLAYED"),
        *add_daily(cards["Still"], rising(1, 0.05), language="GERMAN"),
    ]
    refresh(rows)
    return cards


def make_signal(card: Card, kind: str = "TREND", **fields: Any) -> Signal:
    """A stored signal, by default a strong trend upwards in dollars."""
    stream = Marketplace.objects.get(slug=fields.pop("marketplace", "tcgplayer"))
    return Signal.objects.create(
        **{
            "card": card,
            "kind": kind,
            "finish": "NONFOIL",
            "currency": stream.currency,
            "marketplace": stream,
            "day": DAY,
            "direction": 1,
            "strength": 0.9,
            "confidence": 0.8,
            "observations": 30,
            "price": Decimal("12.50"),
            "values": {"slope": 0.0123, "t": 14.5, "r2": 0.91, "move": 0.42},
            "version": 1,
        }
        | fields
    )
