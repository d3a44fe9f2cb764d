"""Preferences and tokens in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from .models import MULTIPLIERS, ApiToken, UserPreferences
from .selectors import DEFAULTS
from .services import checked, save_preferences

_TABLES = ("fees", "marketplaces")
_CHECKED = (
    "currency",
    "theme",
    "marketplaces",
    "cost_basis",
    "fees",
    "signal_min_strength",
    "signal_min_confidence",
    "hide_amounts",
)


class UserPreferencesForm(forms.ModelForm):
    class Meta:
        model = UserPreferences
        fields = (
            "user",
            *_CHECKED[:4],
            *(column for column, _ in MULTIPLIERS.values()),
            *_CHECKED[4:],
        )

    def clean(self) -> dict[str, Any]:
        """Checked by who saves them; an empty field counts as nothing chosen."""
        given: dict[str, Any] = super().clean() or {}
        for name in _TABLES:
            given[name] = given.get(name) or type(getattr(UserPreferences(), name))()
        chosen = {name: given[name] for name in _CHECKED if name in given}
        return given | checked(DEFAULTS, chosen)


@admin.register(UserPreferences)
class UserPreferencesAdmin(admin.ModelAdmin):
    form = UserPreferencesForm
    list_display = ("user", "currency", "cost_basis", "hide_amounts", "updated_at")
    list_filter = ("currency", "cost_basis")
    search_fields = ("user__username", "user__email")
    autocomplete_fields = ("user",)
    list_select_related = ("user",)

    def save_model(
        self,
        request: HttpRequest,
        obj: UserPreferences,
        form: Any,
        change: bool,  # noqa: FBT001 (Django's own)
    ) -> None:
        """Through the service too: what is cached of them is old from then on."""
        super().save_model(request, obj, form, change)
        save_preferences(user=obj.user)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Who holds tokens, and when they came in last; a token is revoked by deleting."""

    list_display = ("name", "hint", "user", "created_at", "last_used_at")
    search_fields = ("name", "user__username", "user__email")
    list_select_related = ("user",)
    readonly_fields = ("user", "name", "hint", "created_at", "last_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Its owner makes it, and sees it once."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
