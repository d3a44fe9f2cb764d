"""Cards like a card, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.market.maths.vectors import WEIGHTS
from apps.market.selectors.similar import MAX_SIMILAR, similar_cards
from apps.prices.api.serializers import PricedPrintingSerializer
from apps.prices.api.views import card_or_404
from apps.prices.selectors import headline_prices, newest_observation
from mtgintel.core.api.views import Answer, PublicRead
from mtgintel.core.constants import Currency

from .params import CurrencyParams


class SimilarParams(CurrencyParams):
    limit = serializers.IntegerField(default=8, min_value=1, max_value=MAX_SIMILAR)


class SimilarCardSerializer(serializers.Serializer):
    """A card like another, by the printing that stands for it, with its price.

    `similarity` is the weighted sum of the cosines of the parts, at most 1; a part is
    null where one of the two cards has nothing to compare, and counts neither way.
    """

    card = PricedPrintingSerializer()
    similarity = serializers.FloatField()
    attributes = serializers.FloatField(allow_null=True)
    text = serializers.FloatField(allow_null=True)
    price = serializers.FloatField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())


class SimilarCardsSerializer(serializers.Serializer):
    """The most similar first, none a printing of the same card. `built_at` is when all
    cards were compared, null before the first time; `notes` say what is missing."""

    card_id = serializers.IntegerField()
    currency = serializers.ChoiceField(Currency.choices)
    as_of = serializers.DateTimeField(
        allow_null=True, help_text="The newest price of the currency."
    )
    built_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    weights = serializers.DictField(child=serializers.FloatField())
    notes = serializers.ListField(child=serializers.CharField())
    results = SimilarCardSerializer(many=True)


class SimilarCardsView(PublicRead):
    """Other cards that are like a card, and why

    By attributes, rules text and price behaviour. Printings of the card itself are
    left out.
    """

    params = SimilarParams
    answer_serializer = SimilarCardsSerializer
    tag = "cards"

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        card, currency = card_or_404(kwargs["card_id"]), wanted["currency"]
        found = similar_cards(card, wanted["limit"])
        quotes = headline_prices([one.card.pk for one in found.cards], currency)
        answer = {
            "card_id": card.pk,
            "currency": currency,
            "as_of": newest_observation(currency),
            "built_at": found.built_at,
            "version": found.version,
            "weights": WEIGHTS,
            "notes": found.notes,
            "results": found.cards,
        }
        serializer = self.answer_serializer(answer, context={"quotes": quotes})
        return Answer(serializer.data, answer["as_of"])
