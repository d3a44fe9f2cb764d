"""Gaps between prices, for as long as they were open."""

from __future__ import annotations

from django.db import models

from apps.cards.models import Card
from apps.market.maths.spreads import KINDS
from apps.prices.models import Marketplace
from mtgintel.core.constants import Condition, Currency, Finish, Language
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField


class SpreadOpportunity(models.Model):
    """One stretch of time in which one could sell for more than one had to pay.

    The same card, finish, language and condition on both sides. `first_seen` and
    `last_seen` are the first and the last computation that found it; while it
    `is_open` that is the newest one. A gap that opens again is a row of its own.
    Prices and quantities are those it was last seen with; `bid_worth` is the bid in
    the ask's currency, at `rate` (ask's currency per unit of the bid's) of `rate_on`
    where they differ. Nothing here depends on anybody's fees.
    """

    kind = models.CharField(max_length=12, choices=list(KINDS.items()))
    card = models.ForeignKey(
        Card, models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    condition = EnumField(enum_type="card_condition", choices=Condition.choices)
    finish = EnumField(enum_type="card_finish", choices=Finish.choices)
    language = EnumField(enum_type="card_language", choices=Language.choices)
    ask_marketplace = models.ForeignKey(
        Marketplace,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    bid_marketplace = models.ForeignKey(
        Marketplace,
        models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    ask_currency = models.CharField(max_length=3, choices=Currency.choices)
    bid_currency = models.CharField(max_length=3, choices=Currency.choices)
    ask = PriceField()
    bid = PriceField()
    bid_worth = PriceField()
    rate = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    rate_on = models.DateField(null=True)
    gross_percent = models.DecimalField(max_digits=14, decimal_places=2)
    ask_quantity = models.IntegerField(null=True)
    bid_quantity = models.IntegerField(null=True)
    ask_as_of = models.DateTimeField()
    bid_as_of = models.DateTimeField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    is_open = models.BooleanField(default=True)

    class Meta:
        db_table = "spread_opportunities"
        # No index on what every computation writes: such rows are updated in place.
        indexes = [
            models.Index(
                fields=["kind", "ask_currency", "first_seen"],
                name="spreads_by_first_seen",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "kind",
                    "card",
                    "ask_marketplace",
                    "bid_marketplace",
                    "condition",
                    "finish",
                    "language",
                ],
                condition=models.Q(is_open=True),
                name="open_spread_once",
            )
        ]


class SpreadCount(models.Model):
    """How many gaps the newest computation found, and left out for which `reason`.

    The reason is one of services.spreads.REASONS, "" of those that are open.
    """

    pk = models.CompositePrimaryKey("kind", "currency", "reason")
    kind = models.CharField(max_length=12, choices=list(KINDS.items()))
    currency = models.CharField(max_length=3, choices=Currency.choices)
    reason = models.CharField(max_length=12)
    pairs = models.IntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        db_table = "spread_counts"
