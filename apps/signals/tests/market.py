"""A small stored market whose signals are known."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from apps.cards.models import Card
from apps.prices.tests.factories import add_observations, make_card, refresh

DAY = date(2026, 3, 10)


def at_noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def add_daily(
    card: Card,
    prices: list[str | None],
    marketplace: str = "tcgplayer",
    *,
    last: date = DAY,
    **fields: object,
) -> list[tuple[datetime, str]]:
    """One observation a day up to `last`, none where there is None; as they were
    added."""
    first = last - timedelta(days=len(prices) - 1)
    rows = [
        (at_noon(first + timedelta(days=n)), price)
        for n, price in enumerate(prices)
        if price is not None
    ]
    add_observations(card, rows, marketplace, **fields)  # type: ignore[arg-type]
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
