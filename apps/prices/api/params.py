"""What reads of prices may ask."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.cards.api.params import CardSearchParams
from apps.prices.models import Marketplace
from apps.prices.selectors import ORDERINGS
from mtgintel.core.api.pages import PageParams
from mtgintel.core.api.params import Choice, Flag, LanguageChoice, QueryParams
from mtgintel.core.constants import (
    PERIODS,
    Condition,
    Currency,
    Finish,
    Language,
    Side,
)

# What a price column holds, in whole units.
MAX_PRICE = Decimal(2_000_000)


class PriceBound(serializers.DecimalField):
    """An amount that a price may be compared with."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_digits=10, decimal_places=3, min_value=0, max_value=MAX_PRICE, **kwargs
        )


class MarketplaceField(serializers.CharField):
    """The slug of a price stream."""

    def to_internal_value(self, data: Any) -> str:
        slug = super().to_internal_value(data)
        slugs = list(Marketplace.objects.values_list("slug", flat=True))
        if slug not in slugs:
            message = f'"{slug}" is not one of: {", ".join(slugs)}.'
            raise serializers.ValidationError(message)
        return slug


# The parameters of a list of cards that are about prices.
LISTING = ("currency", "min_price", "max_price", "ordering")


class CardListParams(CardSearchParams, PageParams):
    currency = Choice(
        Currency.choices, default=Currency.USD.value, help_text="Of the prices."
    )
    min_price = PriceBound(required=False)
    max_price = PriceBound(required=False)
    ordering = Choice(
        list(ORDERINGS),
        required=False,
        help_text="Best match first with q, by name without it.",
    )


class VariantParams(QueryParams):
    currency = Choice(Currency.choices, required=False)
    condition = Choice(Condition.choices, required=False)
    finish = Choice(Finish.choices, required=False)
    language = LanguageChoice(Language.choices, required=False)


class CardPricesParams(VariantParams):
    side = Choice(Side.choices, required=False)


class CardHistoryParams(VariantParams):
    period = Choice(list(PERIODS), default="30d")
    interval = Choice(
        ["auto", "raw", "hour", "day"],
        default="auto",
        help_text="raw up to 7d, hour up to 30d.",
    )
    marketplace = MarketplaceField(required=False)
    rows = Flag(default=False, help_text="Points instead of columns; slower.")
