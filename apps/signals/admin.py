"""Signals in the admin, to be read: how many there are, and how they did.

A signal has a composite key, which the admin takes no pages of; a day's signals are on
the page of their kind. Here are the counts that are kept of them.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from apps.cards.admin import ReadOnlyAdmin

from .figures import WAYS
from .models import SignalOutcome
from .selectors import counts_by_day


@admin.register(SignalOutcome)
class SignalOutcomeAdmin(ReadOnlyAdmin):
    list_display = (
        *("day", "currency", "kind", "version", "way", "horizon_days", "signals"),
        *("judged", "right", "moved_so", "market"),
    )
    list_filter = ("kind", "currency", "horizon_days", "direction")
    ordering = ("-due_on", "-horizon_days", "currency", "kind", "version", "direction")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description="spoke for", ordering="direction")
    def way(self, outcome: SignalOutcome) -> str:
        return WAYS[outcome.direction]

    @admin.display(description="moved so")
    def moved_so(self, outcome: SignalOutcome) -> str:
        return _percent(outcome.right, outcome.judged)

    @admin.display(description="the market did")
    def market(self, outcome: SignalOutcome) -> str:
        return _percent(outcome.expected, outcome.judged)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_safe(self.by_day))
        return [path("by-day/", page, name="signals_by_day"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        where = {"by_day_url": reverse("admin:signals_by_day")}
        return super().changelist_view(request, {**(extra_context or {}), **where})

    def by_day(self, request: HttpRequest) -> HttpResponse:
        """How many signals the newest days have, by kind and version."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = {"title": "Signals by day", "opts": self.opts, "days": counts_by_day()}
        return TemplateResponse(
            request,
            "admin/signals/by_day.html",
            {**self.admin_site.each_context(request), **page},
        )


def _percent(part: float, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""
