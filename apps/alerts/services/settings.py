"""Where somebody's alerts go, and when not."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.alerts.models import Delivery, DeliverySettings
from apps.alerts.models.deliveries import new_secret
from apps.alerts.webhooks import WebhookAddressError, checked_url

FIELDS = ("is_mail_on", "webhook_url", "time_zone", "quiet_from", "quiet_until")


@transaction.atomic
def save_settings(*, owner: Any, **fields: Any) -> DeliverySettings:
    """Change what is named; saving an address, even the same one, switches a webhook
    that was switched off on again. Raises ValidationError by field."""
    DeliverySettings.objects.get_or_create(owner_id=owner.pk)
    row = DeliverySettings.objects.select_for_update().get(owner_id=owner.pk)
    for name, value in fields.items():
        if name not in FIELDS:
            raise ValidationError({name: "There is no such setting."})
        setattr(row, name, value)
    _check(row)
    if "webhook_url" in fields:
        row.webhook_failures, row.webhook_disabled_at = 0, None
    row.save()
    _drop_unwanted(row)
    return row


def renew_secret(*, owner: Any) -> None:
    """From now on bodies are signed with another secret."""
    DeliverySettings.objects.filter(owner_id=owner.pk).update(
        webhook_secret=new_secret()
    )


def unsubscribe(*, owner_id: int) -> None:
    """No letters any more."""
    DeliverySettings.objects.filter(owner_id=owner_id).update(is_mail_on=False)
    _drop(owner_id, Delivery.Channel.MAIL)


def _check(row: DeliverySettings) -> None:
    wrong = {}
    if row.time_zone not in available_timezones():
        wrong["time_zone"] = f"There is no time zone “{row.time_zone[:40]}”."
    if (row.quiet_from is None) != (row.quiet_until is None):
        wrong["quiet_until"] = "Quiet hours have a beginning and an end."
    if row.webhook_url:
        try:
            checked_url(row.webhook_url)
        except WebhookAddressError as error:
            wrong["webhook_url"] = str(error)
    if wrong:
        raise ValidationError(wrong)


def _drop_unwanted(row: DeliverySettings) -> None:
    if not row.is_mail_on:
        _drop(row.owner_id, Delivery.Channel.MAIL)
    if not row.webhook_url:
        _drop(row.owner_id, Delivery.Channel.WEBHOOK)


def _drop(owner_id: int, channel: str) -> None:
    Delivery.objects.filter(
        owner_id=owner_id, channel=channel, status=Delivery.Status.WAITING
    ).update(status=Delivery.Status.DROPPED)
