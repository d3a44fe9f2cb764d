"""The archive for everybody: a page that says what there is, and the files."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.prices.selectors import is_demo_market
from mtgintel.core.api.throttling import Window, asked

from .downloads import archived_response
from .glossary import COLUMNS
from .manifest import ArchiveError
from .selectors import BulkListing, bulk_listing

DAYS_PER_PAGE = 31


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    try:
        listing, error = bulk_listing(), None
    except ArchiveError as caught:
        listing, error = BulkListing(is_kept=True), caught
    context = {
        "listing": listing,
        "error": error,
        "paging": Paginator(listing.days, DAYS_PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "columns": COLUMNS,
        "is_demo": is_demo_market(),
    }
    return render(request, "prices/bulk.html", context, status=503 if error else 200)


@require_safe
def download(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file by its name, or `2026-03-10.parquet` for the one it is today."""
    window = asked("download", request)
    if window and window.is_over:
        return _too_many(window)
    try:
        listing = bulk_listing()
        current = listing.current(name)
        if current is not None:
            return redirect(listing.address(current))
        return archived_response(request, listing, name)
    except FileNotFoundError:
        raise Http404(f"The archive has no file {name}.") from None
    except ArchiveError as error:
        return HttpResponse(str(error), status=503, content_type="text/plain")


def _too_many(window: Window) -> HttpResponse:
    headers = window.headers | {"Retry-After": str(int(window.seconds) + 1)}
    message = "Too many downloads from your address; try again in a moment.\n"
    return HttpResponse(message, "text/plain", status=429, headers=headers)
