"""What is to be sent to whom, and when."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.alerts.maths.quiet import first_allowed
from apps.alerts.models import Alert, Delivery, DeliverySettings, Firing

_Channel = Delivery.Channel
# Firings of one delivery: whoever takes posts refuses very long ones, while a letter
# lists some and counts the others.
MOST = {_Channel.WEBHOOK: 500, _Channel.MAIL: sys.maxsize}


def plan_deliveries(*, firings: Sequence[Firing], now: datetime) -> None:
    """One delivery to each owner by each way their alerts ask for; what is still
    waiting takes the new ones along. In the transaction of the firings, which come with
    their alerts."""
    owners = {one.owner_id for one in firings}
    wishes = {
        one.owner_id: one for one in DeliverySettings.objects.filter(owner__in=owners)
    }
    for channel in _Channel:
        by_owner: dict[int, list[int]] = {}
        for firing in firings:
            wish = wishes.get(firing.owner_id)
            if wish and firing.alert and _is_wanted(channel, firing.alert, wish):
                by_owner.setdefault(firing.owner_id, []).append(firing.pk)
        _plan(channel, by_owner, wishes, now)


def _is_wanted(channel: str, alert: Alert, wish: DeliverySettings) -> bool:
    if channel == _Channel.MAIL:
        return alert.by_mail and wish.is_mail_on
    return alert.by_webhook and wish.has_webhook


def _plan(
    channel: str,
    by_owner: dict[int, list[int]],
    wishes: dict[int, DeliverySettings],
    now: datetime,
) -> None:
    waiting = {
        one.owner_id: one
        for one in Delivery.objects.select_for_update()
        .filter(owner__in=by_owner, channel=channel, status=Delivery.Status.WAITING)
        .filter(attempts=0)
        .order_by("id")
    }
    new: list[Delivery] = []
    longer: list[Delivery] = []
    most = MOST[_Channel(channel)]
    for owner_id, ids in by_owner.items():
        found, rest = waiting.get(owner_id), ids
        if found:
            room = max(0, most - len(found.firing_ids))
            found.firing_ids = [*found.firing_ids, *ids[:room]]
            longer.append(found)
            rest = ids[room:]
        due_at = first_allowed(now, wishes[owner_id].quiet)
        new += [
            Delivery(
                owner_id=owner_id,
                channel=channel,
                firing_ids=rest[start : start + most],
                due_at=due_at,
                created_at=now,
            )
            for start in range(0, len(rest), most)
        ]
    Delivery.objects.bulk_update(longer, ["firing_ids"], batch_size=500)
    Delivery.objects.bulk_create(new, batch_size=500)


@transaction.atomic
def plan_test(*, firing: Firing, alert: Alert, now: datetime) -> int:
    """Send a test at once by every way that works; how many ways."""
    wish = DeliverySettings.objects.filter(owner_id=firing.owner_id).first()
    channels = [one for one in _Channel if wish and _is_wanted(one, alert, wish)]
    Delivery.objects.bulk_create(
        Delivery(
            owner_id=firing.owner_id,
            channel=one,
            firing_ids=[firing.pk],
            due_at=now,
            created_at=now,
        )
        for one in channels
    )
    return len(channels)
