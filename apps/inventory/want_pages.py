"""What the pages of a want list show, and the same as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from apps.cards.models import Card
from apps.settings.selectors import preferences_for
from mtgintel.core.money import money_text

from .forms_wants import PastedWantsForm
from .selectors.wants import WantLine, totals_of, want_lines

PAGE_SIZE = 50
COLUMNS = (
    *("id", "name", "set", "collector_number", "scryfall_id", "any_printing"),
    *("finish", "min_condition", "language", "quantity", "target_price", "currency"),
    *("priority", "notes", "offer", "cost", "above_target_percent", "marketplace"),
    *("as_of", "is_offer", "in_stock", "offer_set", "offer_collector_number"),
)


@dataclass(frozen=True, slots=True)
class CardPanel:
    """What the page of a card says: where it can be put on a list."""

    card: Card
    currency: str


def card_panel(*, card: Card, currency: str) -> CardPanel:
    return CardPanel(card, currency)


def wants_page(
    request: HttpRequest, form: PastedWantsForm | None = None
) -> dict[str, Any]:
    """A page of the list, with the totals of all of it."""
    lines = want_lines(request.user)
    currency = preferences_for(request).currency
    return {
        "paging": Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page")),
        "totals": totals_of(lines),
        "lines": len(lines),
        "form": form or PastedWantsForm(initial={"currency": currency}),
    }


def want_rows(lines: list[WantLine]) -> Iterator[list[Any]]:
    """The lines as COLUMNS says."""
    for line in lines:
        yield [
            *(line.id, line.name, line.set_code, line.collector_number),
            *(line.scryfall_id, line.is_any_printing, line.finish or ""),
            *(line.min_condition, line.language or "", line.quantity),
            *(money_text(line.target_price), line.currency, line.priority_label),
            *(line.notes, *_offered(line)),
        ]


def _offered(line: WantLine) -> list[Any]:
    offer = line.offer
    if offer is None:
        return [""] * 9
    return [
        *(money_text(offer.price), money_text(line.cost), line.above_target_percent),
        *(offer.marketplace, offer.as_of.isoformat(), offer.is_offer, offer.in_stock),
        *(offer.set_code, offer.collector_number),
    ]
