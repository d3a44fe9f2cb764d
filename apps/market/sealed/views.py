"""Sealed products and what they cost."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mtgintel.core.tables import csv_response

from .forms import SealedForm
from .page import SEALED_COLUMNS, sealed_page, sealed_rows


@require_safe
def sealed(request: HttpRequest) -> HttpResponse:
    page = sealed_page(SealedForm(request.GET), request.GET.get("page"))
    return render(request, "market/sealed.html", page)


@require_safe
def sealed_csv(request: HttpRequest) -> HttpResponse:
    form = SealedForm(request.GET)
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    return csv_response("sealed.csv", SEALED_COLUMNS, sealed_rows(form))
