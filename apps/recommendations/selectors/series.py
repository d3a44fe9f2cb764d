"""The price of a recommendation's own series around its time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from apps.prices.models import CardPriceDaily
from apps.recommendations.models import Recommendation
from mtgintel.core.constants import Condition, Language

BEFORE = timedelta(days=60)
AFTER = timedelta(days=30)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def closes_around(call: Recommendation) -> list[tuple[datetime, Decimal]]:
    """The closes from BEFORE the issue until AFTER the horizon, oldest first."""
    rows = CardPriceDaily.objects.filter(
        bucket__gte=midnight(call.issued_on - BEFORE),
        bucket__lt=midnight(call.due_on + AFTER),
        card_id=call.card_id,
        marketplace_id=call.marketplace_id,
        condition=Condition.NEAR_MINT,
        finish=call.finish,
        language=Language.ENGLISH,
    )
    return list(rows.order_by("bucket").values_list("bucket", "close_price"))
