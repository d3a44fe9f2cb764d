"""What became of copies, to be read: a disposal is its owner's to write."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.cards.admin import ReadOnlyAdmin
from apps.inventory.models import Disposal

from .filters import OwnerFilter, SetFilter
from .search import HELP, about


class DisposedSetFilter(SetFilter):
    path = "lot__card__card_set"


class DisposedOwnerFilter(OwnerFilter):
    path = "lot__owner"


@admin.register(Disposal)
class DisposalAdmin(ReadOnlyAdmin):
    list_display = (
        *("card", "finish", "owner", "kind", "quantity", "unit_proceeds", "currency"),
        *("disposed_on", "recipient"),
    )
    list_display_links = ("card",)
    list_filter = (DisposedSetFilter, DisposedOwnerFilter, "kind", "disposed_on")
    list_select_related = ("lot__card__card_set", "lot__owner")
    ordering = ("-disposed_on", "-id")
    search_fields = ("recipient",)
    search_help_text = HELP
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    @admin.display(description="card", ordering="lot__card__name")
    def card(self, disposal: Disposal) -> str:
        return str(disposal.lot.card)

    @admin.display(description="finish", ordering="lot__finish")
    def finish(self, disposal: Disposal) -> str:
        return disposal.lot.get_finish_display()

    @admin.display(description="owner", ordering="lot__owner__username")
    def owner(self, disposal: Disposal) -> str:
        return str(disposal.lot.owner)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Disposal], bool]:
        return queryset.filter(about(search_term, "lot__card", "lot__owner")), False


class DisposalInline(admin.TabularInline):
    """On the page of a lot."""

    model = Disposal
    fields = (
        *("kind", "quantity", "unit_proceeds", "currency", "disposed_on"),
        "recipient",
    )
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
