"""What exports can be asked for."""

from __future__ import annotations

from rest_framework import serializers

from apps.cards.api.params import SetCodeField
from apps.inventory.formats import EXPORTS
from apps.inventory.selectors.values import ORDERINGS
from apps.prices.api.params import PriceBound
from mtgintel.core.api.pages import PageParams
from mtgintel.core.api.params import Choice, LanguageChoice, QueryParams
from mtgintel.core.constants import Condition, Currency, Finish, Language


class ExportParams(QueryParams):
    format = Choice(choices=sorted(EXPORTS), default="csv")


class HoldingsValueParams(QueryParams):
    currency = Choice(
        Currency.choices,
        required=False,
        help_text="The only one that is counted in; your own preference by default.",
    )
    q = serializers.CharField(
        required=False, max_length=100, help_text="A part of the card's name."
    )
    set = SetCodeField(required=False, max_length=12, help_text="Set code.")
    finish = Choice(Finish.choices, required=False)
    condition = Choice(Condition.choices, required=False)
    language = LanguageChoice(Language.choices, required=False)
    binder = serializers.CharField(required=False, max_length=120)
    tag = serializers.CharField(required=False, max_length=60)
    for_trade = Choice(
        ["yes", "no"], required=False, help_text="Whether copies of it are offered."
    )
    min_price = PriceBound(required=False, help_text="What a copy is worth, at least.")


class HoldingsParams(HoldingsValueParams, PageParams):
    ordering = Choice(list(ORDERINGS), default="-value")
