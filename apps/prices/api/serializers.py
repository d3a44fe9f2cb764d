"""Quotes, and printings with their prices, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.cards.api.serializers import CardSerializer, PrintingSerializer
from apps.cards.models import Card
from apps.prices.selectors import Quote
from mtgintel.core.api.fields import MoneyField, PercentField
from mtgintel.core.api.pages import PageSerializer
from mtgintel.core.constants import Condition, Currency, Finish, Language, Side
from mtgintel.core.facts import fields_of
from mtgintel.core.money import money_text


class SeriesSerializer(serializers.Serializer):
    """What identifies a price series of a printing."""

    marketplace = serializers.SlugField()
    marketplace_name = serializers.CharField()
    side = serializers.ChoiceField(Side.choices)
    currency = serializers.ChoiceField(Currency.choices)
    condition = serializers.ChoiceField(Condition.choices)
    finish = serializers.ChoiceField(Finish.choices)
    is_foil = serializers.BooleanField()
    language = serializers.ChoiceField(Language.choices)


class QuoteSerializer(SeriesSerializer):
    """The newest price of a series. Changes are in percent of the price at the start
    of the window, null without one. Flags: STALE, THIN."""

    price = MoneyField()
    price_low = MoneyField(allow_null=True)
    price_mid = MoneyField(allow_null=True)
    price_high = MoneyField(allow_null=True)
    price_market = MoneyField(allow_null=True)
    num_listings = serializers.IntegerField(allow_null=True)
    total_quantity = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField()
    changed_at = serializers.DateTimeField(allow_null=True)
    previous_price = MoneyField(allow_null=True)
    change_1d = PercentField(allow_null=True)
    change_7d = PercentField(allow_null=True)
    change_30d = PercentField(allow_null=True)
    change_90d = PercentField(allow_null=True)
    price_basis = serializers.CharField(help_text="What the number is, in words.")
    website = serializers.CharField()
    flags = serializers.ListField(child=serializers.CharField())


class PricedPrintingSerializer(PrintingSerializer):
    """A printing with the one quote that stands for it in a list, of those in
    `context["quotes"]` by card id; null without a price in the currency asked for."""

    price = serializers.SerializerMethodField()
    as_of = serializers.SerializerMethodField()
    quote = serializers.SerializerMethodField()

    def _quote(self, card: Card) -> Quote | None:
        return self.context["quotes"].get(card.pk)

    @extend_schema_field(MoneyField(allow_null=True))
    def get_price(self, card: Card) -> str | None:
        quote = self._quote(card)
        return money_text(quote.price) if quote else None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_as_of(self, card: Card) -> datetime | None:
        quote = self._quote(card)
        return quote.as_of if quote else None

    @extend_schema_field(QuoteSerializer(allow_null=True))
    def get_quote(self, card: Card) -> dict[str, Any] | None:
        quote = self._quote(card)
        return QuoteSerializer(quote).data if quote else None


class CardPageSerializer(PageSerializer):
    currency = serializers.ChoiceField(Currency.choices)
    results = PricedPrintingSerializer(many=True)


class CardMarketSerializer(serializers.Serializer):
    """The current quotes of a printing, and the printings of the same card, of which
    the newest hundred are listed."""

    as_of = serializers.DateTimeField(allow_null=True)
    quotes = QuoteSerializer(many=True)
    printings_count = serializers.IntegerField()
    printings = PrintingSerializer(many=True)


class CardDetailSerializer(CardSerializer, CardMarketSerializer):
    """A printing in full, with its quotes, the other printings of the card, and what
    is made of its prices."""

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | fields_of("card")


class CardPricesSerializer(serializers.Serializer):
    card_id = serializers.IntegerField()
    as_of = serializers.DateTimeField(allow_null=True)
    quotes = QuoteSerializer(many=True)


class HistoryPointSerializer(serializers.Serializer):
    """A candle; `time` is the start of its bucket."""

    time = serializers.DateTimeField()
    open = MoneyField()
    high = MoneyField()
    low = MoneyField()
    close = MoneyField()
    avg = MoneyField()
    count = serializers.IntegerField(help_text="Observations in the bucket.")


class HistorySeriesSerializer(SeriesSerializer):
    """Columns of equal length, oldest first; or `points` with rows=true. `is_stale`: no
    observation within the stream's freshness window, the newest is of `as_of`."""

    as_of = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField()
    time = serializers.ListField(child=serializers.DateTimeField(), required=False)
    open = serializers.ListField(child=MoneyField(), required=False)
    high = serializers.ListField(child=MoneyField(), required=False)
    low = serializers.ListField(child=MoneyField(), required=False)
    close = serializers.ListField(child=MoneyField(), required=False)
    avg = serializers.ListField(child=MoneyField(), required=False)
    count = serializers.ListField(child=serializers.IntegerField(), required=False)
    points = HistoryPointSerializer(many=True, required=False)


class SeriesBreakSerializer(serializers.Serializer):
    """From `began_at` on the number of a marketplace is another."""

    marketplace = serializers.SlugField()
    marketplace_name = serializers.CharField()
    began_at = serializers.DateTimeField()
    reason = serializers.CharField()
    before = serializers.CharField(help_text="What the number was, in words.")
    after = serializers.CharField(help_text="What it is.")
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="The feed that changed, if one of several."
    )


class CardHistorySerializer(serializers.Serializer):
    """`interval` is the width of a point: raw, hour, day or week."""

    card_id = serializers.IntegerField()
    period = serializers.CharField()
    interval = serializers.CharField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    as_of = serializers.DateTimeField(allow_null=True)
    breaks = SeriesBreakSerializer(many=True)
    series = HistorySeriesSerializer(many=True)
