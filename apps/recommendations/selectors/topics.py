"""What the followers of the live topic see."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from apps.recommendations.maths.reasons import in_words
from apps.recommendations.models import Kind, Recommendation
from mtgintel.core.constants import Currency
from mtgintel.core.money import money_text

from .listing import newest_advice, newest_call_id

MAX_CALLS = 10


def recommendations_topic_snapshot(key: str) -> dict[str, Any] | None:
    """How much advice stands in each currency, and the newest of it; None for a key,
    as there is one such topic."""
    if key:
        return None
    return {"currencies": {one: _of_currency(one) for one in Currency.values}}


def _of_currency(currency: str) -> dict[str, Any]:
    standing = Recommendation.objects.of_market().standing().filter(currency=currency)
    counts = dict(standing.values_list("kind").annotate(n=Count("*")))
    newest = newest_advice(currency)
    calls = standing.exclude(kind=Kind.HOLD).in_full()
    return {
        "day": newest.isoformat() if newest else None,
        "newest_id": newest_call_id(currency),
        "standing": {kind: counts.get(kind, 0) for kind in Kind.values},
        "newest": [
            _call(one)
            for one in calls.order_by("-issued_on", "-confidence", "-id")[:MAX_CALLS]
        ],
    }


def _call(one: Recommendation) -> dict[str, Any]:
    return {
        "id": one.pk,
        "card_id": one.card_id,
        "name": one.card.name,
        "set": one.card.set_code,
        "collector_number": one.card.collector_number,
        "finish": one.finish,
        "kind": one.kind,
        "horizon_days": one.horizon_days,
        "issued_on": one.issued_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "price": money_text(one.price),
        "target": money_text(one.target),
        "expected_net_percent": float(one.expected_net_percent),
        "confidence": float(one.confidence),
        "is_experimental": one.is_experimental,
        "reason": in_words(one.reasons, one.horizon_days),
    }
