"""Sets and what they cost, as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import Http404
from rest_framework import serializers

from apps.cards.api.serializers import PrintingSerializer
from apps.cards.models import CardSet
from apps.market.selectors.contributors import contributors
from apps.market.selectors.sets import (
    SET_ORDERINGS,
    SetsQuery,
    find_sets,
    period_start,
    set_curves,
    set_of,
    set_types,
    valued_set,
)
from apps.prices.api.params import PriceBound
from apps.prices.selectors import newest_observation
from mtgintel.core.api.fields import MoneyField, PercentField
from mtgintel.core.api.pages import PageParams, PageSerializer, page_heading, page_of
from mtgintel.core.api.params import Choice
from mtgintel.core.api.views import Answer, PublicRead
from mtgintel.core.constants import PERIODS, Currency, Finish

from .params import CurrencyParams


class SetsParams(PageParams, CurrencyParams):
    q = serializers.CharField(
        required=False, max_length=100, help_text="Part of a name, or a code."
    )
    type = serializers.CharField(required=False, max_length=40)
    year = serializers.IntegerField(required=False, min_value=1993, max_value=2100)
    min_coverage = serializers.IntegerField(
        default=0, min_value=0, max_value=100, help_text="Cards priced, in percent."
    )
    min_value = PriceBound(default=Decimal(0))
    ordering = Choice(
        list(SET_ORDERINGS),
        default=SetsQuery().ordering,
        help_text="With a minus the largest first.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        known = set_types(attrs["currency"])
        if attrs.get("type") and attrs["type"] not in known:
            message = f'"{attrs["type"]}" is not one of: {", ".join(known)}.'
            raise serializers.ValidationError({"type": message})
        return attrs


class FoilsParams(CurrencyParams):
    finish = Choice(
        [Finish.FOIL],
        required=False,
        help_text="FOIL: its foils. Without it its cards.",
    )


class SetParams(FoilsParams):
    period = Choice(list(PERIODS), default="90d")


class SetCardsParams(PageParams, FoilsParams):
    """A page of the cards of a set."""


class ValuedSetSerializer(serializers.Serializer):
    """`value` sums the prices of `priced` of the `cards`, of which `carried` were last
    seen on an earlier day. Changes are like for like, over cards that were priced on
    both of two days; null where those were too few."""

    code = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField(source="set_type")
    released_on = serializers.DateField(allow_null=True)
    currency = serializers.ChoiceField(Currency.choices)
    day = serializers.DateField()
    value = MoneyField()
    cards = serializers.IntegerField()
    priced = serializers.IntegerField()
    carried = serializers.IntegerField()
    foil_value = MoneyField(allow_null=True)
    foil_cards = serializers.IntegerField()
    foil_priced = serializers.IntegerField()
    change_1d = PercentField(allow_null=True)
    change_7d = PercentField(allow_null=True)
    change_30d = PercentField(allow_null=True)
    change_90d = PercentField(allow_null=True)


class SetsSerializer(PageSerializer):
    currency = serializers.ChoiceField(Currency.choices)
    as_of = serializers.DateTimeField(allow_null=True)
    results = ValuedSetSerializer(many=True)


class SetPointSerializer(serializers.Serializer):
    """`value` is the sum of what was seen. `like_for_like` is the newest value taken
    back to the day by what the same cards did; days with another `since` cannot be
    compared."""

    day = serializers.DateField()
    value = MoneyField()
    like_for_like = MoneyField()
    cards = serializers.IntegerField()
    priced = serializers.IntegerField()
    carried = serializers.IntegerField()
    since = serializers.DateField()


class SetSerializer(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    released_on = serializers.DateField(allow_null=True)
    currency = serializers.ChoiceField(Currency.choices)
    period = serializers.CharField()
    finish = serializers.CharField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    newest = ValuedSetSerializer(allow_null=True)
    points = SetPointSerializer(many=True)


class ContributorSerializer(serializers.Serializer):
    """A card in the finish it counts in; nulls without a price."""

    card = PrintingSerializer()
    finish = serializers.ChoiceField(Finish.choices)
    price = MoneyField(allow_null=True)
    share_percent = PercentField(allow_null=True)
    marketplace = serializers.SlugField(allow_null=True)
    seen_on = serializers.DateField(allow_null=True)


class SetCardsSerializer(PageSerializer):
    """The dearest first, at the end those without a price. `value` is their sum."""

    code = serializers.CharField()
    currency = serializers.ChoiceField(Currency.choices)
    finish = serializers.CharField(allow_null=True)
    day = serializers.DateField(allow_null=True)
    value = MoneyField()
    priced = serializers.IntegerField()
    results = ContributorSerializer(many=True)


class MarketSetsView(PublicRead):
    """Sets by what all of their cards cost together, Near Mint English"""

    params = SetsParams
    answer_serializer = SetsSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        size, number = wanted.pop("page_size"), wanted.pop("page")
        page = page_of(find_sets(SetsQuery(**wanted)), page=number, page_size=size)
        as_of = newest_observation(wanted["currency"])
        found = page_heading(self.request, page) | {
            "currency": wanted["currency"],
            "as_of": as_of,
            "results": page.object_list,
        }
        return Answer(self.answer_serializer(found).data, as_of)


class MarketSetView(PublicRead):
    """What a set costs complete, day by day over a period that ends now"""

    params = SetParams
    answer_serializer = SetSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        card_set = _known(kwargs["code"])
        currency, finish = wanted["currency"], wanted.get("finish")
        start = period_start(wanted["period"])
        curves = set_curves([card_set.code], currency, start, is_foil=bool(finish))
        as_of = newest_observation(currency)
        found = {
            "code": card_set.code,
            "name": card_set.name,
            "type": card_set.set_type,
            "released_on": card_set.released_on,
            "finish": finish,
            "as_of": as_of,
            "newest": valued_set(card_set.code, currency),
            "points": curves[card_set.code],
        }
        return Answer(self.answer_serializer(found | wanted).data, as_of)


class MarketSetCardsView(PublicRead):
    """The cards of a set by what they add to its value"""

    params = SetCardsParams
    answer_serializer = SetCardsSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        card_set, currency = _known(kwargs["code"]), wanted["currency"]
        finish = wanted.get("finish")
        rows = contributors(card_set.pk, currency, is_foil=bool(finish))
        page = page_of(rows, page=wanted["page"], page_size=wanted["page_size"])
        found = page_heading(self.request, page) | {
            "code": card_set.code,
            "currency": currency,
            "finish": finish,
            "day": rows.day,
            "value": rows.value,
            "priced": rows.priced,
            "results": page.object_list,
        }
        return Answer(self.answer_serializer(found).data, newest_observation(currency))


def _known(code: str) -> CardSet:
    found = set_of(code)
    if found is None:
        raise Http404
    return found
