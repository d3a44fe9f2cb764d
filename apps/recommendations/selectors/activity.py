"""Advice on what somebody owns, for the feed of what happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.inventory.models import Lot
from apps.recommendations.models import Kind, Recommendation, Tier
from apps.settings.selectors import preferences_of
from mtgintel.core.activity import Activity
from mtgintel.core.constants import Finish

# Advice older than this is no news.
NEWS_FOR = timedelta(days=30)
_WORDS = {Kind.BUY: "Advice to buy", Kind.SELL: "Advice to sell"}


def advice_told(user: Any, limit: int) -> Iterator[Activity]:
    """Advice to trade printings somebody holds in that finish, in the currency they
    prefer; their own and everybody's."""
    held = Lot.objects.of(user).held().order_by()
    calls = (
        Recommendation.objects.filter(
            Q(tier=Tier.MARKET) | Q(tier=Tier.OWNER, user_id=user.pk),
            Exists(held.filter(card_id=OuterRef("card_id"), finish=OuterRef("finish"))),
            issued_on__gt=timezone.now().date() - NEWS_FOR,
            currency=preferences_of(user).currency,
            is_replay=False,
        )
        .exclude(kind=Kind.HOLD)
        .select_related("card__card_set")
    )
    for call in calls.order_by("-issued_on", "-id")[:limit]:
        yield Activity(call.issued_at, "advice", _text(call), call.get_absolute_url())


def _text(call: Recommendation) -> str:
    finish = "" if call.finish == Finish.NONFOIL else f", {Finish(call.finish).label}"
    experimental = " (experimental)" if call.is_experimental else ""
    return f"{_WORDS[Kind(call.kind)]} {call.card}{finish}{experimental}"
