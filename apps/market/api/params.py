"""What reads of the market may ask."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from apps.cards.models import CardSet
from apps.cards.selectors import PLAY_FORMATS
from apps.market.indices import INDICES, MARKET, has_finishes
from apps.market.selectors import (
    AVERAGE,
    DIRECTIONS,
    MAX_MOVERS,
    METHODS,
    is_index,
)
from apps.market.selectors.movers import PREFERRED, SIZES, SOURCES
from apps.prices.api.params import MarketplaceField, PriceBound
from mtgintel.core.api.pages import PageParams
from mtgintel.core.api.params import Choice, QueryParams
from mtgintel.core.constants import PERIODS, WINDOWS, Currency, Finish, Rarity


class CurrencyParams(QueryParams):
    currency = Choice(Currency.choices, default=Currency.USD.value)


class IndexChoice(serializers.CharField):
    """The slug of an index: a named one, or one of a set that we know."""

    default_error_messages = {
        "unknown": '"{input}" is not one of: {allowed}, set-CODE of a known set.'
    }

    def to_internal_value(self, data: Any) -> str:
        slug: str = super().to_internal_value(data).casefold()
        if is_index(slug):
            return slug
        return self.fail("unknown", input=data, allowed=", ".join(INDICES))


class WhichIndexParams(CurrencyParams):
    index = IndexChoice(default=MARKET)
    finish = Choice(Finish.choices, required=False, help_text="All of them without.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        index = attrs["index"]
        if attrs.get("finish") and not has_finishes(index):
            message = f"The index {index} is of all its finishes together."
            raise serializers.ValidationError({"finish": message})
        return attrs


class IndexParams(WhichIndexParams):
    period = Choice(list(PERIODS), default="7d")
    method = Choice(
        METHODS,
        required=False,
        help_text="Without it chained, or average where that has no points.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("method") == AVERAGE and attrs["index"] != MARKET:
            message = f"average is of the whole market ({MARKET}) only."
            raise serializers.ValidationError({"method": message})
        return super().validate(attrs)


class OverviewParams(CurrencyParams):
    index = Choice(list(INDICES), default=MARKET, help_text="What stands how.")
    finish = Choice(Finish.choices, required=False, help_text="All of them without.")
    period = Choice(list(PERIODS), default="30d", help_text="How far back `history`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("finish") and not has_finishes(attrs["index"]):
            message = f"The index {attrs['index']} is of all its finishes together."
            raise serializers.ValidationError({"finish": message})
        return attrs


class ConstituentsParams(PageParams, WhichIndexParams):
    """A page of an index."""


class MoversSource(MarketplaceField):
    """One of SOURCES, or the slug of a price stream."""

    def to_internal_value(self, data: Any) -> str:
        return str(data) if data in SOURCES else super().to_internal_value(data)


class MoversParams(CurrencyParams):
    window = Choice(list(WINDOWS), default="1d")
    direction = Choice(list(DIRECTIONS), default="gainers")
    min_price = PriceBound(
        default=Decimal(1), help_text="What the price was at least at the start."
    )
    by = Choice(list(SIZES), default="percent", help_text="What they are ordered by.")
    source = MoversSource(  # type: ignore[assignment]
        default=PREFERRED,
        help_text="Whose prices: preferred, consensus (the medians), or a marketplace.",
    )
    vendors = serializers.IntegerField(
        default=1, min_value=1, max_value=20, help_text="That moved the same way."
    )
    set = serializers.CharField(
        source="card_set", required=False, max_length=12, help_text="Its code."
    )
    rarity = Choice(Rarity.choices, required=False)
    format = Choice(list(PLAY_FORMATS), required=False, help_text="Legal in it.")
    finish = Choice(Finish.choices, required=False)
    limit = serializers.IntegerField(default=10, min_value=1, max_value=MAX_MOVERS)

    def validate_set(self, value: str) -> str:
        if not CardSet.objects.filter(code=value.lower()).exists():
            message = f'There is no set "{value}".'
            raise serializers.ValidationError(message)
        return value.lower()


class FreshnessParams(QueryParams):
    currency = Choice(Currency.choices, required=False)
