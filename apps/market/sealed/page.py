"""What the page of sealed products shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator

from apps.market.selectors.sealed import find_sealed
from mtgintel.core.money import money_text

from .forms import SealedForm

PAGE_SIZE = 50


def sealed_page(form: SealedForm, number: str | None) -> dict[str, Any]:
    wanted = form.wanted()
    found = find_sealed(wanted)
    asked = {
        "currency": wanted.currency,
        "q": wanted.q,
        "set": wanted.set,
        "ordering": wanted.ordering,
    }
    return {
        "form": form,
        "currency": wanted.currency,
        "found": found,
        "paging": Paginator(found, PAGE_SIZE).get_page(number),
        "as_of": max((row.listing.as_of for row in found), default=None),
        "query": urlencode({name: text for name, text in asked.items() if text}),
    }


SEALED_COLUMNS = (
    *("name", "category", "set", "released_on", "currency", "price", "price_low"),
    *("change_7d", "change_30d", "marketplace", "day"),
    *("singles_value", "singles_priced", "singles_cards"),
)


def sealed_rows(form: SealedForm) -> Iterator[tuple[object, ...]]:
    for row in find_sealed(form.wanted()):
        one, singles = row.listing, row.singles
        product, card_set = one.product, one.product.card_set
        yield (
            *(product.name, product.category, card_set.code if card_set else None),
            *(product.released_on, one.currency, money_text(one.price)),
            *(money_text(one.price_low), one.change_7d, one.change_30d),
            *(one.marketplace, one.day),
            money_text(singles.value) if singles else None,
            *((singles.priced, singles.cards) if singles else (None, None)),
        )
