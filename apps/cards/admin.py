"""The catalogue in the admin: what a person may correct, and what only feeds write."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .models import Card, CardIdentifier, CardMigration, CardSet


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows what feeds have written; nobody writes it by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CardIdentifierInline(admin.TabularInline):
    model = CardIdentifier
    extra = 0


@admin.register(Card)
class CardAdmin(admin.ModelAdmin):
    list_display = ("name", "card_set", "collector_number", "language", "rarity")
    list_filter = ("rarity", "language", "is_digital")
    list_select_related = ("card_set",)
    search_fields = ("name", "search_name", "=scryfall_id")
    search_help_text = "Name, or a whole Scryfall id"
    raw_id_fields = ("card_set",)
    show_full_result_count = False
    inlines = (CardIdentifierInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Prices have no foreign keys: a deleted card would leave them orphans."""
        return False


@admin.register(CardSet)
class CardSetAdmin(admin.ModelAdmin):
    list_display = ("code", "name", "set_type", "released_on", "card_count")
    list_filter = ("set_type", "is_digital")
    search_fields = ("code", "name")


@admin.register(CardMigration)
class CardMigrationAdmin(ReadOnlyAdmin):
    list_display = (
        "performed_on",
        "strategy",
        "old_scryfall_id",
        "new_scryfall_id",
        "applied_at",
    )
    list_filter = ("strategy",)
    search_fields = ("=old_scryfall_id", "=new_scryfall_id")
