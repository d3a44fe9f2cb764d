"""Sets and what they cost."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.cards.models import CardSet
from apps.market.selectors.contributors import contributors
from apps.market.selectors.sets import set_of
from apps.settings.selectors import asked_of
from mtgintel.core.shared_pages import shared_page
from mtgintel.core.tables import csv_response

from .forms import SetForm, SetsForm
from .page import (
    CONTRIBUTOR_COLUMNS,
    SET_COLUMNS,
    VALUE_COLUMNS,
    contributor_rows,
    set_page,
    set_rows,
    sets_page,
    value_rows,
)


@require_safe
@shared_page
def sets(request: HttpRequest) -> HttpResponse:
    page = sets_page(SetsForm(asked_of(request)), request.GET.get("page"))
    return render(request, "market/sets.html", page)


@require_safe
def sets_csv(request: HttpRequest) -> HttpResponse:
    form = SetsForm(asked_of(request))
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    return csv_response("sets.csv", SET_COLUMNS, set_rows(form))


@require_safe
@shared_page
def set_detail(request: HttpRequest, code: str) -> HttpResponse:
    card_set = _known(code)
    form = SetForm(asked_of(request), card_set.code)
    page = set_page(form, card_set, request.GET.get("page"))
    return render(request, "market/set_detail.html", page)


@require_safe
def set_cards_csv(request: HttpRequest, code: str) -> HttpResponse:
    card_set = _known(code)
    form = SetForm(asked_of(request), card_set.code)
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    currency, name = form.chosen("currency"), f"{card_set.code}-cards.csv"
    rows = contributors(card_set.pk, currency, is_foil=form.is_foil)
    return csv_response(name, CONTRIBUTOR_COLUMNS, contributor_rows(rows))


@require_safe
def set_values_csv(request: HttpRequest, code: str) -> HttpResponse:
    form = SetForm(asked_of(request), _known(code).code)
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    name = f"{form.code}-values.csv"
    return csv_response(name, VALUE_COLUMNS, value_rows(form))


def _known(code: str) -> CardSet:
    found = set_of(code)
    if found is None:
        raise Http404
    return found
