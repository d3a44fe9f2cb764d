"""Preferences: one row per user who changed any."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from mtgintel.core.constants import Condition, Currency
from mtgintel.core.theme import Theme


class CostBasis(models.TextChoices):
    """Which of several lots of a card is the one that was sold."""

    FIFO = "FIFO", "First in, first out"
    AVERAGE = "AVERAGE", "Average cost"
    SPECIFIC = "SPECIFIC", "The lot I name"


# The share of a near-mint price that a grade is estimated at.
MULTIPLIERS: dict[str, tuple[str, Decimal]] = {
    Condition.MINT: ("mint_multiplier", Decimal("1.00")),
    Condition.NEAR_MINT: ("near_mint_multiplier", Decimal("1.00")),
    Condition.LIGHTLY_PLAYED: ("lightly_played_multiplier", Decimal("0.87")),
    Condition.MODERATELY_PLAYED: ("moderately_played_multiplier", Decimal("0.72")),
    Condition.HEAVILY_PLAYED: ("heavily_played_multiplier", Decimal("0.55")),
    Condition.DAMAGED: ("damaged_multiplier", Decimal("0.35")),
}
LARGEST_MULTIPLIER = 2


def _multiplier(condition: Condition) -> models.DecimalField:
    return models.DecimalField(
        condition.label,
        max_digits=4,
        decimal_places=3,
        default=MULTIPLIERS[condition][1],
        validators=[MinValueValidator(0), MaxValueValidator(LARGEST_MULTIPLIER)],
    )


def _threshold(label: str) -> models.DecimalField:
    return models.DecimalField(
        label,
        max_digits=3,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )


class UserPreferences(models.Model):
    """What one user decided; who decided nothing has no row, and the defaults.

    `theme` is empty for "as each device says". `marketplaces` are slugs, the preferred
    one first; empty means all of them in the market's own order. `fees` holds for a
    currency the fees of mtgintel.core.fees.FeeProfile as text, only where they are not
    the default ones. Signals below the thresholds (0 to 1) are not shown.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="preferences",
    )
    currency = models.CharField(
        max_length=3, choices=Currency.choices, default=Currency.USD
    )
    theme = models.CharField(
        max_length=8, choices=Theme.choices, default="", blank=True
    )
    marketplaces = ArrayField(
        models.SlugField(max_length=40, db_index=False), default=list, blank=True
    )
    cost_basis = models.CharField(
        max_length=8, choices=CostBasis.choices, default=CostBasis.FIFO
    )
    mint_multiplier = _multiplier(Condition.MINT)
    near_mint_multiplier = _multiplier(Condition.NEAR_MINT)
    lightly_played_multiplier = _multiplier(Condition.LIGHTLY_PLAYED)
    moderately_played_multiplier = _multiplier(Condition.MODERATELY_PLAYED)
    heavily_played_multiplier = _multiplier(Condition.HEAVILY_PLAYED)
    damaged_multiplier = _multiplier(Condition.DAMAGED)
    fees = models.JSONField(default=dict, blank=True)
    signal_min_strength = _threshold("Strength of a signal, at least")
    signal_min_confidence = _threshold("Confidence in a signal, at least")
    hide_amounts = models.BooleanField(default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "user_preferences"
        verbose_name = "preferences"
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"Preferences of {self.user}"
