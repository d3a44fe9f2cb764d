"""What a collection is worth, was worth and earned."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.inventory.forms import PortfolioForm
from apps.inventory.portfolio import portfolio_page
from apps.settings.selectors import asked_of


@never_cache
@login_required
@require_safe
def portfolio(request: HttpRequest) -> HttpResponse:
    """The value of all one holds, its history and its parts, and what happened."""
    page = portfolio_page(request.user, PortfolioForm(asked_of(request)))
    return render(request, "inventory/portfolio.html", page)
