"""The pages of recommendations."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.settings.selectors import asked_of
from mtgintel.core.shared_pages import shared_page

from .models import Recommendation
from .pages import detail_page, list_page, record_page, rows_of
from .selectors import get_recommendation, own_recommendations


@require_safe
@shared_page
def index(request: HttpRequest) -> HttpResponse:
    page = list_page(asked_of(request)) | {
        "own": rows_of(own_recommendations(request.user))
    }
    return render(request, "recommendations/list.html", page)


@require_safe
@shared_page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        call = get_recommendation(pk)
    except Recommendation.DoesNotExist:
        raise Http404(f"There is no recommendation {pk}.") from None
    return render(request, "recommendations/detail.html", detail_page(call))


@require_safe
@shared_page
def record(request: HttpRequest) -> HttpResponse:
    page = record_page(asked_of(request))
    return render(request, "recommendations/record.html", page)
