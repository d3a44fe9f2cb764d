"""Files of collections in the admin: uploaded for their owner, looked at, imported."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from apps.cards.admin import ReadOnlyAdmin
from apps.inventory import tasks
from apps.inventory.downloads import rejected_response
from apps.inventory.formats import UnreadableFileError
from apps.inventory.forms import UploadForm
from apps.inventory.models import ImportBatch, ImportRow
from apps.inventory.selectors.imports import difference, format_label, rows_of
from apps.inventory.services import cancel, undo, upload

from .filters import OwnerFilter

_Status = ImportBatch.Status
_OPEN = (_Status.UPLOADED, _Status.MAPPING, _Status.PREVIEW)
_ROWS_SHOWN = 25


class OwnedUploadForm(UploadForm):
    """A file, and whose collection it is."""

    def __init__(self, site: admin.AdminSite, data: Any = None, files: Any = None):
        super().__init__(data, files)
        field = ImportBatch._meta.get_field("owner")  # noqa: SLF001 (Django's own way)
        owner = forms.ModelChoiceField(
            get_user_model().objects.filter(is_active=True),
            widget=AutocompleteSelect(field, site),
        )
        self.fields = {"owner": owner, **self.fields}


@admin.register(ImportBatch)
class ImportBatchAdmin(admin.ModelAdmin):
    """To add one is to upload a file; its page is the preview."""

    list_display = (
        *("id", "filename", "owner", "kind", "status", "rows", "imported"),
        *("ambiguous", "rejected", "created_at"),
    )
    list_display_links = ("id", "filename")
    list_filter = ("status", OwnerFilter)
    list_select_related = ("owner",)
    search_fields = ("owner__username", "filename")
    search_help_text = "Name of the owner or of the file"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = (
        *("owner", "filename", "kind", "status", "error", "rows", "matched", "present"),
        *("ambiguous", "rejected", "skipped", "imported", "listed"),
        *("created_at", "committed_at", "undone_at"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportBatch]:
        return super().get_queryset(request).defer("text")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It says where lots came from; what it brought is undone instead."""
        return False

    @admin.display(description="format")
    def kind(self, batch: ImportBatch) -> str:
        return format_label(batch) or "unknown"

    @admin.display(description="all rows")
    def listed(self, batch: ImportBatch) -> SafeString:
        where = reverse("admin:inventory_importrow_changelist")
        lots = reverse("admin:inventory_lot_changelist")
        return format_html(
            '<a href="{}?batch__id__exact={}">rows</a> · '
            '<a href="{}?batch__id__exact={}">lots</a>',
            *(where, batch.pk, lots, batch.pk),
        )

    def get_urls(self) -> list[URLPattern]:
        def page(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        return [
            path(
                "<int:number>/left-out.csv",
                page(require_safe(self.left_out)),
                name="inventory_importbatch_left_out",
            ),
            path(
                "<int:number>/<import_action:action>/",
                page(require_POST(self.act)),
                name="inventory_importbatch_act",
            ),
            *super().get_urls(),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Upload a file for an owner."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        is_sent = request.method == "POST"
        given = (request.POST, request.FILES) if is_sent else ()
        form = OwnedUploadForm(self.admin_site, *given)
        batch = self._uploaded(request, form) if form.is_valid() else None
        if batch is None:
            return TemplateResponse(
                request,
                "admin/inventory/importbatch/upload.html",
                self._about(request, "Import a collection") | {"form": form},
                status=400 if is_sent else 200,
            )
        return redirect(_page_of(batch))

    def _uploaded(
        self, request: HttpRequest, form: OwnedUploadForm
    ) -> ImportBatch | None:
        """The batch of what was sent; None where the form says what is wrong."""
        said = form.cleaned_data
        try:
            batch = upload(
                owner=said["owner"],
                text=said["content"],
                filename=form.filename,
                options=form.options,
                is_repeat=said["again"],
            )
        except UnreadableFileError as error:
            form.add_error(None, str(error))
            return None
        self.log_change(request, batch, f"Uploaded for {said['owner']}.")
        if batch.status == _Status.COMMITTED:
            messages.info(request, "This file was imported before; nothing was added.")
        return tasks.proceed(batch, len(said["content"]))

    def _about(self, request: HttpRequest, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "media": self.media,
        }

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """The preview: what an import would change, and the first rows it leaves."""
        batch = self.get_object(request, object_id)
        if batch and self.has_view_or_change_permission(request, batch):
            extra_context = {
                **(extra_context or {}),
                **_preview(batch),
                "may_act": self.has_change_permission(request, batch),
                "show_save": False,
                "show_save_and_continue": False,
            }
        return super().change_view(request, object_id, form_url, extra_context)

    def act(self, request: HttpRequest, number: int, action: str) -> HttpResponse:
        """Import, cancel or undo."""
        batch = get_object_or_404(self.get_queryset(request), pk=number)
        if not self.has_change_permission(request, batch):
            raise PermissionDenied
        done = _ACTIONS[action](batch)
        self.log_change(request, batch, done)
        messages.info(request, done)
        return redirect(_page_of(batch))

    def left_out(self, request: HttpRequest, number: int) -> HttpResponseBase:
        """The rows that were not imported, with their reasons, as a file."""
        batch = get_object_or_404(self.get_queryset(request), pk=number)
        if not self.has_view_or_change_permission(request, batch):
            raise PermissionDenied
        return rejected_response(batch)


def _page_of(batch: ImportBatch) -> str:
    return reverse("admin:inventory_importbatch_change", args=[batch.pk])


def _preview(batch: ImportBatch) -> dict[str, Any]:
    unsettled = Q(outcome__in=[ImportRow.Outcome.AMBIGUOUS, ImportRow.Outcome.REJECTED])
    is_ready = batch.status == _Status.PREVIEW
    return {
        "batch": batch,
        "is_open": batch.status in _OPEN,
        "is_ready": is_ready,
        "is_imported": batch.status == _Status.COMMITTED,
        "is_running": batch.status == _Status.COMMITTING,
        "difference": difference(batch) if is_ready else None,
        "matched": rows_of(batch, ImportRow.Outcome.MATCHED)[:_ROWS_SHOWN],
        "unsettled": rows_of(batch).filter(unsettled)[:_ROWS_SHOWN],
    }


def _commit(batch: ImportBatch) -> str:
    tasks.commit_now_or_later(batch)
    batch.refresh_from_db(fields=["status", "imported"])
    if batch.status == _Status.COMMITTED:
        return f"Imported: {batch.imported:,} rows became lots."
    return "The import is under way."


def _cancel(batch: ImportBatch) -> str:
    cancel(batch=batch)
    return "The import is cancelled."


def _undo(batch: ImportBatch) -> str:
    done = undo(batch=batch)
    return f"Taken back: {done.removed:,} lots; {done.kept:,} stay, partly sold."


_ACTIONS = {"commit": _commit, "cancel": _cancel, "undo": _undo}


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnlyAdmin):
    """Every row of a file; led to from the page of the import."""

    list_display = (
        *("position", "part", "batch_id", "outcome", "basis", "card", "reason"),
        "said",
    )
    list_filter = ("outcome",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = (
        *("batch", "position", "part", "outcome", "basis", "reason", "card"),
        *("candidates", "raw", "entry"),
    )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRow]:
        rows = super().get_queryset(request)
        return rows.select_related("batch", "card__card_set").defer("batch__text")

    @admin.display(description="as it stands in the file")
    def said(self, row: ImportRow) -> str:
        return ", ".join(cell for _, cell in row.raw)[:200]
