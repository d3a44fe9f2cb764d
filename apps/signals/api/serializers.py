"""Signals as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.cards.api.serializers import PrintingSerializer
from apps.signals.figures import WAYS, values_of
from apps.signals.maths.detectors import Unit
from apps.signals.models import SIGNAL_KINDS, Signal
from apps.signals.selectors import DIRECTIONS, KindRecord
from mtgintel.core.api.fields import MoneyField
from mtgintel.core.api.pages import PageSerializer
from mtgintel.core.constants import Currency, Finish


class SignalSerializer(serializers.Serializer):
    """What was found about a printing in one finish on a day. `direction` is what it
    speaks for: a higher price, a lower one, or neither. `strength` and `confidence`
    are 0 to 1, `observations` is how many it rests on; `values` are the numbers behind
    it (see /api/signals/kinds). `price` is the newest that day, in the stream of
    `marketplace`."""

    day = serializers.DateField()
    kind = serializers.ChoiceField(SIGNAL_KINDS)
    finish = serializers.ChoiceField(Finish.choices)
    currency = serializers.ChoiceField(Currency.choices)
    direction = serializers.SerializerMethodField()
    strength = serializers.FloatField()
    confidence = serializers.FloatField()
    observations = serializers.IntegerField()
    price = MoneyField()
    marketplace = serializers.SlugField(source="marketplace.slug")
    values = serializers.SerializerMethodField()
    version = serializers.IntegerField()

    @extend_schema_field(serializers.ChoiceField(list(DIRECTIONS)))
    def get_direction(self, signal: Signal) -> str:
        return WAYS[signal.direction]

    @extend_schema_field({"type": "object", "additionalProperties": True})
    def get_values(self, signal: Signal) -> dict[str, Any]:
        return values_of(signal)


class CardSignalSerializer(SignalSerializer):
    card = PrintingSerializer()


class SignalPageSerializer(PageSerializer):
    """`day` is null where a currency has no signals."""

    currency = serializers.ChoiceField(Currency.choices)
    day = serializers.DateField(allow_null=True)
    results = CardSignalSerializer(many=True)


class CardSignalsSerializer(serializers.Serializer):
    """`day` is the newest that has signals of the currency, of whatever card."""

    card_id = serializers.IntegerField()
    currency = serializers.ChoiceField(Currency.choices)
    day = serializers.DateField(allow_null=True)
    signals = SignalSerializer(many=True)


class ParameterSerializer(serializers.Serializer):
    name = serializers.CharField()
    value = serializers.FloatField()
    meaning = serializers.CharField()


class ValueSerializer(serializers.Serializer):
    """`unit`: share (0.25 is 25 %), change (a share with a sign), rate (a share per
    day), amount (money), number or count."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.ChoiceField([unit.value for unit in Unit])


class KindSerializer(serializers.Serializer):
    """A kind of signal, and what it is found by."""

    kind = serializers.CharField(source="slug")
    name = serializers.CharField()
    version = serializers.IntegerField()
    definition = serializers.CharField()
    strength = serializers.CharField()
    confidence = serializers.CharField()
    parameters = ParameterSerializer(many=True)
    values = ValueSerializer(many=True)


class KindRecordSerializer(serializers.Serializer):
    """What became of all signals of the kind, as it is defined now, that spoke for a
    direction. `judged` of `signals` have a price after `horizon_days`; `right` of them
    moved as they said: `hit_ratio`. `market_ratio` is the share of the whole market
    that moved so on the same days. Both are null of none. Nothing is said of fees, nor
    of how far it moved. `is_enough`: it can be told from luck."""

    direction = serializers.SerializerMethodField()
    horizon_days = serializers.IntegerField()
    signals = serializers.IntegerField()
    judged = serializers.IntegerField()
    right = serializers.IntegerField()
    hit_ratio = serializers.FloatField(allow_null=True)
    market_ratio = serializers.FloatField(allow_null=True)
    days = serializers.IntegerField()
    first = serializers.DateField()
    last = serializers.DateField()
    is_enough = serializers.BooleanField()

    @extend_schema_field(serializers.ChoiceField(list(DIRECTIONS)))
    def get_direction(self, record: KindRecord) -> str:
        return WAYS[record.direction]


class KindCountSerializer(serializers.Serializer):
    """How many signals of the kind the day has, by what they speak for; and how often
    prices moved as earlier ones said."""

    kind = KindSerializer()
    record = KindRecordSerializer(many=True)
    up = serializers.IntegerField()
    down = serializers.IntegerField()
    neither = serializers.IntegerField()
    total = serializers.IntegerField()


class KindsSerializer(serializers.Serializer):
    currency = serializers.ChoiceField(Currency.choices)
    day = serializers.DateField(allow_null=True)
    kinds = KindCountSerializer(many=True)
