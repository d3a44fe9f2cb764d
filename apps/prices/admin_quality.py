"""Doubted prices and overrides in the admin: the evidence, and one click to decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from apps.cards.admin import ReadOnlyAdmin

from .models import PriceOverride, QuarantinedPrice
from .services import (
    OverrideRevokedError,
    add_override,
    confirm_bad,
    release_prices,
    revoke_override,
)

_DECISIONS: dict[str, Callable[..., int]] = {
    "release": release_prices,
    "confirm": confirm_bad,
}
_OTHER_FIGURES = (
    "price_low",
    "price_mid",
    "price_high",
    "price_market",
    "num_listings",
    "total_quantity",
)
_DONE = {"release": "released", "confirm": "confirmed bad"}


def _minute(said: dict[str, str]) -> str:
    return said["at"][:16].replace("T", " ")


@admin.register(QuarantinedPrice)
class QuarantinedPriceAdmin(ReadOnlyAdmin):
    """Rows that are no prices: those that could not be read, and those in doubt."""

    list_display = (
        "subject",
        "marketplace",
        "day",
        "figure",
        "compared_with",
        "reason",
        "decide",
        "status",
        "decided_by",
    )
    list_filter = ("status", "reason", "run__source", "marketplace")
    list_select_related = ("run", "marketplace", "card__card_set", "decided_by")
    search_fields = ("reason", "position", "card__name")
    search_help_text = "Reason, place in the file, or name of the card"
    show_full_result_count = False
    actions = ("release_selected", "confirm_selected")
    change_form_template = "admin/prices/quarantinedprice/change_form.html"
    fieldsets = (
        (
            None,
            {"fields": ("subject", "marketplace", "time", "figure", "other_figures")},
        ),
        ("Why it is no price", {"fields": ("reason", "detail", "evidence_shown")}),
        (
            "Decision",
            {"fields": ("status", "decision", "decided_by", "decided_at", "override")},
        ),
        ("Where it came from", {"fields": ("run", "position", "raw", "created_at")}),
    )

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("prices.change_quarantinedprice")

    @admin.display(description="price of", ordering="card__name")
    def subject(self, row: QuarantinedPrice) -> str:
        if row.card is None:
            return row.position or f"row {row.pk}"
        parts = [str(row.card)]
        if row.time is not None:
            parts += [row.get_finish_display() or "", row.get_condition_display() or ""]
            parts.append(row.get_language_display() or "")
        return ", ".join(parts)

    @admin.display(description="day", ordering="time")
    def day(self, row: QuarantinedPrice) -> str:
        return "" if row.time is None else f"{row.time:%Y-%m-%d}"

    @admin.display(description="price", ordering="price")
    def figure(self, row: QuarantinedPrice) -> str:
        return "" if row.price is None else f"{row.price} {row.currency}"

    @admin.display(description="other figures")
    def other_figures(self, row: QuarantinedPrice) -> str:
        given = ((name, getattr(row, name)) for name in _OTHER_FIGURES)
        return ", ".join(
            f"{name.replace('_', ' ')} {value}"
            for name, value in given
            if value is not None
        )

    @admin.display(description="compared with")
    def compared_with(self, row: QuarantinedPrice) -> str:
        """The evidence in a line."""
        parts = []
        if previous := row.evidence.get("previous"):
            parts.append(f"{previous['price']} on {previous['at'][:10]}")
        others = row.evidence.get("others", ())
        parts += [f"{one['marketplace']} {one['price']}" for one in others]
        return "; ".join(parts)

    @admin.display(description="evidence")
    def evidence_shown(self, row: QuarantinedPrice) -> SafeString | str:
        if not row.evidence:
            return "none"
        lines: list[tuple[object, ...]] = [
            ("this price", row.marketplace, row.price, f"{row.time:%Y-%m-%d %H:%M}")
        ]
        if previous := row.evidence.get("previous"):
            lines.append(
                (
                    "its last before",
                    row.marketplace,
                    previous["price"],
                    _minute(previous),
                )
            )
        lines += [
            ("another source", one["marketplace"], one["price"], _minute(one))
            for one in row.evidence.get("others", ())
        ]
        if median := row.evidence.get("median"):
            lines.append(("median of the others", "", median, ""))
        lines.append(("ratio to what it was judged by", "", row.evidence["ratio"], ""))
        body = format_html_join(
            "", "<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>", lines
        )
        return format_html("<table><tbody>{}</tbody></table>", body)

    @admin.display(description="decide")
    def decide(self, row: QuarantinedPrice) -> SafeString | str:
        if row.time is None or row.status != row.Status.HELD or row.override_id:
            return row.decision
        return format_html_join(
            " ",
            '<button type="submit" class="button" formaction="{}" '
            'name="decision" value="{}">{}</button>',
            (
                (reverse("admin:prices_quarantinedprice_decide", args=[row.pk]), *one)
                for one in (("release", "Release"), ("confirm", "Confirm bad"))
            ),
        )

    @admin.action(description="Release", permissions=["decide"])
    def release_selected(
        self, request: HttpRequest, queryset: QuerySet[QuarantinedPrice]
    ) -> None:
        self._decide(request, "release", list(queryset))

    @admin.action(description="Confirm bad", permissions=["decide"])
    def confirm_selected(
        self, request: HttpRequest, queryset: QuerySet[QuarantinedPrice]
    ) -> None:
        self._decide(request, "confirm", list(queryset))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_POST(self.decide_one))
        name = "prices_quarantinedprice_decide"
        return [path("<int:number>/decide/", page, name=name), *super().get_urls()]

    def decide_one(self, request: HttpRequest, number: int) -> HttpResponseRedirect:
        """The button beside a row, or on its page."""
        if not self.has_decide_permission(request):
            raise PermissionDenied
        row = get_object_or_404(QuarantinedPrice, pk=number)
        decision = request.POST.get("decision", "")
        if decision in _DECISIONS:
            self._decide(request, decision, [row], request.POST.get("why", ""))
        return redirect("admin:prices_quarantinedprice_changelist")

    def _decide(
        self,
        request: HttpRequest,
        decision: str,
        rows: list[QuarantinedPrice],
        why: str = "",
    ) -> None:
        done = _DECISIONS[decision](
            ids=[row.pk for row in rows], by=request.user, why=why.strip()
        )
        for row in rows:
            self.log_change(request, row, f"{_DONE[decision]}. {why}".strip())
        left = len(rows) - done
        text = f"{done} {_DONE[decision]}."
        if left:
            text += f" {left} stay as they were: decided before, or never a price."
        level = messages.WARNING if left else messages.SUCCESS
        messages.add_message(request, level, text)


@admin.register(PriceOverride)
class PriceOverrideAdmin(admin.ModelAdmin):
    """Prices set by hand. They are added and revoked, never changed or deleted."""

    list_display = (
        "card",
        "marketplace",
        "said",
        "valid_from",
        "valid_to",
        "reason",
        "author",
        "created_at",
        "revoked_at",
        "revoked_by",
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "marketplace", "author")
    list_select_related = ("card__card_set", "marketplace", "author", "revoked_by")
    search_fields = ("card__name", "reason")
    raw_id_fields = ("card",)
    change_form_template = "admin/prices/priceoverride/change_form.html"
    _own = (
        "card",
        "marketplace",
        "finish",
        "condition",
        "language",
        "price",
        "valid_from",
        "valid_to",
        "reason",
    )
    _trail = ("author", "created_at", "revoked_at", "revoked_by", "revoke_reason")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self._own, *self._trail) if obj else self._own

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("prices.change_priceoverride")

    @admin.display(description="price", ordering="price")
    def said(self, override: PriceOverride) -> str:
        if override.price is None:
            return "no price"
        return f"{override.price} {override.currency}"

    def save_model(
        self,
        request: HttpRequest,
        obj: PriceOverride,
        form: Any,
        change: bool,  # noqa: FBT001 (Django's signature)
    ) -> None:
        obj.author = cast(User, request.user)
        add_override(override=obj)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(require_POST(self.revoke))
        name = "prices_priceoverride_revoke"
        return [path("<int:number>/revoke/", page, name=name), *super().get_urls()]

    def revoke(self, request: HttpRequest, number: int) -> HttpResponseRedirect:
        """The form at the foot of an override's page."""
        if not self.has_revoke_permission(request):
            raise PermissionDenied
        override = get_object_or_404(PriceOverride, pk=number)
        why = request.POST.get("why", "").strip()
        if not why:
            messages.error(request, "Say why it is revoked: that is kept with it.")
            return redirect("admin:prices_priceoverride_change", number)
        try:
            revoke_override(
                override=override, by=cast(User, request.user), reason=why[:300]
            )
        except OverrideRevokedError as error:
            messages.error(request, str(error))
        else:
            self.log_change(request, override, f"revoked. {why}")
            messages.success(request, "Revoked; the feeds' prices are back.")
        return redirect("admin:prices_priceoverride_changelist")
