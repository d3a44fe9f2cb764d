"""The pages of recommendations."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from .models import Recommendation
from .pages import detail_page, list_page, record_page
from .selectors import get_recommendation


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "recommendations/list.html", list_page(request.GET))


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        call = get_recommendation(pk)
    except Recommendation.DoesNotExist:
        raise Http404(f"There is no recommendation {pk}.") from None
    return render(request, "recommendations/detail.html", detail_page(call))


@require_safe
def record(request: HttpRequest) -> HttpResponse:
    return render(request, "recommendations/record.html", record_page(request.GET))
