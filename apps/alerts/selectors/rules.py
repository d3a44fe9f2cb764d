"""Somebody's own alerts, what they fired, and how they were told."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Count,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from apps.alerts.kinds import KINDS, PERCENT, PRICE, SPREAD, STALE
from apps.alerts.maths.machine import ARMED
from apps.alerts.models import (
    Alert,
    Attempt,
    Delivery,
    DeliverySettings,
    Firing,
    Watch,
)
from mtgintel.core import cache

from .readings import Observed, readings

PAUSED, SNOOZED = "PAUSED", "SNOOZED"
BELL_SECONDS = 300


def alerts_of(owner: Any) -> QuerySet[Alert]:
    """The newest first, with `watch_state`, `fired` (how often) and `last_fired_at`."""
    single = Watch.objects.filter(alert=OuterRef("pk"), subject="")
    is_real = Q(firings__is_test=False)
    return (
        Alert.objects.of(owner)
        .select_related("card__card_set", "marketplace")
        .annotate(
            watch_state=Coalesce(Subquery(single.values("state")[:1]), Value(ARMED)),
            fired=Count("firings", filter=is_real),
            last_fired_at=Max("firings__fired_at", filter=is_real),
        )
        .order_by("-id")
    )


def alert_of(owner: Any, alert_id: int) -> Alert:
    """Somebody's own. Raises Alert.DoesNotExist, also for another's."""
    return alerts_of(owner).get(pk=alert_id)


def state_of(alert: Any) -> str:
    """ARMED, FIRED, SPENT, or what its owner made of it: PAUSED, SNOOZED."""
    if alert.is_paused:
        return PAUSED
    if alert.is_snoozed:
        return SNOOZED
    return str(alert.watch_state)


def values_now(owner: Any) -> dict[int, Observed]:
    """What each alert of somebody sees now that watches one value."""
    return {
        seen.alert_id: seen
        for kind in (PRICE, PERCENT, SPREAD, STALE)
        for seen in readings(kind, owner.pk)
        if KINDS[kind].is_single
    }


def firings_of(owner: Any) -> QuerySet[Firing]:
    """The newest first."""
    return Firing.objects.of(owner).select_related("card__card_set", "alert")


def unseen_count(owner: Any) -> int:
    return Firing.objects.of(owner).filter(seen_at=None).count()


def bell_count(owner: Any) -> int:
    """The same for the bell of every page, from the cache."""
    return cache.get_or_compute(
        "unseen",
        lambda: unseen_count(owner),
        scope=bell_scope(owner.pk),
        timeout=BELL_SECONDS,
    )


def bell_scope(owner_id: int) -> str:
    """The cache's scope of what one person has not seen."""
    return f"alerts:{owner_id}"


def deliveries_of(owner: Any) -> QuerySet[Delivery]:
    """The newest first, each with its attempts."""
    tries = Prefetch("tries", Attempt.objects.order_by("id"))
    return Delivery.objects.of(owner).prefetch_related(tries)


def settings_of(owner: Any) -> DeliverySettings:
    """Somebody's, or what holds for who never said anything (not saved)."""
    found = DeliverySettings.objects.filter(owner_id=owner.pk).first()
    return found or DeliverySettings(owner_id=owner.pk)
