"""Portfolios in JSON: what they may be asked, and how they answer."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from apps.inventory.selectors.history import HISTORY_PERIODS, ValueHistory
from apps.inventory.selectors.performance import Performance
from apps.inventory.selectors.portfolio import METHODS, Portfolio
from apps.prices.api.params import PriceBound
from apps.prices.selectors.history import BEGINNING
from mtgintel.core.activity import NEWEST
from mtgintel.core.api.fields import MoneyField, PercentField
from mtgintel.core.api.params import Choice, QueryParams
from mtgintel.core.constants import Currency

from .serializers import GainField, HoldingsValueSerializer


class OwnCurrencyParams(QueryParams):
    currency = Choice(
        Currency.choices,
        required=False,
        help_text="Your own preference by default.",
    )


class AllocationParams(OwnCurrencyParams):
    min_price = PriceBound(required=False, help_text="What a copy is worth, at least.")


class HistoryParams(AllocationParams):
    period = Choice(list(HISTORY_PERIODS), default="90d")
    method = Choice(list(METHODS), default="market")
    at = serializers.DateField(
        required=False, help_text="One day (UTC) instead of a period, by all methods."
    )

    def validate_at(self, value: Any) -> Any:
        if not BEGINNING.date() <= value <= timezone.now().date():
            raise serializers.ValidationError("A day from 1993-08-05 to today.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "min_price" in attrs and "at" not in attrs:
            message = "Only together with `at`: the days of a period are of everything."
            raise serializers.ValidationError({"min_price": message})
        return attrs


class ActivityParams(QueryParams):
    limit = serializers.IntegerField(default=NEWEST, min_value=1, max_value=100)


class FigureSerializer(serializers.Serializer):
    """`missing` plain copies have no price by this method and are not in `value`;
    `estimated` of the `copies` in it are by a multiplier."""

    value = MoneyField()
    copies = serializers.IntegerField()
    estimated = serializers.IntegerField()
    missing = serializers.IntegerField()


class WorthSerializer(serializers.Serializer):
    """`special` copies are graded, signed, altered, proxies or misprints."""

    special = serializers.IntegerField()
    covered_percent = PercentField(allow_null=True)
    market = FigureSerializer()
    buylist = FigureSerializer()
    net = FigureSerializer()


class PortfolioValueSerializer(WorthSerializer, HoldingsValueSerializer):
    """`value` is that of `market`. `stale` copies have a price that their stream should
    have renewed, together `stale_value`."""

    stale = serializers.IntegerField()
    stale_value = MoneyField()


def value_answer(found: Portfolio) -> dict[str, Any]:
    worth = found.worth
    answer = PortfolioValueSerializer(
        {
            "currency": found.currency,
            "lots": found.lots,
            "copies": worth.copies,
            "value": worth.market.value,
            "cost": found.cost,
            "with_cost": found.with_cost,
            "gain": found.gain,
            "with_gain": found.with_gain,
            "unpriced": found.unpriced,
            "estimated": found.estimated,
            "oldest": found.oldest,
            "newest": found.as_of,
            "special": worth.special,
            "covered_percent": worth.covered_percent,
            "market": worth.market,
            "buylist": worth.buylist,
            "net": worth.net,
            "stale": found.stale,
            "stale_value": found.stale_value,
        }
    )
    return dict(answer.data)


class ReturnSerializer(serializers.Serializer):
    """`reason` says why there is no `percent`; `annual_percent` of a year and more."""

    percent = PercentField(allow_null=True)
    annual_percent = PercentField(allow_null=True)
    reason = serializers.CharField()


class PerformanceSerializer(serializers.Serializer):
    """Of the lots whose cost and proceeds are known in the currency."""

    first = serializers.DateField(allow_null=True)
    last = serializers.DateField(allow_null=True)
    time_weighted = ReturnSerializer()
    money_weighted = ReturnSerializer()
    index_percent = PercentField(allow_null=True)
    measured_percent = PercentField(allow_null=True)


class HistorySerializer(serializers.Serializer):
    """Columns, an entry for each day on which anything had a price. `waiting` days are
    still to be worked out, `outdated` ones are from before an edit."""

    currency = serializers.ChoiceField(choices=Currency.choices)
    period = serializers.ChoiceField(choices=list(HISTORY_PERIODS))
    method = serializers.ChoiceField(choices=list(METHODS.items()))
    as_of = serializers.DateField(allow_null=True)
    waiting = serializers.IntegerField()
    outdated = serializers.IntegerField()
    day = serializers.ListField(child=serializers.DateField())
    value = serializers.ListField(child=MoneyField())
    copies = serializers.ListField(child=serializers.IntegerField())
    missing = serializers.ListField(child=serializers.IntegerField())
    returns = PerformanceSerializer()


def history_answer(
    history: ValueHistory, method: str, earned: Performance
) -> dict[str, Any]:
    days = history.priced_days
    figures = [getattr(one.worth, method) for one in days]
    answer = HistorySerializer(
        {
            "currency": history.currency,
            "period": history.period,
            "method": method,
            "as_of": days[-1].day if days else None,
            "waiting": history.waiting,
            "outdated": history.outdated,
            "day": [one.day for one in days],
            "value": [figure.value for figure in figures],
            "copies": [figure.copies for figure in figures],
            "missing": [figure.missing for figure in figures],
            "returns": earned,
        }
    )
    return dict(answer.data)


class DayValueSerializer(WorthSerializer):
    """A collection as it was held on a day, at the closes of that day."""

    at = serializers.DateField()
    currency = serializers.ChoiceField(choices=Currency.choices)
    copies = serializers.IntegerField()


class SliceSerializer(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()
    value = MoneyField()
    percent = PercentField()


class ConcentrationSerializer(serializers.Serializer):
    """`top_percent`: the ten dearest cards; `effective`: how many cards of equal value
    have the same Herfindahl index."""

    cards = serializers.IntegerField()
    top_percent = PercentField()
    herfindahl = serializers.DecimalField(max_digits=6, decimal_places=4)
    effective = serializers.DecimalField(max_digits=12, decimal_places=2)


class PerformerSerializer(serializers.Serializer):
    lot_id = serializers.IntegerField()
    card_id = serializers.IntegerField(source="card.pk")
    name = serializers.CharField(source="card.name")
    set = serializers.CharField(source="card.set_code")
    collector_number = serializers.CharField(source="card.collector_number")
    finish = serializers.CharField()
    quantity = serializers.IntegerField()
    amount = GainField()
    percent = PercentField(allow_null=True)
    index_percent = PercentField(allow_null=True)


class PerformersSerializer(serializers.Serializer):
    top = PerformerSerializer(many=True)
    flop = PerformerSerializer(many=True)


class AllocationSerializer(serializers.Serializer):
    """Market value by set, colour, rarity, finish and price of a copy; how much of it
    few cards are; what won and lost most."""

    currency = serializers.ChoiceField(choices=Currency.choices)
    as_of = serializers.DateTimeField(allow_null=True)
    allocations = serializers.DictField(child=SliceSerializer(many=True))
    concentration = ConcentrationSerializer(allow_null=True)
    performers = serializers.DictField(child=PerformersSerializer())


class OwnActivitySerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    text = serializers.CharField()
    url = serializers.CharField()
