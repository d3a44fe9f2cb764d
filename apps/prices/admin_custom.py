"""Price lists described in the admin: set up, previewed, read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from mtgintel.core.feeds import IngestError

from .forms_custom import COLUMN, CustomSourceForm
from .ingest.layout import COLUMNS, COPY, FIGURES, IDENTITY
from .models import CustomSource, IngestRun
from .services import (
    configure_source,
    downloaded,
    preview,
    read_now,
    refetched,
    uploaded,
)

_RUNS_SHOWN = 5


def _columns_of(group: str) -> tuple[str, ...]:
    return tuple(COLUMN + key for key, one in COLUMNS.items() if one.group == group)


@admin.register(CustomSource)
class CustomSourceAdmin(admin.ModelAdmin):
    form = CustomSourceForm
    list_display = ("name", "slug", "is_active", "every_hours", "tried_at", "error")
    list_filter = ("is_active",)
    actions = ("read_selected",)
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active")}),
        (
            "Marketplace",
            {
                "fields": (
                    "side",
                    "currency",
                    "price_basis",
                    "freshness_hours",
                    "website",
                )
            },
        ),
        ("Where the list is", {"fields": ("url", "every_hours", "upload")}),
        (
            "Form of the file",
            {
                "fields": (
                    "file_format",
                    "records_path",
                    "delimiter",
                    "encoding",
                    "decimal_mark",
                    "unit",
                )
            },
        ),
        (
            f"Columns: {IDENTITY.lower()}",
            {
                "description": "The heading of the column, or for JSON the name in a "
                "record (price.amount for one inside another). Leave empty what the "
                "list does not have.",
                "fields": _columns_of(IDENTITY),
            },
        ),
        (
            f"Columns: {FIGURES.lower()}",
            {"fields": (*_columns_of(FIGURES), "zero_is_absent")},
        ),
        (
            f"Columns: {COPY.lower()}",
            {
                "fields": (
                    *_columns_of(COPY),
                    "condition_scale",
                    "finish",
                    "condition",
                    "language",
                )
            },
        ),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Its prices would be of a stream that nobody can explain."""
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: CustomSource,
        form: CustomSourceForm,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        configure_source(source=obj, stream=form.stream())

    def response_post_save_add(
        self, request: HttpRequest, obj: CustomSource
    ) -> HttpResponseRedirect:
        return HttpResponseRedirect(_preview_url(obj))

    def response_post_save_change(
        self, request: HttpRequest, obj: CustomSource
    ) -> HttpResponseRedirect:
        return HttpResponseRedirect(_preview_url(obj))

    @admin.action(description="Read now", permissions=["change"])
    def read_selected(
        self, request: HttpRequest, queryset: QuerySet[CustomSource]
    ) -> None:
        for source in queryset:
            _read(request, source)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.preview_page)
        name = "prices_customsource_preview"
        return [path("<int:number>/preview/", page, name=name), *super().get_urls()]

    def preview_page(self, request: HttpRequest, number: int) -> HttpResponse:
        """How the first rows of the list at hand would be read, and what was read."""
        source = get_object_or_404(
            CustomSource.objects.select_related("marketplace"), pk=number
        )
        if not self.has_change_permission(request, source):
            return HttpResponse(status=403)
        if request.method == "POST":
            doing = _fetch if "fetch" in request.POST else _read
            doing(request, source)
            return HttpResponseRedirect(_preview_url(source))
        return TemplateResponse(
            request,
            "admin/prices/customsource/preview.html",
            {**self.admin_site.each_context(request), **_page(source)},
        )


def _preview_url(source: CustomSource) -> str:
    return reverse("admin:prices_customsource_preview", args=[source.pk])


def _page(source: CustomSource) -> dict[str, Any]:
    file = uploaded(source) or downloaded(source)
    runs = IngestRun.objects.filter(source=source.slug)[:_RUNS_SHOWN]
    return {
        "title": f"Preview of {source}",
        "opts": CustomSource._meta,  # noqa: SLF001 (what admin templates ask for)
        "source": source,
        "file": file,
        "preview": file and preview(source=source, file=file),
        "runs": runs,
    }


def _read(request: HttpRequest, source: CustomSource) -> None:
    """Read a list and say what came of it."""
    try:
        run = read_now(source=source)
    except IngestError as error:
        messages.error(request, f"{source}: {error}")
        return
    reasons = ", ".join(f"{reason}: {rows}" for reason, rows in run.rejects.items())
    messages.success(
        request,
        f"{source}: {run.rows_seen} rows, {run.rows_written} stored, "
        f"{run.rows_unchanged} as before, {run.rows_rejected} rejected"
        + (f" ({reasons})." if reasons else "."),
    )


def _fetch(request: HttpRequest, source: CustomSource) -> None:
    try:
        refetched(source)
    except IngestError as error:
        messages.error(request, str(error))
