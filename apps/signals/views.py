"""The pages of signals."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.settings.selectors import asked_of
from mtgintel.core.shared_pages import shared_page
from mtgintel.core.tables import csv_response

from .figures import kind_of
from .forms import SignalsForm
from .pages import COLUMNS, signal_rows, signals_page


@require_safe
@shared_page
def board(request: HttpRequest) -> HttpResponse:
    return render(request, "signals/board.html", signals_page(asked_of(request)))


@require_safe
@shared_page
def kind_detail(request: HttpRequest, slug: str) -> HttpResponse:
    kind = kind_of(slug)
    if kind is None:
        raise Http404(f"There is no kind of signal {slug!r}.")
    return render(request, "signals/kind.html", signals_page(asked_of(request), kind))


@require_safe
def signals_csv(request: HttpRequest) -> HttpResponse:
    form = SignalsForm(asked_of(request))
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    return csv_response("signals.csv", COLUMNS, signal_rows(form))
