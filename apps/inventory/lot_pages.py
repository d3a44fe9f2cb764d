"""What the pages of lots and of sales show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict

from apps.cards.models import Card
from apps.cards.selectors import CardSearch, search_cards
from apps.settings.models import CostBasis
from apps.settings.selectors import preferences_for
from mtgintel.core.money import money_text

from .forms import HoldingsForm
from .forms_lots import FindCardForm, LotForm, SalesForm, SellForm, SplitForm
from .models import Lot
from .selectors.lots import alike
from .selectors.sales import Sale, Sales, left_of_lot, sales_of_lot
from .selectors.values import Holdings

PAGE_SIZE = 50
PRINTINGS_SIZE = 30
SALES_COLUMNS = (
    *("id", "date", "kind", "name", "set", "collector_number", "finish", "condition"),
    *("language", "quantity", "unit_proceeds", "currency", "proceeds", "cost"),
    *("cost_currency", "gain", "method", "recipient", "lot"),
)


def find_page(request: HttpRequest) -> dict[str, Any]:
    """Printings to choose one from."""
    form = FindCardForm(request.GET)
    text = form.cleaned_data.get("q", "") if form.is_valid() else ""
    found = search_cards(CardSearch(q=text)) if text else Card.objects.none()
    paging = Paginator(found, PRINTINGS_SIZE).get_page(request.GET.get("page"))
    return {"form": form, "text": text, "paging": paging}


def add_form(request: HttpRequest, card: Card) -> LotForm:
    if request.method == "POST":
        return LotForm(card, request.POST)
    currency = preferences_for(request).currency
    return LotForm(card, initial={"language": card.language, "cost_currency": currency})


def lot_page(
    request: HttpRequest,
    lot: Lot,
    form: LotForm | None = None,
    sell: SellForm | None = None,
    split: SplitForm | None = None,
) -> dict[str, Any]:
    """Everything about a lot, with what can be done with it."""
    preferences = preferences_for(request)
    sales, costs = sales_of_lot(request.user, lot)
    left = left_of_lot(request.user, lot, costs)
    return {
        "lot": lot,
        "card": lot.card,
        "currency": left.currency,
        "left": left,
        "sales": sales,
        "method": CostBasis(preferences.cost_basis).label,
        "others": alike(lot).exclude(pk=lot.pk).count(),
        "form": form or LotForm.of(lot, currency=preferences.currency),
        "sell": sell or SellForm.starting(left.currency),
        "split": split or SplitForm(),
    }


def chosen_lots(request: HttpRequest, choices: QueryDict) -> list[int]:
    """The ids of the ticked lots, or of all that the page's filters leave."""
    if request.POST.get("which") == "all":
        return Holdings(request.user, HoldingsForm(choices).query()).ids
    return [int(one) for one in request.POST.getlist("lot") if _is_id(one)]


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def sales_page(request: HttpRequest) -> dict[str, Any]:
    """A page of what went, and the totals of all of it."""
    form = SalesForm(request.GET)
    found = Sales(request.user, form.query())
    paging = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "form": form,
        "totals": found.totals,
        "years": found.years,
        "paging": paging,
        "method": CostBasis(found.method).label,
        "query": request.GET.urlencode(),
    }


def sales_rows(request: HttpRequest, form: SalesForm) -> Iterator[list[Any]]:
    """All disposals asked for, as SALES_COLUMNS says."""
    found = Sales(request.user, form.query())
    for sale in found[:]:
        yield _cells(sale, found.method)


def _cells(sale: Sale, method: str) -> list[Any]:
    lot, card = sale.lot, sale.lot.card
    return [
        *(sale.id, sale.disposed_on, sale.kind, card.name, card.set_code),
        *(card.collector_number, lot.finish, lot.condition, lot.language),
        *(sale.quantity, money_text(sale.unit_proceeds), sale.currency),
        *(money_text(sale.proceeds), money_text(sale.cost), sale.cost_currency),
        # Numbers, and no formulas where they are below zero.
        *(sale.gain, method, sale.recipient, lot.pk),
    ]
