"""Sealed products and what they cost, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.market.selectors.sealed import (
    SEALED_ORDERINGS,
    SealedQuery,
    find_sealed,
)
from apps.market.selectors.sets import set_of
from apps.prices.selectors import newest_observation
from mtgintel.core.api.fields import MoneyField, PercentField
from mtgintel.core.api.pages import PageParams, PageSerializer, page_heading, page_of
from mtgintel.core.api.params import Choice
from mtgintel.core.api.views import Answer, PublicRead
from mtgintel.core.constants import Currency

from .params import CurrencyParams


class SealedParams(PageParams, CurrencyParams):
    q = serializers.CharField(
        required=False, max_length=100, help_text="Part of a name."
    )
    set = serializers.CharField(required=False, max_length=12, help_text="Its code.")
    ordering = Choice(
        list(SEALED_ORDERINGS),
        default=SealedQuery().ordering,
        help_text="With a minus the largest first.",
    )

    def validate_set(self, value: str) -> str:
        found = set_of(value)
        if found is None:
            message = f'There is no set "{value}".'
            raise serializers.ValidationError(message)
        return found.code


class SinglesSerializer(serializers.Serializer):
    """What one of each card of the set costs."""

    day = serializers.DateField()
    value = MoneyField()
    cards = serializers.IntegerField()
    priced = serializers.IntegerField()


class SealedSerializer(serializers.Serializer):
    """`contents` are lines of what is known to be in it, none where nothing is.
    `singles` is null without a set, or without prices of its cards."""

    id = serializers.IntegerField(source="listing.product.pk")
    name = serializers.CharField(source="listing.product.name")
    category = serializers.CharField(source="listing.product.category")
    set = serializers.CharField(source="listing.product.card_set.code", default=None)
    released_on = serializers.DateField(
        source="listing.product.released_on", allow_null=True
    )
    contents = serializers.ListField(
        source="listing.contents", child=serializers.CharField()
    )
    marketplace = serializers.SlugField(source="listing.marketplace")
    price_basis = serializers.CharField(source="listing.price_basis")
    as_of = serializers.DateTimeField(source="listing.as_of")
    price = MoneyField(source="listing.price")
    price_low = MoneyField(source="listing.price_low", allow_null=True)
    change_7d = PercentField(source="listing.change_7d", allow_null=True)
    change_30d = PercentField(source="listing.change_30d", allow_null=True)
    singles = SinglesSerializer(allow_null=True)


class SealedPageSerializer(PageSerializer):
    currency = serializers.ChoiceField(Currency.choices)
    as_of = serializers.DateTimeField(allow_null=True)
    results = SealedSerializer(many=True)


class MarketSealedView(PublicRead):
    """Sealed products with their newest price, beside what their sets' cards cost"""

    params = SealedParams
    answer_serializer = SealedPageSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        size, number = wanted.pop("page_size"), wanted.pop("page")
        rows = find_sealed(SealedQuery(**wanted))
        page = page_of(rows, page=number, page_size=size)
        as_of = newest_observation(wanted["currency"])
        found = page_heading(self.request, page) | {
            "currency": wanted["currency"],
            "as_of": as_of,
            "results": page.object_list,
        }
        return Answer(self.answer_serializer(found).data, as_of)
