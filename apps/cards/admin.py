"""The catalogue in the admin: what a person may correct, and what only feeds write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from .models import Card, CardIdentifier, CardMigration, CardSet
from .querysets import CardQuerySet, fold_name


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows what feeds have written; nobody writes it by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def cards_found(cards: CardQuerySet, text: str) -> CardQuerySet:
    """The printings that a text means: see the search's own help."""
    words = fold_name(text).split()
    if not words:
        return cards
    try:
        return cards.filter(scryfall_id=UUID(text.strip()))
    except ValueError:
        numbered = cards.numbered(text)
    if numbered.exists():
        return numbered
    code = words[-1]
    if len(words) > 1 and CardSet.objects.filter(code=code).exists():
        cards, words = cards.filter(card_set__code=code), words[:-1]
    for word in words:
        cards = cards.filter(search_name__contains=word)
    return cards


class CardIdentifierInline(admin.TabularInline):
    model = CardIdentifier
    extra = 0


@admin.register(Card)
class CardAdmin(admin.ModelAdmin):
    list_display = ("name", "card_set", "collector_number", "language", "rarity")
    list_filter = ("rarity", "language", "is_digital")
    # Not empty: else there is no field to search by, and no autocomplete.
    search_fields = ("search_name",)
    search_help_text = (
        "Words of the name, also with a set code after them; set code and number "
        "(mh2 138); or a whole Scryfall id"
    )
    autocomplete_fields = ("card_set",)
    show_full_result_count = False
    inlines = (CardIdentifierInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Prices have no foreign keys: a deleted card would leave them orphans."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Card]:
        """With the sets, which the suggestions of other pages name as well."""
        return super().get_queryset(request).select_related("card_set")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Card], bool]:
        return cards_found(queryset, search_term), False


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
