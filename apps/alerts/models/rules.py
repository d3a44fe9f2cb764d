"""What somebody waits for, how it stands, and what came of it."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone

from apps.alerts.kinds import BOTH, CARD, CHOICES, EITHER, KINDS, OWNED, WANTED
from apps.alerts.maths.machine import ABOVE, ARMED, BELOW, FIRED, SPENT
from apps.cards.models import Card
from apps.inventory.querysets import OwnedQuerySet
from apps.prices.models import Marketplace
from mtgintel.core.constants import Condition, Currency, Finish, Language
from mtgintel.core.fields import EnumField

DIRECTIONS = [
    (ABOVE, "at or above"),
    (BELOW, "at or below"),
    (EITHER, "either way"),
]
SCOPES = [
    (CARD, "One card"),
    (OWNED, "Cards you own"),
    (WANTED, "Cards you want"),
    (BOTH, "Cards you own or want"),
]
STATES = [
    (ARMED, "Armed"),
    (FIRED, "Fired, until it has gone back"),
    (SPENT, "Fired"),
]


class Alert(models.Model):
    """A rule of somebody's. Which fields mean something depends on the kind
    (apps.alerts.kinds); the others are at their defaults.

    `threshold` is an amount in `currency`, percent, a strength from 0 to 1, or hours;
    null only of a stale stream, whose own hours count then. `marketplace` null: the
    cheapest live offer. `version` counts the changes of the rule.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="alerts"
    )
    kind = models.CharField(max_length=14, choices=CHOICES)
    name = models.CharField(max_length=120, blank=True, default="")
    card = models.ForeignKey(
        Card, models.PROTECT, null=True, blank=True, related_name="alerts"
    )
    finish = EnumField(
        enum_type="card_finish", choices=Finish.choices, null=True, blank=True
    )
    condition = EnumField(
        enum_type="card_condition", choices=Condition.choices, null=True, blank=True
    )
    language = EnumField(
        enum_type="card_language", choices=Language.choices, null=True, blank=True
    )
    marketplace = models.ForeignKey(
        Marketplace, models.CASCADE, null=True, blank=True, related_name="+"
    )
    currency = models.CharField(
        max_length=3, choices=Currency.choices, default=Currency.USD
    )
    direction = models.CharField(max_length=6, choices=DIRECTIONS, default=ABOVE)
    threshold = models.DecimalField(
        max_digits=12, decimal_places=3, null=True, blank=True
    )
    hysteresis_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=Decimal(2)
    )
    window = models.CharField(max_length=3, blank=True, default="")
    spread_kind = models.CharField(max_length=12, blank=True, default="")
    signal_kind = models.CharField(max_length=20, blank=True, default="")
    advice_kind = models.CharField(max_length=4, blank=True, default="")
    scope = models.CharField(max_length=6, choices=SCOPES, default=CARD)
    min_confidence = models.DecimalField(
        max_digits=4, decimal_places=3, default=Decimal(0)
    )
    repeats = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=False)
    by_webhook = models.BooleanField(default=False)
    is_paused = models.BooleanField(default=False)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "alerts"
        ordering = ["-id"]
        # Evaluation goes by kind over everybody's.
        indexes = [models.Index(fields=["kind"], name="alerts_by_kind")]

    def __str__(self) -> str:
        return self.name or f"{KINDS[self.kind].label} {self.pk}"

    @property
    def kind_label(self) -> str:
        return KINDS[self.kind].label

    @property
    def is_snoozed(self) -> bool:
        return self.snoozed_until is not None and self.snoozed_until > timezone.now()


class Watch(models.Model):
    """How one thing stands that an alert watches: a value ("" where the alert has one),
    a line of a want list, a signal, a recommendation. Without a row it is armed."""

    alert = models.ForeignKey(
        Alert, models.CASCADE, db_index=False, related_name="watches"
    )
    subject = models.CharField(max_length=60, default="")
    state = models.CharField(max_length=5, choices=STATES, default=ARMED)
    crossing = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "alert_watches"
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "subject"], name="alert_watches_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.subject} {self.state}"


class Firing(models.Model):
    """An alert fired: once for each crossing of each thing it watches.

    It outlives its alert, and says in `title` what happened. `value` and `threshold`
    are in the alert's unit; `as_of` is when the value was observed, and in which
    stream. `seen_at` is when its owner has seen it in the page.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        # The index on owner and id serves it.
        db_index=False,
        related_name="alert_firings",
    )
    alert = models.ForeignKey(
        Alert,
        models.SET_NULL,
        null=True,
        blank=True,
        # The constraint's index serves it.
        db_index=False,
        related_name="firings",
    )
    subject = models.CharField(max_length=60, default="")
    crossing = models.PositiveIntegerField()
    kind = models.CharField(max_length=14, choices=CHOICES)
    title = models.CharField(max_length=400)
    card = models.ForeignKey(
        Card, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    value = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    threshold = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    marketplace = models.CharField(max_length=40, blank=True, default="")
    as_of = models.DateTimeField(null=True)
    is_test = models.BooleanField(default=False)
    fired_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "alert_firings"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="alert_firings_newest"),
            models.Index(
                fields=["owner"],
                condition=models.Q(seen_at=None),
                name="alert_firings_unseen",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "subject", "crossing"], name="alert_fires_once"
            )
        ]

    def __str__(self) -> str:
        return self.title
