"""How one is told of alerts, and how that went."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from apps.alerts import mail
from apps.alerts.forms import SettingsForm
from apps.alerts.pages import deliveries_page, log_page, settings_page
from apps.alerts.selectors.rules import settings_of
from apps.alerts.services.settings import renew_secret, save_settings, unsubscribe


@never_cache
@login_required
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Everything that fired."""
    return render(request, "alerts/log.html", log_page(request))


@never_cache
@login_required
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """Every letter and post, with each attempt."""
    return render(request, "alerts/deliveries.html", deliveries_page(request))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    is_sent = request.method == "POST"
    form = SettingsForm(settings_of(request.user), request.POST if is_sent else None)
    if is_sent and _saved(request, form):
        messages.success(request, "Saved.")
        return redirect("alerts:settings")
    page, status = settings_page(request, form), 400 if is_sent else 200
    return render(request, "alerts/settings.html", page, status=status)


def _saved(request: HttpRequest, form: SettingsForm) -> bool:
    if not form.is_valid():
        return False
    try:
        save_settings(owner=request.user, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


@login_required
@require_POST
def new_secret(request: HttpRequest) -> HttpResponse:
    renew_secret(owner=request.user)
    messages.success(request, "Bodies are signed with a new secret from now on.")
    return redirect("alerts:settings")


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end_letters(request: HttpRequest, token: str) -> HttpResponse:
    """From the link in a letter, without logging in; mail programs post to it. Opening
    it only asks, as some programs open every link."""
    try:
        owner_id = mail.owner_of(token)
    except signing.BadSignature:
        raise Http404 from None
    is_done = request.method == "POST"
    if is_done:
        unsubscribe(owner_id=owner_id)
    return render(request, "alerts/unsubscribe.html", {"is_done": is_done})
