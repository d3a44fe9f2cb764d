"""The pages of an account: preferences, tokens, one's data, the end of it."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from mtgintel.core.returning import way_back

from .forms import DeletionForm, TokenForm, all_forms
from .requests import OwnRequest
from .selectors import owned_rows, preferences_of, tokens_of
from .services import create_token, end_session, revoke_token, save_preferences


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: OwnRequest) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    forms = all_forms(preferences_of(request.user), sent)
    for form in forms:
        if form.is_bound and form.saved(request.user):
            messages.success(request, f"{form.title}: saved.")
            return redirect("preferences:page")
    return render(request, "settings/preferences.html", {"forms": forms})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: OwnRequest) -> HttpResponse:
    """The secret of a new token is in the answer to the form, and nowhere else."""
    form, made = TokenForm(request.POST or None, label_suffix=""), None
    if request.method == "POST" and form.is_valid():
        try:
            made = create_token(user=request.user, name=form.cleaned_data["name"])
            form = TokenForm(label_suffix="")
        except ValidationError as error:
            form.add_error(None, error)
    page = {"form": form, "made": made, "tokens": tokens_of(request.user)}
    return render(request, "settings/tokens.html", page)


@login_required
@require_POST
def revoke(request: OwnRequest, token_id: int) -> HttpResponse:
    if not revoke_token(user=request.user, token_id=token_id):
        raise Http404
    messages.success(request, "The token is revoked: it opens nothing any more.")
    return redirect("preferences:tokens")


@login_required
@require_POST
def log_out_session(request: OwnRequest, session_id: int) -> HttpResponse:
    if not end_session(user=request.user, session_id=session_id):
        raise Http404
    messages.success(request, "That device is logged out.")
    return redirect("usersessions_list")


@login_required
@require_POST
def amounts(request: OwnRequest) -> HttpResponse:
    """Hide what one owns in amounts, or show it again, and stay on the page."""
    save_preferences(user=request.user, hide_amounts=request.POST.get("hide") == "1")
    return redirect(way_back(request))


@login_required
@never_cache
@require_safe
def data(request: OwnRequest) -> HttpResponse:
    return render(request, "settings/data.html")


@login_required
@never_cache
@require_safe
def export(request: OwnRequest) -> HttpResponse:
    """Everything that deleting the account would delete, but its secrets."""
    exported = {"exported_at": timezone.now(), "rows": owned_rows(request.user)}
    name = f"mtg-market-intel-{timezone.now():%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JsonResponse(exported, headers=headers)


@login_required
@reauthentication_required(app="apps.settings")  # type: ignore[untyped-decorator]
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: OwnRequest) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = DeletionForm(request.user, sent)
    if sent is not None and form.deleted():
        logout(request)
        messages.success(request, "Your account and everything in it is deleted.")
        return redirect("account_login")
    return render(request, "settings/delete.html", {"form": form})
