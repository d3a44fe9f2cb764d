"""How figures are written in JSON."""

from __future__ import annotations

from decimal import Decimal

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mtgintel.core.money import money_text


@extend_schema_field(
    {"type": "string", "pattern": r"^\d+\.\d{2,3}$", "example": "12.50"}
)
class MoneyField(serializers.Field):
    """An amount as a string; the currency stands beside it."""

    def to_representation(self, value: Decimal) -> str | None:
        return money_text(value)


@extend_schema_field({"type": "number", "example": -2.5})
class PercentField(serializers.Field):
    """A change in percent, two decimals."""

    def to_representation(self, value: Decimal) -> float:
        return float(value)
