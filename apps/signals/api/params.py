"""What reads of signals may ask."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.cards.api.params import SetCodeField
from apps.cards.selectors import PLAY_FORMATS
from apps.prices.api.params import PriceBound
from apps.signals.maths.detectors import KINDS
from apps.signals.selectors import DIRECTIONS, ORDERINGS
from mtgintel.core.api.pages import PageParams
from mtgintel.core.api.params import Choice, QueryParams
from mtgintel.core.constants import Currency, Finish

MAX_DAYS = 366


class ShareField(serializers.FloatField):
    """0 to 1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1, default=0.0, **kwargs)


class DayParams(QueryParams):
    currency = Choice(Currency.choices, default=Currency.USD.value)
    day = serializers.DateField(
        required=False, help_text="The newest with signals without it."
    )


class SignalsParams(PageParams, DayParams):
    kind = Choice(list(KINDS), required=False)
    direction = Choice(
        list(DIRECTIONS), required=False, help_text="What it speaks for."
    )
    min_strength = ShareField()
    min_confidence = ShareField()
    min_price = PriceBound(required=False)
    set = SetCodeField(required=False, max_length=12, help_text="Set code.")
    format = Choice(PLAY_FORMATS, required=False, help_text="Legal in this format.")
    finish = Choice(Finish.choices, required=False)
    ordering = Choice(list(ORDERINGS), default="-strength")


class CardSignalsParams(QueryParams):
    currency = Choice(Currency.choices, default=Currency.USD.value)
    kind = Choice(list(KINDS), required=False)
    finish = Choice(Finish.choices, required=False)
    days = serializers.IntegerField(
        default=1,
        min_value=1,
        max_value=MAX_DAYS,
        help_text="How many of the newest days.",
    )
