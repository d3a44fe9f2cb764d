"""What the page of a card says of alerts."""

from __future__ import annotations

from dataclasses import dataclass

from apps.cards.models import Card


@dataclass(frozen=True, slots=True)
class CardPanel:
    """The card one may be told of, and the currency of the page."""

    card: Card
    currency: str


def card_panel(*, card: Card, currency: str) -> CardPanel:
    return CardPanel(card, currency)
