"""What somebody holds, as a page and as files."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.inventory.collection import COLUMNS, collection_page, collection_rows
from apps.inventory.downloads import export_response
from apps.inventory.formats import EXPORTS
from apps.inventory.forms import HoldingsForm
from apps.settings.selectors import asked_of
from mtgintel.core.tables import csv_response


@never_cache
@login_required
@require_safe
def collection(request: HttpRequest) -> HttpResponse:
    """What one holds and what it is worth."""
    page = collection_page(request.user, asked_of(request))
    return render(request, "inventory/collection.html", page)


@never_cache
@login_required
@require_safe
def collection_csv(request: HttpRequest) -> HttpResponse:
    """All lots that the page's filters leave, in its order."""
    form = HoldingsForm(asked_of(request))
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    return csv_response("collection.csv", COLUMNS, collection_rows(request.user, form))


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """Everything one holds, as a file for another site."""
    slug = request.GET.get("format", "csv")
    if slug not in EXPORTS:
        raise Http404
    return export_response(request.user, slug)
