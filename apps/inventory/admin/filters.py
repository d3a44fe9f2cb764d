"""Filters of the lists: by what there are too many of for links, and by copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import F, Field, QuerySet
from django.http import HttpRequest

from apps.cards.models import Card
from apps.inventory.models import Lot

# A number that a key can be.
_MAX_DIGITS = 9


class RelatedFilter(admin.SimpleListFilter):
    """A field with suggestions for one row of another table.

    `field` is the foreign key it is like, `path` leads there from the listed rows. Not
    offered to staff who may not see that table: nothing could be suggested to them.
    """

    template = "admin/inventory/related_filter.html"
    parameter_name: str
    field: Any
    path: str

    def __init__(self, request: HttpRequest, params: Any, model: Any, owner: Any):
        super().__init__(request, params, model, owner)
        self.site = owner.admin_site
        related = self.site.get_model_admin(self.field.related_model)
        self.is_offered = related.has_view_permission(request)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[Any]:
        return []

    def has_output(self) -> bool:
        return bool(self.is_offered)

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any] | None:
        if not self.value():
            return None
        chosen = self.chosen
        return queryset.filter(**{self.path: chosen}) if chosen else queryset.none()

    @property
    def chosen(self) -> int | None:
        """The key that is asked for; None of what can be none."""
        value = self.value() or ""
        is_key = value.isdecimal() and len(value) <= _MAX_DIGITS
        return int(value) if is_key else None

    def choices(  # type: ignore[override]
        self, changelist: ChangeList
    ) -> Iterator[dict[str, Any]]:
        """One: the field, and what else the list is asked for."""
        yield {
            "field": self._field(),
            "others": [
                (name, one)
                for name, values in changelist.filter_params.items()
                if name != self.parameter_name
                for one in values
            ],
            "selected": bool(self.value()),
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
        }

    def _field(self) -> forms.BoundField:
        widget = AutocompleteSelect(
            self.field,
            self.site,
            attrs={"data-width": "100%", "aria-label": self.title},
        )
        rows = self.field.related_model.objects.all()
        form = forms.Form(initial={self.parameter_name: self.chosen})
        form.fields[self.parameter_name] = forms.ModelChoiceField(
            rows, required=False, widget=widget
        )
        return form[self.parameter_name]

    @classmethod
    def media(cls, site: admin.AdminSite) -> forms.Media:
        """What a page with the field needs."""
        return AutocompleteSelect(cls.field, site).media


class SetFilter(RelatedFilter):
    title = "set"
    parameter_name = "set"
    field: Field = Card._meta.get_field("card_set")  # noqa: SLF001 (Django's own way)
    path = "card__card_set"


class OwnerFilter(RelatedFilter):
    title = "owner"
    parameter_name = "owner"
    field: Field = Lot._meta.get_field("owner")  # noqa: SLF001 (Django's own way)
    path = "owner"


class ForTradeFilter(admin.SimpleListFilter):
    title = "for trade"
    parameter_name = "for_trade"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Some copies"), ("no", "None")]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any] | None:
        if self.value() == "yes":
            return queryset.filter(for_trade__gt=0)
        return queryset.filter(for_trade=0) if self.value() == "no" else None


class HeldFilter(admin.SimpleListFilter):
    title = "what is left"
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("some", "Some copies"), ("none", "None: sold or given away")]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any] | None:
        if self.value() == "some":
            return queryset.held()
        is_gone = self.value() == "none"
        return queryset.filter(disposed=F("quantity")) if is_gone else None
