"""How people want to be told, and how that went."""

from __future__ import annotations

import secrets
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from apps.alerts.maths.quiet import QuietHours
from apps.inventory.querysets import OwnedQuerySet


def new_secret() -> str:
    return secrets.token_hex(32)


class DeliverySettings(models.Model):
    """Where somebody's alerts go beside the page, and when not.

    `webhook_failures` counts attempts that failed in a row; after too many the webhook
    is off since `webhook_disabled_at`. Bodies are signed with `webhook_secret`. Quiet
    hours need both ends.
    """

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="alert_settings"
    )
    is_mail_on = models.BooleanField(default=True)
    webhook_url = models.CharField(max_length=500, blank=True, default="")
    webhook_secret = models.CharField(max_length=64, default=new_secret)
    webhook_failures = models.PositiveSmallIntegerField(default=0)
    webhook_disabled_at = models.DateTimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=40, default="UTC")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        db_table = "alert_settings"
        verbose_name_plural = "delivery settings"

    def __str__(self) -> str:
        return f"delivery to {self.owner_id}"

    @property
    def has_webhook(self) -> bool:
        return bool(self.webhook_url) and self.webhook_disabled_at is None

    @property
    def quiet(self) -> QuietHours | None:
        if self.quiet_from is None or self.quiet_until is None:
            return None
        return QuietHours(self.quiet_from, self.quiet_until, ZoneInfo(self.time_zone))


class Delivery(models.Model):
    """Firings to be told of together, by one way. `firing_ids` may name some that were
    deleted since; `due_at` is when it is tried next."""

    class Channel(models.TextChoices):
        MAIL = "MAIL", "E-mail"
        WEBHOOK = "WEBHOOK", "Webhook"

    class Status(models.TextChoices):
        WAITING = "WAITING", "Waiting"
        SENDING = "SENDING", "Being sent"
        SENT = "SENT", "Sent"
        FAILED = "FAILED", "Given up"
        DROPPED = "DROPPED", "Not sent: switched off"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="alert_deliveries"
    )
    channel = models.CharField(max_length=7, choices=Channel.choices)
    status = models.CharField(
        max_length=7, choices=Status.choices, default=Status.WAITING
    )
    firing_ids = ArrayField(models.BigIntegerField(), default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "alert_deliveries"
        ordering = ["-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(status__in=["WAITING", "SENDING"]),
                name="alert_deliveries_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk} {self.status}"


class Attempt(models.Model):
    """One try to deliver: `code` is what a webhook answered, `error` why it failed."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    at = models.DateTimeField(default=timezone.now)
    is_success = models.BooleanField()
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True, default="")
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "alert_attempts"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.at:%Y-%m-%d %H:%M}"
