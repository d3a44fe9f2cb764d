"""Sealed products and what they cost."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.settings.selectors import asked_of
from mtgintel.core.shared_pages import shared_page
from mtgintel.core.tables import csv_response

from .forms import SealedForm
from .page import SEALED_COLUMNS, sealed_page, sealed_rows


@require_safe
@shared_page
def sealed(request: HttpRequest) -> HttpResponse:
    page = sealed_page(SealedForm(asked_of(request)), request.GET.get("page"))
    return render(request, "market/sealed.html", page)


@require_safe
def sealed_csv(request: HttpRequest) -> HttpResponse:
    form = SealedForm(asked_of(request))
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    return csv_response("sealed.csv", SEALED_COLUMNS, sealed_rows(form))
