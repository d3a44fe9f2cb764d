"""Cards, indices and sets on one chart."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.settings.selectors import asked_of
from mtgintel.core.shared_pages import shared_page
from mtgintel.core.tables import csv_response

from .forms import CompareForm
from .page import compare_columns, compare_page, compare_rows, comparison_of


@require_safe
@shared_page
def compare(request: HttpRequest) -> HttpResponse:
    form = CompareForm(asked_of(request))
    if form.is_joined and not form.errors:
        return HttpResponseRedirect(f"{reverse('market:compare')}?{form.address()}")
    return render(request, "market/compare.html", compare_page(form))


@require_safe
def compare_csv(request: HttpRequest) -> HttpResponse:
    form = CompareForm(asked_of(request))
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    found = comparison_of(form)
    return csv_response("comparison.csv", compare_columns(found), compare_rows(found))
