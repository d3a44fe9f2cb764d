"""Lots and what went of them in JSON, and what may be sent of them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.inventory.models import Disposal
from apps.inventory.models.lots import MAX_COPIES, MAX_NOTES
from apps.inventory.selectors.sales import ORDERINGS
from apps.inventory.services.bulk import LotsEdit
from apps.inventory.services.rules import MAX_AMOUNT, MAX_TAG, MAX_TAGS
from mtgintel.core.api.bodies import Body
from mtgintel.core.api.fields import MoneyField
from mtgintel.core.api.pages import PageParams, PageSerializer
from mtgintel.core.api.params import Choice, LanguageChoice
from mtgintel.core.constants import Condition, Finish, Language

from .params import HoldingsValueParams
from .serializers import GainField
from .wants import CardField

# Ids that can be named in one go; a filter leaves any number.
MAX_IDS = 50_000


def _amount() -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=10,
        decimal_places=3,
        min_value=0,
        max_value=MAX_AMOUNT,
        required=False,
        allow_null=True,
        help_text="Of one copy; null where it is unknown.",
    )


def _currency() -> serializers.RegexField:
    return serializers.RegexField("^[A-Z]{3}$", required=False, allow_blank=True)


def _text(length: int) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=length)


def _tags() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=MAX_TAG),
        required=False,
        max_length=MAX_TAGS,
    )


def _flag() -> serializers.BooleanField:
    return serializers.BooleanField(required=False)


class LotBody(Body):
    """What can be said of a lot; of what is left out the usual holds."""

    quantity = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_COPIES
    )
    finish = Choice(Finish.choices, required=False)
    condition = Choice(Condition.choices, required=False)
    language = LanguageChoice(Language.choices, required=False)
    unit_cost = _amount()
    cost_currency = _currency()
    acquired_on = serializers.DateField(required=False, allow_null=True)
    source = _text(120)  # type: ignore[assignment]
    binder = _text(120)
    tags = _tags()
    notes = _text(MAX_NOTES)
    for_trade = serializers.IntegerField(
        required=False, min_value=0, max_value=MAX_COPIES
    )
    grade = _text(20)
    is_signed = _flag()
    is_altered = _flag()
    is_proxy = _flag()
    is_misprint = _flag()


class NewLotBody(LotBody):
    card = CardField(help_text="Its id here, or Scryfall's.")


class DisposalBody(Body):
    quantity = serializers.IntegerField(min_value=1, max_value=MAX_COPIES)
    kind = Choice(Disposal.Kind.choices, required=False)
    unit_proceeds = _amount()
    currency = _currency()
    disposed_on = serializers.DateField(required=False, help_text="Today by default.")
    recipient = _text(120)
    of_all_alike = serializers.BooleanField(
        required=False,
        help_text="From all your lots of such copies, those that came first first.",
    )


class LotsEditBody(Body):
    """What becomes of the lots; what is left out stays."""

    condition = Choice(Condition.choices, required=False)
    finish = Choice(Finish.choices, required=False)
    language = LanguageChoice(Language.choices, required=False)
    binder = _text(120)
    add_tags = _tags()
    remove_tags = _tags()
    for_trade = serializers.BooleanField(
        required=False, help_text="All copies that are held, or none."
    )
    unit_cost = _amount()
    cost_currency = _currency()


def edit_of(said: dict[str, Any]) -> LotsEdit:
    """LotsEditBody as the service takes it; a cost of null is forgotten."""
    is_unknown = "unit_cost" in said and said["unit_cost"] is None
    return LotsEdit(
        condition=said.get("condition", ""),
        finish=said.get("finish", ""),
        language=said.get("language", ""),
        binder=said.get("binder"),
        add_tags=tuple(said.get("add_tags", ())),
        remove_tags=tuple(said.get("remove_tags", ())),
        is_for_trade=said.get("for_trade"),
        unit_cost=said.get("unit_cost"),
        cost_currency=said.get("cost_currency", ""),
        is_cost_unknown=is_unknown,
    )


@extend_schema_serializer(component_name="LotsFilter")
class LotsFilter(HoldingsValueParams):
    """The same filters as those of the list."""


class BulkBody(Body):
    """Either `ids` or a `filter` ({} for all), and either `set` or `delete`."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        max_length=MAX_IDS,
        allow_empty=False,
    )
    filter = LotsFilter(required=False)
    set = LotsEditBody(required=False)
    delete = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError({"ids": ["Send either ids or a filter."]})
        if ("set" in attrs) == bool(attrs.get("delete")):
            message = "Send either what to set, or delete: true."
            raise serializers.ValidationError({"set": [message]})
        return attrs

    def to_internal_value(self, data: dict[str, Any]) -> Any:
        for name in ("filter", "set"):
            self._check_names(name, data.get(name))
        return super().to_internal_value(data)

    def _check_names(self, name: str, given: Any) -> None:
        """A name within a part that it does not know is a bad value as well."""
        known = self.fields[name].fields  # type: ignore[attr-defined]
        names = given if isinstance(given, dict) else ()
        unknown = [one for one in names if one not in known]
        if unknown:
            message = f"Unknown: {', '.join(unknown)}; allowed: {', '.join(known)}."
            raise serializers.ValidationError({name: [message]})


class DisposalsParams(PageParams):
    q = serializers.CharField(
        required=False, max_length=100, help_text="A part of the card's name."
    )
    year = serializers.IntegerField(required=False, min_value=1993, max_value=9999)
    currency = serializers.RegexField(
        "^[A-Z]{3}$", required=False, help_text="Of what they brought."
    )
    kind = Choice(Disposal.Kind.choices, required=False)
    ordering = Choice(list(ORDERINGS), default="-date")


class LotSerializer(serializers.Serializer):
    """`quantity` is how many there were, `held` how many are left."""

    id = serializers.IntegerField()
    card_id = serializers.IntegerField()
    name = serializers.CharField(source="card.name")
    set = serializers.CharField(source="card.set_code")
    collector_number = serializers.CharField(source="card.collector_number")
    finish = serializers.ChoiceField(choices=Finish.choices)
    condition = serializers.ChoiceField(choices=Condition.choices)
    language = serializers.ChoiceField(choices=Language.choices)
    quantity = serializers.IntegerField()
    disposed = serializers.IntegerField()
    held = serializers.IntegerField(source="remaining")
    unit_cost = MoneyField(allow_null=True)
    cost_currency = serializers.CharField()
    acquired_on = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    binder = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    notes = serializers.CharField()
    for_trade = serializers.IntegerField()
    grade = serializers.CharField()
    is_signed = serializers.BooleanField()
    is_altered = serializers.BooleanField()
    is_proxy = serializers.BooleanField()
    is_misprint = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WorthSerializer(serializers.Serializer):
    """What is left of a lot. `cost` is by your method, in `cost_currency`; price,
    value and gain are in `currency`, the gain only where that is the same."""

    cost = MoneyField(allow_null=True)
    cost_currency = serializers.CharField()
    currency = serializers.CharField()
    price = MoneyField(source="worth.price", default=None, allow_null=True)
    value = MoneyField(source="worth.value", default=None, allow_null=True)
    gain = GainField(allow_null=True)
    marketplace = serializers.CharField(
        source="worth.marketplace", default=None, allow_null=True
    )
    as_of = serializers.DateTimeField(
        source="worth.as_of", default=None, allow_null=True
    )
    is_estimate = serializers.BooleanField(source="worth.is_estimate", default=False)
    is_stale = serializers.BooleanField(source="worth.is_stale", default=False)


class DisposalSerializer(serializers.Serializer):
    """`proceeds` and `cost` are of all copies, the cost by your method; `gain` is
    realised, null without both of them in one currency."""

    id = serializers.IntegerField()
    lot = serializers.IntegerField(source="lot.id")
    card_id = serializers.IntegerField(source="lot.card_id")
    name = serializers.CharField(source="lot.card.name")
    set = serializers.CharField(source="lot.card.set_code")
    collector_number = serializers.CharField(source="lot.card.collector_number")
    finish = serializers.ChoiceField(choices=Finish.choices, source="lot.finish")
    condition = serializers.ChoiceField(
        choices=Condition.choices, source="lot.condition"
    )
    language = serializers.ChoiceField(choices=Language.choices, source="lot.language")
    kind = serializers.ChoiceField(choices=Disposal.Kind.choices)
    quantity = serializers.IntegerField()
    unit_proceeds = MoneyField(allow_null=True)
    currency = serializers.CharField()
    proceeds = MoneyField(allow_null=True)
    cost = MoneyField(allow_null=True)
    cost_currency = serializers.CharField()
    gain = GainField(allow_null=True)
    disposed_on = serializers.DateField()
    recipient = serializers.CharField()


class LotDetailSerializer(LotSerializer):
    method = serializers.CharField()
    left = WorthSerializer()
    disposals = DisposalSerializer(many=True)


class YearTotalsSerializer(serializers.Serializer):
    """`cost` and `gain` are of the `with_gain` disposals; the others are counted by
    what keeps them from having one. `currency` is "" where nothing is known to have
    been brought."""

    year = serializers.IntegerField()
    currency = serializers.CharField()
    disposals = serializers.IntegerField()
    copies = serializers.IntegerField()
    proceeds = MoneyField()
    cost = MoneyField()
    gain = GainField()
    with_gain = serializers.IntegerField()
    unknown_cost = serializers.IntegerField()
    other_currency = serializers.IntegerField()
    unknown_proceeds = serializers.IntegerField()
    gifts = serializers.IntegerField()


class DisposalPageSerializer(PageSerializer):
    method = serializers.CharField()
    totals = YearTotalsSerializer(many=True)
    results = DisposalSerializer(many=True)


class ChangedSerializer(serializers.Serializer):
    """`change` can be undone for a day. `lots` were changed; `kept` were not, as their
    printing does not exist in the finish or language wanted."""

    change = serializers.IntegerField()
    lots = serializers.IntegerField()
    kept = serializers.IntegerField()


class UndoneSerializer(serializers.Serializer):
    """`kept` were written again since, or cannot come back."""

    restored = serializers.IntegerField()
    kept = serializers.IntegerField()
