"""What went: the list with its gains, the same as a file, and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.inventory.forms_lots import SalesForm
from apps.inventory.lot_pages import SALES_COLUMNS, sales_page, sales_rows
from apps.inventory.models import Disposal
from apps.inventory.services.disposals import undo_disposals
from mtgintel.core.tables import csv_response


@never_cache
@login_required
@require_safe
def sales(request: HttpRequest) -> HttpResponse:
    """What one sold, traded and gave away, with realised gains."""
    return render(request, "inventory/sales.html", sales_page(request))


@never_cache
@login_required
@require_safe
def sales_csv(request: HttpRequest) -> HttpResponse:
    """All disposals that the page's filters leave, in its order."""
    form = SalesForm(request.GET)
    if form.errors:
        return HttpResponse(form.errors.as_text(), "text/plain", 400)
    return csv_response("sales.csv", SALES_COLUMNS, sales_rows(request, form))


@login_required
@require_POST
def undo_sale(request: HttpRequest, disposal_id: int) -> HttpResponse:
    """Copies that went are held again."""
    try:
        copies = undo_disposals(owner=request.user, ids=[disposal_id])
    except Disposal.DoesNotExist:
        raise Http404 from None
    messages.success(request, f"Taken back: {copies:,} held again.")
    return redirect("inventory:sales")
