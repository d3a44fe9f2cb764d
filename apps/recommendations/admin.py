"""The ledger and the rules in the admin: to be read, by nobody to be changed."""

from __future__ import annotations

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.cards.admin import ReadOnlyAdmin

from .maths.reasons import in_words
from .models import AdviceRule, LedgerLine, Recommendation


@admin.register(AdviceRule)
class AdviceRuleAdmin(ReadOnlyAdmin):
    """Versions of rules with the parameters they advise by."""

    list_display = ("title", "name", "version", "proven", "created_at")


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
    """What was advised, what closed it and what became of it."""

    list_display = (
        *("issued_on", "kind", "card", "finish", "horizon_days", "price", "currency"),
        *("confidence", "is_experimental", "is_active", "result", "net"),
    )
    list_filter = (
        *("kind", "horizon_days", "currency", "is_active", "is_experimental", "tier"),
        "outcome__result",
    )
    list_select_related = ("card__card_set", "outcome", "closing")
    search_fields = ("card__name", "=scryfall_id")
    search_help_text = "Name of the card, or a whole Scryfall id"
    show_full_result_count = False
    readonly_fields = ("reason", "page")

    @admin.display(description="outcome", ordering="outcome__result")
    def result(self, call: Recommendation) -> str:
        outcome = getattr(call, "outcome", None)
        return outcome.get_result_display() if outcome else ""

    @admin.display(description="net %", ordering="outcome__net_percent")
    def net(self, call: Recommendation) -> str:
        outcome = getattr(call, "outcome", None)
        return "" if outcome is None else str(outcome.net_percent)

    @admin.display(description="in words")
    def reason(self, call: Recommendation) -> str:
        return in_words(call.reasons, call.horizon_days)

    @admin.display(description="page")
    def page(self, call: Recommendation) -> SafeString:
        return format_html('<a href="{0}">{0}</a>', call.get_absolute_url())


@admin.register(LedgerLine)
class LedgerLineAdmin(ReadOnlyAdmin):
    """The chain, line by line; `manage.py verify_ledger` checks it."""

    list_display = ("chain", "place", "event", "recommendation", "hash")
    list_filter = ("event", "chain")
    list_select_related = ("recommendation",)
    show_full_result_count = False
