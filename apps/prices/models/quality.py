"""What was kept out of the prices, and why; what a person has said instead."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.cards.models import Card
from apps.prices.querysets import PriceOverrideQuerySet, QuarantinedPriceQuerySet
from mtgintel.core.constants import Condition, Currency, Finish, Language
from mtgintel.core.fields import EnumField
from mtgintel.core.money import PriceField

from .observations import PriceKey
from .runs import IngestRun
from .streams import Marketplace

# A user who has decided something cannot be deleted: only made inactive.
_USER = settings.AUTH_USER_MODEL


class PriceOverride(PriceKey):
    """What a person says a series cost, from `valid_from` until `valid_to` (open end).

    While it stands, no price of a feed in that time becomes one; without a `price`
    there is none at all. Never edited and never deleted, only revoked: the rows are
    the audit trail.
    """

    price = PriceField(null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    author = models.ForeignKey(_USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        _USER, models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoke_reason = models.CharField(max_length=300, blank=True)

    objects = PriceOverrideQuerySet.as_manager()  # type: ignore[django-manager-missing]

    class Meta:
        db_table = "price_overrides"
        ordering = ["-id"]

    def __str__(self) -> str:
        said = "no price" if self.price is None else f"{self.price} {self.currency}"
        return f"{said} from {self.valid_from:%Y-%m-%d}"

    def clean(self) -> None:
        """Raises ValidationError for what cannot be: a finish the card does not have,
        an end before its start, a price of nothing, two overrides at one time."""
        if self.price is not None and self.price <= 0:
            raise ValidationError({"price": "A price is more than nothing."})
        if self.valid_from and self.valid_from > timezone.now():
            raise ValidationError({"valid_from": "It cannot begin in the future."})
        if self.valid_to and self.valid_from and self.valid_to <= self.valid_from:
            raise ValidationError({"valid_to": "It ends before it begins."})
        card = Card.objects.filter(pk=self.card_id).first()
        if card and card.finishes and self.finish not in card.finishes:
            names = ", ".join(card.finishes)
            raise ValidationError({"finish": f"This printing exists in {names}."})
        if self._others_at_the_time().exists():
            raise ValidationError(
                "Another override of this series stands at that time: revoke it first."
            )

    def _others_at_the_time(self) -> PriceOverrideQuerySet:
        if not self.marketplace_id or not self.valid_from:
            return PriceOverride.objects.none()
        end = self.valid_to or datetime.max.replace(tzinfo=self.valid_from.tzinfo)
        return (
            PriceOverride.objects.standing()
            .overlapping(self.valid_from, end)
            .exclude(pk=self.pk)
            .filter(
                card_id=self.card_id,
                marketplace_id=self.marketplace_id,
                condition=self.condition,
                finish=self.finish,
                language=self.language,
            )
        )


class QuarantinedPrice(models.Model):
    """A row of a feed that did not become a price, and why.

    A row that could not be read has `raw` and its place in the file. One that was read
    well and is doubted (`time` is set) has its whole identity and its figures, so that
    it can still become a price, and in `evidence` what it was compared with. There is
    one row per doubted price, however often its file is read.
    """

    class Status(models.TextChoices):
        HELD = "HELD", "Held"
        RELEASED = "RELEASED", "Released"
        CONFIRMED = "CONFIRMED", "Confirmed bad"

    run = models.ForeignKey(IngestRun, models.CASCADE, related_name="quarantined")
    reason = models.CharField(max_length=60)
    detail = models.CharField(max_length=500, blank=True)
    # Where in the file: a key, a line number or a byte offset, as the feed has it.
    position = models.CharField(max_length=120, blank=True)
    raw = models.JSONField(default=dict, blank=True)
    card = models.ForeignKey(
        Card, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    marketplace = models.ForeignKey(
        Marketplace, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    condition = EnumField(
        enum_type="card_condition", choices=Condition.choices, null=True, blank=True
    )
    finish = EnumField(
        enum_type="card_finish", choices=Finish.choices, null=True, blank=True
    )
    language = EnumField(
        enum_type="card_language", choices=Language.choices, null=True, blank=True
    )
    currency = models.CharField(max_length=3, choices=Currency.choices, blank=True)
    time = models.DateTimeField(null=True, blank=True)
    price = PriceField(null=True, blank=True)
    price_low = PriceField(null=True, blank=True)
    price_mid = PriceField(null=True, blank=True)
    price_high = PriceField(null=True, blank=True)
    price_market = PriceField(null=True, blank=True)
    num_listings = models.IntegerField(null=True, blank=True)
    total_quantity = models.IntegerField(null=True, blank=True)
    # {"previous": {"price", "at"}, "others": [{"marketplace", "price", "at"}],
    #  "median", "ratio"}; prices as text, ratio to what it was judged against.
    evidence = models.JSONField(default=dict, blank=True)
    override = models.ForeignKey(
        PriceOverride, models.SET_NULL, null=True, blank=True, related_name="kept_out"
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.HELD)
    # Who decided, when and why; nobody where the rule did.
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        _USER, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = QuarantinedPriceQuerySet.as_manager()  # type: ignore[django-manager-missing]

    class Meta:
        db_table = "quarantined_prices"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "card",
                    "marketplace",
                    "condition",
                    "finish",
                    "language",
                    "time",
                    "price",
                ],
                condition=Q(time__isnull=False),
                name="doubted_price_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["time"],
                condition=Q(time__isnull=False),
                name="doubted_prices_in_time",
            )
        ]

    def __str__(self) -> str:
        if self.time is None:
            return f"{self.reason} at {self.position}"
        return f"{self.price} {self.currency} of {self.time:%Y-%m-%d}: {self.reason}"
