"""Want lists in JSON, and what may be sent of them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.cards.models import Card
from apps.cards.selectors import get_card
from apps.inventory.models.lots import MAX_NOTES
from apps.inventory.models.wants import MAX_WANTED, Priority
from apps.prices.api.params import MAX_PRICE
from mtgintel.core.api.bodies import Body
from mtgintel.core.api.fields import MoneyField, PercentField
from mtgintel.core.api.pages import PageParams, PageSerializer
from mtgintel.core.api.params import Choice, LanguageChoice
from mtgintel.core.constants import Condition, Currency, Finish, Language


class CardField(serializers.CharField):
    """A printing by its id here or Scryfall's."""

    def to_internal_value(self, data: Any) -> Any:
        name = super().to_internal_value(data)
        try:
            return get_card(name)
        except Card.DoesNotExist:
            raise serializers.ValidationError(f"There is no card {name}.") from None


class WantListParams(PageParams):
    pass


class WantBody(Body):
    card = CardField(help_text="Its id here, or Scryfall's.")
    is_any_printing = serializers.BooleanField(required=False)
    finish = Choice(Finish.choices, required=False, allow_null=True)
    min_condition = Choice(Condition.choices, required=False)
    language = LanguageChoice(Language.choices, required=False, allow_null=True)
    quantity = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_WANTED
    )
    target_price = serializers.DecimalField(
        max_digits=10,
        decimal_places=3,
        min_value=0,
        max_value=MAX_PRICE,
        required=False,
        allow_null=True,
    )
    currency = Choice(Currency.choices, required=False)
    priority = serializers.IntegerField(
        required=False, min_value=Priority.HIGH, max_value=Priority.LOW
    )
    notes = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_NOTES
    )


class OfferSerializer(serializers.Serializer):
    """`is_offer` is false of a figure of sales, which stands in where no shop is
    live."""

    price = MoneyField()
    as_of = serializers.DateTimeField()
    marketplace = serializers.CharField()
    is_offer = serializers.BooleanField()
    in_stock = serializers.IntegerField(allow_null=True)
    condition = serializers.ChoiceField(choices=Condition.choices)
    finish = serializers.ChoiceField(choices=Finish.choices)
    card_id = serializers.IntegerField()
    set = serializers.CharField(source="set_code")
    collector_number = serializers.CharField()


class WantSerializer(serializers.Serializer):
    """A line and the cheapest live offer that would do; null where there is none.
    `cost` is that of all copies at its price; `finish` and `language` null: any."""

    id = serializers.IntegerField()
    card_id = serializers.IntegerField()
    scryfall_id = serializers.CharField()
    name = serializers.CharField()
    set = serializers.CharField(source="set_code")
    collector_number = serializers.CharField()
    is_any_printing = serializers.BooleanField()
    finish = serializers.ChoiceField(choices=Finish.choices, allow_null=True)
    min_condition = serializers.ChoiceField(choices=Condition.choices)
    language = serializers.ChoiceField(choices=Language.choices, allow_null=True)
    quantity = serializers.IntegerField()
    target_price = MoneyField(allow_null=True)
    currency = serializers.ChoiceField(choices=Currency.choices)
    priority = serializers.IntegerField()
    notes = serializers.CharField()
    offer = OfferSerializer(allow_null=True)
    cost = MoneyField(allow_null=True)
    above_target_percent = PercentField(allow_null=True)
    is_reached = serializers.BooleanField()


class WantTotalsSerializer(serializers.Serializer):
    currency = serializers.ChoiceField(choices=Currency.choices)
    lines = serializers.IntegerField()
    copies = serializers.IntegerField()
    cost = MoneyField()
    without_offer = serializers.IntegerField()
    reached = serializers.IntegerField()


class WantPageSerializer(PageSerializer):
    """`totals` are of the whole list, by currency."""

    totals = WantTotalsSerializer(many=True)
    results = WantSerializer(many=True)
