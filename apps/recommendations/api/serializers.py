"""Recommendations as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.cards.api.serializers import PrintingSerializer
from apps.recommendations.maths.reasons import in_words
from apps.recommendations.models import Closing, Kind, Outcome, Recommendation
from apps.recommendations.selectors import percent_of
from mtgintel.core.api.fields import MoneyField, PercentField
from mtgintel.core.api.pages import PageSerializer
from mtgintel.core.constants import Currency, Finish


class OutcomeSerializer(serializers.Serializer):
    """What a recommendation came to. `price` is the one that stands for the horizon,
    seen on `observed_on`; `net_percent` what following the advice earned after fees,
    `excess_percent` how much better than the chained index it was, before fees. All
    null with the result NO_DATA; `note` says why."""

    result = serializers.ChoiceField(Outcome.Result.choices)
    scored_at = serializers.DateTimeField()
    observed_on = serializers.DateField(allow_null=True)
    price = MoneyField(allow_null=True)
    gross_percent = PercentField(allow_null=True)
    net_percent = PercentField(allow_null=True)
    peak_percent = PercentField(allow_null=True)
    drawdown_percent = PercentField(allow_null=True)
    index_percent = PercentField(allow_null=True)
    excess_percent = PercentField(allow_null=True)
    note = serializers.CharField()


class ClosingSerializer(serializers.Serializer):
    closed_on = serializers.DateField()
    cause = serializers.ChoiceField(Closing.Cause.choices)
    replaced_by = serializers.IntegerField(source="replaced_by_id", allow_null=True)


class AdviceSerializer(serializers.Serializer):
    """Advice on a printing in one finish. `price` is the close of `marketplace` on the
    day of issue; `confidence`, 0 to 1, is how likely it is to come true (of a HOLD:
    that neither buying nor selling pays); `capacity` how many copies the market
    showed. `is_experimental`: no backtest shows that such advice beats doing nothing
    after fees. `is_replay`: worked out afterwards from what was known that day."""

    id = serializers.IntegerField()
    finish = serializers.ChoiceField(Finish.choices)
    currency = serializers.ChoiceField(Currency.choices)
    marketplace = serializers.SlugField(source="marketplace.slug")
    kind = serializers.ChoiceField(Kind.choices)
    horizon_days = serializers.IntegerField()
    issued_on = serializers.DateField()
    due_on = serializers.DateField()
    issued_at = serializers.DateTimeField()
    is_active = serializers.BooleanField()
    is_replay = serializers.BooleanField()
    is_experimental = serializers.BooleanField()
    price = MoneyField()
    target = MoneyField()
    target_percent = PercentField()
    expected_net_percent = PercentField()
    confidence = serializers.FloatField()
    capacity = serializers.IntegerField(allow_null=True)
    reason = serializers.SerializerMethodField()
    reasons = serializers.ListField(child=serializers.DictField())
    rule = serializers.CharField(source="rule.key")
    closing = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()

    def get_reason(self, call: Recommendation) -> str:
        return in_words(call.reasons, call.horizon_days)

    @extend_schema_field(ClosingSerializer(allow_null=True))
    def get_closing(self, call: Recommendation) -> dict[str, Any] | None:
        closing = getattr(call, "closing", None)
        return ClosingSerializer(closing).data if closing else None

    @extend_schema_field(OutcomeSerializer(allow_null=True))
    def get_outcome(self, call: Recommendation) -> dict[str, Any] | None:
        outcome = getattr(call, "outcome", None)
        return OutcomeSerializer(outcome).data if outcome else None


class RecommendationSerializer(AdviceSerializer):
    """The same, with the printing it is on."""

    card = PrintingSerializer()


class OwnRecommendationsSerializer(serializers.Serializer):
    """`reasons[]` have what it means to their owner besides: COST, EXIT (who pays most
    today) and CONCENTRATION."""

    results = RecommendationSerializer(many=True)


class RecommendationPageSerializer(PageSerializer):
    currency = serializers.ChoiceField(Currency.choices)
    day = serializers.DateField(
        allow_null=True, help_text="The newest day of advice in the currency."
    )
    results = RecommendationSerializer(many=True)


@extend_schema_field({"type": "number", "nullable": True, "example": 4.25})
class RatioAsPercent(serializers.Field):
    """A ratio, written in percent with two decimals."""

    def get_attribute(self, instance: Any) -> Any:
        # A field without a value is still to be written.
        return (super().get_attribute(instance),)

    def to_representation(self, value: tuple[float | None]) -> float | None:
        percent = percent_of(value[0])
        return None if percent is None else float(percent)


class FiguresSerializer(serializers.Serializer):
    """Of scored advice, in percent. `net_error_percent` is the standard error of the
    mean, with each day of issue as one observation. `beats_no_change`: the mean net
    return is above zero by more than two such errors."""

    calls = serializers.IntegerField()
    scored = serializers.IntegerField()
    no_data = serializers.IntegerField()
    hits = serializers.IntegerField()
    hit_rate_percent = RatioAsPercent(source="hit_rate")
    mean_net_percent = RatioAsPercent(source="mean_net")
    median_net_percent = RatioAsPercent(source="median_net")
    net_error_percent = RatioAsPercent(source="net_error")
    mean_gross_percent = RatioAsPercent(source="mean_gross")
    mean_excess_percent = RatioAsPercent(source="mean_excess")
    mean_peak_percent = RatioAsPercent(source="mean_peak")
    mean_drawdown_percent = RatioAsPercent(source="mean_drawdown")
    mean_confidence_percent = RatioAsPercent(source="mean_confidence")
    beats_no_change = serializers.BooleanField()


class RowSerializer(serializers.Serializer):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    is_experimental = serializers.BooleanField()
    figures = FiguresSerializer()


class BinSerializer(serializers.Serializer):
    """Advice with a stated confidence in [low, high): the mean of it, how often it
    came true, and the 95 % interval of that share. All are shares of 1."""

    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()
    stated = serializers.FloatField()
    happened = serializers.FloatField()
    least = serializers.FloatField()
    most = serializers.FloatField()


class TrackRecordSerializer(serializers.Serializer):
    """`trades` are all BUY and SELL, which `by_band` and `by_rule` split; `by_kind`
    has the HOLD as well. `waiting`: the horizon is over, but there is no outcome yet.
    `lines` and `seal` are the length of the ledger and its last hash."""

    currency = serializers.ChoiceField(Currency.choices)
    basis = serializers.CharField()
    first = serializers.DateField(allow_null=True)
    issued = serializers.IntegerField()
    replayed = serializers.IntegerField()
    standing = serializers.IntegerField()
    waiting = serializers.IntegerField()
    trades = FiguresSerializer()
    holds = FiguresSerializer()
    by_kind = RowSerializer(many=True)
    by_band = RowSerializer(many=True)
    by_rule = RowSerializer(many=True)
    calibration = BinSerializer(many=True)
    lines = serializers.IntegerField()
    seal = serializers.CharField()
