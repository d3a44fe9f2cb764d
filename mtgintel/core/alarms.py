"""What operators should know of: seen once, told once, over once.

    alarms.register("stream", stale_streams, is_public=True)
    alarms.look(now)

An app registers in its AppConfig's ready(). A kind says what is wrong now; each of its
subjects that was well when we looked last raises an alarm, each that is well again ends
one. Either is said once, in the log and in a letter to ADMINS. Alarms are kept, so that
a restart tells nothing twice, and as the history of the status page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import mail_admins
from django.db import transaction

from .models import Alarm

logger = logging.getLogger(__name__)

# Alarms that are over are kept this long.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with `subject`, in a sentence that says what is known of it."""

    subject: str
    message: str


Look = Callable[[datetime], Iterable[Trouble]]


@dataclass(frozen=True, slots=True)
class _Kind:
    look: Look
    is_public: bool


_kinds: dict[str, _Kind] = {}


def register(kind: str, look: Look, *, is_public: bool = False) -> None:
    """`is_public`: visitors may read the messages on the status page."""
    _kinds[kind] = _Kind(look, is_public)


def kinds() -> list[str]:
    return sorted(_kinds)


def look(now: datetime) -> dict[str, int]:
    """Raise and end alarms by what is wrong now: {"raised", "over"}.

    Letters that could not be sent go with the next look.
    """
    raised = over = 0
    for name, kind in _kinds.items():
        found = {trouble.subject: trouble.message for trouble in kind.look(now)}
        with transaction.atomic():
            over += _end(name, found, now)
            raised += _raise(name, found, now)
    Alarm.objects.filter(over_at__lt=now - KEPT).delete()
    _tell()
    return {"raised": raised, "over": over}


def standing() -> list[Alarm]:
    return list(Alarm.objects.filter(over_at=None))


def _end(kind: str, found: dict[str, str], now: datetime) -> int:
    ended = Alarm.objects.filter(kind=kind, over_at=None).exclude(subject__in=found)
    for alarm in ended:
        alarm.over_at, alarm.is_told = now, False
        alarm.save(update_fields=["over_at", "is_told"])
        logger.warning("over after %s: %s", now - alarm.raised_at, alarm.message)
    return len(ended)


def _raise(kind: str, found: dict[str, str], now: datetime) -> int:
    known = set(
        Alarm.objects.filter(kind=kind, over_at=None).values_list("subject", flat=True)
    )
    new = [
        Alarm(
            kind=kind,
            subject=subject[:80],
            message=message[:300],
            is_public=_kinds[kind].is_public,
            raised_at=now,
        )
        for subject, message in found.items()
        if subject not in known
    ]
    Alarm.objects.bulk_create(new)
    for alarm in new:
        logger.error("alarm: %s", alarm.message)
    return len(new)


def _tell() -> None:
    """One letter with all that changed since the last one."""
    news = list(Alarm.objects.filter(is_told=False).order_by("id"))
    if not news:
        return
    if settings.ADMINS and not _is_sent(news):
        return
    Alarm.objects.filter(pk__in=[alarm.pk for alarm in news]).update(is_told=True)


def _is_sent(news: list[Alarm]) -> bool:
    begun = [alarm for alarm in news if alarm.over_at is None]
    subject = (begun or news)[0].message if len(news) == 1 else _summary(news, begun)
    text = "\n".join([*map(_line, news), "", f"{settings.SITE_URL}/status/"])
    try:
        mail_admins(subject, text)
    except (SMTPException, OSError) as error:
        logger.warning("operators are told of %d alarms later: %s", len(news), error)
        return False
    return True


def _summary(news: list[Alarm], begun: list[Alarm]) -> str:
    return f"{len(begun)} alarms, {len(news) - len(begun)} over"


def _line(alarm: Alarm) -> str:
    began = f"{alarm.raised_at:%Y-%m-%d %H:%M}"
    if alarm.over_at is None:
        return f"ALARM since {began} UTC: {alarm.message}"
    return f"OVER at {alarm.over_at:%Y-%m-%d %H:%M} UTC, since {began}: {alarm.message}"
