"""What fired, for the page that tells people what happened."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from apps.alerts.models import Firing
from mtgintel.core.activity import Activity


def alerts_told(user: Any, limit: int) -> Iterator[Activity]:
    """The newest firings, without tests."""
    for one in Firing.objects.of(user).filter(is_test=False)[:limit]:
        url = reverse("cards:detail", args=[one.card_id]) if one.card_id else ""
        yield Activity(one.fired_at, "alert", one.title, url or reverse("alerts:list"))
