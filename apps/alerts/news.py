"""A firing as webhooks, sockets and the API carry it."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from mtgintel.core.money import money_text

from .models import Firing


def as_news(firing: Firing) -> dict[str, Any]:
    """Ready for JSON; numbers are strings, times ISO 8601."""
    return {
        "id": firing.pk,
        "alert_id": firing.alert_id,
        "kind": firing.kind,
        "title": firing.title,
        "card_id": firing.card_id,
        "value": money_text(firing.value),
        "threshold": money_text(firing.threshold),
        "currency": firing.currency,
        "marketplace": firing.marketplace,
        "as_of": firing.as_of.isoformat() if firing.as_of else None,
        "fired_at": firing.fired_at.isoformat(),
        "is_test": firing.is_test,
        "url": f"{settings.SITE_URL}/alerts/",
    }
