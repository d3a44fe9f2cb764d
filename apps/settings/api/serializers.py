"""Preferences in JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.settings.models import MULTIPLIERS, CostBasis
from apps.settings.selectors import Preferences
from mtgintel.core.constants import Currency
from mtgintel.core.fees import FEE_FIELDS
from mtgintel.core.theme import Theme


def _by_name(name: str, fields: dict[str, serializers.Field]) -> serializers.Field:
    """A table with these columns."""
    return type(name, (serializers.Serializer,), fields)()


def _fees() -> dict[str, serializers.Field]:
    return {
        name: serializers.DecimalField(
            max_digits=10, decimal_places=asked.decimals, help_text=asked.about
        )
        if asked.decimals
        else serializers.IntegerField(help_text=asked.about)
        for name, asked in FEE_FIELDS.items()
    }


class PreferencesSerializer(serializers.Serializer):
    """What one user decided. Numbers are strings but `units_per_order`."""

    currency = serializers.ChoiceField(choices=Currency.choices)
    theme = serializers.ChoiceField(
        choices=Theme.choices, allow_blank=True, help_text='"": as each device says'
    )
    marketplaces = serializers.ListField(
        child=serializers.CharField(),
        help_text="Slugs, the preferred one first; empty: all, in the market's order",
    )
    cost_basis = serializers.ChoiceField(choices=CostBasis.choices)
    condition_multipliers = _by_name(
        "ConditionMultipliers",
        {
            str(each): serializers.DecimalField(max_digits=4, decimal_places=3)
            for each in MULTIPLIERS
        },
    )
    fees = _by_name(
        "FeesByCurrency",
        {
            each: _by_name(f"Fees{each.capitalize()}", _fees())
            for each in Currency.values
        },
    )
    signal_min_strength = serializers.DecimalField(max_digits=3, decimal_places=2)
    signal_min_confidence = serializers.DecimalField(max_digits=3, decimal_places=2)
    hide_amounts = serializers.BooleanField()


def as_json(preferences: Preferences) -> dict[str, Any]:
    """As the API writes them: every Decimal a string."""
    return {
        "currency": preferences.currency,
        "theme": preferences.theme,
        "marketplaces": list(preferences.marketplaces),
        "cost_basis": preferences.cost_basis,
        "condition_multipliers": {
            condition: str(share)
            for condition, share in preferences.condition_multipliers.items()
        },
        "fees": {
            currency: {
                name: str(fee) if asked.decimals else fee
                for name, asked in FEE_FIELDS.items()
                for fee in [getattr(profile, name)]
            }
            for currency, profile in preferences.fees.items()
        },
        "signal_min_strength": str(preferences.signal_min_strength),
        "signal_min_confidence": str(preferences.signal_min_confidence),
        "hide_amounts": preferences.hide_amounts,
    }
