"""Importing a collection step by step, with nothing but forms."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from apps.inventory import tasks
from apps.inventory.downloads import rejected_response
from apps.inventory.formats import UnreadableFileError
from apps.inventory.forms import ChoiceForm, UploadForm
from apps.inventory.models import ImportBatch, ImportRow
from apps.inventory.pages import batch_page, reading_form, start_page
from apps.inventory.selectors.imports import batch_of, row_of
from apps.inventory.services import (
    NotACandidateError,
    cancel,
    choose,
    choose_newest,
    remap,
    skip,
    undo,
    upload,
)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Choose a file or paste a list."""
    is_sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if is_sent else UploadForm()
    batch = _uploaded(request, form) if form.is_valid() else None
    if batch is None:
        page, status = start_page(request, form), 400 if is_sent else 200
        return render(request, "inventory/imports.html", page, status=status)
    return redirect("inventory:import", batch.pk)


def _uploaded(request: HttpRequest, form: UploadForm) -> ImportBatch | None:
    """The batch of what was sent; None where the form says what is wrong."""
    text = form.cleaned_data["content"]
    try:
        batch = upload(
            owner=request.user,
            text=text,
            filename=form.filename,
            options=form.options,
            is_repeat=form.cleaned_data["again"],
        )
    except UnreadableFileError as error:
        form.add_error(None, str(error))
        return None
    if batch.status == batch.Status.COMMITTED:
        messages.info(request, "This file was imported before; nothing was added.")
    return tasks.proceed(batch, len(text))


@never_cache
@login_required
@require_safe
def batch_detail(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What came of a file, row by row."""
    page = batch_page(request, _own(request, batch_id))
    return render(request, "inventory/import.html", page)


@login_required
@require_POST
def read_again(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Read the file with other columns, format or currency."""
    batch = _own(request, batch_id)
    form = reading_form(batch, request.POST)
    if form.is_valid():
        try:
            tasks.proceed(remap(batch=batch, options=form.options), len(batch.text))
            return redirect("inventory:import", batch.pk)
        except UnreadableFileError as error:
            form.add_error(None, str(error))
    page = batch_page(request, batch, form)
    return render(request, "inventory/import.html", page, status=400)


@login_required
@require_POST
def act(request: HttpRequest, batch_id: int, action: str) -> HttpResponse:
    """Import, cancel, undo, or take the newest printing everywhere."""
    batch = _own(request, batch_id)
    messages.info(request, _ACTIONS[action](batch))
    return redirect("inventory:import", batch.pk)


def _commit(batch: ImportBatch) -> str:
    tasks.commit_now_or_later(batch)
    batch.refresh_from_db(fields=["status", "imported"])
    if batch.status == batch.Status.COMMITTED:
        return f"{_holdings(batch.imported)} imported."
    return "The import is under way."


def _cancel(batch: ImportBatch) -> str:
    cancel(batch=batch)
    return "The import is cancelled."


def _undo(batch: ImportBatch) -> str:
    done = undo(batch=batch)
    kept = f" {done.kept:,} stay, as copies of them were sold." if done.kept else ""
    return f"{_holdings(done.removed)} taken back.{kept}"


def _newest(batch: ImportBatch) -> str:
    return f"{choose_newest(batch=batch):,} decided: their newest printing is taken."


def _resume(batch: ImportBatch) -> str:
    tasks.proceed(batch, len(batch.text))
    return "The import goes on."


def _holdings(number: int) -> str:
    return f"{number:,} holding{'' if number == 1 else 's'}"


_ACTIONS = {
    "commit": _commit,
    "cancel": _cancel,
    "undo": _undo,
    "newest": _newest,
    "resume": _resume,
}


@login_required
@require_POST
def settle(request: HttpRequest, row_id: int) -> HttpResponse:
    """Choose a row's printing, or leave the row out."""
    row = _own_row(request, row_id)
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the printings.")
    else:
        _settle(request, row, form.chosen)
    return redirect(_back(request, row))


def _settle(
    request: HttpRequest, row: ImportRow, chosen: tuple[int, str] | None
) -> None:
    try:
        if chosen is None:
            skip(row=row)
        else:
            choose(row=row, card_id=chosen[0], finish=chosen[1])
    except NotACandidateError as error:
        messages.error(request, str(error))


def _back(request: HttpRequest, row: ImportRow) -> str:
    """The same page of the same list."""
    page = request.POST.get("page", "")
    outcome = request.POST.get("outcome", "")
    where = reverse("inventory:import", args=[row.batch_id])
    is_known = outcome in ImportRow.Outcome.values and page.isdigit()
    return f"{where}?outcome={outcome}&page={page}#rows" if is_known else where


@login_required
@require_safe
def left_out(request: HttpRequest, batch_id: int) -> HttpResponseBase:
    """The rows that were not imported, with their reasons, as a file."""
    return rejected_response(_own(request, batch_id))


def _own(request: HttpRequest, batch_id: int) -> ImportBatch:
    try:
        return batch_of(request.user, batch_id)
    except ImportBatch.DoesNotExist:
        raise Http404 from None


def _own_row(request: HttpRequest, row_id: int) -> Any:
    try:
        return row_of(request.user, row_id)
    except ImportRow.DoesNotExist:
        raise Http404 from None
