"""The pages of cards, which are pages of their prices."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.cards.models import Card
from apps.cards.selectors import get_card
from apps.settings.selectors import asked_of, preferences_for
from mtgintel.core.shared_pages import shared_page

from .pages import card_page, search_page


@require_safe
@shared_page
def detail(request: HttpRequest, card_id: int) -> HttpResponse:
    try:
        card = get_card(card_id)
    except Card.DoesNotExist:
        raise Http404(f"There is no card {card_id}.") from None
    preferred = preferences_for(request).currency
    page = card_page(card, request.GET, preferred)
    return render(request, "cards/detail.html", {"page": page})


@require_safe
@shared_page
def search(request: HttpRequest) -> HttpResponse:
    return render(
        request, "cards/search.html", {"page": search_page(asked_of(request))}
    )
