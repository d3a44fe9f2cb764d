"""The market's front page, and the choice of colours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from apps.prices.selectors import freshness
from mtgintel.core.constants import Currency
from mtgintel.core.theme import COOKIE, COOKIE_SECONDS, Theme

from .charts import index_chart
from .forms import MarketForm
from .selectors import market_index, movers, overview
from .selectors.movers import DIRECTIONS


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    form = MarketForm(request.GET)
    currency, window = form.chosen("currency"), form.chosen("window")
    indexes = {c: market_index(c, form.chosen("period")) for c in Currency.values}
    found = {d: movers(currency, window=window, direction=d) for d in DIRECTIONS}
    page = {"form": form, "currency": currency, "window": window, "movers": found}
    index = indexes.pop(currency)
    figures = {"index": index, "others": indexes, "chart": index_chart(index)}
    market = {"overview": overview(currency), "streams": freshness()}
    return render(request, "market/home.html", page | figures | market)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """The switch of colours without JavaScript: keeps the choice and goes back."""
    theme, back = request.POST.get("theme"), request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    if theme in Theme.values:
        response.set_cookie(COOKIE, theme, COOKIE_SECONDS, samesite="Lax")
    return response
