"""What somebody is looking for, and what they would pay."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.cards.models import Card
from apps.inventory.querysets import OwnedQuerySet
from mtgintel.core.constants import Condition, Currency, Finish, Language
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField

from .lots import MAX_NOTES

MAX_WANTED = 10_000
_IS_THERE = "This is on your list already: change it there."


class Priority(models.IntegerChoices):
    HIGH = 1, "High"
    NORMAL = 2, "Normal"
    LOW = 3, "Low"


class Want(models.Model):
    """Copies of a printing, or of any printing of its card, that somebody looks for.

    A copy will do in `finish` and `language` (null: in any) and in `min_condition` or
    better. `target_price` is what one copy may cost in `currency`, null where nothing
    is said; offers are looked for in that currency only.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        # The constraint's index on owner and card serves it.
        db_index=False,
        related_name="wants",
    )
    card = models.ForeignKey(Card, models.PROTECT, related_name="wants")
    is_any_printing = models.BooleanField(default=False)
    finish = EnumField(
        enum_type="card_finish", choices=Finish.choices, null=True, blank=True
    )
    min_condition = EnumField(
        enum_type="card_condition",
        choices=Condition.choices,
        default=Condition.NEAR_MINT,
    )
    language = EnumField(
        enum_type="card_language", choices=Language.choices, null=True, blank=True
    )
    quantity = models.PositiveIntegerField(default=1)
    target_price = PriceField(null=True, blank=True)
    currency = models.CharField(
        max_length=3, choices=Currency.choices, default=Currency.USD
    )
    priority = models.PositiveSmallIntegerField(
        choices=Priority.choices, default=Priority.NORMAL
    )
    notes = models.TextField(max_length=MAX_NOTES, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "want_list"
        ordering = ["priority", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("owner", "card", "is_any_printing", "finish", "min_condition"),
                    *("language", "currency"),
                ],
                nulls_distinct=False,
                name="wants_once",
                violation_error_message=_IS_THERE,
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=MAX_WANTED),
                name="wants_have_copies",
                violation_error_message=f"Between 1 and {MAX_WANTED} copies.",
            ),
            models.CheckConstraint(
                condition=Q(target_price__isnull=True) | Q(target_price__gt=0),
                name="wants_target_is_a_price",
                violation_error_message="A target is more than nothing.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.card}"
