"""Alerts and what they fired in JSON, and what may be sent of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.alerts.kinds import CHOICES, KINDS
from apps.alerts.models import Alert, Firing
from apps.alerts.models.rules import DIRECTIONS, SCOPES
from apps.alerts.selectors.rules import PAUSED, SNOOZED, state_of
from apps.alerts.services.rules import WORDS
from apps.inventory.api.wants import CardField
from apps.prices.api.params import MarketplaceField
from apps.prices.models import Marketplace
from mtgintel.core.api.bodies import Body
from mtgintel.core.api.pages import PageParams, PageSerializer
from mtgintel.core.api.params import Choice, LanguageChoice
from mtgintel.core.constants import Condition, Currency, Finish, Language
from mtgintel.core.money import money_text

STATES = ["ARMED", "FIRED", "SPENT", PAUSED, SNOOZED]


class StreamField(MarketplaceField):
    """A price stream by its slug."""

    def to_internal_value(self, data: Any) -> Any:
        return Marketplace.objects.get(slug=super().to_internal_value(data))


def _number(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=12, decimal_places=3, required=False, **options
    )


class ChangeBody(Body):
    """Which fields an alert has depends on its kind; one that it does not have is
    refused."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    card = CardField(required=False, allow_null=True)
    finish = Choice(Finish.choices, required=False, allow_null=True)
    condition = Choice(Condition.choices, required=False, allow_null=True)
    language = LanguageChoice(Language.choices, required=False, allow_null=True)
    marketplace = StreamField(required=False, allow_null=True)
    currency = Choice(Currency.choices, required=False)
    direction = Choice(DIRECTIONS, required=False)
    threshold = _number(allow_null=True)
    hysteresis_percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, required=False
    )
    window = Choice(WORDS["window"], required=False)
    spread_kind = Choice(WORDS["spread_kind"], required=False)
    signal_kind = Choice(WORDS["signal_kind"], required=False, allow_blank=True)
    advice_kind = Choice(WORDS["advice_kind"], required=False, allow_blank=True)
    scope = Choice(SCOPES, required=False)
    min_confidence = serializers.DecimalField(
        max_digits=4, decimal_places=3, required=False
    )
    repeats = serializers.BooleanField(required=False)
    by_mail = serializers.BooleanField(required=False)
    by_webhook = serializers.BooleanField(required=False)


class AlertBody(ChangeBody):
    """An alert stays of the kind it was made."""

    kind = Choice(CHOICES)


class SnoozeBody(Body):
    until = serializers.DateTimeField()


class AlertListParams(PageParams):
    kind = Choice(CHOICES, required=False)


class LogParams(PageParams):
    kind = Choice(CHOICES, required=False)
    alert = serializers.IntegerField(required=False, min_value=1, max_value=2**62)


@extend_schema_field({"type": "string", "nullable": True, "example": "12.500"})
class NumberField(serializers.Field):
    """A number of the alert's unit, as a string."""

    def to_representation(self, value: Any) -> str | None:
        return money_text(value)


class AlertSerializer(serializers.ModelSerializer):
    """`unit` says what threshold is: amount (in `currency`), percent, strength, hours.

    `state`: ARMED; FIRED, waits until its value has gone back; SPENT, fired for good;
    PAUSED; SNOOZED. Of an alert that watches many things it is ARMED while it is on.
    """

    card_id = serializers.IntegerField(allow_null=True)
    card_name = serializers.CharField(source="card.name", default=None, allow_null=True)
    marketplace = serializers.CharField(
        source="marketplace.slug", default=None, allow_null=True
    )
    threshold = NumberField()
    unit = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()
    fired = serializers.IntegerField()
    last_fired_at = serializers.DateTimeField(allow_null=True)

    class Meta:
        model = Alert
        fields = [
            *("id", "kind", "name", "state", "card_id", "card_name", "finish"),
            *("condition", "language", "marketplace", "currency", "direction"),
            *("threshold", "unit", "hysteresis_percent", "window", "spread_kind"),
            *("signal_kind", "advice_kind", "scope", "min_confidence", "repeats"),
            *("by_mail", "by_webhook", "snoozed_until", "fired", "last_fired_at"),
            *("created_at", "updated_at"),
        ]
        read_only_fields = fields

    def get_unit(self, alert: Alert) -> str:
        return KINDS[alert.kind].unit

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, alert: Alert) -> str:
        return state_of(alert)


class AlertPageSerializer(PageSerializer):
    results = AlertSerializer(many=True)


class FiringSerializer(serializers.ModelSerializer):
    """`alert_id` null: the alert was deleted since. `seen_at` null: nobody has looked
    at it in the page."""

    alert_id = serializers.IntegerField(allow_null=True)
    card_id = serializers.IntegerField(allow_null=True)
    value = NumberField()
    threshold = NumberField()

    class Meta:
        model = Firing
        fields = [
            *("id", "alert_id", "kind", "title", "card_id", "value", "threshold"),
            *("currency", "marketplace", "as_of", "is_test", "fired_at", "seen_at"),
        ]
        read_only_fields = fields


class FiringPageSerializer(PageSerializer):
    unseen = serializers.IntegerField()
    results = FiringSerializer(many=True)
