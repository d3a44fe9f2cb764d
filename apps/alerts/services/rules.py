"""Making alerts, changing them, and what their owner does with them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.alerts.kinds import CARD, COMMON, EITHER, KINDS, PERCENT, RULE_FIELDS, Kind
from apps.alerts.maths.machine import ABOVE, FIRED, SPENT
from apps.alerts.models import Alert, Firing, Watch
from apps.market.maths.spreads import KINDS as SPREAD_KINDS
from apps.recommendations.models import Kind as AdviceKind
from apps.signals.models import SIGNAL_KINDS
from mtgintel.core.constants import WINDOWS, Condition, Finish

from .deliveries import plan_test
from .told import tell

MAX_ALERTS = 1_000
MAX_SNOOZE = timedelta(days=366)
MAX_HYSTERESIS = Decimal(100)
WORDS: dict[str, tuple[str, ...]] = {
    "window": tuple(WINDOWS),
    "spread_kind": tuple(SPREAD_KINDS),
    "signal_kind": tuple(slug for slug, _ in SIGNAL_KINDS),
    "advice_kind": tuple(AdviceKind.values),
}


@transaction.atomic
def create_alert(*, owner: Any, kind: str, **fields: Any) -> Alert:
    """An alert of a kind, armed. Raises ValidationError by field.

    What is not said is at its default: near mint, nonfoil, the printing's language.
    """
    if kind not in KINDS:
        allowed = ", ".join(KINDS)
        raise ValidationError({"kind": f"“{kind}” is none of {allowed}."})
    get_user_model().objects.select_for_update().get(pk=owner.pk)
    if Alert.objects.of(owner).count() >= MAX_ALERTS:
        raise ValidationError(
            f"You have {MAX_ALERTS:,} alerts, as many as there may be: delete some."
        )
    alert = Alert(owner_id=owner.pk, kind=kind)
    _set(alert, fields)
    alert.save()
    return alert


@transaction.atomic
def change_alert(*, alert: Alert, **fields: Any) -> Alert:
    """Change what is named. Raises ValidationError by field.

    Another rule begins anew: it is armed, and may fire for what is so already. A name,
    or another way to be told, leaves it as it stands.
    """
    rows = Alert.objects.select_for_update(of=("self",))
    row = rows.select_related("card", "marketplace").get(pk=alert.pk)
    before = _rule_of(row)
    _set(row, fields)
    if _rule_of(row) != before:
        row.version += 1
        row.save()
        Watch.objects.filter(alert=row).update(state="ARMED")
    else:
        row.save()
    return row


def delete_alert(*, alert: Alert) -> None:
    """What it fired stays in the log."""
    alert.delete()


def pause(*, alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(is_paused=True)


def resume(*, alert: Alert) -> None:
    """Go on from where it stood; also ends a snooze."""
    Alert.objects.filter(pk=alert.pk).update(is_paused=False, snoozed_until=None)


def snooze(*, alert: Alert, until: datetime) -> None:
    """Fire nothing until then. Raises ValidationError."""
    now = timezone.now()
    if not now < until <= now + MAX_SNOOZE:
        message = f"A moment within the next {MAX_SNOOZE.days} days, please."
        raise ValidationError({"until": message})
    Alert.objects.filter(pk=alert.pk).update(snoozed_until=until)


@transaction.atomic
def rearm(*, alert: Alert) -> int:
    """Let what has fired fire again, once its value has gone back; how much of it."""
    Alert.objects.filter(pk=alert.pk).update(snoozed_until=None, is_paused=False)
    return Watch.objects.filter(alert=alert, state=SPENT).update(state=FIRED)


@transaction.atomic
def fire_test(*, alert: Alert) -> int:
    """Tell its owner as if it had fired, at once and by every way it asks for; how many
    ways there are beside the page. Leaves the alert as it stands."""
    now = timezone.now()
    firing = Firing.objects.create(
        owner_id=alert.owner_id,
        alert=alert,
        subject=f"test:{uuid.uuid4().hex}",
        crossing=0,
        kind=alert.kind,
        title=f"Test of “{alert}”",
        card_id=alert.card_id,
        threshold=alert.threshold,
        currency=alert.currency,
        is_test=True,
        fired_at=now,
    )
    tell([alert.owner_id])
    return plan_test(firing=firing, alert=alert, now=now)


def mark_seen(*, owner: Any) -> int:
    """Everything that fired until now has been looked at; how many were new."""
    rows = Firing.objects.of(owner).filter(seen_at=None)
    seen = rows.update(seen_at=timezone.now())
    if seen:
        tell([owner.pk])
    return seen


def _rule_of(alert: Alert) -> tuple[Any, ...]:
    return (alert.repeats, *(getattr(alert, name) for name in RULE_FIELDS))


def _set(alert: Alert, fields: Mapping[str, Any]) -> None:
    """Raises ValidationError by field, for a field too that the kind does not have."""
    kind = KINDS[alert.kind]
    allowed = (*COMMON, *kind.fields)
    for name, value in fields.items():
        if name not in allowed:
            known = ", ".join(allowed)
            message = f"A {kind.label.lower()} alert does not have it; it has {known}."
            raise ValidationError({name: message})
        setattr(alert, name, value)
    _complete(alert, kind)
    _require(alert, kind)
    alert.full_clean(exclude=["owner"])


def _complete(alert: Alert, kind: Kind) -> None:
    """What follows from what was said."""
    if alert.card is not None and "language" in kind.fields:
        alert.language = alert.language or alert.card.language
        alert.finish = alert.finish or _first_finish(alert)
        alert.condition = alert.condition or Condition.NEAR_MINT
    if "currency" in kind.fields and alert.marketplace is not None:
        alert.currency = alert.marketplace.currency
    if "scope" in kind.fields and alert.scope != CARD:
        alert.card = None
    if "direction" not in kind.fields:
        alert.direction = ABOVE


def _first_finish(alert: Alert) -> str:
    finishes = alert.card.finishes if alert.card else []
    return finishes[0] if finishes and Finish.NONFOIL not in finishes else "NONFOIL"


def _require(alert: Alert, kind: Kind) -> None:
    wrong = {
        name: "This has to be said."
        for name in kind.required
        if getattr(alert, name) in (None, "")
    }
    if "scope" in kind.fields and alert.scope == CARD and alert.card is None:
        wrong["card"] = "Which card?"
    wrong |= _wrong_numbers(alert, kind) | _wrong_words(alert, kind)
    if alert.direction == EITHER and alert.kind != PERCENT:
        wrong["direction"] = "Only a price moves either way."
    finishes = alert.card.finishes if alert.card else []
    if finishes and alert.finish and alert.finish not in finishes:
        wrong["finish"] = f"This printing exists in {', '.join(finishes)}."
    if wrong:
        raise ValidationError(wrong)


def _wrong_words(alert: Alert, kind: Kind) -> dict[str, str]:
    return {
        name: f"“{said}” is none of {', '.join(words)}."
        for name, words in WORDS.items()
        if name in kind.fields and (said := getattr(alert, name)) and said not in words
    }


def _wrong_numbers(alert: Alert, kind: Kind) -> dict[str, str]:
    wrong = {}
    bounds = {
        "threshold": (kind.least, kind.most),
        "hysteresis_percent": (Decimal(0), MAX_HYSTERESIS),
        "min_confidence": (Decimal(0), Decimal(1)),
    }
    for name, (least, most) in bounds.items():
        value = getattr(alert, name)
        if name not in kind.fields or value is None:
            continue
        number = Decimal(value)
        if not number.is_finite() or not least <= number <= most:
            wrong[name] = f"Between {least:,f} and {most:,f}."
    return wrong
