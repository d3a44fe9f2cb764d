"""Lots as pages and forms: added, looked at, edited, sold, many changed at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from apps.cards.models import Card
from apps.cards.selectors import get_card
from apps.inventory.collection import collection_page
from apps.inventory.forms_lots import (
    BulkForm,
    InlineForm,
    LotForm,
    SellForm,
    SplitForm,
)
from apps.inventory.lot_pages import add_form, chosen_lots, find_page, lot_page
from apps.inventory.models import Change, Disposal, Lot
from apps.inventory.selectors.lots import lot_of
from apps.inventory.services.bulk import ChangedLots, delete_lots, edit_lots
from apps.inventory.services.changes import undo_change
from apps.inventory.services.disposals import dispose
from apps.inventory.services.lots import (
    add_lot,
    clone_lot,
    delete_lot,
    edit_lot,
    split_lot,
)
from apps.settings.selectors import asked_of


@never_cache
@login_required
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Look for the printing of which one has a copy."""
    return render(request, "inventory/find_card.html", find_page(request))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest, card_id: str) -> HttpResponse:
    """Add copies of a printing."""
    card = _card(card_id)
    form, user = add_form(request, card), request.user
    if request.method == "POST":
        lot = form.saved(lambda: add_lot(owner=user, card=card, **form.said))
        if lot is not None:
            messages.success(request, f"{lot} added.")
            return redirect("inventory:lot", lot.pk)
    page, status = {"form": form, "card": card}, 400 if form.errors else 200
    return render(request, "inventory/add_lot.html", page, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lot(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Everything about a lot, and its editing."""
    own, user = _own(request, lot_id), request.user
    if request.method != "POST":
        return render(request, "inventory/lot.html", lot_page(request, own))
    form = LotForm.of(own, request.POST)
    if form.saved(lambda: edit_lot(owner=user, lot_id=lot_id, **form.said)):
        messages.success(request, "Saved.")
        return redirect("inventory:lot", lot_id)
    return _again(request, own, form=form)


@login_required
@require_POST
def sell(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Copies went."""
    own, form = _own(request, lot_id), SellForm(request.POST)
    made = form.saved(lambda: _dispose(request, lot_id, form))
    if made is None:
        return _again(request, own, sell=form)
    copies = sum(one.quantity for one in made)
    messages.success(request, f"{made[0].get_kind_display()}: {copies:,}.")
    return redirect("inventory:lot", lot_id)


def _dispose(request: HttpRequest, lot_id: int, form: SellForm) -> list[Disposal]:
    is_of_all = form.cleaned_data["is_of_all_alike"]
    return dispose(
        owner=request.user,
        lot_id=lot_id,
        went=form.went,
        is_of_all_alike=is_of_all,
    )


@login_required
@require_POST
def split(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Make a lot of its own of some copies."""
    own, form, user = _own(request, lot_id), SplitForm(request.POST), request.user
    new = form.saved(lambda: split_lot(owner=user, lot_id=lot_id, **form.cleaned_data))
    if new is None:
        return _again(request, own, split=form)
    messages.success(request, f"This lot has {new.quantity:,} of the copies now.")
    return redirect("inventory:lot", new.pk)


@login_required
@require_POST
def clone(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Add one more copy like these."""
    new = clone_lot(owner=request.user, lot_id=_own(request, lot_id).pk)
    messages.success(request, "One more copy, a lot of its own.")
    return redirect("inventory:lot", new.pk)


@login_required
@require_POST
def delete(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Delete a lot; the collection offers to take that back."""
    delete_lot(owner=request.user, lot_id=_own(request, lot_id).pk)
    return redirect("inventory:collection")


@login_required
@require_POST
def inline(request: HttpRequest, lot_id: int) -> HttpResponse:
    """Edit copies, condition and cost in the list."""
    own, form, user = _own(request, lot_id), InlineForm(request.POST), request.user
    form.saved(lambda: edit_lot(owner=user, lot_id=lot_id, **form.changes(own)))
    for complaint in form.complaints:
        messages.error(request, f"{own.card}: {complaint}")
    return redirect(_list(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """Change or delete the ticked lots, or all that the filters leave."""
    if request.method != "POST":
        return redirect(_list(request))
    ids, form = chosen_lots(request, asked_of(request)), BulkForm(request.POST)
    act = _delete if request.POST.get("act") == "delete" else _edit
    if form.saved(lambda: act(request, ids, form)) is None:
        page = collection_page(request.user, asked_of(request), form, ids)
        return render(request, "inventory/collection.html", page, status=400)
    return redirect(_list(request))


def _delete(request: HttpRequest, ids: list[int], _form: BulkForm) -> Change:
    _check_chosen(ids)
    return delete_lots(owner=request.user, ids=ids)


def _edit(request: HttpRequest, ids: list[int], form: BulkForm) -> ChangedLots:
    """Raises ValidationError with what is wrong by field."""
    _check_chosen(ids)
    done = edit_lots(owner=request.user, ids=ids, edit=form.edit)
    if done.kept:
        messages.info(
            request,
            f"{done.kept:,} left as they were: their printing does not exist in that "
            "finish or language.",
        )
    return done


def _check_chosen(ids: list[int]) -> None:
    if not ids:
        message = "Tick the lots that are meant, or say that all are."
        raise ValidationError({"": [message]})


@login_required
@require_POST
def undo(request: HttpRequest, change_id: int) -> HttpResponse:
    """Take back a change of lots."""
    try:
        done = undo_change(owner=request.user, change_id=change_id)
    except Change.DoesNotExist:
        raise Http404 from None
    kept = f" {done.kept:,} changed since and stay." if done.kept else ""
    messages.info(request, f"{done.restored:,} as before.{kept}")
    return redirect(_list(request))


def _again(request: HttpRequest, own: Lot, **forms: Any) -> HttpResponse:
    """The lot's page with the form that says what is wrong."""
    page = lot_page(request, own, **forms)
    return render(request, "inventory/lot.html", page, status=400)


def _list(request: HttpRequest) -> str:
    """The same page of the same list."""
    return f"{reverse('inventory:collection')}?{request.GET.urlencode()}".rstrip("?")


def _own(request: HttpRequest, lot_id: int) -> Lot:
    try:
        return lot_of(request.user, lot_id)
    except Lot.DoesNotExist:
        raise Http404 from None


def _card(card_id: str) -> Card:
    try:
        return get_card(card_id)
    except Card.DoesNotExist:
        raise Http404 from None
