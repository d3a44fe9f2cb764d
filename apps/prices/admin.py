"""Streams, readings and rejected rows in the admin.

Tables with a composite key have no pages of their own: a card's page shows its
latest prices.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.cards.admin import CardAdmin, ReadOnlyAdmin
from apps.cards.models import Card

from . import (
    admin_breaks,  # noqa: F401 (they register themselves)
    admin_custom,  # noqa: F401
    admin_quality,  # noqa: F401
)
from .models import IngestRun, LatestPrice, Marketplace, QuarantinedPrice

_LATEST_COLUMNS = (
    "Marketplace",
    "Condition",
    "Finish",
    "Language",
    "Price",
    "As of",
    "Before",
    "Changed",
)


@admin.register(Marketplace)
class MarketplaceAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "side", "currency", "preference", "is_active")
    list_filter = ("side", "currency", "is_active")
    search_fields = ("name", "slug")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Stored prices rely on what a stream is: that stays as it was made."""
        return ["slug", "side", "currency"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There are no foreign keys: a deleted stream would leave orphans."""
        return False


class QuarantinedPriceInline(admin.TabularInline):
    model = QuarantinedPrice
    fields = ("reason", "position", "detail", "raw", "status")
    readonly_fields = fields
    extra = 0
    max_num = 0
    can_delete = False
    verbose_name_plural = "the first rejected rows"

    def get_queryset(self, request: HttpRequest) -> QuerySet[QuarantinedPrice]:
        """A hundred tell what is wrong; all of them have a list of their own."""
        found = super().get_queryset(request)
        run = getattr(request.resolver_match, "kwargs", {}).get("object_id")
        first = found.filter(run_id=run).order_by("id").values("id")[:100]
        return found.filter(id__in=list(first.values_list("id", flat=True)))


@admin.register(IngestRun)
class IngestRunAdmin(ReadOnlyAdmin):
    list_display = (
        "id",
        "source",
        "status",
        "progress",
        "rows_seen",
        "rows_written",
        "rows_unchanged",
        "rows_rejected",
        "as_of",
        "started_at",
        "finished_at",
    )
    list_filter = ("source", "status")
    inlines = (QuarantinedPriceInline,)

    @admin.display(description="read")
    def progress(self, run: IngestRun) -> str:
        if not run.bytes_total:
            return ""
        return f"{100 * run.bytes_read // run.bytes_total} %"


admin.site.unregister(Card)


@admin.register(Card)
class PricedCardAdmin(CardAdmin):
    """A card's page with what it costs."""

    readonly_fields = ("latest_prices",)

    @admin.display(description="latest prices")
    def latest_prices(self, card: Card) -> SafeString | str:
        rows = (
            LatestPrice.objects.for_card(card.pk)
            .select_related("marketplace")
            .order_by("marketplace__preference", "finish", "condition", "language")
        )
        if not rows:
            return "none"
        heads = format_html_join(
            "", "<th>{}</th>", ((name,) for name in _LATEST_COLUMNS)
        )
        body = format_html_join("", "<tr>{}</tr>", ((_cells(row),) for row in rows))
        return format_html(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", heads, body
        )


def _cells(row: LatestPrice) -> SafeString:
    values = (
        row.marketplace.name,
        row.get_condition_display(),
        row.get_finish_display(),
        row.get_language_display(),
        f"{row.price} {row.currency}",
        f"{row.as_of:%Y-%m-%d %H:%M}",
        "" if row.previous_price is None else row.previous_price,
        "" if row.changed_at is None else f"{row.changed_at:%Y-%m-%d}",
    )
    return format_html_join("", "<td>{}</td>", ((value,) for value in values))
