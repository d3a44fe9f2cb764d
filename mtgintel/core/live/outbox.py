"""What waits to be sent to one socket.

Replies wait in line. Of the updates of a topic only the newest waits: an update is the
topic's whole state, so a reader that cannot keep up loses the oldest ones (and sees it
in `previous_seq`), never holds up anybody else, and never has more waiting than topics.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from mtgintel.core.metrics.counted import MESSAGES_SENT, UPDATES_DROPPED

from .closing import Closing
from .messages import Frame

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Outbox:
    """The only writer to its socket; `pump` runs for as long as the socket does."""

    def __init__(self, send: Send, *, send_seconds: float) -> None:
        self._send = send
        self._send_seconds = send_seconds
        self._replies: deque[str] = deque()
        self._updates: dict[str, Frame] = {}
        self._something = asyncio.Event()
        self._closing: Closing | None = None
        self._sending_since: float | None = None

    def reply(self, text: str) -> None:
        self._replies.append(text)
        self._something.set()

    def offer(self, frame: Frame) -> None:
        if self._updates.pop(frame.topic, None) is not None:
            UPDATES_DROPPED.inc()
        self._updates[frame.topic] = frame
        self._something.set()

    def forget(self, topic: str) -> None:
        """Send nothing more of a topic."""
        self._updates.pop(topic, None)

    def finish(self, closing: Closing) -> None:
        """Close the socket once everything that waits is sent."""
        self._closing = self._closing or closing
        self._something.set()

    @property
    def is_finished(self) -> bool:
        return self._closing is not None

    async def pump(self) -> None:
        """Send what waits, until finished, or until the reader is found gone."""
        sending = asyncio.create_task(self._send_all())
        try:
            # A look now and then: a timer for each frame costs a fifth of its sending.
            while not sending.done():
                await asyncio.wait([sending], timeout=self._send_seconds / 4)
                if self._is_stuck():
                    logger.info("a reader took longer than %s s", self._send_seconds)
                    self._closing = Closing.TOO_SLOW
                    sending.cancel()
            if not sending.cancelled():
                sending.result()
            async with asyncio.timeout(self._send_seconds):
                await self._send(self._close_message())
        except OSError:
            # A timeout as well: the socket is gone, which the consumer is told too.
            pass
        finally:
            sending.cancel()

    def _is_stuck(self) -> bool:
        return (
            self._sending_since is not None
            and time.monotonic() - self._sending_since > self._send_seconds
        )

    async def _send_all(self) -> None:
        while self._closing is None or self._replies or self._updates:
            while (text := self._take()) is not None:
                self._sending_since = time.monotonic()
                await self._send({"type": "websocket.send", "text": text})
                MESSAGES_SENT.inc()
            self._sending_since = None
            self._something.clear()
            if self._closing is None:
                await self._something.wait()

    def _take(self) -> str | None:
        if self._replies:
            return self._replies.popleft()
        if self._updates:
            return self._updates.pop(next(iter(self._updates))).text
        return None

    def _close_message(self) -> dict[str, Any]:
        closing = self._closing or Closing.RESTART
        return {
            "type": "websocket.close",
            "code": closing.value,
            "reason": closing.reason,
        }
