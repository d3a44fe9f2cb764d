"""One listener per process: it hears each followed topic once and tells its sockets.

A process has one channel on the channel layer, which joins the group of each topic
that one of its sockets follows. Groups with a member per socket would send each update
through Redis once per socket, and lose most of them at a few hundred.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError
from redis.exceptions import RedisError

from mtgintel.core import events

from . import messages
from .ledger import SharedLedger
from .limits import limits
from .messages import Frame
from .outbox import Outbox
from .topics import Topic, group_name

logger = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
LONGEST_PAUSE = 4.0
JOIN_SECONDS = 2.0
# Subscribers that come together, as after a restart, share one reading.
OPENING_SECONDS = 1.0
# Processes that lost the same Redis do not all read the same topics again at once.
REFRESH_SPREAD = 0.5

# Snapshots are read in threads of their own, each with a connection from the pool for
# as long as it reads.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")


@dataclass(frozen=True, slots=True)
class Opening:
    """What a subscriber gets first; updates up to `seq` are in it."""

    seq: int
    text: str


@dataclass(eq=False, slots=True)
class Feed:
    """A topic that sockets of this process follow."""

    topic: Topic
    # Each with the number its subscription opened at.
    followers: dict[Outbox, int] = field(default_factory=dict)
    arriving: int = 0
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    heard_seq: int = 0
    sent_seq: int = 0
    sent_at: float = 0.0
    last: Frame | None = None
    # An update held back until the topic may send again.
    waiting: dict[str, Any] | None = None
    # Its counter was ahead of us at the last beat.
    is_behind: bool = False
    is_stale: bool = False
    # What subscribers of the next moment get, and the number it was read at.
    opening: asyncio.Task[Opening | None] | None = None
    known_seq: int = 0
    opening_until: float = 0.0

    @property
    def is_used(self) -> bool:
        return bool(self.followers or self.arriving)


class Hub:
    """The listener of one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._feeds: dict[str, Feed] = {}
        self._changed: set[str] = set()
        self._wake = asyncio.Event()
        self._ledger = SharedLedger()
        self._layer = get_channel_layer()
        self._interval = 1 / limits().updates_per_second
        self._server: str | None = None
        self._beats_sent = self._beats_heard = 0
        self._failures = 0
        self._is_closing = False
        self._task = self._loop.create_task(self._supervise(), name="live-hub")

    # --- What sockets ask for ----------------------------------------------------

    async def follow(self, topic: Topic, outbox: Outbox) -> bool:
        """Reply with the topic's state, then offer each update; False: no such topic.

        While Redis is away the reply comes all the same, and updates once it is back.
        Raises DatabaseError when the state cannot be read.
        """
        if topic.name not in self._feeds and await _read(topic) is None:
            return False  # so that invented names never reach Redis
        feed = self._feeds.setdefault(topic.name, Feed(topic))
        feed.arriving += 1
        try:
            # First listen, then read: an update in between is heard.
            await self._join(feed)
            opening = await self._open(feed)
        finally:
            feed.arriving -= 1
            self._changed.add(topic.name)
        if opening is None:
            return False
        self._admit(feed, outbox, opening)
        return True

    def unfollow(self, topic: str, outbox: Outbox) -> None:
        outbox.forget(topic)
        feed = self._feeds.get(topic)
        if feed is not None:
            feed.followers.pop(outbox, None)
            # The group is left at the next beat: people come back to the same pages.
            self._changed.add(topic)

    async def close(self) -> None:
        """Stop listening; for tests and programs that end before their loop does."""
        _hubs.pop(self._loop, None)
        # The channel layer and its client swallow a cancellation at times.
        self._is_closing = True
        while not self._task.done():
            self._wake.set()
            self._task.cancel()
            await asyncio.wait([self._task], timeout=0.1)
        await self._layer.flush()
        await self._ledger.close()

    # --- Opening a subscription --------------------------------------------------

    async def _join(self, feed: Feed) -> None:
        if feed.joined.is_set() or self._failures:
            return
        self._changed.add(feed.topic.name)
        self._wake.set()
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                await feed.joined.wait()
        except TimeoutError:
            logger.warning("%s is followed but not joined yet", feed.topic.name)

    async def _open(self, feed: Feed) -> Opening | None:
        now = self._loop.time()
        if feed.opening is None or now > feed.opening_until:
            feed.opening = self._loop.create_task(self._read_opening(feed))
            # Nobody would tell us what changed meanwhile, while Redis is away.
            feed.opening_until = now + (0 if self._failures else OPENING_SECONDS)
        return await asyncio.shield(feed.opening)

    async def _read_opening(self, feed: Feed) -> Opening | None:
        # First the number, then the state: so updates up to it are in there.
        seq = await self._number(feed)
        snapshot = await _read(feed.topic)
        if snapshot is None:
            return None
        return Opening(seq, messages.subscribed(feed.topic, seq, snapshot))

    async def _number(self, feed: Feed) -> int:
        """How far the topic has counted, or had when we last heard of it."""
        if self._failures:
            return feed.heard_seq
        try:
            feed.known_seq = await self._ledger.number(feed.topic.name)
        except (RedisError, OSError) as error:
            logger.warning("no number for %s: %s", feed.topic.name, error)
            feed.opening_until = 0
            return feed.heard_seq
        return feed.known_seq

    def _admit(self, feed: Feed, outbox: Outbox, opening: Opening) -> None:
        feed.followers[outbox] = opening.seq
        outbox.forget(feed.topic.name)
        outbox.reply(opening.text)
        if feed.last is None:
            feed.sent_seq = max(feed.sent_seq, opening.seq)
        elif feed.last.seq > opening.seq:
            outbox.offer(feed.last)

    # --- Updates -----------------------------------------------------------------

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] == "live.beat":
            self._beats_heard = message["number"]
            return
        feed = self._feeds.get(message["topic"])
        # Two publishers at once may arrive in the wrong order.
        if feed is None or message["seq"] <= feed.heard_seq:
            return
        feed.heard_seq = message["seq"]
        feed.is_stale = False
        if feed.waiting is None:
            pause = feed.sent_at + self._interval - self._loop.time()
            self._loop.call_later(max(pause, 0), self._tell, feed)
        feed.waiting = message

    def _tell(self, feed: Feed) -> None:
        if feed.waiting is None:
            return
        frame = messages.update(feed.topic, feed.waiting, feed.sent_seq)
        feed.waiting = None
        feed.last = frame
        feed.sent_seq = frame.seq
        feed.sent_at = self._loop.time()
        for outbox, opened_at in feed.followers.items():
            if frame.seq > opened_at:
                outbox.offer(frame)

    # --- Listening ---------------------------------------------------------------

    async def _supervise(self) -> None:
        while not self._is_closing:
            try:
                await self._listen()
            except* Exception as errors:  # noqa: BLE001 - it must outlive anything
                self._failures += 1
                self._log(errors.exceptions[0])
            longest = min(LONGEST_PAUSE, 0.2 * 2**self._failures)
            await asyncio.sleep(random.uniform(0.05, longest))  # noqa: S311

    def _log(self, error: BaseException) -> None:
        expected = isinstance(error, RedisError | OSError)
        logger.warning(
            "live updates are interrupted (try %d): %s",
            self._failures,
            error,
            exc_info=None if expected else error,
        )

    async def _listen(self) -> None:
        """Join everything and pass on what comes; ends only by an exception."""
        await self._layer.flush()
        channel = await self._layer.new_channel()
        self._beats_sent = self._beats_heard = 0
        for name, feed in self._feeds.items():
            feed.joined.clear()
            self._changed.add(name)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._receive(channel))
            tasks.create_task(self._keep_joined(channel, tasks))

    async def _receive(self, channel: str) -> None:
        while True:
            self._hear(await self._layer.receive(channel))

    async def _keep_joined(self, channel: str, tasks: asyncio.TaskGroup) -> None:
        """Join and leave as sockets come and go; see to everything at each beat."""
        while not self._is_closing:
            await self._settle(channel)
            await self._beat(channel)
            if any(feed.is_stale for feed in self._feeds.values()):
                tasks.create_task(self._refresh())
            beat_at = self._loop.time() + BEAT_SECONDS
            while self._loop.time() < beat_at and not self._is_closing:
                try:
                    async with asyncio.timeout_at(beat_at):
                        await self._wake.wait()
                except TimeoutError:
                    break
                await self._settle(channel)

    async def _settle(self, channel: str) -> None:
        self._wake.clear()
        changed, self._changed = self._changed, set()
        feeds = [self._feeds[name] for name in changed if name in self._feeds]
        arrived = [f for f in feeds if f.is_used and not f.joined.is_set()]
        for feed in arrived:
            await self._layer.group_add(group_name(feed.topic.name), channel)
        await self._ledger.announce([feed.topic.name for feed in arrived])
        for feed in arrived:
            feed.joined.set()
        for feed in feeds:
            if not feed.is_used and self._forget(feed.topic.name):
                await self._layer.group_discard(group_name(feed.topic.name), channel)

    def _forget(self, name: str) -> bool:
        return self._feeds.pop(name, None) is not None

    async def _beat(self, channel: str) -> None:
        """Check that we hear ourselves and that nothing passed us by.

        Raises TimeoutError when the message of the last beat did not come back.
        """
        if self._beats_heard < self._beats_sent:
            raise TimeoutError("the channel layer is silent")
        self._beats_sent += 1
        beat = {"type": "live.beat", "number": self._beats_sent}
        await self._layer.send(channel, beat)
        pulse = await self._ledger.pulse(list(self._feeds))
        if self._failures or self._server not in {None, pulse.server}:
            await self._resume(pulse.numbers)
        self._server = pulse.server
        self._failures = 0
        self._compare(pulse.numbers)

    async def _resume(self, numbers: dict[str, int]) -> None:
        """Redis is back, perhaps without what it knew last."""
        feeds = self._feeds
        lost = {
            name: feeds[name].heard_seq
            for name, number in numbers.items()
            if name in feeds and number < feeds[name].heard_seq
        }
        await self._ledger.raise_numbers(lost)
        for feed in feeds.values():
            feed.is_stale = True
        logger.info("live updates resume for %d topics", len(feeds))

    def _compare(self, numbers: dict[str, int]) -> None:
        """Find topics whose counter moved while we heard nothing, at two beats."""
        for name, number in numbers.items():
            feed = self._feeds.get(name)
            if feed is None:
                continue
            was_behind = feed.is_behind
            feed.is_behind = number > max(feed.heard_seq, feed.known_seq)
            feed.is_stale = feed.is_stale or (was_behind and feed.is_behind)

    async def _refresh(self) -> None:
        """Publish again what may have changed unheard."""
        await asyncio.sleep(random.uniform(0, REFRESH_SPREAD))  # noqa: S311
        # Another process may have done it for us meanwhile.
        feeds = [feed for feed in self._feeds.values() if feed.is_stale]
        for feed in feeds:
            feed.is_stale = False
        try:
            await _deliver([feed.topic.name for feed in feeds])
        except DatabaseError as error:
            logger.warning("%d topics could not be read again: %s", len(feeds), error)
            for feed in feeds:
                feed.is_stale = True


async def _read(topic: Topic) -> dict[str, Any] | None:
    read = database_sync_to_async(
        topic.snapshot, thread_sensitive=False, executor=_threads
    )
    return await read()


async def _deliver(names: Iterable[str]) -> None:
    deliver = database_sync_to_async(
        events.deliver, thread_sensitive=False, executor=_threads
    )
    await deliver(names)


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def get_hub() -> Hub:
    """The hub of the running loop, started when it is first asked for."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        # What the hub does is of no single socket, and so are its lines in the log.
        _hubs[loop] = Context().run(Hub)
    return _hubs[loop]
