"""Series breaks in the admin: a stream's prices are compared anew on every change."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from .models import SeriesBreak
from .services import delete_series_break, save_series_break


@admin.register(SeriesBreak)
class SeriesBreakAdmin(admin.ModelAdmin):
    list_display = ("marketplace", "began_on", "before", "after", "source")
    list_filter = ("marketplace",)
    list_select_related = ("marketplace",)
    date_hierarchy = "began_on"

    def save_model(
        self,
        request: HttpRequest,
        obj: SeriesBreak,
        form: ModelForm,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        save_series_break(series_break=obj)

    def delete_model(self, request: HttpRequest, obj: SeriesBreak) -> None:
        delete_series_break(series_break=obj)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[SeriesBreak]
    ) -> None:
        for series_break in queryset:
            delete_series_break(series_break=series_break)
