"""Money: Decimal in Python, a string in JSON, whole thousandths in storage.

Thousandths because MTGO tickets have three decimals; integers because
TimescaleDB compresses and aggregates them vectorised, which it cannot do with
`numeric`. By hand: `SELECT price / 1000.0 FROM price_snapshots`.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

SCALE = 1000
MAX_THOUSANDTHS = 2_147_483_647
_UNIT = Decimal(1)
_CENT = Decimal("0.01")
_THOUSANDTH = Decimal("0.001")


def to_thousandths(amount: Decimal) -> int:
    """12.345 -> 12345, halves away from zero. Raises OverflowError above int4."""
    value = int((amount * SCALE).quantize(_UNIT, rounding=ROUND_HALF_UP))
    if abs(value) > MAX_THOUSANDTHS:
        raise OverflowError(f"{amount} is more than a price column holds")
    return value


def from_thousandths(value: int) -> Decimal:
    """12345 -> Decimal("12.345"); two decimals when the third is zero."""
    amount = Decimal(value) / SCALE
    return amount.quantize(_THOUSANDTH if value % 10 else _CENT)


def money_text(amount: Decimal | None) -> str | None:
    """How an amount is written in JSON: at least two decimals, a third if needed.

    Of any size: sums are larger than a price column holds.
    """
    if amount is None:
        return None
    rounded = amount.quantize(_THOUSANDTH, rounding=ROUND_HALF_UP)
    in_cents = rounded.quantize(_CENT, rounding=ROUND_HALF_UP)
    return str(in_cents if in_cents == rounded else rounded)


class PriceField(models.IntegerField):
    """A Decimal amount kept as an integer number of thousandths."""

    # What django-stubs read: the types of the attribute when set and when read.
    _pyi_private_set_type: Decimal  # type: ignore[assignment]
    _pyi_private_get_type: Decimal  # type: ignore[assignment]

    def from_db_value(
        self, value: int | None, _expression: Any, _connection: Any
    ) -> Decimal | None:
        return None if value is None else from_thousandths(value)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        return Decimal(str(value))

    def get_prep_value(self, value: Any) -> int | None:
        return None if value is None else to_thousandths(Decimal(str(value)))

    def formfield(self, **kwargs: Any) -> Any:
        from django import forms

        return forms.DecimalField(max_digits=10, decimal_places=3, **kwargs)
