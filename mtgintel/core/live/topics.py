"""What can be followed: kinds of topic, each registered by the app that knows it.

A topic is written `kind:key` ("card:42") inside the service and `channel:kind:key`
on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CHANNEL_PREFIX = "channel:"
# Also what a channel layer accepts as a group name once ":" is written as ".".
_TOPIC = re.compile(r"[a-z]{1,32}(:[A-Za-z0-9_-]{1,32}){0,2}", re.ASCII)

Snapshot = Callable[[str], dict[str, Any] | None]
Authorize = Callable[[Any, str], bool]


class UnknownTopicError(ValueError):
    """A channel name that no registered kind of topic has."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of topic; see `events.register_topic`."""

    name: str
    message: str
    snapshot: Snapshot
    authorize: Authorize | None


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to follow."""

    kind: Kind
    key: str

    @property
    def name(self) -> str:
        return f"{self.kind.name}:{self.key}" if self.key else self.kind.name

    @property
    def channel(self) -> str:
        """Its name on the wire."""
        return CHANNEL_PREFIX + self.name

    def snapshot(self) -> dict[str, Any] | None:
        """Its state now, ready for JSON; None when there is no such topic."""
        return self.kind.snapshot(self.key)

    def is_open_to(self, user: Any) -> bool:
        return self.kind.authorize is None or self.kind.authorize(user, self.key)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.name] = kind


def parse_topic(channel: str) -> Topic:
    """The topic a channel name means, with or without its `channel:` prefix.

    Raises UnknownTopicError.
    """
    name = channel.removeprefix(CHANNEL_PREFIX)
    kind, _, key = name.partition(":")
    if not _TOPIC.fullmatch(name) or kind not in _kinds:
        raise UnknownTopicError(f"there is no channel {channel[:100]!r}")
    return Topic(_kinds[kind], key)


def group_name(topic: str) -> str:
    """The channel-layer group that carries a topic."""
    return f"live.{topic.replace(':', '.')}"
