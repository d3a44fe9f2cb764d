"""Alerts follow their card where it becomes another one."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from apps.alerts.models import Alert, Firing


@transaction.atomic
def follow_merges(pairs: Sequence[tuple[int, int]]) -> None:
    """Alerts on the old card are on the new one, and so is what they fired."""
    for old, new in pairs:
        Alert.objects.filter(card_id=old).update(card_id=new)
        Firing.objects.filter(card_id=old).update(card_id=new)
