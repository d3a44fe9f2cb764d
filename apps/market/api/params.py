"""What reads of the market may ask."""

from __future__ import annotations

from decimal import Decimal

from rest_framework import serializers

from apps.market.selectors import DIRECTIONS, MAX_MOVERS, METHODS
from apps.prices.api.params import PriceBound
from mtgintel.core.api.params import Choice, QueryParams
from mtgintel.core.constants import PERIODS, WINDOWS, Currency, Finish


class CurrencyParams(QueryParams):
    currency = Choice(Currency.choices, default=Currency.USD.value)


class IndexParams(CurrencyParams):
    period = Choice(list(PERIODS), default="7d")
    method = Choice(METHODS, default=METHODS[0])
    finish = Choice(Finish.choices, required=False, help_text="All of them without.")


class MoversParams(CurrencyParams):
    window = Choice(list(WINDOWS), default="1d")
    direction = Choice(list(DIRECTIONS), default="gainers")
    min_price = PriceBound(
        default=Decimal(1), help_text="What the price was at least at the start."
    )
    limit = serializers.IntegerField(default=10, min_value=1, max_value=MAX_MOVERS)


class FreshnessParams(QueryParams):
    currency = Choice(Currency.choices, required=False)
