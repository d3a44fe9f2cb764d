"""The Data page for everyone, and its actions for staff."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST, require_safe

from .actions import PERMISSION, CannotRunError, queue_feed
from .page import data_page
from .service import INCIDENT_DAYS, State, service_status


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    page = data_page(request.GET.get("set", "")[:100], request.user)  # type: ignore[arg-type]
    return render(request, "prices/data.html", {"page": page})


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Without a database a page that needs none."""
    found = service_status()
    context = {"status": found, "days": INCIDENT_DAYS}
    if found.state is State.DOWN:
        page = render_to_string("prices/status_down.html", context)
        return HttpResponse(page, status=503)
    return render(request, "prices/status.html", context)


@require_POST
@login_required
@permission_required(PERMISSION, raise_exception=True)
def run_feed(request: HttpRequest) -> HttpResponse:
    try:
        feed = queue_feed(request.POST.get("feed", ""))
    except KeyError:
        raise Http404("There is no such feed.") from None
    except CannotRunError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{feed.title} is on the queue.")
    return redirect("prices:data")
