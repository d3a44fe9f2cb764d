"""Copies of a printing that somebody got at once, and what became of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from apps.cards.models import Card
from apps.inventory.querysets import DisposalQuerySet, LotQuerySet
from mtgintel.core.constants import Condition, Finish, Language
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField

from .imports import ImportBatch

MAX_COPIES = 1_000_000
MAX_NOTES = 2_000


def cost_is_known_or_not(cost: str, currency: str, name: str) -> models.CheckConstraint:
    """An amount has a currency, an unknown one has none; no amount is negative."""
    is_unknown = Q(**{f"{cost}__isnull": True, currency: ""})
    # The comparison alone would be neither true nor false, which passes.
    is_known = Q(
        **{
            f"{cost}__isnull": False,
            f"{cost}__gte": 0,
            f"{currency}__regex": "^[A-Z]{3}$",
        }
    )
    return models.CheckConstraint(condition=is_unknown | is_known, name=name)


class Lot(models.Model):
    """Copies of one printing, alike in everything, got at one time for one price.

    `quantity` is how many there were, `disposed` how many of them went (the sum of the
    lot's disposals), `for_trade` how many of those got are offered. `unit_cost` is what
    one copy cost, in `cost_currency`; None and "" where that is unknown: never zero.
    `language` is the copy's; its card may be the English object that stands for all
    languages. `key` names the lot in the owner's own exports. `grade` is a grading
    company's ("PSA 9"), "" for a raw card.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        # The index on owner and card serves it.
        db_index=False,
        related_name="lots",
    )
    card = models.ForeignKey(Card, models.PROTECT, related_name="lots")
    finish = EnumField(
        enum_type="card_finish", choices=Finish.choices, default=Finish.NONFOIL
    )
    condition = EnumField(
        enum_type="card_condition",
        choices=Condition.choices,
        default=Condition.NEAR_MINT,
    )
    language = EnumField(
        enum_type="card_language", choices=Language.choices, default=Language.ENGLISH
    )
    quantity = models.PositiveIntegerField()
    disposed = models.PositiveIntegerField(default=0)
    unit_cost = PriceField(null=True, blank=True)
    cost_currency = models.CharField(max_length=3, blank=True, default="")
    acquired_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=120, blank=True, default="")
    binder = models.CharField(max_length=120, blank=True, default="")
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    notes = models.TextField(max_length=MAX_NOTES, blank=True, default="")
    for_trade = models.PositiveIntegerField(default=0)
    grade = models.CharField(max_length=20, blank=True, default="")
    is_signed = models.BooleanField(default=False)
    is_altered = models.BooleanField(default=False)
    is_proxy = models.BooleanField(default=False)
    is_misprint = models.BooleanField(default=False)
    batch = models.ForeignKey(
        ImportBatch, models.SET_NULL, null=True, blank=True, related_name="lots"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LotQuerySet.as_manager()

    class Meta:
        db_table = "lots"
        ordering = ["id"]
        indexes = [models.Index(fields=["owner", "card"], name="lots_owner_card")]
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="lots_key_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_COPIES),
                name="lots_have_copies",
            ),
            models.CheckConstraint(
                condition=Q(disposed__gte=0, disposed__lte=F("quantity")),
                name="lots_dispose_what_they_have",
            ),
            models.CheckConstraint(
                condition=Q(for_trade__gte=0, for_trade__lte=F("quantity")),
                name="lots_trade_what_they_have",
            ),
            cost_is_known_or_not("unit_cost", "cost_currency", "lots_cost"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.card}"

    @property
    def remaining(self) -> int:
        """Copies that are still held."""
        return self.quantity - self.disposed

    @property
    def is_graded(self) -> bool:
        return bool(self.grade)


class Disposal(models.Model):
    """Copies of a lot that were sold, traded or given away.

    `unit_proceeds` is what one copy brought, in `currency`; None and "" where that is
    unknown, and always for a gift, which brings nothing and is neither gain nor loss.
    Who writes one also adds its quantity to the lot's `disposed`.
    """

    class Kind(models.TextChoices):
        SOLD = "SOLD", "Sold"
        TRADED = "TRADED", "Traded"
        GIVEN = "GIVEN", "Given away"

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="disposals")
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.SOLD)
    quantity = models.PositiveIntegerField()
    unit_proceeds = PriceField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    disposed_on = models.DateField()
    recipient = models.CharField(max_length=120, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DisposalQuerySet.as_manager()

    class Meta:
        db_table = "disposals"
        ordering = ["disposed_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="disposals_have_copies"
            ),
            cost_is_known_or_not("unit_proceeds", "currency", "disposals_proceeds"),
            models.CheckConstraint(
                condition=~Q(kind="GIVEN") | Q(unit_proceeds=None),
                name="disposals_gifts_bring_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.lot}"
