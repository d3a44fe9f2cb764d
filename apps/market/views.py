"""The market's pages, and the choice of colours."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from apps.settings.selectors import asked_of
from apps.settings.services import save_preferences
from mtgintel.core.returning import way_back
from mtgintel.core.shared_pages import shared_page
from mtgintel.core.tables import csv_response
from mtgintel.core.theme import COOKIE, COOKIE_SECONDS, Theme

from .forms import IndexForm, IndicesForm, MarketForm, MoversForm
from .home import home_page
from .pages import (
    MOVER_COLUMNS,
    find_page,
    index_page,
    indices_page,
    methodology_html,
    mover_rows,
    movers_context,
)
from .selectors import is_index


@require_safe
@shared_page
def home(request: HttpRequest) -> HttpResponse:
    form = MarketForm(asked_of(request))
    return render(request, "market/home.html", home_page(form))


@require_safe
@shared_page
def indices(request: HttpRequest) -> HttpResponse:
    form = IndicesForm(asked_of(request))
    page = indices_page(form.chosen("currency"), request.GET.get("page"))
    return render(request, "market/indices.html", page | {"form": form})


@require_safe
@shared_page
def index_detail(request: HttpRequest, slug: str) -> HttpResponse:
    if not is_index(slug):
        raise Http404
    form = IndexForm(asked_of(request))
    page = index_page(form, slug, request.GET.get("page"))
    return render(request, "market/index_detail.html", page | {"form": form})


@require_safe
@shared_page
def movers_page(request: HttpRequest) -> HttpResponse:
    form = MoversForm(asked_of(request))
    return render(request, "market/movers.html", movers_context(form, request.user))


@require_safe
def movers_csv(request: HttpRequest) -> HttpResponse:
    form = MoversForm(asked_of(request))
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    rows = mover_rows(form, request.user)
    return csv_response("movers.csv", MOVER_COLUMNS, rows)


@require_safe
@shared_page
def find(request: HttpRequest) -> HttpResponse:
    """Everything there is, to be read and for the palette to search."""
    return render(request, "market/find.html", find_page())


@require_safe
@shared_page
def methodology(request: HttpRequest) -> HttpResponse:
    return render(request, "market/methodology.html", {"text": methodology_html()})


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """The switch of colours without JavaScript: keeps the choice and goes back."""
    theme, response = request.POST.get("theme"), HttpResponseRedirect(way_back(request))
    if theme in Theme.values:
        response.set_cookie(COOKIE, theme, COOKIE_SECONDS, samesite="Lax")
        if request.user.is_authenticated:
            save_preferences(user=request.user, theme=theme)
    return response
