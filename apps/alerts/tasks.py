"""Looking and sending in the background."""

from __future__ import annotations

import logging
from datetime import datetime

import redis
from celery import shared_task
from kombu.exceptions import OperationalError as BrokerError

from .kinds import STALE
from .services.evaluate import evaluate
from .services.sending import send_due

logger = logging.getLogger(__name__)


def evaluate_after_ingest(start: datetime, end: datetime) -> int:
    """Let every alert see the new prices, and have sent what fired; how many did.

    What the prices of [start, end] were is of no concern: alerts look at those of now.
    """
    fired = evaluate().fired
    if fired:
        send_soon()
    return fired


def send_soon() -> None:
    """Without a broker the schedule does it, some minutes later."""
    try:
        send.apply_async(retry=False)
    except (BrokerError, redis.RedisError) as error:
        logger.warning("alerts are sent later: %s", error)


@shared_task(name="alerts.send")  # type: ignore[untyped-decorator]
def send() -> dict[str, int]:
    return send_due()


@shared_task(name="alerts.look")  # type: ignore[untyped-decorator]
def look() -> dict[str, int]:
    """What no ingest tells of: streams that fall silent, deliveries that are due."""
    fired = evaluate([STALE]).fired
    return {"fired": fired} | send_due()
