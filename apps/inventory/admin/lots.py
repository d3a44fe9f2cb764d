"""Lots in the admin: found, corrected, changed together, taken away as a file."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.inventory.downloads import lots_response
from apps.inventory.formats import EXPORTS
from apps.inventory.models import Lot
from apps.inventory.selectors.totals import totals_of
from apps.inventory.services.bulk import delete_lots
from apps.inventory.services.lots import add_lot, check_edited, delete_lot, edit_lot
from apps.inventory.services.rules import EDITABLE, check_lot

from .bulk import by_owner, edit_page
from .disposals import DisposalInline
from .filters import ForTradeFilter, HeldFilter, OwnerFilter, SetFilter
from .search import HELP, about

# What is shown of a lot and not written on its page.
_KEPT = ("owner", "card", "disposed", "batch", "key", "created_at", "updated_at")


class LotForm(forms.ModelForm):
    class Meta:
        model = Lot
        fields = ("owner", "card", *EDITABLE)

    def clean(self) -> dict[str, Any]:
        """By the rules of who saves it."""
        said: dict[str, Any] = super().clean() or {}
        if self.errors:
            return said
        lot = copy(self.instance)
        for name, value in said.items():
            setattr(lot, name, value)
        try:
            check_edited(lot) if lot.pk else check_lot(lot)
        except ValidationError as error:
            self.add_error(None, error)
        return said


class LotActionForm(ActionForm):
    format = forms.ChoiceField(
        choices=[(slug, one.label) for slug, one in EXPORTS.items()],
        required=False,
        label="As",
    )


@admin.register(Lot)
class LotAdmin(admin.ModelAdmin):
    """`disposed` is the sum of the disposals: nobody writes it by hand."""

    form = LotForm
    action_form = LotActionForm
    list_display = (
        *("card", "owner", "finish", "condition", "language", "left", "for_trade"),
        *("paid", "binder", "acquired_on"),
    )
    list_filter = (
        SetFilter,
        OwnerFilter,
        "finish",
        "condition",
        "language",
        ForTradeFilter,
        HeldFilter,
    )
    list_select_related = ("card__card_set", "owner")
    ordering = ("-id",)
    search_fields = ("binder",)
    search_help_text = HELP
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    autocomplete_fields = ("owner", "card")
    inlines = (DisposalInline,)
    actions = ("edit_together", "export")

    @property
    def media(self) -> forms.Media:
        return super().media + SetFilter.media(self.admin_site)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        """Whose it is, and of which card, stays; `disposed` is nobody's to write."""
        return _KEPT if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*_KEPT, *EDITABLE) if obj else ("owner", "card", *EDITABLE)

    def save_model(
        self,
        request: HttpRequest,
        obj: Lot,
        form: LotForm,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        """As its owner would: it is told, and can be taken back."""
        if change:
            said = {name: form.cleaned_data[name] for name in form.changed_data}
            edit_lot(owner=obj.owner, lot_id=obj.pk, **said)
        else:
            said = {name: form.cleaned_data[name] for name in EDITABLE}
            obj.pk = add_lot(owner=obj.owner, card=obj.card, **said).pk

    def delete_model(self, request: HttpRequest, obj: Lot) -> None:
        delete_lot(owner=obj.owner, lot_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for owner, ids in by_owner(queryset):
            delete_lots(owner=owner, ids=ids)

    @admin.display(description="copies left", ordering="quantity")
    def left(self, lot: Lot) -> str:
        whole = f" of {lot.quantity}" if lot.disposed else ""
        return f"{lot.remaining}{whole}"

    @admin.display(description="paid for one", ordering="unit_cost")
    def paid(self, lot: Lot) -> str:
        return f"{lot.unit_cost} {lot.cost_currency}" if lot.cost_currency else ""

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Lot], bool]:
        return queryset.filter(about(search_term)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """With the totals of what the filters leave."""
        answer = super().changelist_view(request, extra_context)
        found = getattr(answer, "context_data", None) or {}
        if "cl" in found:
            found["totals"] = totals_of(found["cl"].queryset)
        return answer

    @admin.action(description="Edit together", permissions=["change"])
    def edit_together(
        self, request: HttpRequest, queryset: Any
    ) -> HttpResponseBase | None:
        return edit_page(self, request, queryset)

    @admin.action(description="Export, in the format chosen", permissions=["view"])
    def export(self, request: HttpRequest, queryset: Any) -> HttpResponseBase:
        # Without what the list reads besides.
        lots = Lot.objects.filter(pk__in=queryset.order_by().values("pk"))
        return lots_response(lots, request.POST.get("format") or "csv")
