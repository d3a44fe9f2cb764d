"""Imports and holdings in JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.inventory.models import ImportBatch
from apps.inventory.selectors.imports import errors_of
from mtgintel.core.api.fields import MoneyField
from mtgintel.core.api.pages import PageSerializer
from mtgintel.core.constants import Condition, Currency, Finish, Language


class CandidateSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    scryfall_id = serializers.CharField()
    name = serializers.CharField()
    set = serializers.CharField()
    collector_number = serializers.CharField()
    finishes = serializers.ListField(child=serializers.CharField())


class RowErrorSerializer(serializers.Serializer):
    """A row that was not imported: `outcome` is AMBIGUOUS or REJECTED."""

    row = serializers.IntegerField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    name = serializers.CharField()
    raw = serializers.DictField(child=serializers.CharField())
    candidates = CandidateSerializer(many=True)


class ListedImportSerializer(serializers.Serializer):
    """`rows` are those of the file; a row may be several holdings, and the other
    counts are of those."""

    id = serializers.IntegerField()
    format = serializers.CharField()
    filename = serializers.CharField()
    status = serializers.ChoiceField(choices=ImportBatch.Status.choices)
    rows = serializers.IntegerField()
    done = serializers.IntegerField()
    imported = serializers.IntegerField()
    matched = serializers.IntegerField()
    ambiguous = serializers.IntegerField()
    rejected = serializers.IntegerField()
    present = serializers.IntegerField()
    skipped = serializers.IntegerField()
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    committed_at = serializers.DateTimeField(allow_null=True)


class ImportSerializer(ListedImportSerializer):
    """`errors` are of the first rows that were not imported."""

    def get_fields(self) -> dict[str, Any]:
        # As an attribute it would hide what a serializer calls its own errors.
        return super().get_fields() | {"errors": RowErrorSerializer(many=True)}


class ImportRequestSerializer(serializers.Serializer):
    """A file, or the text of one. Without `commit` it is matched and waits."""

    file = serializers.FileField(required=False)
    text = serializers.CharField(required=False)
    format = serializers.CharField(required=False)
    currency = serializers.RegexField("^[A-Za-z]{3}$", required=False)
    commit = serializers.BooleanField(required=False)
    again = serializers.BooleanField(required=False)


def as_json(batch: ImportBatch) -> dict[str, Any]:
    """A batch as ImportSerializer says, its rows' errors with it."""
    errors = RowErrorSerializer(errors_of(batch), many=True).data
    return {**ListedImportSerializer(batch).data, "errors": errors}


@extend_schema_field(
    {"type": "string", "pattern": r"^-?\d+\.\d{2,3}$", "example": "-1.50"}
)
class GainField(MoneyField):
    """An amount that may be below zero."""


class HoldingSerializer(serializers.Serializer):
    """A lot; `price`, `value` and `gain` are in the currency of the page.

    `is_estimate`: a Near Mint price times your multiplier. `is_special`: graded,
    signed, altered, a proxy or a misprint, which prices are not of.
    """

    id = serializers.IntegerField()
    card_id = serializers.IntegerField()
    name = serializers.CharField()
    set = serializers.CharField(source="set_code")
    collector_number = serializers.CharField()
    finish = serializers.ChoiceField(choices=Finish.choices)
    condition = serializers.ChoiceField(choices=Condition.choices)
    language = serializers.ChoiceField(choices=Language.choices)
    quantity = serializers.IntegerField()
    unit_cost = MoneyField(allow_null=True)
    cost_currency = serializers.CharField()
    price = MoneyField(allow_null=True)
    value = MoneyField(allow_null=True)
    gain = GainField(allow_null=True)
    marketplace = serializers.CharField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    is_estimate = serializers.BooleanField()
    is_stale = serializers.BooleanField()
    is_special = serializers.BooleanField()
    binder = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    for_trade = serializers.IntegerField()


class HoldingPageSerializer(PageSerializer):
    currency = serializers.ChoiceField(choices=Currency.choices)
    results = HoldingSerializer(many=True)


class HoldingsValueSerializer(serializers.Serializer):
    """`value` leaves out the `unpriced` lots; `cost` is that of the `with_cost` lots
    whose cost is known in the currency, `gain` of the `with_gain` that have a price
    as well."""

    currency = serializers.ChoiceField(choices=Currency.choices)
    lots = serializers.IntegerField()
    copies = serializers.IntegerField()
    value = MoneyField()
    cost = MoneyField()
    with_cost = serializers.IntegerField()
    gain = GainField(allow_null=True)
    with_gain = serializers.IntegerField()
    unpriced = serializers.IntegerField()
    estimated = serializers.IntegerField()
    oldest = serializers.DateTimeField(allow_null=True)
    newest = serializers.DateTimeField(allow_null=True)
