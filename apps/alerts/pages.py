"""What the pages of alerts show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from apps.cards.models import Card
from apps.prices.models import Marketplace

from .forms import SNOOZES, SettingsForm
from .kinds import KINDS, Kind
from .messages import Names
from .models import Alert
from .rule_text import rule_text
from .selectors.readings import Observed
from .selectors.rules import (
    alerts_of,
    deliveries_of,
    firings_of,
    settings_of,
    state_of,
    unseen_count,
    values_now,
)
from .webhooks import SIGNATURE

PAGE_SIZE = 50
NEWEST_FIRED = 10


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert with its rule in words, its state, and what it sees now."""

    alert: Alert
    rule: str
    state: str
    now: Observed | None
    source: str
    unit: str


def list_page(request: HttpRequest) -> dict[str, Any]:
    """A page of somebody's alerts, and what fired last."""
    owner = request.user
    paging = Paginator(alerts_of(owner), PAGE_SIZE).get_page(request.GET.get("page"))
    seen = values_now(owner)
    streams = Marketplace.objects.in_bulk()
    return {
        "paging": paging,
        "rows": [_row(one, seen.get(one.pk), streams) for one in paging],
        "fired": firings_of(owner)[:NEWEST_FIRED],
        "unseen": unseen_count(owner),
        "kinds": kind_links(None),
        "snoozes": SNOOZES,
    }


def _row(
    alert: Alert, seen: Observed | None, streams: dict[int, Marketplace]
) -> AlertRow:
    return AlertRow(
        alert=alert,
        rule=rule_text(alert),
        state=state_of(alert),
        now=seen,
        source=Names({}, streams).stream(seen) if seen and seen.marketplace_id else "",
        unit=KINDS[alert.kind].unit,
    )


def kind_links(card: Card | None) -> list[tuple[str, Kind]]:
    """The kinds that can be made: about a card, or without one."""
    return [
        (name, kind)
        for name, kind in KINDS.items()
        if (card is not None and "card" in kind.fields)
        or (card is None and not {"card"} & set(kind.required))
    ]


def form_page(form: Any, alert: Alert | None = None) -> dict[str, Any]:
    kind = KINDS[form.kind]
    card = form.card if "card" in kind.fields else None
    return {
        "form": form,
        "kind": kind,
        "card": card,
        "alert": alert,
        "others": kind_links(card) if alert is None else [],
        "chosen": form.kind,
    }


def log_page(request: HttpRequest) -> dict[str, Any]:
    """Everything that fired."""
    found = Paginator(firings_of(request.user), PAGE_SIZE)
    return {"paging": found.get_page(request.GET.get("page"))}


def deliveries_page(request: HttpRequest) -> dict[str, Any]:
    """Every delivery with its attempts."""
    found = Paginator(deliveries_of(request.user), PAGE_SIZE)
    return {"paging": found.get_page(request.GET.get("page"))}


def settings_page(
    request: HttpRequest, form: SettingsForm | None = None
) -> dict[str, Any]:
    now = settings_of(request.user)
    return {
        "form": form or SettingsForm(now),
        "settings": now,
        "signature": SIGNATURE,
    }
