"""Gaps between prices as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.cards.api.serializers import PrintingSerializer
from apps.cards.models import Card, CardSet
from apps.cards.selectors import get_card
from apps.market.maths.spreads import ARBITRAGE, KINDS
from apps.market.selectors.spreads import (
    ONE_CURRENCY_UNIT,
    ORDERS,
    REASONS,
    Spreads,
    spread_history,
    spread_lives,
    spread_of,
    spreads,
)
from apps.prices.api.params import MarketplaceField, PriceBound
from apps.prices.selectors import newest_observation
from mtgintel.core.api.fields import MoneyField, PercentField
from mtgintel.core.api.pages import (
    MAX_PAGE_SIZE,
    PageParams,
    PageSerializer,
    page_heading,
    page_of,
)
from mtgintel.core.api.params import Choice
from mtgintel.core.api.views import Answer, PublicRead
from mtgintel.core.constants import Condition, Currency, Finish, Language, Side
from mtgintel.core.fees import FEE_FIELDS, NO_FEES, FeeField, default_profile, edited

from .params import CurrencyParams


def _fee_param(asked: FeeField) -> serializers.Field:
    text = f"{asked.label}. {asked.about}"
    options: dict[str, Any] = {"required": False, "help_text": text}
    if not asked.decimals:
        return serializers.IntegerField(
            min_value=int(asked.minimum), max_value=int(asked.maximum), **options
        )
    return serializers.DecimalField(
        max_digits=8,
        decimal_places=asked.decimals,
        min_value=asked.minimum,
        max_value=asked.maximum,
        **options,
    )


class KindParams(CurrencyParams):
    kind = Choice(list(KINDS), default=ARBITRAGE)


class SpreadsParams(KindParams):
    """Fees that are not given are those of the default profile of the currency."""

    by = Choice(list(ORDERS), default="net", help_text="The largest first.")
    from_marketplace = MarketplaceField(required=False)
    to_marketplace = MarketplaceField(required=False)
    set = serializers.CharField(
        source="card_set", required=False, max_length=12, help_text="Its code."
    )
    finish = Choice(Finish.choices, required=False)
    condition = Choice(Condition.choices, required=False)
    min_price = PriceBound(default=ONE_CURRENCY_UNIT, help_text="Of the ask.")
    min_net = serializers.DecimalField(
        max_digits=10,
        decimal_places=3,
        required=False,
        help_text="Left per card after fees.",
    )
    min_percent = serializers.DecimalField(
        max_digits=8,
        decimal_places=2,
        required=False,
        help_text="The same in percent of what is paid.",
    )
    page = serializers.IntegerField(default=1, min_value=1, max_value=1_000_000)
    limit = serializers.IntegerField(default=50, min_value=1, max_value=MAX_PAGE_SIZE)

    def get_fields(self) -> dict[str, serializers.Field]:
        fees = {name: _fee_param(asked) for name, asked in FEE_FIELDS.items()}
        return {**super().get_fields(), **fees}

    def validate_set(self, value: str) -> str:
        if not CardSet.objects.filter(code=value.lower()).exists():
            message = f'There is no set "{value}".'
            raise serializers.ValidationError(message)
        return value.lower()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        fees = {name: attrs.pop(name) for name in FEE_FIELDS if name in attrs}
        profile = edited(default_profile(attrs["currency"]), fees)
        return {**attrs, "profile": profile}


@extend_schema_field({"type": "string"})
class CardChoice(serializers.Field):
    """A printing by its number here or its Scryfall UUID."""

    def to_internal_value(self, data: Any) -> int:
        try:
            return get_card(str(data)).pk
        except Card.DoesNotExist:
            message = f'There is no card "{data}".'
            raise serializers.ValidationError(message) from None


class SpreadHistoryParams(PageParams, KindParams):
    card = CardChoice(required=False, source="card_id")


@extend_schema_field(
    {"type": "string", "pattern": r"^-?\d+\.\d{2,3}$", "example": "-0.25"}
)
class SignedMoneyField(MoneyField):
    """An amount that may be below zero."""


@extend_schema_field({"type": "integer"})
class SecondsField(serializers.Field):
    """A length of time in whole seconds."""

    def to_representation(self, value: timedelta) -> int:
        return int(value.total_seconds())


class LegSerializer(serializers.Serializer):
    """A price of a stream; `is_offer` is false of a market figure, at which nobody
    offers to sell or buy."""

    marketplace = serializers.SlugField()
    name = serializers.CharField()
    side = serializers.ChoiceField(Side.choices)
    currency = serializers.ChoiceField(Currency.choices)
    price = MoneyField()
    quantity = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField()
    is_offer = serializers.BooleanField()


class OpportunitySerializer(serializers.Serializer):
    """A gap between two prices of the same thing. `bid_worth` is the bid in `currency`,
    that of the ask, at `rate` of the day `rate_on` where they differ. `age_seconds` is
    how long it has been, or was, seen."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(list(KINDS.items()))
    card = PrintingSerializer()
    condition = serializers.ChoiceField(Condition.choices)
    finish = serializers.ChoiceField(Finish.choices)
    language = serializers.ChoiceField(Language.choices)
    currency = serializers.ChoiceField(Currency.choices)
    ask = LegSerializer()
    bid = LegSerializer()
    bid_worth = MoneyField()
    rate = serializers.DecimalField(20, 10, allow_null=True)
    rate_on = serializers.DateField(allow_null=True)
    gross_percent = PercentField()
    first_seen = serializers.DateTimeField()
    last_seen = serializers.DateTimeField()
    is_open = serializers.BooleanField()
    age_seconds = SecondsField(source="age")
    flags = serializers.ListField(child=serializers.CharField())


class SpreadSerializer(OpportunitySerializer):
    """After fees: `paid` and `got` per card, `net` between them, and all of it for the
    `quantity` the gap is open for, null where nobody says how many."""

    paid = MoneyField(source="trade.paid")
    got = SignedMoneyField(source="trade.got")
    net = SignedMoneyField(source="trade.net")
    net_percent = PercentField(source="trade.net_percent", allow_null=True)
    quantity = serializers.IntegerField(source="trade.quantity", allow_null=True)
    total_paid = SignedMoneyField(source="trade.total_paid", allow_null=True)
    total_net = SignedMoneyField(source="trade.total_net", allow_null=True)


class FeesSerializer(serializers.Serializer):
    """The fees that the answer counts with, amounts per order."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {
            name: serializers.DecimalField(12, asked.decimals)
            if asked.decimals
            else serializers.IntegerField()
            for name, asked in FEE_FIELDS.items()
        }


class RateSerializer(serializers.Serializer):
    """`rate` units of `quote` for one of `base`."""

    base = serializers.CharField()
    quote = serializers.CharField()
    rate = serializers.DecimalField(20, 10)
    day = serializers.DateField()
    source = serializers.CharField()  # type: ignore[assignment]
    is_too_old = serializers.BooleanField()


class LivesSerializer(serializers.Serializer):
    """Of gaps that opened in the last 90 days: how many are over and are open, and how
    long half of them were seen, and have been seen so far."""

    closed = serializers.IntegerField()
    median_closed_seconds = SecondsField(source="median_closed", allow_null=True)
    open = serializers.IntegerField()
    median_open_seconds = SecondsField(source="median_open", allow_null=True)


class SpreadsSerializer(PageSerializer):
    """`total` gaps are open, of which `paying` leave something after fees; the first
    10,000 can be leafed through (`count`). `excluded` counts pairs with a gap that are
    no opportunity, by reason. `why_none` says what is missing for this kind, if
    anything is."""

    currency = serializers.ChoiceField(Currency.choices)
    kind = serializers.ChoiceField(list(KINDS.items()))
    as_of = serializers.DateTimeField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)
    total = serializers.IntegerField()
    paying = serializers.IntegerField()
    why_none = serializers.CharField()
    rate = RateSerializer(allow_null=True)
    fees = FeesSerializer()
    excluded = serializers.DictField(
        child=serializers.IntegerField(), help_text=", ".join(REASONS)
    )
    lives = LivesSerializer()
    results = SpreadSerializer(many=True)


class SpreadHistorySerializer(PageSerializer):
    """Open gaps and closed ones, the newest first."""

    currency = serializers.ChoiceField(Currency.choices)
    kind = serializers.ChoiceField(list(KINDS.items()))
    results = OpportunitySerializer(many=True)


class MarketSpreadsView(PublicRead):
    """Where one can sell for more than one has to pay, before fees and after

    arbitrage: shops' offers below what a shop pays. buylist-gap: two shops that pay
    differently. region-gap: what a card costs here and fetches in the other region, at
    a dated exchange rate.
    """

    params = SpreadsParams
    answer_serializer = SpreadsSerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        number, size = wanted.pop("page"), wanted.pop("limit")
        found = spreads(**wanted)
        page = page_of(found, page=number, page_size=size)
        as_of = newest_observation(wanted["currency"])
        answer = {
            **page_heading(self.request, page),
            **_about(found),
            "as_of": as_of,
            "results": page.object_list,
        }
        return Answer(self.answer_serializer(answer).data, as_of)


def _about(found: Spreads) -> dict[str, Any]:
    """What there is to say about a list beside its rows."""
    kind, currency = found.wanted.kind, found.wanted.currency
    return {
        "kind": kind,
        "currency": currency,
        "computed_at": found.computed_at,
        "total": found.total,
        "paying": found.paying,
        "why_none": found.why_none,
        "rate": found.rate,
        "fees": found.wanted.profile,
        "excluded": found.excluded,
        "lives": spread_lives(kind, currency),
    }


class SpreadHistoryView(PublicRead):
    """Every gap there was: when it was first and last seen, and with which prices"""

    params = SpreadHistoryParams
    answer_serializer = SpreadHistorySerializer

    def answer(self, wanted: dict[str, Any], **kwargs: Any) -> Answer:
        kind, currency = wanted["kind"], wanted["currency"]
        rows = spread_history(kind, currency, card_id=wanted.get("card_id"))
        page = page_of(rows, page=wanted["page"], page_size=wanted["page_size"])
        answer = {
            **page_heading(self.request, page),
            "kind": kind,
            "currency": currency,
            "results": [spread_of(row, NO_FEES) for row in page.object_list],
        }
        as_of = newest_observation(currency)
        return Answer(self.answer_serializer(answer).data, as_of)
