"""Cards, indices and sets on one scale, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.market.selectors.compare import (
    ABSOLUTE,
    SCALES,
    Comparison,
    compare,
    compared,
)
from mtgintel.core.api.params import Choice
from mtgintel.core.api.views import Answer, PublicRead
from mtgintel.core.constants import PERIODS, Currency
from mtgintel.core.money import money_text

from .params import CurrencyParams


class CompareParams(CurrencyParams):
    cards = serializers.CharField(
        default="", max_length=400, help_text="ID or ID:FINISH, with commas."
    )
    indices = serializers.CharField(
        default="", max_length=400, help_text="Slugs, or slug:FINISH."
    )
    sets = serializers.CharField(
        default="", max_length=400, help_text="Codes, or CODE:FOIL."
    )
    sealed = serializers.CharField(
        default="", max_length=400, help_text="IDs of sealed products, with commas."
    )
    period = Choice(list(PERIODS), default="90d")
    scale = Choice(
        list(SCALES),
        default=SCALES[0],
        help_text="absolute only where all lines have one unit.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = ("cards", "indices", "sets", "sealed")
        lists = {name: attrs.pop(name) for name in names}
        attrs["wanted"], errors = compared(lists)
        if errors:
            found = {error.field: [str(error)] for error in errors}
            raise serializers.ValidationError(found)
        kinds = {one.kind == "index" for one in attrs["wanted"]}
        if attrs["scale"] == ABSOLUTE and len(kinds) > 1:
            message = "Levels of indices and amounts of money have no scale in common."
            raise serializers.ValidationError({"scale": message})
        return attrs


class ComparedLineSerializer(serializers.Serializer):
    """`unit` is a currency, null for levels. From each of `breaks` on the line is
    another number. Columns: a value for each day."""

    kind = serializers.CharField(help_text="card, index, set or sealed.")
    key = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    breaks = serializers.ListField(child=serializers.DateField())
    day = serializers.ListField(child=serializers.DateField())
    value = serializers.ListField(child=serializers.CharField())


class ComparisonSerializer(serializers.Serializer):
    """Rebased lines are 100 on `base`, the first day all have; where that is null, each
    on its own first day."""

    currency = serializers.ChoiceField(Currency.choices)
    period = serializers.CharField()
    scale = serializers.ChoiceField(list(SCALES))
    base = serializers.DateField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    lines = ComparedLineSerializer(many=True)


class MarketCompareView(PublicRead):
    """Up to six cards, indices, sets and sealed products over a period that ends now

    A card is its daily closes in one stream, the most preferred that has any, and so is
    a sealed product; a set is what its cards cost, like for like; an index its chained
    levels.
    """

    params = CompareParams
    answer_serializer = ComparisonSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        found = compare(**wanted)
        return Answer(self.answer_serializer(_in_columns(found)).data, found.as_of)


def _in_columns(found: Comparison) -> dict[str, Any]:
    return {
        "currency": found.currency,
        "period": found.period,
        "scale": found.scale,
        "base": found.base,
        "as_of": found.as_of,
        "lines": [
            {
                "kind": line.of.kind,
                "key": line.of.key,
                "name": line.of.name,
                "unit": line.unit or None,
                "source": line.source,
                "breaks": line.breaks,
                "day": [day for day, _ in line.points],
                "value": [money_text(value) for _, value in line.points],
            }
            for line in found.lines
        ],
    }
