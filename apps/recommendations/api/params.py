"""What reads of recommendations may ask."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.cards.api.params import SetCodeField
from apps.prices.api.params import PriceBound
from apps.recommendations.maths.rules import HORIZON_DAYS
from apps.recommendations.maths.versions import RULES
from apps.recommendations.models import Kind, Outcome
from apps.recommendations.selectors import BASES, ORDERINGS, PROVEN, STATES
from mtgintel.core.api.pages import PageParams
from mtgintel.core.api.params import Choice, QueryParams
from mtgintel.core.constants import Currency, Finish


class HorizonChoice(Choice):
    """A number of days."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([(days, str(days)) for days in HORIZON_DAYS], **kwargs)


class RecommendationsParams(PageParams):
    currency = Choice(Currency.choices, default=Currency.USD.value)
    kind = Choice(Kind.choices, required=False)
    horizon = HorizonChoice(required=False, help_text="In days.")
    state = Choice(STATES, default="standing")
    on = serializers.DateField(
        required=False, help_text="What stood at the end of this day; state is ignored."
    )
    proof = Choice(
        list(PROVEN),
        required=False,
        help_text="Whether a backtest shows that such advice beats doing nothing.",
    )
    result = Choice(Outcome.Result.choices, required=False)
    min_confidence = serializers.FloatField(min_value=0, max_value=1, default=0.0)
    min_price = PriceBound(required=False)
    set = SetCodeField(required=False, max_length=12, help_text="Set code.")
    finish = Choice(Finish.choices, required=False)
    card = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    rule = Choice(sorted(RULES), required=False)
    ordering = Choice(list(ORDERINGS), default="-issued_on")


class TrackRecordParams(QueryParams):
    currency = Choice(Currency.choices, default=Currency.USD.value)
    basis = Choice(
        list(BASES),
        default="all",
        help_text="live: published on its day; replay: worked out afterwards.",
    )


class LedgerParams(QueryParams):
    """Served as a download, all of it."""

    form = Choice(("ndjson", "csv"), default="ndjson")
