"""What one looks for: the list, its lines, and lists that are pasted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from apps.cards.models import Card
from apps.inventory.formats import UnreadableFileError
from apps.inventory.forms_wants import PastedWantsForm, WantForm
from apps.inventory.models import Want
from apps.inventory.selectors.wants import want_lines, want_of
from apps.inventory.services.wants import (
    Pasted,
    add_pasted,
    add_want,
    change_want,
    remove_want,
)
from apps.inventory.want_pages import COLUMNS, want_rows, wants_page
from apps.settings.selectors import preferences_for
from mtgintel.core.constants import Finish
from mtgintel.core.tables import csv_response

_SHOWN_PROBLEMS = 20


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wants(request: HttpRequest) -> HttpResponse:
    """The list with what each line costs now; a list that is sent is added to it."""
    if request.method != "POST":
        return render(request, "inventory/wants.html", wants_page(request))
    form = PastedWantsForm(request.POST)
    added = _pasted(request, form)
    if added is None:
        page = wants_page(request, form)
        return render(request, "inventory/wants.html", page, status=400)
    _tell(request, added)
    return redirect("inventory:wants")


def _pasted(request: HttpRequest, form: PastedWantsForm) -> Pasted | None:
    """None where the form says what is wrong."""
    if not form.is_valid():
        return None
    try:
        return add_pasted(owner=request.user, **form.cleaned_data)
    except UnreadableFileError as error:
        form.add_error("text", str(error))
    except ValidationError as error:
        form.add_error(None, error)
    return None


def _tell(request: HttpRequest, found: Pasted) -> None:
    there = f" {found.present:,} were there already." if found.present else ""
    messages.success(request, f"{found.added:,} added.{there}")
    for number, reason in found.problems[:_SHOWN_PROBLEMS]:
        messages.error(request, f"Line {number}: {reason}.")


@never_cache
@login_required
@require_safe
def wants_csv(request: HttpRequest) -> HttpResponse:
    """The whole list."""
    return csv_response("want-list.csv", COLUMNS, want_rows(want_lines(request.user)))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_want(request: HttpRequest, card_id: int) -> HttpResponse:
    """Put a card on the list."""
    card = get_object_or_404(Card.objects.with_set(), pk=card_id)
    is_sent = request.method == "POST"
    form = WantForm(card, request.POST if is_sent else None, _asked(request))
    if is_sent and _saved(form, add_want, owner=request.user, card=card):
        messages.success(request, f"{card.name} is on your want list.")
        return redirect("inventory:wants")
    return _form_page(request, form, is_sent=is_sent)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address proposes; what it cannot mean is left out."""
    asked = request.GET.get("finish", "")
    return {
        "currency": preferences_for(request).currency,
        "finish": asked if asked in Finish.values else "",
    }


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def want(request: HttpRequest, want_id: int) -> HttpResponse:
    """Change a line."""
    own, is_sent = _own(request, want_id), request.method == "POST"
    form = WantForm.of(own, request.POST if is_sent else None)
    if is_sent and _saved(form, change_want, want=own):
        messages.success(request, f"{own.card.name}: saved.")
        return redirect("inventory:wants")
    return _form_page(request, form, want=own, is_sent=is_sent)


@login_required
@require_POST
def drop_want(request: HttpRequest, want_id: int) -> HttpResponse:
    own = _own(request, want_id)
    remove_want(want=own)
    messages.success(request, f"{own.card.name} is off your want list.")
    return redirect("inventory:wants")


def _saved(form: WantForm, save: Any, **subject: Any) -> bool:
    """Whether it was; what was wrong is said in the form."""
    if not form.is_valid():
        return False
    try:
        save(**subject, **form.wanted())
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _form_page(
    request: HttpRequest, form: WantForm, *, want: Want | None = None, is_sent: bool
) -> HttpResponse:
    page = {"form": form, "card": form.card, "want": want}
    status = 400 if is_sent else 200
    return render(request, "inventory/want.html", page, status=status)


def _own(request: HttpRequest, want_id: int) -> Want:
    try:
        return want_of(request.user, want_id)
    except Want.DoesNotExist:
        raise Http404 from None
