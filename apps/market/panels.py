"""What the page of a card, which belongs to a layer below, shows of the market."""

from __future__ import annotations

from dataclasses import dataclass

from apps.cards.models import Card
from apps.prices.selectors import Quote, headline_prices

from .selectors.similar import SimilarCard, SimilarCards, similar_cards


@dataclass(frozen=True, slots=True)
class PricedSimilar:
    """A card like another, and the quote that stands for it in the page's currency."""

    similar: SimilarCard
    quote: Quote | None


@dataclass(frozen=True, slots=True)
class SimilarPanel:
    found: SimilarCards
    currency: str
    rows: list[PricedSimilar]


def similar_panel(*, card: Card, currency: str) -> SimilarPanel:
    """The cards like `card` with their prices in `currency`."""
    found = similar_cards(card)
    quotes = headline_prices([one.card.pk for one in found.cards], currency)
    rows = [PricedSimilar(one, quotes.get(one.card.pk)) for one in found.cards]
    return SimilarPanel(found, currency, rows)
