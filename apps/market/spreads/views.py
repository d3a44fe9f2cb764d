"""Gaps between prices under the fees of who looks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.settings.selectors import asked_of, preferences_for
from mtgintel.core.shared_pages import shared_page
from mtgintel.core.tables import csv_response

from .forms import SpreadsForm
from .page import SPREAD_COLUMNS, spread_rows, spreads_context


@require_safe
@shared_page
def spreads_page(request: HttpRequest) -> HttpResponse:
    form = SpreadsForm(asked_of(request), preferences_for(request).fees)
    page = spreads_context(form, request.GET.get("page"))
    return render(request, "market/spreads.html", page)


@require_safe
def spreads_csv(request: HttpRequest) -> HttpResponse:
    form = SpreadsForm(asked_of(request), preferences_for(request).fees)
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    return csv_response("spreads.csv", SPREAD_COLUMNS, spread_rows(form))
