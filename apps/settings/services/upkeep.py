"""What is over is forgotten: sessions, and tries that no longer count."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone


@transaction.atomic
def forget_expired() -> dict[str, int]:
    """How many sessions, devices and wrong tries were deleted as expired."""
    now = timezone.now()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    kept = Session.objects.values("session_key")
    devices, _ = UserSession.objects.exclude(session_key__in=kept).delete()
    counted_from = now - settings.AXES_COOLOFF_TIME
    tries, _ = AccessAttempt.objects.filter(attempt_time__lt=counted_from).delete()
    return {"sessions": sessions, "devices": devices, "tries": tries}
