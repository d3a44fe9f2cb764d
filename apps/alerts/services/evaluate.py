"""Looking at everybody's alerts, and writing down what fired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.alerts.kinds import KINDS
from apps.alerts.maths.machine import Step, step
from apps.alerts.messages import Names, title_of
from apps.alerts.models import Alert, Firing
from apps.alerts.selectors.readings import Observed, readings
from apps.cards.models import Card
from apps.prices.models import Marketplace
from mtgintel.core.sql import load_sql

from .deliveries import plan_deliveries
from .told import tell

# Steps written at once.
_PIECE = 5_000


@dataclass(frozen=True, slots=True)
class Evaluated:
    """How many things were looked at, and how many alerts fired."""

    looked_at: int
    fired: int


def evaluate(kinds: Iterable[str] = tuple(KINDS)) -> Evaluated:
    """Let every alert of these kinds see what there is now.

    Each crossing becomes one firing, whoever else evaluates at the same time and
    however often: a step is written only onto the very state it was taken from, with
    its firing and the deliveries, or not at all.
    """
    looked_at, fired = 0, 0
    for kind in kinds:
        steps = []
        for seen in readings(kind):
            looked_at += 1
            taken = step(
                seen.watch, seen.rule, seen.reading, is_snoozed=seen.is_snoozed
            )
            if taken.watch != seen.watch:
                steps.append((seen, taken))
        for start in range(0, len(steps), _PIECE):
            fired += _write(steps[start : start + _PIECE])
    return Evaluated(looked_at, fired)


@transaction.atomic
def _write(steps: Sequence[tuple[Observed, Step]]) -> int:
    now = timezone.now()
    written = _write_states(steps)
    fired = [
        seen
        for seen, taken in steps
        if taken.fires
        and (seen.alert_id, seen.subject, taken.watch.crossing) in written
    ]
    if fired:
        firings = Firing.objects.bulk_create(_firings(fired, now), batch_size=1_000)
        plan_deliveries(firings=firings, now=now)
        tell(one.owner_id for one in firings)
    return len(fired)


def _write_states(steps: Sequence[tuple[Observed, Step]]) -> set[tuple[int, str, int]]:
    """(alert, subject, crossing) of those that were written."""
    parameters: dict[str, Any] = {
        "alert_ids": [seen.alert_id for seen, _ in steps],
        "versions": [seen.version for seen, _ in steps],
        "subjects": [seen.subject for seen, _ in steps],
        "states": [taken.watch.state for _, taken in steps],
        "crossings": [taken.watch.crossing for _, taken in steps],
        "seen_at": [taken.watch.seen_at for _, taken in steps],
    }
    with connection.cursor() as cursor:
        cursor.execute(load_sql("alerts", "write_steps"), parameters)
        return set(cursor.fetchall())


def _firings(fired: Sequence[Observed], now: datetime) -> list[Firing]:
    # What a sentence and a delivery need of them: there may be many thousands.
    rows = Alert.objects.only(
        *("owner_id", "kind", "direction", "window", "spread_kind"),
        *("by_mail", "by_webhook"),
    )
    alerts = rows.in_bulk({seen.alert_id for seen in fired})
    names = Names(
        Card.objects.select_related("card_set")
        .only("name", "collector_number", "card_set__code")
        .in_bulk({seen.card_id for seen in fired if seen.card_id}),
        Marketplace.objects.in_bulk(),
    )
    return [firing_of(alerts[seen.alert_id], seen, names, now) for seen in fired]


def firing_of(alert: Alert, seen: Observed, names: Names, now: datetime) -> Firing:
    """What is written of it."""
    stream = names.streams.get(seen.marketplace_id or 0)
    return Firing(
        owner_id=seen.owner_id,
        alert=alert,
        subject=seen.subject,
        crossing=seen.watch.crossing + 1,
        kind=alert.kind,
        title=title_of(alert, seen, names),
        card_id=seen.card_id if seen.card_id in names.cards else None,
        value=seen.reading.value,
        threshold=seen.rule.threshold,
        currency=seen.currency,
        marketplace=stream.slug if stream else "",
        as_of=seen.as_of,
        fired_at=now,
    )
