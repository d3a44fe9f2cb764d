"""What follows from new prices: advice for the newest day, and scores that are due."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime

from django.db.models import Max
from django.utils import timezone

from apps.prices.selectors import is_demo_market
from apps.recommendations.models import Recommendation
from apps.signals.selectors import newest_price_day

from .issue import RuleChangedError, recommend
from .owners import recommend_for_owners
from .score import score_due

logger = logging.getLogger(__name__)


def catch_up_recommendations(start: datetime, end: datetime) -> None:
    """Advise on the newest day that has prices, and score what is due.

    A demo market is given the advice of its whole history, as if it had been advised
    on every day of it; on a real one nothing is written into the past.
    """
    newest = newest_price_day()
    if newest is not None:
        first = _first_day(start.astimezone(UTC).date(), newest)
        if first is not None:
            _advise(newest, first)
    score_due(at=timezone.now().date())


def _advise(newest: date, first: date) -> None:
    try:
        recommend(at=newest, first=first)
    except RuleChangedError as error:
        # What is derived besides, and the scores of old advice, go on.
        logger.error("no advice is given: %s", error)  # noqa: TRY400 (it says all)
        return
    recommend_for_owners(at=newest)


def _first_day(start: date, newest: date) -> date | None:
    """From which day on there is to be advice; None when there is enough."""
    calls = Recommendation.objects.of_market()
    advised = calls.aggregate(newest=Max("issued_on"))["newest"]
    if advised is None:
        return min(start, newest) if is_demo_market() else newest
    return newest if advised <= newest else None
