"""What staff can have done from the Data page."""

from __future__ import annotations

import redis
from celery import current_app
from kombu.exceptions import OperationalError

from apps.prices.selectors import FEEDS, Feed, being_read, is_demo_market
from apps.prices.services import configured_vendors
from mtgintel.core import cache
from mtgintel.core.single import is_locked

# Whoever may note a run may start one.
PERMISSION = "prices.add_ingestrun"
# A message nobody took within this many seconds is dropped, so that a worker that
# comes back does not read a feed twice.
_EXPIRES = 60 * 60
_ASKED_SECONDS = 10 * 60
# Feeds that are only read with a token of ours.
_WITH_TOKEN = ("cardtrader",)


class CannotRunError(Exception):
    """The feed cannot be read now; the message says why and what to do."""


def queue_feed(name: str) -> Feed:
    """Put the task that reads one of FEEDS on the queue.

    Raises CannotRunError where it would do nothing or is being done, KeyError for no
    feed of ours.
    """
    feed = {each.name: each for each in FEEDS}[name]
    if is_demo_market():
        raise CannotRunError(
            "This is the demo market: no feed is read into it. make ingest replaces it "
            "with the real one."
        )
    if name in _WITH_TOKEN and name not in configured_vendors():
        raise CannotRunError(f"{feed.title} answers only with a token; there is none.")
    try:
        _queue(feed)
    except (OperationalError, redis.RedisError):
        raise CannotRunError(
            "The queue does not answer, so nothing was started. Try again in a moment."
        ) from None
    return feed


def _queue(feed: Feed) -> None:
    if feed.lock in being_read([feed.lock]) or is_locked(f"ingest-{feed.lock}"):
        raise CannotRunError(
            f"{feed.title} is being read already; it is in the list of runs below."
        )
    asked = f"prices.asked:{feed.name}"
    if cache.get(asked):
        raise CannotRunError(
            f"{feed.title} was asked for minutes ago and waits for a worker."
        )
    current_app.send_task(feed.task, expires=_EXPIRES)
    cache.put(asked, True, _ASKED_SECONDS)  # noqa: FBT003 (a value like any other)
