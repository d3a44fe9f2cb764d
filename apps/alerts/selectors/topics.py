"""What is pushed to who follows their own alerts."""

from __future__ import annotations

from typing import Any

from apps.alerts.models import Firing
from apps.alerts.news import as_news

NEWEST = 20


def is_own_topic(user: Any, key: str) -> bool:
    """Only its owner may follow `user:{id}`."""
    return bool(user.is_authenticated) and key == f"user:{user.pk}"


def alerts_topic_snapshot(key: str) -> dict[str, Any] | None:
    """How many firings were not looked at yet, and the newest ones; None where the key
    is not spelled as it is published."""
    name, _, number = key.partition(":")
    if name != "user" or not number.isdecimal() or str(int(number)) != number:
        return None
    owner_id = int(number)
    rows = Firing.objects.of(owner_id)
    return {
        "user_id": owner_id,
        "unseen": rows.filter(seen_at=None).count(),
        "alerts": [as_news(one) for one in rows[:NEWEST]],
    }
