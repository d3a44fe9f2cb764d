"""The socket at /api/ws; docs/websocket.md describes what is said over it."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError
from structlog import contextvars

from mtgintel.core.metrics.counted import SOCKETS, SOCKETS_CLOSED, SUBSCRIPTIONS
from mtgintel.core.security.proxies import client_address

from . import messages
from .closing import Closing
from .hub import Hub, get_hub
from .limits import Limits, Seats, TokenBucket, limits
from .messages import RefusalError
from .outbox import Outbox
from .topics import CHANNEL_PREFIX, Topic, UnknownTopicError, parse_topic

logger = logging.getLogger(__name__)

_seats = Seats()
# Codes that are counted by themselves; a client may send any other.
_KNOWN_CODES = {1000, 1001, 1005, 1006, *Closing}
_CONNECTION_LOST = 1006


class LiveConsumer(AsyncWebsocketConsumer):
    """One client: reads its messages, answers, follows what it subscribes to."""

    # The hub listens for all sockets; a channel per socket is what it avoids.
    channel_layer_alias = ""

    limits: Limits
    hub: Hub
    outbox: Outbox
    seat: str | None = None
    pump: asyncio.Task[None] | None = None
    opened_at: float = 0.0
    code: int = _CONNECTION_LOST

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            await self._say_restart()
            raise
        finally:
            self._clean_up()

    async def connect(self) -> None:
        contextvars.bind_contextvars(connection_id=uuid.uuid4().hex)
        await self.accept()
        self.opened_at = time.monotonic()
        self.limits = limits()
        self.hub = get_hub()
        self.topics: dict[str, Topic] = {}
        self.messages = TokenBucket(
            self.limits.messages_per_second, self.limits.message_burst
        )
        self.refusals = TokenBucket(0.1, self.limits.refusals)
        self.outbox = Outbox(
            self.scope["live.send"], send_seconds=self.limits.send_seconds
        )
        self.pump = asyncio.create_task(self.outbox.pump())
        SOCKETS.inc()
        self._take_seat()

    def _take_seat(self) -> None:
        user = self.scope["user"]
        if user.is_authenticated:
            holder, limit = f"user {user.pk}", self.limits.sockets_per_user
        else:
            holder, limit = client_address(self.scope), self.limits.sockets_per_address
        if _seats.take(holder, limit):
            self.seat = holder
            return
        message = f"you have {limit} sockets open already: close one first"
        self.outbox.reply(messages.error(RefusalError("too_many_sockets", message)))
        self.outbox.finish(Closing.TOO_MANY)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if self.outbox.is_finished:
            return
        try:
            self._check_limits(text_data or bytes_data or "")
            action, message = _parse(text_data)
            await _ACTIONS[action](self, message)
        except RefusalError as refusal:
            self.outbox.reply(messages.error(refusal))

    def _check_limits(self, data: str | bytes) -> None:
        if len(data.encode() if isinstance(data, str) else data) > (
            self.limits.message_bytes
        ):
            raise self._over_limit(
                "too_big", f"a message may have {self.limits.message_bytes} bytes"
            )
        if not self.messages.take():
            raise self._over_limit(
                "too_many_messages",
                f"{self.limits.messages_per_second:g} messages a second are read",
            )

    def _over_limit(self, code: str, message: str) -> RefusalError:
        if not self.refusals.take():
            self.outbox.finish(Closing.LIMITS)
        return RefusalError(code, message)

    async def subscribe(self, message: dict[str, Any]) -> None:
        topic = _topic(message)
        most = self.limits.subscriptions
        if topic.name not in self.topics and len(self.topics) >= most:
            raise RefusalError(
                "too_many_subscriptions",
                f"a socket follows {most} channels at most: unsubscribe from one first",
                topic.channel,
            )
        try:
            await self._follow(topic)
        except DatabaseError as error:
            raise RefusalError(
                "unavailable", "it cannot be read now: try again later", topic.channel
            ) from error

    async def _follow(self, topic: Topic) -> None:
        if topic.kind.authorize is not None:
            is_open_to = database_sync_to_async(topic.is_open_to)
            if not await is_open_to(self.scope["user"]):
                raise RefusalError("forbidden", "this is not yours", topic.channel)
        if not await self.hub.follow(topic, self.outbox):
            raise RefusalError(
                "unknown_channel", f"there is no channel {topic.channel}", topic.channel
            )
        if topic.name not in self.topics:
            SUBSCRIPTIONS.inc()
        self.topics[topic.name] = topic

    async def unsubscribe(self, message: dict[str, Any]) -> None:
        topic = _topic(message)
        if self.topics.pop(topic.name, None) is not None:
            SUBSCRIPTIONS.dec()
        self.hub.unfollow(topic.name, self.outbox)
        self.outbox.reply(messages.unsubscribed(topic))

    async def ping(self, message: dict[str, Any]) -> None:
        self.outbox.reply(messages.PONG)

    async def disconnect(self, code: int) -> None:
        self.code = code

    async def _say_restart(self) -> None:
        if self.pump is not None and not self.pump.done():
            self.code = Closing.RESTART.value
            self.pump.cancel()
            await self.close(Closing.RESTART.value, Closing.RESTART.reason)

    def _clean_up(self) -> None:
        if self.pump is None:
            return
        self.pump.cancel()
        for name in self.topics:
            self.hub.unfollow(name, self.outbox)
        if self.seat is not None:
            _seats.give_back(self.seat)
        self._count_out()

    def _count_out(self) -> None:
        SOCKETS.dec()
        SUBSCRIPTIONS.dec(len(self.topics))
        SOCKETS_CLOSED.labels(self.code if self.code in _KNOWN_CODES else "other").inc()
        seconds = time.monotonic() - self.opened_at
        logger.info(
            "socket closed with %d after %.1f s, %d channels",
            self.code,
            seconds,
            len(self.topics),
            extra={
                "code": self.code,
                "seconds": round(seconds, 1),
                "address": client_address(self.scope),
            },
        )


Action = Callable[[LiveConsumer, dict[str, Any]], Awaitable[None]]
_ACTIONS: dict[str, Action] = {
    "subscribe": LiveConsumer.subscribe,
    "unsubscribe": LiveConsumer.unsubscribe,
    "ping": LiveConsumer.ping,
}


def _parse(text: str | None) -> tuple[str, dict[str, Any]]:
    """The action a message names, and the message. Raises RefusalError."""
    if text is None:
        raise RefusalError("not_text", "messages are text frames, not binary ones")
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RefusalError("bad_json", f"not JSON: {error}") from error
    if not isinstance(message, dict):
        raise RefusalError("bad_json", 'a message is a JSON object with an "action"')
    action = message.get("action")
    if not isinstance(action, str) or action not in _ACTIONS:
        raise RefusalError(
            "unknown_action", f"the actions are {', '.join(sorted(_ACTIONS))}"
        )
    return action, message


def _topic(message: dict[str, Any]) -> Topic:
    """The topic a message names. Raises RefusalError."""
    channel = message.get("channel")
    if not isinstance(channel, str):
        raise RefusalError("unknown_channel", 'name the "channel", as text')
    try:
        return parse_topic(channel)
    except UnknownTopicError as error:
        named = CHANNEL_PREFIX + channel.removeprefix(CHANNEL_PREFIX)[:100]
        raise RefusalError("unknown_channel", str(error), named) from error
