"""What the followers of a collection see: its owner, nobody else."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from apps.settings.selectors import preferences_of
from mtgintel.core.money import money_text

from .portfolio import Portfolio, compute_portfolio
from .values import HoldingsQuery


def is_own_collection(user: Any, key: str) -> bool:
    """Whether a topic `inventory:user:{id}` is about who asks."""
    return bool(user.is_authenticated) and key == f"user:{user.pk}"


def inventory_topic_snapshot(key: str) -> dict[str, Any] | None:
    """The totals of a collection in its owner's currency, from what the tables hold."""
    kind, _, user_id = key.partition(":")
    if kind != "user" or not user_id.isdecimal() or str(int(user_id)) != user_id:
        return None
    user = get_user_model().objects.filter(pk=int(user_id)).first()
    if user is None:
        return None
    currency = preferences_of(user).currency
    found = compute_portfolio(user, HoldingsQuery(currency=currency))
    return {"user_id": user.pk, **_totals(found)}


def _totals(found: Portfolio) -> dict[str, Any]:
    worth = found.worth
    return {
        "currency": found.currency,
        "as_of": found.as_of.isoformat() if found.as_of else None,
        "lots": found.lots,
        "copies": worth.copies,
        "market": money_text(worth.market.value),
        "buylist": money_text(worth.buylist.value),
        "net": money_text(worth.net.value),
        "cost": money_text(found.cost) if found.with_cost else None,
        "gain": money_text(found.gain),
        "unpriced": found.unpriced,
        "estimated": worth.market.estimated,
        "stale": found.stale,
    }
