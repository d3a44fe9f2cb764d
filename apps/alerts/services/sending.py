"""Sending what is due, and writing down how that went."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.alerts import mail, webhooks
from apps.alerts.models import Attempt, Delivery, DeliverySettings, Firing
from apps.alerts.news import as_news
from apps.alerts.webhooks import Posted

_Status, _Channel = Delivery.Status, Delivery.Channel
# How long after each try that failed the next one is made; then it is given up.
PAUSES = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 12 * 60)
)
# Failures of a webhook in a row after which it is switched off.
MAX_FAILURES = 15
# Whoever took a delivery and has not said what came of it by now has died.
LOST_AFTER = timedelta(minutes=10)
_GONE = 410
_AT_ONCE = 32
_THREADS = 8
_LONGEST_RUN = 240.0


def send_due() -> dict[str, int]:
    """Send everything that is due, for some minutes at most: {"sent", "failed"}.

    Any number of processes may do so at once: each takes what nobody else has. What a
    process that died had taken is sent again, under the same name.
    """
    counts = {"sent": 0, "failed": 0}
    until = time.monotonic() + _LONGEST_RUN
    while time.monotonic() < until:
        taken = claim_due()
        if not taken:
            break
        for delivery, posted in _sent(taken):
            record(delivery=delivery, posted=posted)
            if posted is not None:
                counts["sent" if posted.is_success else "failed"] += 1
    return counts


@transaction.atomic
def claim_due() -> list[Delivery]:
    """Some deliveries that are due, which are nobody else's now."""
    now = timezone.now()
    is_due = Q(status=_Status.WAITING, due_at__lte=now)
    is_lost = Q(status=_Status.SENDING, claimed_at__lt=now - LOST_AFTER)
    rows = Delivery.objects.select_for_update(skip_locked=True)
    taken = list(rows.filter(is_due | is_lost).order_by("due_at", "id")[:_AT_ONCE])
    for one in taken:
        one.status, one.claimed_at, one.attempts = (
            _Status.SENDING,
            now,
            one.attempts + 1,
        )
    Delivery.objects.bulk_update(taken, ["status", "claimed_at", "attempts"])
    return taken


def _sent(taken: Sequence[Delivery]) -> Iterator[tuple[Delivery, Posted | None]]:
    """Letters one after another, webhooks beside each other: a slow one of somebody
    holds up few of the others. None of what nobody wants any more."""
    wanted = {pk for one in taken for pk in one.firing_ids}
    firings = Firing.objects.in_bulk(wanted)
    news = {
        one.pk: [firings[pk] for pk in one.firing_ids if pk in firings] for one in taken
    }
    owners = {one.owner_id for one in taken}
    # Nothing is sent for an account that was closed.
    found = DeliverySettings.objects.filter(owner__in=owners, owner__is_active=True)
    wishes = {one.owner_id: one for one in found}
    hooks = [one for one in taken if one.channel == _Channel.WEBHOOK]
    letters = [one for one in taken if one.channel == _Channel.MAIL]
    with ThreadPoolExecutor(_THREADS) as pool:
        posts = pool.map(
            lambda one: _post(one, news[one.pk], wishes.get(one.owner_id)), hooks
        )
        # One by one, so that what was sent is written down before the next can fail.
        for one in letters:
            yield one, _mail(one, news[one.pk], wishes.get(one.owner_id))
        yield from zip(hooks, posts, strict=True)


def _mail(
    delivery: Delivery, firings: list[Firing], wish: DeliverySettings | None
) -> Posted | None:
    if not firings or wish is None or not wish.is_mail_on:
        return None
    started = time.monotonic()
    error = mail.send(delivery.owner_id, firings)
    return Posted(None, error, round(1000 * (time.monotonic() - started)))


def _post(
    delivery: Delivery, firings: list[Firing], wish: DeliverySettings | None
) -> Posted | None:
    """Without a look at the database: it runs in a thread."""
    if not firings or wish is None or not wish.has_webhook:
        return None
    name = f"delivery-{delivery.pk}"
    body = orjson.dumps({"id": name, "alerts": [as_news(one) for one in firings]})
    return webhooks.post(wish.webhook_url, body, secret=wish.webhook_secret, name=name)


@transaction.atomic
def record(*, delivery: Delivery, posted: Posted | None) -> None:
    """Write a try down: what comes next, and whether the webhook still works.

    None was not tried: nobody wants it any more.
    """
    row = Delivery.objects.select_for_update().filter(pk=delivery.pk).first()
    if row is None:
        # Its owner left meanwhile.
        return
    if row.status != _Status.SENDING or row.attempts != delivery.attempts:
        # Somebody took it over after LOST_AFTER, and it is theirs.
        return
    if posted is None:
        Delivery.objects.filter(pk=row.pk).update(status=_Status.DROPPED)
        return
    now = timezone.now()
    Attempt.objects.create(
        delivery=row,
        at=now,
        is_success=posted.is_success,
        code=posted.code,
        error=posted.error[:300],
        milliseconds=posted.milliseconds,
    )
    if posted.is_success:
        row.status = _Status.SENT
    elif row.attempts > len(PAUSES):
        row.status = _Status.FAILED
    else:
        row.status, row.due_at = _Status.WAITING, now + PAUSES[row.attempts - 1]
    row.save(update_fields=["status", "due_at"])
    if row.channel == _Channel.WEBHOOK:
        _count(row.owner_id, posted)


def _count(owner_id: int, posted: Posted) -> None:
    """Failures in a row; after too many, or where it says so, the webhook is off."""
    wish = DeliverySettings.objects.filter(owner_id=owner_id)
    if posted.is_success:
        wish.exclude(webhook_failures=0).update(webhook_failures=0)
        return
    wish.update(webhook_failures=F("webhook_failures") + 1)
    is_over = Q() if posted.code == _GONE else Q(webhook_failures__gte=MAX_FAILURES)
    off = wish.filter(is_over, webhook_disabled_at=None)
    if off.update(webhook_disabled_at=timezone.now()):
        waiting = Delivery.objects.filter(
            owner_id=owner_id, channel=_Channel.WEBHOOK, status=_Status.WAITING
        )
        waiting.update(status=_Status.DROPPED)
